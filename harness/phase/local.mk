# harness/phase: the source's phases: its figures, and their runs.
harness_libharness_a_SOURCES += \
  harness/phase/phases.def harness/phase/phase_table.c harness/phase/phase_table.h \
  harness/phase/phase_record.c harness/phase/phase_run.c harness/phase/phase_run.h \
  harness/phase/phase_summary.c harness/phase/phase_parts.h
