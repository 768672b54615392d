# counters.gp: counters for each operation, both variants, on a logarithmic scale; zeros stand at
# the left edge with their value written.
height = 140.0 + 62.0 * shown
load plots . "/style.gp"
set title sprintf("%s: counters for each operation, %.0f processes a variant", heading, pairs)
set xlabel "events for each operation"
set logscale x
set xrange [least:most]
set yrange [shown - (strlen(absent) > 0 ? -0.1 : 0.4):-0.9]
set format x "%g"
set key top right horizontal
if (strlen(absent) > 0) { set label 1 "not measured on this machine: " . absent at graph 0.01, graph 0.04 }
shownvalue(x) = x > 0 ? x : least * 1.15
plot data using (shownvalue($3)):($1 - 0.13):ytic(2) with points linestyle 1 pointsize 1.1 title "compiled out", \
     data using (shownvalue($4)):($1 + 0.13) with points linestyle 2 pointsize 1.1 title "compiled in", \
     data using (shownvalue($3) * 1.3):($1 - 0.2):(sprintf("%.4g", $3)) \
       with labels left textcolor rgb BLUE font ",10" notitle, \
     data using (shownvalue($4) * 1.3):($1 + 0.22):(sprintf("%.4g", $4)) \
       with labels left textcolor rgb ORANGE font ",10" notitle
