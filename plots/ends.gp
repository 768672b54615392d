# ends.gp: the gain where the core is ours alone and where another hardware thread uses it too.
height = 300.0
width = 900.0
load plots . "/style.gp"
set title sprintf("%s: %s\ncore ours alone in %.0f%% of the pairs; intervals at %.4g%%, the margin is shaded", \
  heading, verdict, alone_pct, level)
set xlabel "gain of compiling out (%)"
set yrange [1.6:-0.6]
set xrange [left - 0.06 * (right - left):right + 0.06 * (right - left)]
set bmargin 4
set lmargin 18
set object 1 rectangle from -margin, graph 0 to margin, graph 1 fillcolor rgb BAND fillstyle solid noborder behind
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linestyle 9
plot data using 3:1:4:5:ytic(2) with xerrorbars linestyle 3 notitle, \
     data using (left - 0.04 * (right - left)):($1 + 0.28):(strcol(6)) with labels left font ",11" notitle
