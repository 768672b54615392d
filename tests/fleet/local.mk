# tests/fleet: packs, what is measured with them, merging, and a cluster.
fleet_scripts = tests/fleet/pack.sh tests/fleet/pack_gates.sh tests/fleet/pack_project.sh \
  tests/fleet/merge.sh tests/fleet/print.sh tests/fleet/slurm.sh
dist_check_SCRIPTS += $(fleet_scripts)
EXTRA_DIST += tests/fleet/slurm_cluster.sh tests/fleet/hostile_packs.py tests/fleet/merge.py tests/fleet/results.py \
  tests/fleet/from_record.py tests/fleet/bench_pack.sh tests/fleet/pack_bare.sh
if BUILD_HARNESS
TESTS += $(fleet_scripts)
endif
if BUILD_HARNESS
if HAVE_CMOCKA
check_PROGRAMS += tests/fleet/test_pack_forms
TESTS += tests/fleet/test_pack_forms
tests_fleet_test_pack_forms_SOURCES = tests/fleet/test_pack_forms.c tests/security/fuzz_packs.c \
  tests/security/fuzz_packs.h
tests_fleet_test_pack_forms_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_fleet_test_pack_forms_LDADD = harness/libharness.a $(HARNESS_LIBS) $(CMOCKA_LIBS)
endif
endif

# PACK_SECONDS=5 for a short run.
PACK_SECONDS = 20
bench-pack: all ## what packs cost: making one, pack run beside ab, a merge of a million pairs (on a quiet machine)
	sh $(srcdir)/tests/fleet/bench_pack.sh $(abs_builddir)/hakmem-harness $(PACK_SECONDS)
PHONY += bench-pack
