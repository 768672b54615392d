# tests/counters: counters, workloads, bench, traces, peers.
counters_scripts = tests/counters/bench_counters.sh tests/counters/trace.sh tests/counters/doctor.sh \
  tests/counters/workloads.sh tests/counters/bench.sh tests/counters/callgrind.sh tests/counters/peers.sh \
  tests/counters/threads.sh tests/counters/probed.sh tests/counters/addresses.sh
dist_check_SCRIPTS += $(counters_scripts)
if BUILD_HARNESS
TESTS += $(counters_scripts)
check_PROGRAMS += tests/counters/trace_target
tests_counters_trace_target_SOURCES = tests/counters/trace_target.c
tests_counters_trace_target_LDADD = -lpthread
if HAVE_CMOCKA
check_PROGRAMS += tests/counters/test_engine
TESTS += tests/counters/test_engine
tests_counters_test_engine_SOURCES = tests/counters/test_engine.c $(ENGINE_SOURCES)
tests_counters_test_engine_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_counters_test_engine_LDADD = $(CMOCKA_LIBS) -lpthread
check_PROGRAMS += tests/counters/test_counters
TESTS += tests/counters/test_counters
tests_counters_test_counters_SOURCES = tests/counters/test_counters.c
tests_counters_test_counters_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_counters_test_counters_LDADD = harness/libharness.a $(HARNESS_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/counters/test_trace
TESTS += tests/counters/test_trace
tests_counters_test_trace_SOURCES = tests/counters/test_trace.c
tests_counters_test_trace_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_counters_test_trace_LDADD = harness/libharness.a $(HARNESS_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/counters/test_sampler
TESTS += tests/counters/test_sampler
tests_counters_test_sampler_SOURCES = tests/counters/test_sampler.c
tests_counters_test_sampler_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_counters_test_sampler_LDADD = harness/libharness.a $(HARNESS_LIBS) $(CMOCKA_LIBS)
endif
endif
