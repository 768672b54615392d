# harness/keeper: the process that keeps root where sudo started us (doc/security.md).
harness_libharness_a_SOURCES += \
  harness/keeper/keeper.c harness/keeper/keeper.h \
  harness/keeper/keeper_internal.h \
  harness/keeper/keeper_launch.c harness/keeper/keeper_rungs.c
