# calibration.gp: campaigns of equal code, whose truth is 0, and of injected instructions. A known
# truth has a mark of its own; for injected effects none is drawn unless it is known independently.
height = 260.0 + 60.0 * lines
load plots . "/style.gp"
set title sprintf("Calibration: %.0f campaigns of equal code of %.0f s, %.0f false verdicts\n" . \
  "half-width at 60 s %.3f%%, smallest effect told from 0 %.3f%%", \
  campaigns, budget, false_verdicts, half_width, detectable)
set xlabel "gain (%), pooled over the campaigns of a kind, with its 95% interval"
set yrange [max(lines, 1.0) - 0.4:-0.7]
set key below
set bmargin 7
set object 1 rectangle from -margin, graph 0 to margin, graph 1 fillcolor rgb BAND fillstyle solid noborder behind
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linestyle 9
plot data using 3:1:4:5:ytic(2) with xerrorbars linestyle 3 title "pooled estimate", \
     data using 6:($1 - 0.15) with points linestyle 4 title "truth, where it is known otherwise", \
     data using 3:($1 + 0.3):(strcol(7)) with labels font ",10" notitle
