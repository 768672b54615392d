# atlas.gp: what published gates are worth, with their intervals. data, margin, lines, left, right: the caller's.
height = 170.0 + 34.0 * lines
width = 1000.0
load plots . "/style.gp"
set title "What a gate of somebody's program costs: gain of compiling it out"
set xlabel "gain (%)"
set yrange [lines - 0.4:-0.8]
set ytics font ",11"
set key below
set bmargin 7
set object 1 rectangle from -margin, graph 0 to margin, graph 1 fillcolor rgb BAND fillstyle solid noborder behind
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linestyle 9
set xrange [left - 0.03 * (right - left):right + 0.3 * (right - left)]
plot data using 3:1:4:5:ytic(2) with xerrorbars linestyle 3 title "time, measured here, with its interval", \
     data using 6:($1 + 0.22) with points linestyle 5 title "instructions, by callgrind", \
     data using (right + 0.03 * (right - left)):1:(strcol(7)) with labels left font ",10" notitle
