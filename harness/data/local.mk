# harness/data: what was measured: samples, pairs, statistics, verdicts.
harness_libharness_a_SOURCES += \
  harness/data/pairs.c harness/data/pairs.h harness/data/pairs_core.c \
  harness/data/random_effects.c harness/data/random_effects.h \
  harness/data/samples.c harness/data/samples.h harness/data/samples_load.c \
  harness/data/stats.c harness/data/stats.h \
  harness/data/verdict.c harness/data/verdict.h
