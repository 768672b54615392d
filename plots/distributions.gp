# distributions.gp: both variants' ECDF with rounds under it; the paired difference with the margin.
height = 820.0
load plots . "/style.gp"
set multiplot layout 2,1 title sprintf("%s: %s", heading, verdict) font ",15"

set xlabel "time for each operation (ns)"
set ylabel "share of processes"
set xrange [ns_low - 0.02 * (ns_high - ns_low) : ns_high]
set yrange [-0.22:1]
set ytics 0, 0.25, 1
set key below
set bmargin 6
set title sprintf("Processes, n = %.0f of each; under the curve %.0f single rounds", pairs, rounds) font ",12"
set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead linestyle 9
plot data index 2 using 1:(-0.11 + 0.09 * $2) with points linestyle 1 pointtype 7 pointsize 0.2 notitle, \
     data index 3 using 1:(-0.21 + 0.09 * $2) with points linestyle 2 pointtype 4 pointsize 0.2 notitle, \
     data index 0 using 1:2 with lines linestyle 1 title "compiled out (baseline)", \
     data index 1 using 1:2 with lines linestyle 2 title "compiled in (research)"
unset arrow

set xlabel "gain of compiling out, pair by pair (%)"
set ylabel "density of pairs (1/%)"
set xrange [gain_low:gain_high]
set yrange [0:*]
set ytics auto
set key below
set bmargin 6
set title sprintf("Paired difference, n = %.0f pairs; the margin of %.1f%% is shaded\n%s", \
  pairs, margin, interval(estimate, low, high, level)) font ",12"
set object 1 rectangle from -margin, graph 0 to margin, graph 1 fillcolor rgb BAND fillstyle solid noborder behind
set arrow 2 from 0, graph 0 to 0, graph 1 nohead linestyle 9
set arrow 3 from estimate, graph 0 to estimate, graph 1 nohead linestyle 3 front
set object 2 rectangle from low, graph 0 to high, graph 1 fillcolor rgb GREEN \
  fillstyle transparent solid 0.35 noborder behind
plot data index 4 using 1:2 with filledcurves y1=0 linecolor rgb SKY fillstyle transparent solid 0.25 notitle, \
     data index 4 using 1:2 with lines linestyle 1 title "density of the pairs' gains", \
     NaN with lines linestyle 3 title "trimmed mean and its interval"
unset multiplot
