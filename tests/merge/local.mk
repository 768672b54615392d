# tests/merge: one question on many machines.
if BUILD_HARNESS
if HAVE_CMOCKA
check_PROGRAMS += tests/merge/test_random_effects
TESTS += tests/merge/test_random_effects
tests_merge_test_random_effects_SOURCES = tests/merge/test_random_effects.c tests/merge/fleets.c tests/merge/fleets.h
tests_merge_test_random_effects_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_merge_test_random_effects_LDADD = harness/libharness.a $(HARNESS_LIBS) $(CMOCKA_LIBS)
endif

# FLEETS=1000 for a short run.
FLEETS = 10000
check_PROGRAMS += tests/merge/bench-merge
tests_merge_bench_merge_SOURCES = tests/merge/bench_merge.c tests/merge/fleets.c tests/merge/fleets.h
tests_merge_bench_merge_CPPFLAGS = $(HARNESS_CPPFLAGS)
tests_merge_bench_merge_LDADD = harness/libharness.a $(HARNESS_LIBS)
bench-merge: tests/merge/bench-merge$(EXEEXT) ## how often the intervals over machines hold what they say, simulated
	tests/merge/bench-merge$(EXEEXT) $(FLEETS)
PHONY += bench-merge
endif
