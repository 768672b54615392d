# harness/trace: recorded traces: the library that records, the format, the conversion.
harness_libharness_a_SOURCES += \
  harness/trace/block_map.c harness/trace/block_map.h \
  harness/trace/raw_format.h \
  harness/trace/trace_convert.c harness/trace/trace_convert.h \
  harness/trace/trace_facts.c harness/trace/trace_facts.h \
  harness/trace/trace_record.c harness/trace/trace_record.h \
  harness/trace/trace_writer.c harness/trace/trace_writer.h

# preloaded into foreign programs: libc alone, nothing visible but the malloc family
pkglib_LTLIBRARIES += libhakmem-record.la
libhakmem_record_la_SOURCES = harness/trace/recorder.c harness/trace/recorder.h harness/trace/recorder_malloc.c \
  harness/trace/raw_format.h harness/trace/trace_format.h
libhakmem_record_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden -fno-builtin-malloc -fno-builtin-calloc \
  -fno-builtin-realloc -fno-builtin-free
libhakmem_record_la_LDFLAGS = -module -avoid-version -shared
libhakmem_record_la_LIBADD = -lpthread -ldl
