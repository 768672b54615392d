# harness/project: somebody's project: its file, captured builds, what differs between two of them.
harness_libharness_a_SOURCES += \
  harness/project/capture.c harness/project/capture.h harness/project/capture_log.h \
  harness/project/code_set.c harness/project/code_set.h \
  harness/project/project_compare.c harness/project/project_compare.h \
  harness/project/project_build.c harness/project/project_build.h \
  harness/project/project_file.c harness/project/project_file.h harness/project/project_keys.def \
  harness/project/project_names.c \
  harness/project/tree.c harness/project/tree.h

pkglibexec_PROGRAMS += hakmem-capture
hakmem_capture_SOURCES = harness/project/capture_hook.c harness/project/capture_log.h
