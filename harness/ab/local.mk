# harness/ab: statistics, variants, layouts, schedule, protocols, live toggle, calibration.
harness_libharness_la_SOURCES += \
  harness/ab/ab_campaigns.c harness/ab/ab_options.c harness/ab/ab_options.h harness/ab/ab_run.c harness/ab/ab_run.h \
  harness/ab/ab_side.c harness/ab/ab_source.c harness/ab/ab_two.c \
  harness/ab/ab_json.c harness/ab/ab_json.h harness/ab/ab_print.c \
  harness/ab/calibration.c harness/ab/calibration.h harness/ab/calibration_store.c \
  harness/ab/inject.c harness/ab/inject.h \
  harness/ab/campaign.c harness/ab/campaign.h harness/ab/campaign_look.c harness/ab/campaign_salvage.c \
  harness/ab/code_diff.c harness/ab/code_diff.h \
  harness/ab/content_hash.c harness/ab/content_hash.h \
  harness/ab/layout.c harness/ab/layout.h harness/ab/layout_kinds.h harness/ab/layout_open.c \
  harness/ab/liveness.c harness/ab/liveness.h \
  harness/ab/marked.c harness/ab/marked.h \
  harness/ab/pairs.c harness/ab/pairs.h harness/ab/pairs_core.c \
  harness/ab/recipe.c \
  harness/ab/samples.c harness/ab/samples.h harness/ab/samples_load.c \
  harness/ab/schedule.c harness/ab/schedule.h \
  harness/ab/session.c harness/ab/session.h \
  harness/ab/spending.c harness/ab/spending.h \
  harness/ab/step_gate.c harness/ab/step_gate.h \
  harness/ab/stats.c harness/ab/stats.h \
  harness/ab/subject.c harness/ab/subject.h \
  harness/ab/toggle.c harness/ab/toggle.h \
  harness/ab/variant.c harness/ab/variant.h \
  harness/ab/verdict.c harness/ab/verdict.h \
  harness/ab/words.c harness/ab/words.h

# The launcher of measured processes, and the process for mallocs that come by LD_PRELOAD. Both
# are small: their start-up is most of the cost of a short process.
AB_MEASURED = harness/ab/runner/rounds.c harness/ab/runner/rounds.h harness/ab/runner/pmu.c harness/ab/runner/pmu.h \
  harness/counters/core_probe.c harness/counters/core_probe.h \
  harness/ab/runner/image.c harness/ab/runner/image.h harness/ab/runner/protocol.h
pkglibexec_PROGRAMS += hakmem-ab-runner hakmem-ab-exec
hakmem_ab_runner_SOURCES = harness/ab/runner/runner.c harness/ab/runner/malloc_gate.c harness/ab/runner/malloc_gate.h $(AB_MEASURED) $(WORKLOAD_SOURCES)
hakmem_ab_runner_CPPFLAGS = $(AM_CPPFLAGS) -DHAKMEM_SITE_MARKERS=0
hakmem_ab_runner_CFLAGS = $(AM_CFLAGS) -fno-builtin-malloc -fno-builtin-free -fno-builtin-calloc
hakmem_ab_runner_LDFLAGS = -rdynamic
hakmem_ab_runner_LDADD = -lpthread
hakmem_ab_exec_SOURCES = harness/ab/runner/exec.c $(AB_MEASURED) $(WORKLOAD_SOURCES)
hakmem_ab_exec_CPPFLAGS = $(AM_CPPFLAGS) -DHAKMEM_SITE_MARKERS=0
hakmem_ab_exec_CFLAGS = $(AM_CFLAGS) -fno-builtin-malloc -fno-builtin-free
hakmem_ab_exec_LDADD = -lpthread

# How this build compiles the allocator, for the variants: the flags of the build without those
# of gates and markers, which each variant sets itself.
variant.recipe: Makefile $(top_srcdir)/harness/ab/local.mk
	$(AM_V_GEN){ echo '# how the allocator is compiled; made by make for hakmem-harness ab'; \
	  echo 'compiler $(CC)'; \
	  echo 'cppflags -D_GNU_SOURCE -I@SRC@ -I@SRC@/src -I@BUILD@ -I@BUILD@/probes $(VARIANT_CPPFLAGS) $(CPPFLAGS)'; \
	  echo 'cflags $(AM_CFLAGS) $(ALLOC_CFLAGS) $(CFLAGS) -fPIC'; \
	  echo 'linkflags $(VARIANT_LDFLAGS)'; \
	  test -z '$(LLD)' || echo 'linker lld'; \
	  echo 'sources $(VARIANT_SOURCES)'; } > $@.tmp && mv $@.tmp $@
VARIANT_SOURCES = $(filter %.c,$(libhakmem_la_SOURCES))
VARIANT_CPPFLAGS =
VARIANT_LDFLAGS =
pkgdata_DATA += variant.recipe
CLEANFILES += variant.recipe
EXTRA_DIST += harness/ab/variant.h

# BENCH_AB='--seconds 2 --repeats 2' for a short run.
BENCH_AB =
EXTRA_DIST += harness/ab/bench_ab.py
bench-ab: hakmem-harness hakmem-bench hakmem-ab-runner hakmem-ab-exec libhakmem.la variant.recipe ## all A/B methods side by side, with equal time
	python3 $(srcdir)/harness/ab/bench_ab.py ./hakmem-harness "`pwd`/hakmem-bench" results/bench-ab $(BENCH_AB)
.PHONY: bench-ab
