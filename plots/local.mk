# plots/: gnuplot scripts; `make plots` renders recorded results.
PLOT_FILES = plots/style.gp plots/distributions.gp plots/layouts.gp plots/time.gp plots/counters.gp \
  plots/sites.gp plots/forest.gp plots/calibration.gp plots/peers.gp
plotsdir = $(pkgdatadir)/plots
dist_plots_DATA = $(PLOT_FILES)

if BUILD_HARNESS
plots: hakmem-harness$(EXEEXT) ## draw every distribution from recorded data (PLOTS_FLAGS)
	./hakmem-harness plots $(PLOTS_FLAGS)
.PHONY: plots
endif
