# plots/: gnuplot scripts; `make plots` renders recorded results.
PLOT_FILES = plots/style.gp plots/distributions.gp plots/layouts.gp plots/time.gp plots/counters.gp \
  plots/sites.gp plots/forest.gp plots/calibration.gp plots/peers.gp plots/fleet.gp plots/ends.gp \
  plots/trust-rules.gp plots/trust-same.gp plots/trust-detect.gp plots/atlas.gp
plotsdir = $(pkgdatadir)/plots
dist_plots_DATA = $(PLOT_FILES)

if BUILD_HARNESS
plots: hakmem-harness$(EXEEXT) ## draw every distribution from recorded data (PLOTS_FLAGS)
	./hakmem-harness plots $(PLOTS_FLAGS)
pages: hakmem-harness$(EXEEXT) ## write doc/analysis anew from its recorded data
	./hakmem-harness report --pages-only --to $(top_srcdir)/doc/analysis $(top_srcdir)/doc/analysis/data
record: hakmem-harness$(EXEEXT) ## replace the recorded data and the pages by the newest results
	$(MKDIR_P) $(top_srcdir)/doc/analysis/data
	./hakmem-harness report --pages-only --save $(top_srcdir)/doc/analysis/data --to $(top_srcdir)/doc/analysis \
	  $(RECORD_DIRS)
	$(MAKE) pages
report: hakmem-harness$(EXEEXT) ## pages, pictures and one HTML file from recorded data (REPORT_FLAGS)
	./hakmem-harness report $(REPORT_FLAGS)
PHONY += plots pages record report
endif
