# tests/step0: execution verification, on programs with known totals.
EXTRA_DIST += tests/step0/verify_lib.sh tests/step0/targets/known.c tests/step0/targets/plugin.c tests/step0/targets/loop.c
step0_scripts = tests/step0/verify_builtin.sh tests/step0/verify_targets.sh tests/step0/verify_attach.sh tests/step0/verify_user.sh tests/step0/verify_leftovers.sh
dist_check_SCRIPTS += $(step0_scripts)
if BUILD_HARNESS
TESTS += $(step0_scripts)
endif
