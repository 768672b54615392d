# harness/core: what every command and module of the harness builds on.
harness_libharness_a_SOURCES += \
  harness/core/content_hash.c harness/core/content_hash.h \
  harness/core/words.c harness/core/words.h \
  harness/core/cache.c harness/core/cache.h harness/core/cache_list.c \
  harness/core/cache_seal.c harness/core/cache_seal.h \
  harness/core/child.c harness/core/child.h \
  harness/core/preload.c harness/core/preload.h \
  harness/core/command.c harness/core/command.h \
  harness/core/command_help.c harness/core/command_help.h \
  harness/core/confined.c harness/core/confined_limits.c harness/core/confined.h \
  harness/core/debug_file.c harness/core/debug_file.h \
  harness/core/elf_sections.c harness/core/elf_sections.h \
  harness/core/error.c harness/core/error.h \
  harness/core/fields.c harness/core/fields.h harness/core/fields_schema.c \
  harness/core/exit_codes.h \
  harness/core/foreign_file.c harness/core/foreign_json.c harness/core/foreign_file.h \
  harness/core/identifier.c harness/core/identifier.h \
  harness/core/interrupt.c harness/core/interrupt.h \
  harness/core/json_out.c harness/core/json_out.h \
  harness/core/locate.c harness/core/locate.h \
  harness/core/addresses.c harness/core/addresses.h harness/core/machine.c harness/core/machine.h \
  harness/core/names.c harness/core/names.h \
  harness/core/numbers.c harness/core/numbers.h \
  harness/core/paths.c harness/core/paths.h \
  harness/core/privilege.c harness/core/privilege.h harness/core/privilege_environment.c \
  harness/core/privilege_protocol.h \
  harness/core/program.c harness/core/program.h \
  harness/core/progress.c harness/core/progress.h \
  harness/core/registry.c harness/core/registry.h \
  harness/core/results.c harness/core/results.h \
  harness/core/tree.c harness/core/tree.h \
  harness/core/units.c harness/core/units.h \
  harness/core/container.c harness/core/container.h

# Where locate.c looks: in a file of their own, so that nothing else depends on them.
nodist_harness_libharness_a_SOURCES += harness/core/build_paths.h
harness/core/build_paths.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) harness/core && { echo '/* made by make */'; \
	  echo '#define BUILD_ABS_SRCDIR "$(abs_top_srcdir)"'; \
	  echo '#define INSTALL_LIBDIR "$(libdir)"'; \
	  echo '#define INSTALL_PKGLIBDIR "$(pkglibdir)"'; \
	  echo '#define INSTALL_PKGLIBEXECDIR "$(pkglibexecdir)"'; \
	  echo '#define INSTALL_PKGDATADIR "$(pkgdatadir)"'; } > $@.tmp && \
	  { cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@; } && touch $@
BUILT_SOURCES += harness/core/build_paths.h
harness/core/libharness_a-locate.$(OBJEXT): harness/core/build_paths.h
CLEANFILES += harness/core/build_paths.h
