# harness/phase: the source's phases: its figures, and their runs.
harness_libharness_la_SOURCES += \
  harness/phase/phases.def harness/phase/phase_table.c harness/phase/phase_table.h
