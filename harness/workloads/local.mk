# harness/workloads: the workloads and their runner hakmem-bench. It is linked against libc
# alone: the malloc under test comes by LD_PRELOAD.
WORKLOAD_SOURCES = \
  harness/workloads/random_mixed.c \
  harness/workloads/workload.c harness/workloads/workload.h \
  harness/workloads/workloads.def harness/workloads/marker.h harness/workloads/random.h
RUNNER_SOURCES = harness/workloads/hakmem_bench.c \
  harness/workloads/bench_io.c harness/workloads/bench_io.h \
  harness/workloads/bench_record.h harness/workloads/bench_clock.h \
  harness/counters/perf_group.c harness/counters/perf_group.h
pkglibexec_PROGRAMS += hakmem-bench
hakmem_bench_SOURCES = $(RUNNER_SOURCES) $(WORKLOAD_SOURCES)
hakmem_bench_CPPFLAGS = $(AM_CPPFLAGS) $(MARKER_CPPFLAGS)
hakmem_bench_CFLAGS = $(AM_CFLAGS) -fno-builtin-malloc -fno-builtin-free
hakmem_bench_LDADD = -lpthread
