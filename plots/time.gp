# time.gp: both variants over the time of the campaign: drift, where pairs were disturbed or left out.
load plots . "/style.gp"
set title sprintf("%s: processes over time, %.0f pairs, %.0f of them disturbed; %.0f more left out", \
  heading, pairs, disturbed, left_out)
set xlabel "time since the campaign began (s)"
set ylabel "time for each operation (ns)"
set yrange [ns_low - 0.05 * (ns_high - ns_low) : ns_high + 0.25 * (ns_high - ns_low)]
floor_ns = ns_low - 0.035 * (ns_high - ns_low)
set key below
set bmargin 10
plot data using 1:2 with points linestyle 1 pointsize 0.3 title "compiled out", \
     data using 1:3 with points linestyle 2 pointsize 0.3 title "compiled in", \
     data using 1:4 with lines linestyle 1 title "running median of 31, out", \
     data using 1:5 with lines linestyle 2 title "running median, in", \
     data using 1:($6 > 0 ? floor_ns : NaN) with points pointtype 2 pointsize 0.5 linecolor rgb "black" \
       title "pair was disturbed", \
     data using 1:($7 > 0 ? floor_ns : NaN) with points pointtype 5 pointsize 0.3 linecolor rgb "grey60" \
       title "left out: another hardware thread on the core"
