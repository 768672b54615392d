# harness/runner: the processes that measure: one engine under two small mains. They are linked against
# libc alone: the malloc under test comes by LD_PRELOAD or is mapped.
harness_libharness_a_SOURCES += \
  harness/runner/bench_io.c harness/runner/bench_io.h \
  harness/runner/command_counters.c harness/runner/command_counters.h \
  harness/runner/core_probe.c harness/runner/core_probe.h \
  harness/runner/library_proof.c harness/runner/library_proof.h \
  harness/runner/perf_group.c harness/runner/perf_group.h

ENGINE_SOURCES = \
  harness/runner/engine.c harness/runner/engine.h \
  harness/runner/engine_counters.c harness/runner/engine_counters.h \
  harness/runner/run_delay.c harness/runner/run_delay.h \
  harness/runner/job_run.c harness/runner/job_run.h \
  harness/runner/core_probe.c harness/runner/core_probe.h \
  harness/runner/perf_group.c harness/runner/perf_group.h \
  harness/runner/bench_io.c harness/runner/bench_io.h \
  harness/core/bench_clock.h harness/runner/round.h harness/runner/protocol.h

# The malloc comes through the system's own loader.
RUNNER_SOURCES = harness/runner/hakmem_bench.c \
  harness/runner/bench_settings.c harness/runner/bench_settings.h \
  harness/runner/bench_launch.c harness/runner/bench_launch.h \
  harness/runner/library_proof.c harness/runner/library_proof.h \
  harness/runner/code_proof.c harness/runner/code_proof.h \
  harness/runner/bench_record.h $(ENGINE_SOURCES)
pkglibexec_PROGRAMS += hakmem-bench hakmem-ab-runner
hakmem_bench_SOURCES = $(RUNNER_SOURCES) $(WORKLOAD_SOURCES)
hakmem_bench_CPPFLAGS = $(AM_CPPFLAGS) $(MARKER_CPPFLAGS)
hakmem_bench_CFLAGS = $(AM_CFLAGS) $(WORKLOAD_CFLAGS)
hakmem_bench_LDADD = -lpthread

# The launcher of a campaign's processes, which maps the malloc as an image. Small: its start-up is
# most of the cost of a short process.
AB_RUNNER_SOURCES = harness/runner/runner.c \
  harness/runner/command_run.c harness/runner/command_run.h \
  harness/runner/command_counters.c harness/runner/command_counters.h \
  harness/runner/image.c harness/runner/image.h harness/runner/image_libc.h \
  harness/runner/live_toggle.c harness/runner/live_toggle.h \
  harness/runner/malloc_gate.c harness/runner/malloc_gate.h $(ENGINE_SOURCES) $(WORKLOAD_SOURCES)
hakmem_ab_runner_SOURCES = $(AB_RUNNER_SOURCES) harness/runner/image_libc.c
hakmem_ab_runner_CPPFLAGS = $(AM_CPPFLAGS) -DHAKMEM_SITE_MARKERS=0
hakmem_ab_runner_CFLAGS = $(AM_CFLAGS) $(WORKLOAD_CFLAGS)
hakmem_ab_runner_LDFLAGS = -rdynamic
hakmem_ab_runner_LDADD = -lpthread

# The same without a loader and without libraries, for packs.
pkglibexec_PROGRAMS += hakmem-pack-runner
hakmem_pack_runner_SOURCES = $(AB_RUNNER_SOURCES) harness/runner/image_libc_static.c harness/runner/libc_names.def
hakmem_pack_runner_CPPFLAGS = $(hakmem_ab_runner_CPPFLAGS)
hakmem_pack_runner_CFLAGS = $(hakmem_ab_runner_CFLAGS)
hakmem_pack_runner_LDFLAGS = -static-pie
hakmem_pack_runner_LDADD = -lpthread
