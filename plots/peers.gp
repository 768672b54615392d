# peers.gp: allocators side by side, time and peak memory as ratios to HAKMEM (below 1: less).
count = words(allocators)
width = 1000.0
height = 220.0 + 56.0 * rows
load plots . "/style.gp"
set multiplot layout 1,2 \
  title sprintf("Allocators side by side, medians of %.0f interleaved repetitions, 95%% intervals", \
  repetitions) font ",15"
set logscale x
set yrange [rows - 0.4:-0.9]
set key below horizontal font ",10"
set bmargin 7
set format x "%g"
array colour[6]; colour[1] = "black"; colour[2] = BLUE; colour[3] = ORANGE; colour[4] = GREEN
colour[5] = PURPLE; colour[6] = YELLOW
array shape[6]; shape[1] = 7; shape[2] = 4; shape[3] = 9; shape[4] = 13; shape[5] = 2; shape[6] = 1
mark(k) = 1 + (k - 1) % 6 # of a seventh allocator again the first
offset(k) = (k - (count + 1) / 2.0) * 0.15
set arrow 1 from 1, graph 0 to 1, graph 1 nohead linestyle 9
set xlabel "time / HAKMEM's (logarithmic)"
plot data index 0 using (1):1:ytic(2) with dots linecolor rgb "black" notitle, \
     for [k = 1:count] data index k - 1 using 3:($1 + offset(k)):4:5 with xerrorbars \
       linecolor rgb colour[mark(k)] pointtype shape[mark(k)] pointsize 0.9 linewidth 1 title word(allocators, k)
set xlabel "peak memory / HAKMEM's (logarithmic)"
unset ytics
plot for [k = 1:count] data index count + k - 1 using 3:($1 + offset(k)):4:5 with xerrorbars \
     linecolor rgb colour[mark(k)] pointtype shape[mark(k)] pointsize 0.9 linewidth 1 title word(allocators, k)
unset multiplot
