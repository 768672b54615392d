# harness/core: what every command and module of the harness builds on.
harness_libharness_la_SOURCES += \
  harness/core/content_hash.c harness/core/content_hash.h \
  harness/core/words.c harness/core/words.h \
  harness/core/child.c harness/core/child.h \
  harness/core/preload.c harness/core/preload.h \
  harness/core/command.c harness/core/command.h \
  harness/core/command_help.c harness/core/command_help.h \
  harness/core/error.c harness/core/error.h \
  harness/core/exit_codes.h \
  harness/core/json_out.c harness/core/json_out.h \
  harness/core/locate.c harness/core/locate.h \
  harness/core/machine.c harness/core/machine.h \
  harness/core/progress.c harness/core/progress.h \
  harness/core/registry.c harness/core/registry.h \
  harness/core/results.c harness/core/results.h
