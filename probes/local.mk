# probes/: the gate table and what is generated from it, the site marker.
GATE_DEF = $(top_srcdir)/probes/gates.def
GEN_GATES = $(AWK) -f $(top_srcdir)/probes/gen-gates.awk
EXTRA_DIST += probes/gates.def probes/gen-gates.awk probes/hakmem_site.h
BUILT_SOURCES += probes/hakmem_build_flags.h probes/gate_kinds.inc probes/gate_table.inc
CLEANFILES += probes/hakmem_build_flags.h probes/gate_kinds.inc probes/gate_table.inc

GATE_DEPS = $(top_srcdir)/probes/gates.def $(top_srcdir)/probes/gen-gates.awk

probes/hakmem_build_flags.h: $(GATE_DEPS)
	$(AM_V_GEN)$(MKDIR_P) probes && $(GEN_GATES) -v out=flags $(GATE_DEF) > $@.tmp && mv $@.tmp $@
probes/gate_kinds.inc: $(GATE_DEPS)
	$(AM_V_GEN)$(MKDIR_P) probes && $(GEN_GATES) -v out=kinds $(GATE_DEF) > $@.tmp && mv $@.tmp $@
probes/gate_table.inc: $(GATE_DEPS)
	$(AM_V_GEN)$(MKDIR_P) probes && $(GEN_GATES) -v out=registry $(GATE_DEF) > $@.tmp && mv $@.tmp $@
# configure's options come from the table too: a changed table regenerates configure.
$(top_srcdir)/m4/hakmem_gates.m4: $(GATE_DEPS)
	$(AM_V_GEN)$(GEN_GATES) -v out=m4 $(GATE_DEF) > $@.tmp && mv $@.tmp $@
