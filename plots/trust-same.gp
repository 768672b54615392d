# trust-same.gp: every campaign of the same code, its estimate and interval, by workload, in the order of the
# estimates; bands, for a bar each would make the picture as long as the data.
height = 760.0
width = 1000.0
load plots . "/style.gp"
set multiplot layout 2, 2 title "The same code on both sides: each campaign's estimate and interval; grey: the margin"
set xtics format ""
set ylabel "gain (%), log-like beyond 1"
squash(x) = x > 1 ? 1 + log(x) : x < -1 ? -1 - log(-x) : x
set ytics ("-100" squash(-100), "-10" squash(-10), "-1" -1, "-0.5" -0.5, "0" 0, "0.5" 0.5, "1" 1, "10" squash(10), \
           "100" squash(100))
set yrange [squash(-120):squash(200)]
do for [w = 0:3] {
  set title titles[w + 1]
  unset key
  if (w == 0) { set key top left }
  set object 1 rectangle from graph 0, first -margin to graph 1, first margin fillcolor rgb BAND \
    fillstyle solid noborder behind
  plot for [q = 0:1] data using ($1 == w && $6 == q ? $2 : 1 / 0):(squash($4)):(squash($5)) with filledcurves \
         fillcolor rgb (q ? ORANGE : BLUE) fillstyle transparent solid 0.25 noborder notitle, \
       for [q = 0:1] data using ($1 == w && $6 == q ? $2 : 1 / 0):(squash($3)) with lines linestyle q + 1 \
         title (q ? "beside other work" : "quiet machine"), 0 linestyle 9 notitle
}
unset multiplot
