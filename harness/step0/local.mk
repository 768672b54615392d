# harness/step0: execution verification: what is in an ELF file, the ladder of rungs, the verdict.
harness_libharness_a_SOURCES += \
  harness/step0/bpf_code.c harness/step0/bpf_code.h \
  harness/step0/callers.c harness/step0/callers.h harness/step0/corroborate.c \
  harness/step0/code_flow.c harness/step0/code_flow.h harness/step0/code_repeat.c harness/step0/code_repeat.h \
  harness/step0/elf_find.c harness/step0/elf_find.h harness/step0/elf_find_internal.h \
  harness/step0/elf_find_dwarf.c harness/step0/elf_find_dwarf_internal.h \
  harness/step0/elf_find_dwarf_functions.c harness/step0/elf_find_dwarf_lines.c harness/step0/elf_find_folded.c \
  harness/step0/elf_find_names.c harness/step0/elf_find_symbols.c \
  harness/step0/ifunc.c harness/step0/ifunc.h \
  harness/step0/journal.c harness/step0/journal.h \
  harness/step0/negative.c harness/step0/negative.h \
  harness/step0/verify_rescue.c harness/step0/verify_rescue.h \
  harness/step0/nop_probe.c harness/step0/nop_probe.h \
  harness/step0/elf_notes.c \
  harness/step0/elf_object.c harness/step0/elf_object.h \
  harness/step0/memory_map.c harness/step0/memory_map.h \
  harness/step0/elf_symbols.c \
  harness/step0/insn.c harness/step0/insn.h \
  harness/step0/ptrace_arch.h \
  harness/step0/rung.h harness/step0/rungs.c harness/step0/rungs.def \
  harness/step0/rung_kept.c harness/step0/rung_watch.c \
  harness/step0/scope_cgroup.c harness/step0/scope_cgroup.h \
  harness/step0/tracefs.c harness/step0/tracefs.h \
  harness/step0/verify.c harness/step0/verify.h harness/step0/verify_internal.h \
  harness/step0/verify_project.c harness/step0/verify_project.h \
  harness/step0/verify_guard.c harness/step0/verify_places.c harness/step0/verify_points.c \
  harness/step0/verify_plan.c harness/step0/verify_judge.c harness/step0/verify_others.c \
  harness/step0/verify_report.c harness/step0/verify_run.c \
  harness/step0/tracer.c harness/step0/tracer.h harness/step0/tracer_break.c \
  harness/step0/tracer_registers.c harness/step0/tracer_space.c harness/step0/tracer_stop.c \
  harness/step0/tracer_wait.c
# one rung_NAME.c for each line of the table: bootstrap writes the list
include harness/step0/rungs.mk
$(top_srcdir)/harness/step0/rungs.mk: $(top_srcdir)/harness/step0/rungs.def
	$(AM_V_GEN)cd $(top_srcdir) && ./bootstrap --lists && touch harness/step0/rungs.mk
