# trust-detect.gp: how often an effect of a known size is told from 0, and gets GO.
width = 1000.0
height = 620.0
load plots . "/style.gp"
set title "Effects of counted instructions: told from 0, and GO, by the size of the effect"
set xlabel "size of the effect (%), mean of its campaigns"
set ylabel "% of campaigns, with the 95% interval"
set logscale x
set yrange [-4:148]
set ytics 0, 20, 100
set bmargin 6
set key bmargin center
set arrow 1 from margin, graph 0 to margin, graph 1 nohead linestyle 9
plot data using 1:3:4:5 with yerrorbars linestyle 1 pointsize 1.0 title "told from 0", \
     data using ($1 * 1.03):6:7:8 with yerrorbars linestyle 2 pointsize 1.0 title "GO (margin: dashed line)", \
     data using 1:(104):9 with labels font ",10" rotate by 35 left notitle
