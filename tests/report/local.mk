# tests/report: records, pictures, pages.
report_scripts = tests/report/plots.sh
dist_check_SCRIPTS += $(report_scripts)
EXTRA_DIST += tests/report/make_set.sh
if BUILD_HARNESS
TESTS += $(report_scripts)
endif
