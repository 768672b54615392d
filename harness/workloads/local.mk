# harness/workloads: the workloads; what runs one is in harness/runner.
WORKLOAD_SOURCES = \
  harness/workloads/random_mixed.c harness/workloads/remote_free.c harness/workloads/producer_consumer.c \
  harness/workloads/larson.c harness/workloads/mstress.c harness/workloads/realloc.c harness/workloads/churn.c \
  harness/workloads/calloc.c harness/workloads/mid_size.c harness/workloads/large.c \
  harness/workloads/large_bursts.c harness/workloads/zero_size.c harness/workloads/slot_mix.h \
  harness/workloads/sized_slots.h \
  harness/workloads/replay.c harness/trace/trace_reader.c harness/trace/trace_reader.h harness/trace/trace_crc32.c \
  harness/trace/trace_format.h \
  harness/workloads/workload.c harness/workloads/workload.h \
  harness/workloads/workloads.def harness/workloads/marker.h harness/workloads/random.h
# the compiler must not reason about the functions that are measured
WORKLOAD_CFLAGS = -fno-builtin-malloc -fno-builtin-free -fno-builtin-calloc -fno-builtin-realloc
# the harness itself knows them by their descriptors and never runs one in its own process
harness_libharness_a_SOURCES += $(WORKLOAD_SOURCES)
