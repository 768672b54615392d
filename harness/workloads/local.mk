# harness/workloads: the workloads and their runner hakmem-bench. It is linked against libc
# alone: the malloc under test comes by LD_PRELOAD.
WORKLOAD_SOURCES = \
  harness/workloads/random_mixed.c harness/workloads/remote_free.c harness/workloads/producer_consumer.c \
  harness/workloads/larson.c harness/workloads/mstress.c harness/workloads/realloc.c harness/workloads/churn.c \
  harness/workloads/calloc.c harness/workloads/mid_size.c harness/workloads/large.c harness/workloads/large_bursts.c harness/workloads/zero_size.c harness/workloads/slot_mix.h \
  harness/workloads/replay.c harness/trace/trace_reader.c harness/trace/trace_reader.h harness/trace/trace_crc32.c \
  harness/trace/trace_format.h \
  harness/workloads/workload.c harness/workloads/workload.h \
  harness/workloads/workloads.def harness/workloads/marker.h harness/workloads/random.h
# the compiler must not reason about the functions that are measured
WORKLOAD_CFLAGS = -fno-builtin-malloc -fno-builtin-free -fno-builtin-calloc -fno-builtin-realloc
RUNNER_SOURCES = harness/workloads/hakmem_bench.c \
  harness/workloads/bench_io.c harness/workloads/bench_io.h \
  harness/workloads/bench_launch.c harness/workloads/bench_launch.h \
  harness/workloads/bench_record.h harness/workloads/bench_clock.h \
  harness/counters/perf_group.c harness/counters/perf_group.h
pkglibexec_PROGRAMS += hakmem-bench
hakmem_bench_SOURCES = $(RUNNER_SOURCES) $(WORKLOAD_SOURCES)
hakmem_bench_CPPFLAGS = $(AM_CPPFLAGS) $(MARKER_CPPFLAGS)
hakmem_bench_CFLAGS = $(AM_CFLAGS) $(WORKLOAD_CFLAGS)
hakmem_bench_LDADD = -lpthread
# the harness itself knows them by their descriptors and never runs one in its own process
harness_libharness_la_SOURCES += $(WORKLOAD_SOURCES)
