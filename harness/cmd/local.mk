# harness/cmd: the program and its thin commands.
bin_PROGRAMS += hakmem-harness
hakmem_harness_SOURCES = harness/cmd/hakmem_harness.c harness/cmd/commands.def \
  harness/cmd/ab_usage.c harness/cmd/ab_usage.h
hakmem_harness_CPPFLAGS = $(HARNESS_CPPFLAGS)
hakmem_harness_LDADD = harness/libharness.a $(HARNESS_LIBS)
if STATIC_HARNESS
hakmem_harness_SOURCES += harness/core/no_udev.c
hakmem_harness_LDFLAGS = -all-static
endif
# one cmd_NAME.c for each line of the table: bootstrap writes the list
include harness/cmd/commands.mk
$(top_srcdir)/harness/cmd/commands.mk: $(top_srcdir)/harness/cmd/commands.def
	$(AM_V_GEN)cd $(top_srcdir) && ./bootstrap --lists && touch harness/cmd/commands.mk
