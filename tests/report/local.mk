# tests/report: records, pictures, pages.
report_scripts = tests/report/plots.sh tests/report/pages.sh tests/report/phase.sh tests/report/browser.sh
dist_check_SCRIPTS += $(report_scripts)
EXTRA_DIST += tests/report/make_set.sh
if BUILD_HARNESS
TESTS += $(report_scripts)
endif
