/* SPDX-License-Identifier: MIT */
/* hakmem_stats.c: what the allocator says of itself in every build: mallinfo and its kin, hak_stats_json.
 * It is counted anyway, under locks of cold paths; nothing of it costs a fast path. */
#include "hakmem.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cache/free_magazine.h"
#include "cache/give_back.h"
#include "heap/hak_heap.h"
#include "large/large.h"
#include "os/hak_panic.h"
#include "slab/superslab.h"

struct heaps_sum {
  size_t count, orphans, used[HAK_CLASSES], used_bytes;
};

static void add_used(struct hak_heap *heap, void *into) {
  struct heaps_sum *sum = into;
  sum->count++;
  sum->orphans += atomic_load_explicit(&heap->orphan, memory_order_relaxed);
  for (unsigned c = 1; c < HAK_CLASSES; c++) {
    size_t used = atomic_load_explicit(&heap->of[c].used, memory_order_relaxed);
    sum->used[c] += used;
    sum->used_bytes += used * hak_class_size(c);
  }
}

/* Blocks that a thread's cache or a queue holds count as used: nobody knows what the program does
 * with them next. Free is what lies in slabs. */
HAK_EXPORT struct mallinfo2 hak_mallinfo2(void) {
  struct mallinfo2 info;
  struct heaps_sum sum;
  size_t count, used;
  memset(&sum, 0, sizeof sum);
  memset(&info, 0, sizeof info);
  info.arena = superslab_bytes();
  info.hblkhd = large_bytes(&count);
  info.hblks = count;
  hak_heap_each(add_used, &sum);
  used = sum.used_bytes;
  info.uordblks = used + info.hblkhd;
  info.fordblks = info.arena > used ? info.arena - used : 0;
  return info;
}

#ifndef HAKMEM_PREFIX_ONLY
static int clamp(size_t n) { return n > INT_MAX ? INT_MAX : (int)n; }

/* The old form: what does not fit an int is INT_MAX. */
HAK_EXPORT struct mallinfo mallinfo(void) {
  struct mallinfo2 wide = hak_mallinfo2();
  struct mallinfo info;
  memset(&info, 0, sizeof info);
  info.arena = clamp(wide.arena);
  info.hblks = clamp(wide.hblks);
  info.hblkhd = clamp(wide.hblkhd);
  info.uordblks = clamp(wide.uordblks);
  info.fordblks = clamp(wide.fordblks);
  return info;
}
#endif

/* Appends to a buffer of so many bytes as far as there is room, and counts all. */
struct text {
  char *buffer;
  size_t room, length;
};

static __attribute__((format(printf, 2, 3))) void say(struct text *t, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t left = t->length < t->room ? t->room - t->length : 0;
  int n = vsnprintf(left != 0 ? t->buffer + t->length : NULL, left, format, arguments);
  va_end(arguments);
  if (n > 0) t->length += (size_t)n;
}

HAK_EXPORT size_t hak_stats_json(char *buffer, size_t size) {
  int saved = errno;
  struct text t = { buffer, size, 0 };
  struct heaps_sum sum;
  size_t large_count, large = large_bytes(&large_count), slabs = superslab_bytes();
  memset(&sum, 0, sizeof sum);
  hak_heap_each(add_used, &sum);
  say(&t, "{\"schema\":\"hakmem.stats/1\",\"slab_bytes\":%zu,\"slab_used_bytes\":%zu,", slabs, sum.used_bytes);
  say(&t, "\"large_blocks\":%zu,\"large_bytes\":%zu,", large_count, large);
  say(&t, "\"heaps\":%zu,\"orphan_heaps\":%zu,\"classes\":[", sum.count, sum.orphans);
  for (unsigned c = 1, said = 0; c < HAK_CLASSES; c++) {
    if (sum.used[c] == 0) continue;
    say(&t, "%s{\"size\":%zu,\"used\":%zu}", said++ != 0 ? "," : "", hak_class_size(c), sum.used[c]);
  }
  say(&t, "]}");
  errno = saved;
  return t.length;
}

HAK_EXPORT int hak_tune(const char *name, size_t value) {
  static const struct {
    const char *name;
    size_t most;
  } knobs[] = { { "keep_percent", 1000 },
                { "keep_bytes", (size_t)1 << 40 },
                { "thread_cache_bytes", MAGAZINE_POOL_MOST } };
  for (unsigned i = 0; i < sizeof knobs / sizeof *knobs; i++) {
    if (strcmp(knobs[i].name, name) != 0) continue;
    if (value > knobs[i].most) {
      errno = ERANGE;
      return -1;
    }
    if (i == 0) atomic_store_explicit(&give_back_more_percent, value, memory_order_relaxed);
    else if (i == 1) atomic_store_explicit(&give_back_more_bytes, value, memory_order_relaxed);
    else atomic_store_explicit(&magazine_pool_bytes, (uint32_t)value, memory_order_relaxed);
    return 0;
  }
  errno = ENOENT;
  return -1;
}

#ifndef HAKMEM_PREFIX_ONLY
struct mallinfo2 mallinfo2(void) __attribute__((alias("hak_mallinfo2"))) HAK_EXPORT;

HAK_EXPORT int malloc_info(int options, FILE *to) {
  if (options != 0) return EINVAL;
  struct heaps_sum sum;
  size_t large_count, large = large_bytes(&large_count), slabs = superslab_bytes();
  memset(&sum, 0, sizeof sum);
  hak_heap_each(add_used, &sum);
  /* the elements of glibc's form that have a meaning here */
  fprintf(to, "<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n");
  for (unsigned c = 1; c < HAK_CLASSES; c++)
    if (sum.used[c] != 0)
      fprintf(to, "  <size from=\"%zu\" to=\"%zu\" total=\"%zu\" count=\"%zu\"/>\n", hak_class_size(c),
              hak_class_size(c), sum.used[c] * hak_class_size(c), sum.used[c]);
  size_t rest = slabs > sum.used_bytes ? slabs - sum.used_bytes : 0;
  fprintf(to, "</sizes>\n<total type=\"rest\" count=\"1\" size=\"%zu\"/>\n", rest);
  fprintf(to, "<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n", large_count, large);
  fprintf(to, "<system type=\"current\" size=\"%zu\"/>\n</heap>\n", slabs);
  fprintf(to, "<total type=\"rest\" count=\"1\" size=\"%zu\"/>\n", rest);
  fprintf(to, "<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n", large_count, large);
  fprintf(to, "<system type=\"current\" size=\"%zu\"/>\n</malloc>\n", slabs + large);
  return 0;
}

static void say_bytes(const char *what, size_t bytes) {
  hak_print(what);
  hak_print_u64(bytes);
  hak_print("\n");
}

HAK_EXPORT void malloc_stats(void) {
  struct mallinfo2 info = hak_mallinfo2();
  say_bytes("system bytes     = ", info.arena + info.hblkhd);
  say_bytes("in use bytes     = ", info.uordblks);
  say_bytes("mmap regions     = ", info.hblks);
  say_bytes("mmap bytes       = ", info.hblkhd);
}

/* glibc's answers: its parameters are hints that have no meaning here (hak_tune has what is kept), but for one: blocks
 * are not filled with bytes, and that is said. */
HAK_EXPORT int mallopt(int parameter, int value) {
  enum { FAST_MOST = 80 * sizeof(size_t) / 4 };
  switch (parameter) {
  case M_MXFAST: return value >= 0 && value <= FAST_MOST;
  case M_PERTURB: return value == 0;
  default: return 1; /* also to a parameter that there is none of */
  }
}
HAK_EXPORT int __libc_mallopt(int parameter, int value);
int __libc_mallopt(int parameter, int value) { return mallopt(parameter, value); }
#endif
