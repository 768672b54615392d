# harness/counters: counters around bench loops, running workloads, traces, what a machine can do.
harness_libharness_a_SOURCES += \
  harness/counters/bench_measure.c harness/counters/bench_measure.h \
  harness/counters/cpu_choice.c harness/counters/cpu_choice.h \
  harness/counters/bench_run.c harness/counters/bench_run.h \
  harness/counters/callgrind.c harness/counters/callgrind.h \
  harness/counters/counter_event.c harness/counters/counter_event.h \
  harness/counters/counter_fake.c harness/counters/counter_fake.h \
  harness/counters/counter_set.c harness/counters/counter_set.h \
  harness/counters/sampler.c harness/counters/sampler.h \
  harness/counters/sampler_batch.c harness/counters/sampler_batch.h

check_PROGRAMS += harness/counters/bench-counters
harness_counters_bench_counters_SOURCES = harness/counters/bench_counters.c
harness_counters_bench_counters_CPPFLAGS = $(HARNESS_CPPFLAGS)
harness_counters_bench_counters_LDADD = harness/libharness.a $(HARNESS_LIBS)

bench-counters: harness/counters/bench-counters$(EXEEXT) ## what a start/stop pair of each counter backend costs
	harness/counters/bench-counters$(EXEEXT)
PHONY += bench-counters
