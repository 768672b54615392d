# layouts.gp: gain and interval of single layouts (each pair has its own), sorted, and of all.
height = 620.0
load plots . "/style.gp"
set title sprintf("%s: %.0f layouts of %.0f, with 95%% intervals of their rounds\nall %.0f: %s", \
  heading, shown, pairs, pairs, interval(estimate, low, high, level))
set ylabel "layouts, by their gain"
set xlabel "gain of compiling out (%)"
set yrange [-1.5:shown + 1]
unset ytics
set object 1 rectangle from -margin, graph 0 to margin, graph 1 fillcolor rgb BAND fillstyle solid noborder behind
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linestyle 9
set object 2 rectangle from low, graph 0 to high, graph 1 fillcolor rgb GREEN \
  fillstyle transparent solid 0.35 noborder behind
set key below
set bmargin 7
set xrange [gain_low:gain_high]
plot data using 2:1:3:4 with xerrorbars linestyle 1 linewidth 1 pointsize 0.6 \
       title "one layout: one pair of processes", \
     "+" using (estimate):(-0.7):(low):(high) every ::0::0 \
       with xerrorbars linestyle 3 pointtype 13 pointsize 1.4 title "all layouts (trimmed mean)"
