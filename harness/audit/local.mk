# harness/audit: Step 1. The engine needs LLVM; without it `audit` says what to install.
harness_libharness_a_SOURCES += \
  harness/audit/audit.h \
  harness/audit/candidates.c harness/audit/candidates.h \
  harness/audit/crosscheck.c harness/audit/crosscheck.h \
  harness/audit/format.c harness/audit/format.h \
  harness/audit/format_sarif.c \
  harness/audit/gate_class.c \
  harness/audit/measured.c harness/audit/measured.h \
  harness/audit/project_audit.c harness/audit/project_audit.h \
  harness/audit/result.c
AUDIT_ENGINE = \
  harness/audit/asm.c harness/audit/asm.h \
  harness/audit/bounds.c \
  harness/audit/branch.c \
  harness/audit/cfg.c harness/audit/cfg.h \
  harness/audit/checks.c harness/audit/checks.h \
  harness/audit/classify.c harness/audit/classify.h \
  harness/audit/compile.c \
  harness/audit/configs.c harness/audit/view.h \
  harness/audit/dead.c harness/audit/dead.h \
  harness/audit/di_names.c \
  harness/audit/distance.c \
  harness/audit/engine.c \
  harness/audit/envgate.c \
  harness/audit/escape.c \
  harness/audit/flags.c harness/audit/flags.h \
  harness/audit/flow.c harness/audit/flow.h \
  harness/audit/indirect.c harness/audit/indirect.h \
  harness/audit/ir.h harness/audit/ir_index.c harness/audit/ir_link.c \
  harness/audit/keys.c \
  harness/audit/map.c harness/audit/map.h \
  harness/audit/models.c harness/audit/models.def harness/audit/models.h \
  harness/audit/names.c harness/audit/names.h \
  harness/audit/origin.c harness/audit/origin.h \
  harness/audit/outside.c \
  harness/audit/read_back.c \
  harness/audit/rows.c harness/audit/rows.h \
  harness/audit/settle.c \
  harness/audit/source_scan.c \
  harness/audit/sources.c harness/audit/sources.h \
  harness/audit/sources_words.c \
  harness/audit/surface.c \
  harness/audit/units.c harness/audit/units.h \
  harness/audit/views.c \
  harness/audit/where.c
if HAVE_LLVM
harness_libharness_a_SOURCES += $(AUDIT_ENGINE)
harness_libharness_a_CPPFLAGS += $(LLVM_CPPFLAGS)
HARNESS_LIBS += $(LLVM_LIBS)
EXTRA_DIST += harness/audit/engine_none.c
else
harness_libharness_a_SOURCES += harness/audit/engine_none.c
EXTRA_DIST += $(AUDIT_ENGINE)
endif
