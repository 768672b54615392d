# tests/report: records, pictures, pages.
report_scripts = tests/report/plots.sh tests/report/pages.sh tests/report/phase.sh tests/report/browser.sh \
  tests/report/recorded.sh
dist_check_SCRIPTS += $(report_scripts)
EXTRA_DIST += tests/report/make_set.sh tests/report/screenshots.sh \
  tests/report/recorded/campaign/looks.csv tests/report/recorded/campaign/processes.csv \
  tests/report/recorded/campaign/result.json tests/report/recorded/campaign/rounds.csv \
  tests/report/recorded/expected/pages/CUMULATIVE_SUMMARY.md \
  tests/report/recorded/expected/plots/free-trace-counters.dat \
  tests/report/recorded/expected/plots/free-trace-counters.gp \
  tests/report/recorded/expected/plots/free-trace-distributions.dat \
  tests/report/recorded/expected/plots/free-trace-distributions.gp \
  tests/report/recorded/expected/plots/free-trace-layouts.dat \
  tests/report/recorded/expected/plots/free-trace-layouts.gp \
  tests/report/recorded/expected/plots/free-trace-time.dat \
  tests/report/recorded/expected/plots/free-trace-time.gp
if BUILD_HARNESS
TESTS += $(report_scripts)
if HAVE_CMOCKA
check_PROGRAMS += tests/report/test_kept
TESTS += tests/report/test_kept
tests_report_test_kept_SOURCES = tests/report/test_kept.c
tests_report_test_kept_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_report_test_kept_LDADD = harness/libharness.a $(HARNESS_LIBS) $(CMOCKA_LIBS)

schemas: tests/report/test_kept$(EXEEXT) ## the JSON schemas that follow from the field tables, into doc/schemas
	for name in `tests/report/test_kept --schema`; do \
	  tests/report/test_kept --schema $$name >$(srcdir)/doc/schemas/$$name.json || exit 1; \
	done
PHONY += schemas
endif

screenshots: all ## the HTML report and the front page's pictures as PNG, into screenshots/ (needs chromium)
	sh $(srcdir)/tests/report/screenshots.sh $(abs_builddir)/hakmem-harness $(srcdir) screenshots
PHONY += screenshots
endif
clean-local: clean-local-screenshots
clean-local-screenshots:
	rm -rf screenshots
PHONY += clean-local-screenshots
