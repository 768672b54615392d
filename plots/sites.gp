# sites.gp: executions of each site for each operation, as Step 0 counted them.
height = 150.0 + 26.0 * sites
load plots . "/style.gp"
set title sprintf("Step 0: executions of each site in %s\n%.0f operations, counted by %s", workload, ops, method)
set xlabel "executions for each operation (logarithmic)"
set logscale x
set xrange [floor / 10.0 : 100]
set yrange [sites - 0.4:-0.6]
set format x "%g"
set style fill solid 0.6
unset key
place(x) = x > 0 ? x : floor / 10.0
number(x) = (x > 0 && x < 0.001) ? sprintf("%.2e", x) : sprintf("%.4g", x)
plot data using (floor / 10.0):1:(floor / 10.0):(place($3)):($1 - 0.32):($1 + 0.32):ytic(2) \
     with boxxyerror linecolor rgb SKY notitle, \
     data using (place($3) * 1.2):1:(($3 >= 0) ? sprintf("%s  %s, %.0f hits", number($3), strcol(4), $5) : strcol(4)) \
       with labels left font ",10" notitle
