# src/: the allocator: libc alone. Layers, lowest first: os, size classes, superslab, heap,
# caches / remote / spill, entry points.
HAKMEM_SOURCES = \
  src/hak_config.h src/hak_entry.h src/hak_lock.h src/hak_size_class.h \
  src/os/hak_clock.h src/os/hak_env.c src/os/hak_env.h src/os/hak_panic.c src/os/hak_panic.h \
  src/os/madvise_guard_box.c src/os/madvise_guard_box.h \
  src/os/ss_os_acquire_box.c src/os/ss_os_acquire_box.h \
  src/box/superslab.c src/box/superslab.h \
  src/box/warm_pool_prefill_box.c src/box/warm_pool_prefill_box.h \
  src/box/hak_heap.c src/box/hak_heap.h src/box/hak_batch.h \
  src/box/pool_span.c src/box/pool_span.h src/box/pool_span_map.h \
  src/box/tiny_superslab_free.c src/box/tiny_superslab_free.h \
  src/box/hakmem_tiny_bg_spill.c src/box/hakmem_tiny_bg_spill.h \
  src/box/hakmem_tiny_remote_target.c src/box/hakmem_tiny_remote_target.h \
  src/box/tiny_free_magazine.c src/box/tiny_free_magazine.h \
  src/box/hakmem_tiny_refill_p0.c src/box/hakmem_tiny_refill_p0.h \
  src/box/tiny_class_stats_box.c src/box/tiny_class_stats_box.h \
  src/box/hakmem_large.c src/box/hakmem_large.h src/box/hakmem_large_guard.h src/box/hakmem_large_kept.h \
  src/box/pool_hotbox_v2_box.c src/box/pool_hotbox_v2_box.h \
  src/box/hardened_box.c src/box/hardened_box.h src/box/hardened_quarantine.c src/box/hardened_zero.c \
  src/os/hak_secret.c src/os/hak_secret.h src/front/entry_hardened.h \
  src/debug/tiny_debug_ring.c src/debug/tiny_debug_ring.h \
  src/front/bad_class.h src/front/entry_plain.h src/front/entry_header.h src/front/hak_block.h \
  src/front/tiny_free_fast_v2.h src/front/tiny_unified_cache.h src/hakmem_tiny_free.h \
  src/hakmem_alloc.c src/hakmem_family.c src/hakmem_init.c
HAKMEM_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/src $(GATE_CPPFLAGS) $(MARKER_CPPFLAGS)
# The loops of memset and memcpy must not be turned into calls of themselves, nor calloc's body
# into a call of calloc.
HAKMEM_ALLOC_CFLAGS = $(AM_CFLAGS) -O2 -fvisibility=hidden -fno-builtin-malloc -fno-builtin-calloc \
  -fno-builtin-realloc -fno-builtin-free -fno-semantic-interposition
if SANITIZED
HAKMEM_CPPFLAGS += -DHAKMEM_PREFIX_ONLY=1
endif

lib_LTLIBRARIES += libhakmem.la
include_HEADERS += src/hakmem.h
libhakmem_la_SOURCES = $(HAKMEM_SOURCES)
libhakmem_la_CPPFLAGS = $(HAKMEM_CPPFLAGS)
libhakmem_la_CFLAGS = $(HAKMEM_ALLOC_CFLAGS)
libhakmem_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -Wl,-z,now,-z,nodelete
libhakmem_la_LIBADD = -lpthread

# BUILT_SOURCES are made for `make all` only; one library alone is a goal as well.
$(libhakmem_la_OBJECTS) $(libhakmem_plain_la_OBJECTS): probes/hakmem_build_flags.h

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
libhakmem_plain_la_LDFLAGS = $(AM_LDFLAGS) -avoid-version -rpath $(pkglibdir) -Wl,-z,now,-z,nodelete
libhakmem_plain_la_LIBADD = -lpthread
CLEANFILES += libhakmem-plain.la
