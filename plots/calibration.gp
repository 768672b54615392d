# calibration.gp: campaigns of equal code, whose truth is 0, and of injected instructions. A known
# truth has a mark of its own; for injected effects none is drawn unless it is known independently.
height = 260.0 + 60.0 * lines
load plots . "/style.gp"
set title sprintf("Calibration: %.0f campaigns of equal code of %.0f s, %.0f false verdicts\n" . \
  "half-width at 60 s %.3f%%, smallest effect told from 0 %.3f%%", \
  campaigns, budget, false_verdicts, half_width, detectable)
set xlabel "gain (%), pooled over the campaigns of a kind, with its 95% interval"
# room for every interval; what was found stands at the left edge, where no label can be cut off
stats data using 4 nooutput name "LOW"
stats data using 5 nooutput name "HIGH"
left = -margin
right = margin
if (exists("LOW_min") && exists("HIGH_max")) {
  left = min(LOW_min, left)
  right = max(HIGH_max, right)
}
set yrange [max(lines, 1.0) - 0.4:-0.7]
set xrange [left - 0.05 * (right - left):right + 0.05 * (right - left)]
set key below
set bmargin 7
set object 1 rectangle from -margin, graph 0 to margin, graph 1 fillcolor rgb BAND fillstyle solid noborder behind
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linestyle 9
plot data using 3:1:4:5:ytic(2) with xerrorbars linestyle 3 title "pooled estimate", \
     data using 6:($1 - 0.15) with points linestyle 4 title "truth, where it is known otherwise", \
     data using (left - 0.04 * (right - left)):($1 + 0.3):(strcol(7)) with labels left font ",10" notitle
