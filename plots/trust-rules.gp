# trust-rules.gp: how often each rule calls the same code different, with exact binomial intervals.
height = 150.0 + 44.0 * rules
width = 1000.0
load plots . "/style.gp"
set title "Campaigns of the same code on both sides that a rule calls different"
set xlabel "% of campaigns, with the 95% interval"
set xrange [-1:101]
set yrange [rules - 0.3:-0.7]
set ytics font ",11"
set key below
set lmargin 48
set bmargin 6
plot data using ($6 == 0 ? $3 : NaN):1:4:5:ytic(2) with xerrorbars linestyle 1 pointsize 1.0 title "quiet machine", \
     data using ($6 == 1 ? $3 : NaN):1:4:5:ytic(2) with xerrorbars linestyle 2 pointsize 1.0 title "beside other work"
