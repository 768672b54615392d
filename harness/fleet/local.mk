# harness/fleet: one question for many machines: packs, what is measured with them, merging, Slurm.
harness_libharness_a_SOURCES += \
  harness/fleet/fleet_print.c harness/fleet/fleet_print.h harness/fleet/fleet_run.c harness/fleet/fleet_run.h \
  harness/fleet/slurm.c harness/fleet/slurm.h \
  harness/fleet/merge.c harness/fleet/merge.h harness/fleet/merge_page.c harness/fleet/merge_read.c \
  harness/fleet/pack_archive.c harness/fleet/pack_archive.h \
  harness/fleet/pack_layout.c harness/fleet/pack_layout.h \
  harness/fleet/pack_log.c harness/fleet/pack_log.h \
  harness/fleet/pack_builder.c harness/fleet/pack_builder.h \
  harness/fleet/pack_make.c harness/fleet/pack_make.h \
  harness/fleet/pack_needs.c harness/fleet/pack_needs.h \
  harness/fleet/pack_open.c harness/fleet/pack_open.h \
  harness/fleet/pack_project.h harness/fleet/pack_project_make.c harness/fleet/pack_project_run.c \
  harness/fleet/pack_run.c harness/fleet/pack_run.h \
  harness/fleet/pack_trust.c harness/fleet/pack_trust.h
