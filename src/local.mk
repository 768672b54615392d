# src/: the allocator: libc alone. A folder is a layer (doc/architecture.md), lowest first here.
HAKMEM_SOURCES = \
  src/base/hak_config.h src/base/hak_lock.c src/base/hak_lock.h src/base/hak_size_class.h \
  src/os/hak_clock.h src/os/hak_env.c src/os/hak_env.h src/os/hak_panic.c src/os/hak_panic.h \
  src/os/hak_require_zero.c src/os/hak_require_zero.h src/os/hak_secret.c src/os/hak_secret.h \
  src/os/madvise_guard.c src/os/madvise_guard.h src/os/os_memory.c src/os/os_memory.h \
  src/telemetry/bad_class.h src/telemetry/class_stats.c src/telemetry/class_stats.h \
  src/telemetry/debug_ring.c src/telemetry/debug_ring.h \
  src/large/large.c src/large/large.h src/large/large_guard.c src/large/large_guard.h \
  src/large/large_kept.c src/large/large_kept.h src/large/large_mapping.h \
  src/large/large_parked.c src/large/large_parked.h \
  src/slab/arena.c src/slab/arena.h src/slab/block_end.h src/slab/block_header.h \
  src/slab/block_list.c src/slab/block_list.h \
  src/slab/superslab.c src/slab/superslab.h src/slab/warm_pool.c src/slab/warm_pool.h \
  src/thread/unified_cache.c src/thread/unified_cache.h \
  src/heap/hak_heap.c src/heap/hak_heap.h src/heap/pool_span.c src/heap/pool_span.h src/heap/pool_span_map.h \
  src/heap/remote_target.c src/heap/remote_target.h src/heap/superslab_free.c src/heap/superslab_free.h \
  src/cache/free_magazine.c src/cache/free_magazine.h src/cache/give_back.c src/cache/give_back.h \
  src/cache/pool_hotbox_v2.c src/cache/pool_hotbox_v2.h src/cache/refill_p0.c src/cache/refill_p0.h \
  src/cache/spill_queue.c src/cache/spill_queue.h \
  src/front/hak_block.h src/front/hak_tiny_free.h src/front/tiny_free_fast_v2.h \
  src/hardened/hardened.c src/hardened/hardened.h src/hardened/hardened_quarantine.c src/hardened/hardened_zero.c \
  src/entry_hardened.h src/entry_header.h src/entry_plain.h src/hak_check.c src/hak_entry.h \
  src/hakmem_alloc.c src/hakmem_cxx.c src/hakmem_family.c src/hakmem_init.c src/hakmem_stats.c
HAKMEM_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/src $(GATE_CPPFLAGS) $(MARKER_CPPFLAGS)
# ALLOC_CFLAGS (m4/hakmem_allocator.m4): also what variants and tests are compiled with.
HAKMEM_ALLOC_CFLAGS = $(AM_CFLAGS) $(ALLOC_CFLAGS)
if SANITIZED
HAKMEM_CPPFLAGS += -DHAKMEM_PREFIX_ONLY=1
endif

lib_LTLIBRARIES += libhakmem.la
include_HEADERS += src/hakmem.h
libhakmem_la_SOURCES = $(HAKMEM_SOURCES)
libhakmem_la_CPPFLAGS = $(HAKMEM_CPPFLAGS)
libhakmem_la_CFLAGS = $(HAKMEM_ALLOC_CFLAGS)
libhakmem_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -Wl,-z,now,-z,nodelete,-z,initfirst
libhakmem_la_LIBADD = -lpthread

# BUILT_SOURCES are made for `make all` only; one library alone is a goal as well.
$(libhakmem_la_OBJECTS) $(libhakmem_plain_la_OBJECTS): probes/hakmem_build_flags.h src/alloc.flags
# Other flags are other code: no object of theirs may stay. Written anew only where they changed.
src/alloc.flags: Makefile
	$(AM_V_GEN)$(MKDIR_P) src; \
	  echo '$(CC) $(libhakmem_la_CPPFLAGS) $(CPPFLAGS) $(HAKMEM_ALLOC_CFLAGS) $(CFLAGS)' >$@.tmp; \
	  if cmp -s $@.tmp $@; then rm -f $@.tmp; else mv $@.tmp $@; fi
CLEANFILES += src/alloc.flags

# `ab` compiles its variants from these, also where only the installed files are there.
hakmemsourcedir = $(pkgdatadir)/source
nobase_dist_hakmemsource_DATA = $(HAKMEM_SOURCES) src/hakmem.h probes/hakmem_site.h
hakmemflagsdir = $(pkgdatadir)/probes
nodist_hakmemflags_DATA = probes/hakmem_build_flags.h

# What is compared with other allocators: no gate and no marker, whatever was configured.
EXTRA_LTLIBRARIES = libhakmem-plain.la
libhakmem_plain_la_SOURCES = $(HAKMEM_SOURCES)
libhakmem_plain_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/src -DHAKMEM_SITE_MARKERS=0
libhakmem_plain_la_CFLAGS = $(HAKMEM_ALLOC_CFLAGS)
libhakmem_plain_la_LDFLAGS = $(AM_LDFLAGS) -avoid-version -rpath $(pkglibdir) -Wl,-z,now,-z,nodelete,-z,initfirst
libhakmem_plain_la_LIBADD = -lpthread
CLEANFILES += libhakmem-plain.la
if BUILD_HARNESS
all-local: libhakmem-plain.la
endif
