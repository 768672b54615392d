# tests/fleet: packs, what is measured with them, merging, and a cluster.
fleet_scripts = tests/fleet/pack.sh
dist_check_SCRIPTS += $(fleet_scripts)
EXTRA_DIST += tests/fleet/hostile_packs.py
if BUILD_HARNESS
TESTS += $(fleet_scripts)
endif
