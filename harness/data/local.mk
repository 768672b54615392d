# harness/data: what was measured: samples, pairs, statistics, verdicts.
harness_libharness_a_SOURCES += \
  harness/data/audit_record.c harness/data/audit_record.h \
  harness/data/phase_record.c harness/data/phase_record.h \
  harness/data/read_only.c harness/data/read_only.h \
  harness/data/record.c harness/data/record.h harness/data/record_find.c harness/data/record_internal.h \
  harness/data/record_make.c harness/data/record_save.c \
  harness/data/ab_plan.c harness/data/ab_plan.h \
  harness/data/ab_result.c harness/data/ab_result.h \
  harness/data/calibration_result.c harness/data/calibration_result.h \
  harness/data/columns.c harness/data/columns.h harness/data/csv_tables.c harness/data/csv_tables.h \
  harness/data/arm_result.c harness/data/arm_result.h harness/data/arm_stats.c harness/data/arm_stats.h \
  harness/data/block_fit.c harness/data/block_fit.h harness/data/core_model.c harness/data/core_model.h \
  harness/data/estimate_table.c harness/data/estimate_table.h \
  harness/data/classes.c harness/data/classes.h harness/data/tables.h \
  harness/data/fleet_plan.c harness/data/fleet_plan.h \
  harness/data/merge_result.c harness/data/merge_result.h \
  harness/data/other_rules.c harness/data/other_rules.h \
  harness/data/pack_plan.c harness/data/pack_plan.h \
  harness/data/pairs.c harness/data/pairs.h harness/data/pairs_core.c \
  harness/data/random_effects.c harness/data/random_effects.h \
  harness/data/samples.c harness/data/samples.h harness/data/samples_load.c harness/data/samples_log.c \
  harness/data/stats.c harness/data/stats.h \
  harness/data/trust_line.c harness/data/trust_line.h \
  harness/data/verdict.c harness/data/verdict.h
