# calibration.gp: injected effects of known size, and what the harness said of them.
load plots . "/style.gp"
set title sprintf("Calibration: %.0f injected effects; %.0f campaigns of equal code, %.0f false verdicts", injected, campaigns, false_verdicts)
set xlabel "true effect (%)"
set ylabel "estimate and interval (%)"
set key top left reverse Left
if (half_width == half_width) { set label 1 sprintf("half-width at the default budget %.3f%%", half_width) at graph 0.98, graph 0.06 right }
if (detectable == detectable) { set label 2 sprintf("smallest effect told from 0: %.3f%%", detectable) at graph 0.98, graph 0.12 right }
plot x with lines linestyle 9 title "truth", \
     data using 1:2:3:4 with yerrorbars linestyle 3 title "estimate with its interval"
