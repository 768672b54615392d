# forest.gp: every phase with its interval, beside what the source claims.
height = 190.0 + 30.0 * lines
width = 1000.0
load plots . "/style.gp"
set title "Gain of compiling telemetry out: measured, and claimed by the source"
set xlabel "gain (%)"
set yrange [lines - 0.4:-0.8]
set ytics font ",11"
set key below maxcols 1
set bmargin 7
set object 1 rectangle from -margin, graph 0 to margin, graph 1 fillcolor rgb BAND fillstyle solid noborder behind
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linestyle 9
set arrow 2 from graph 0, first lines - 1.5 to graph 1, first lines - 1.5 nohead linestyle 9
set xrange [left:right + 0.28 * (right - left)]
plot data using 3:1:4:5:ytic(2) with xerrorbars linestyle 3 title "measured here, with its interval", \
     data using 6:($1 - 0.2) with points linestyle 4 title "the source's figure, recomputed", \
     data using (($7 + $8) / 2):($1 - 0.2):7:8 with xerrorbars linestyle 6 pointtype 1 pointsize 0.1 \
       title "what the source expected", \
     data using (right + 0.03 * (right - left)):1:(strcol(9)) with labels left font ",10" notitle
