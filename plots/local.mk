# plots/: gnuplot scripts; `make plots` renders recorded results.
