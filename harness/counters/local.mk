# harness/counters: counters around bench loops, running workloads, traces, what a machine can do.
harness_libharness_la_SOURCES += \
  harness/counters/bench_measure.c harness/counters/bench_measure.h \
  harness/counters/cpu_choice.c harness/counters/cpu_choice.h \
  harness/counters/bench_run.c harness/counters/bench_run.h \
  harness/counters/callgrind.c harness/counters/callgrind.h \
  harness/counters/counter_event.c harness/counters/counter_event.h \
  harness/counters/counter_fake.c harness/counters/counter_fake.h \
  harness/counters/counter_set.c harness/counters/counter_set.h \
  harness/counters/perf_group.c harness/counters/perf_group.h \
  harness/counters/sampler.c harness/counters/sampler.h \
  harness/counters/sampler_batch.c harness/counters/sampler_batch.h
