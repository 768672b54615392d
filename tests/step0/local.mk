# tests/step0: execution verification, on programs with known totals.
EXTRA_DIST += tests/step0/verify_lib.sh
step0_scripts = tests/step0/verify_builtin.sh
dist_check_SCRIPTS += $(step0_scripts)
if BUILD_HARNESS
TESTS += $(step0_scripts)
endif
