# harness/counters: counters around bench loops, running workloads, traces, what a machine can do.
harness_libharness_la_SOURCES += \
  harness/counters/bench_run.c harness/counters/bench_run.h \
  harness/counters/perf_group.c harness/counters/perf_group.h
