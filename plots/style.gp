# style.gp: the look of every picture. fmt (svg, png, pdf) and out are set by the caller.
#
# Colours of Okabe and Ito, which the colour-blind can tell apart; every pair of series also
# differs in dash and point, so that a black and white print says the same.
if (!exists("width")) { width = 900.0 }
if (!exists("height")) { height = 560.0 }
if (fmt eq "svg") {
  set terminal svg size width, height noenhanced font "DejaVu Sans,14" background rgb "white" dynamic
}
if (fmt eq "png") {
  set terminal pngcairo size width, height noenhanced font "DejaVu Sans,11" background rgb "white"
}
if (fmt eq "pdf") {
  set terminal pdfcairo size width / 110.0, height / 110.0 noenhanced font "DejaVu Sans,9" background rgb "white"
}
set output out . "." . fmt
set encoding utf8

BLUE = "#0072B2"; ORANGE = "#D55E00"; GREEN = "#009E73"; PURPLE = "#CC79A7"
YELLOW = "#E69F00"; SKY = "#56B4E9"; GREY = "#777777"
# 1: baseline (compiled out), 2: research (compiled in), 3: estimate, 4: the source's claim
set style line 1 linecolor rgb BLUE   linewidth 2 dashtype 1 pointtype 7 pointsize 0.5
set style line 2 linecolor rgb ORANGE linewidth 2 dashtype 2 pointtype 4 pointsize 0.5
set style line 3 linecolor rgb "black" linewidth 2 dashtype 1 pointtype 7 pointsize 1.0
set style line 4 linecolor rgb GREEN  linewidth 2 dashtype 3 pointtype 9 pointsize 1.3
set style line 5 linecolor rgb PURPLE linewidth 2 dashtype 4 pointtype 5 pointsize 1.0
set style line 6 linecolor rgb YELLOW linewidth 2 dashtype 5 pointtype 13 pointsize 1.0
set style line 9 linecolor rgb GREY   linewidth 1 dashtype 3
set border 3 linecolor rgb "#444444"
set tics nomirror out textcolor rgb "#222222"
set grid linecolor rgb "#dddddd" linewidth 1
set key noenhanced
BAND = "#e8e8e8"

percent(x) = sprintf("%+.2f%%", x)
interval(e, l, h, v) = (e == e) ? sprintf("%+.3f%%, %.6g%% interval [%+.3f, %+.3f]", e, v, l, h) : "no estimate"
min(a, b) = a < b ? a : b
max(a, b) = a > b ? a : b
