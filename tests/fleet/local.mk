# tests/fleet: packs, what is measured with them, merging, and a cluster.
fleet_scripts = tests/fleet/pack.sh tests/fleet/pack_gates.sh tests/fleet/pack_project.sh \
  tests/fleet/merge.sh tests/fleet/print.sh tests/fleet/slurm.sh
dist_check_SCRIPTS += $(fleet_scripts)
EXTRA_DIST += tests/fleet/slurm_cluster.sh tests/fleet/hostile_packs.py tests/fleet/merge.py tests/fleet/results.py \
  tests/fleet/from_record.py
if BUILD_HARNESS
TESTS += $(fleet_scripts)
endif
