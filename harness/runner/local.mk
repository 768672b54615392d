# harness/runner: the processes that measure. They are linked against libc alone: the malloc under
# test comes by LD_PRELOAD or is mapped.
harness_libharness_a_SOURCES += \
  harness/runner/core_probe.c harness/runner/core_probe.h \
  harness/runner/perf_group.c harness/runner/perf_group.h

RUNNER_SOURCES = harness/runner/hakmem_bench.c \
  harness/runner/bench_io.c harness/runner/bench_io.h \
  harness/runner/bench_launch.c harness/runner/bench_launch.h \
  harness/runner/bench_record.h harness/runner/bench_clock.h \
  harness/runner/perf_group.c harness/runner/perf_group.h
pkglibexec_PROGRAMS += hakmem-bench
hakmem_bench_SOURCES = $(RUNNER_SOURCES) $(WORKLOAD_SOURCES)
hakmem_bench_CPPFLAGS = $(AM_CPPFLAGS) $(MARKER_CPPFLAGS)
hakmem_bench_CFLAGS = $(AM_CFLAGS) $(WORKLOAD_CFLAGS)
hakmem_bench_LDADD = -lpthread

# The launcher of measured processes, and the process for mallocs that come by LD_PRELOAD. Both
# are small: their start-up is most of the cost of a short process.
AB_MEASURED = harness/runner/rounds.c harness/runner/rounds.h harness/runner/pmu.c harness/runner/pmu.h \
  harness/runner/core_probe.c harness/runner/core_probe.h \
  harness/runner/image.c harness/runner/image.h harness/runner/protocol.h
pkglibexec_PROGRAMS += hakmem-ab-runner hakmem-ab-exec
hakmem_ab_runner_SOURCES = harness/runner/runner.c harness/runner/malloc_gate.c harness/runner/malloc_gate.h \
  $(AB_MEASURED) $(WORKLOAD_SOURCES)
hakmem_ab_runner_CPPFLAGS = $(AM_CPPFLAGS) -DHAKMEM_SITE_MARKERS=0
hakmem_ab_runner_CFLAGS = $(AM_CFLAGS) -fno-builtin-malloc -fno-builtin-free -fno-builtin-calloc
hakmem_ab_runner_LDFLAGS = -rdynamic
hakmem_ab_runner_LDADD = -lpthread
hakmem_ab_exec_SOURCES = harness/runner/exec.c $(AB_MEASURED) $(WORKLOAD_SOURCES)
hakmem_ab_exec_CPPFLAGS = $(AM_CPPFLAGS) -DHAKMEM_SITE_MARKERS=0
hakmem_ab_exec_CFLAGS = $(AM_CFLAGS) -fno-builtin-malloc -fno-builtin-free
hakmem_ab_exec_LDADD = -lpthread
