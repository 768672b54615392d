# harness/workloads: the workloads; what runs one is in harness/runner.
# One NAME.c for each line of the table (bootstrap writes the list), in its order: where a rung has few slots, the
# first of them is the one whose steps it can count. Behind them those of several lines.
WORKLOAD_SOURCES =
include harness/workloads/list.mk
$(top_srcdir)/harness/workloads/list.mk: $(top_srcdir)/harness/workloads/workloads.def
	$(AM_V_GEN)cd $(top_srcdir) && ./bootstrap --lists && touch harness/workloads/list.mk
WORKLOAD_SOURCES += harness/workloads/remote_free.c harness/workloads/slot_mix.h harness/workloads/sized_slots.h \
  harness/trace/trace_reader.c harness/trace/trace_reader.h harness/trace/trace_crc32.c \
  harness/trace/trace_format.h \
  harness/workloads/workload.c harness/workloads/workload.h \
  harness/workloads/workloads.def harness/workloads/marker.h harness/workloads/random.h
# the compiler must not reason about the functions that are measured
WORKLOAD_CFLAGS = -fno-builtin-malloc -fno-builtin-free -fno-builtin-calloc -fno-builtin-realloc
# the harness itself knows them by their descriptors and never runs one in its own process
harness_libharness_a_SOURCES += $(WORKLOAD_SOURCES)
