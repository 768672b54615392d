# fleet.gp: one question on many machines: each kind with its interval, the mean over kinds, and where a kind that
# was not tried is to be expected.
height = 230.0 + 34.0 * lines
width = 1100.0
load plots . "/style.gp"
set title heading
set xlabel "gain (%)"
set yrange [lines - 0.4:-0.8]
set ytics font ",10"
set key below
set lmargin 52
set bmargin 7
set object 1 rectangle from -margin, graph 0 to margin, graph 1 fillcolor rgb BAND fillstyle solid noborder behind
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linestyle 9
set xrange [left:right + 0.28 * (right - left)]
plot data using ($6 == 0 ? $3 : NaN):1:4:5:ytic(2) with xerrorbars linestyle 3 \
       title "a kind of machine, with its interval", \
     data using ($6 == 1 ? $3 : NaN):1:4:5 with xerrorbars linestyle 1 pointtype 13 pointsize 1.6 \
       title "mean over kinds (Hartung and Knapp)", \
     data using ($6 == 2 ? $3 : NaN):1:4:5 with xerrorbars linestyle 2 pointtype 4 pointsize 0.9 \
       title "where a kind that was not tried lies", \
     data using (right + 0.02 * (right - left)):1:(strcol(7)) with labels left font ",10" notitle
