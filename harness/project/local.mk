# harness/project: somebody's project: its file, captured builds, what differs between two of them.
harness_libharness_a_SOURCES += \
  harness/project/capture.c harness/project/capture.h harness/project/capture_log.h \
  harness/project/capture_tools.c harness/project/capture_tools.h \
  harness/project/loaded.c harness/project/loaded.h \
  harness/project/code_set.c harness/project/code_set.h \
  harness/project/project_compare.c harness/project/project_compare.h \
  harness/project/project_build.c harness/project/project_build.h \
  harness/project/project_file.c harness/project/project_file.h harness/project/project_keys.def \
  harness/project/project_names.c \
  harness/project/project_macro.c harness/project/project_macro.h \
  harness/project/gated_lines.c harness/project/gated_lines.h harness/project/gated_code.c \
  harness/project/gated_text.c harness/project/line_map.c \
  harness/project/project_images.c harness/project/project_images.h \
  harness/project/relink.c harness/project/relink.h \
  harness/project/project_builtin.c harness/project/project_builtin.h \
  harness/project/project_gated.c harness/project/project_gated.h \
  harness/project/project_units.c harness/project/project_units.h \
  harness/project/object_sections.c harness/project/object_sections.h

pkglibexec_PROGRAMS += hakmem-capture hakmem-project-run
hakmem_capture_SOURCES = harness/project/capture_hook.c harness/project/capture_log.h \
  harness/project/capture_real.c harness/project/capture_real.h \
  harness/project/capture_words.c harness/project/capture_words.h
hakmem_project_run_SOURCES = harness/project/project_run.c harness/project/project_run.h \
  harness/project/project_run_command.c harness/project/project_run_server.c
# a few small modules of the archive, and none of its libraries: it is started for each process
hakmem_project_run_LDADD = harness/libharness.a
# the same without a loader and without libraries, for packs
pkglibexec_PROGRAMS += hakmem-pack-project
hakmem_pack_project_SOURCES = $(hakmem_project_run_SOURCES)
hakmem_pack_project_LDFLAGS = -static-pie
hakmem_pack_project_LDADD = harness/libharness.a
