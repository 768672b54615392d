# tests/ab: the A/B engine.
EXTRA_DIST += tests/ab/fixture/src/tiny.h tests/ab/fixture/src/tiny_malloc.c tests/ab/fixture/src/tiny_refill.c \
  tests/ab/fixture/variant.recipe
ab_scripts = tests/ab/cmd_ab.sh tests/ab/durability.sh tests/ab/failing.sh tests/ab/calibrate.sh tests/ab/bench_ab.sh \
  tests/ab/width_side.sh tests/ab/replay.sh tests/ab/loaded.sh tests/ab/commands.sh tests/ab/baseline.sh \
  tests/ab/trust_page.sh tests/ab/hyperfine.sh
dist_check_SCRIPTS += $(ab_scripts)
if BUILD_HARNESS
TESTS += $(ab_scripts)
if HAVE_CMOCKA
AB_TEST_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
AB_TEST_LDADD = harness/libharness.a $(HARNESS_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/ab/test_ab_stats
TESTS += tests/ab/test_ab_stats
tests_ab_test_ab_stats_SOURCES = tests/ab/test_ab_stats.c
tests_ab_test_ab_stats_CPPFLAGS = $(AB_TEST_CPPFLAGS)
tests_ab_test_ab_stats_LDADD = $(AB_TEST_LDADD)
check_PROGRAMS += tests/ab/test_core_model
TESTS += tests/ab/test_core_model
tests_ab_test_core_model_SOURCES = tests/ab/test_core_model.c
tests_ab_test_core_model_CPPFLAGS = $(AB_TEST_CPPFLAGS)
tests_ab_test_core_model_LDADD = $(AB_TEST_LDADD)
check_PROGRAMS += tests/ab/test_other_rules
TESTS += tests/ab/test_other_rules
tests_ab_test_other_rules_SOURCES = tests/ab/test_other_rules.c
tests_ab_test_other_rules_CPPFLAGS = $(AB_TEST_CPPFLAGS)
tests_ab_test_other_rules_LDADD = $(AB_TEST_LDADD)
check_PROGRAMS += tests/ab/test_pilot
TESTS += tests/ab/test_pilot
tests_ab_test_pilot_SOURCES = tests/ab/test_pilot.c
tests_ab_test_pilot_CPPFLAGS = $(AB_TEST_CPPFLAGS)
tests_ab_test_pilot_LDADD = $(AB_TEST_LDADD)
check_PROGRAMS += tests/ab/test_run_delay
TESTS += tests/ab/test_run_delay
tests_ab_test_run_delay_SOURCES = tests/ab/test_run_delay.c harness/runner/run_delay.c harness/runner/run_delay.h
tests_ab_test_run_delay_CPPFLAGS = $(AB_TEST_CPPFLAGS)
tests_ab_test_run_delay_LDADD = $(AB_TEST_LDADD)
check_PROGRAMS += tests/ab/test_arms
TESTS += tests/ab/test_arms
tests_ab_test_arms_SOURCES = tests/ab/test_arms.c
tests_ab_test_arms_CPPFLAGS = $(AB_TEST_CPPFLAGS)
tests_ab_test_arms_LDADD = $(AB_TEST_LDADD)
# beside hakmem-harness, so that it finds the build as that does
check_PROGRAMS += test_shipped_code
TESTS += test_shipped_code
test_shipped_code_SOURCES = tests/ab/test_shipped_code.c
test_shipped_code_CPPFLAGS = $(AB_TEST_CPPFLAGS)
test_shipped_code_LDADD = $(AB_TEST_LDADD)
EXTRA_test_shipped_code_DEPENDENCIES = libhakmem.la libhakmem-plain.la variant.recipe
check_PROGRAMS += tests/ab/test_ab_campaign
TESTS += tests/ab/test_ab_campaign
tests_ab_test_ab_campaign_SOURCES = tests/ab/test_ab_campaign.c
tests_ab_test_ab_campaign_CPPFLAGS = $(AB_TEST_CPPFLAGS)
tests_ab_test_ab_campaign_LDADD = $(AB_TEST_LDADD)
endif
endif
