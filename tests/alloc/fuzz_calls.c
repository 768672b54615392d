/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_calls.c: random calls of every entry point, by several threads that come and go, free each other's blocks
 * and fork, held against a model: the shadow map (no two live blocks overlap), each block's content, alignment and
 * usable size, zeros of calloc, errno, and what has to be refused.
 *
 * usage: fuzz_calls [SEED [CALLS [THREADS [LIMIT_MB]]]]. With a limit of addresses any call may say ENOMEM. The last
 * line has the calls made and a digest of which of them succeeded: with one thread it is the same for each library
 * that keeps to the standards, so that builds can be held against each other, and against libc's.
 *
 * Run under LD_PRELOAD of a library, or linked with one; with HAKMEM_PREFIX_ONLY the prefixed names are called, as
 * sanitizers want it. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "fuzz_names.h"
#include "fuzz_shadow.h"

enum { STRIPE = 512, THREADS_MAX = 16, BURST = 300 };

/* By which family a block has to be freed. */
enum kind { PLAIN, ALIGNED, NEW, NEW_ARRAY, NEW_ALIGNED, NEW_ARRAY_ALIGNED };
struct block {
  unsigned char *p;
  size_t size, usable, alignment;
  uint64_t seed;
  uint32_t id;
  enum kind kind;
  size_t written; /* from its start; the size, or all that may be used */
};
/* Whoever sets busy has the block: nobody waits, so that a child of a fork is not stuck either. */
static struct slot {
  _Atomic bool busy;
  struct block b;
} slot[THREADS_MAX * STRIPE];

struct worker {
  uint64_t random, digest;
  long calls, budget;
  unsigned index;
  uint32_t next_id;
  bool child;
};
static struct worker worker[THREADS_MAX];
static unsigned threads = 4;
static uint64_t run_seed = 20261129;
static bool limited;
static pthread_key_t end_key;

#define DIE(w, format, ...) test_die("seed %lu, thread %u: " format, (unsigned long)run_seed, (w)->index, __VA_ARGS__)
static uint64_t rnd(struct worker *w) { return test_random(&w->random); }
static void note(struct worker *w, unsigned call, bool ok, size_t size) {
  w->digest = (w->digest ^ (call * 2u + ok) ^ (uint64_t)size << 8) * 0x9e3779b97f4a7c15u;
}

/* Sizes: mostly small, often at the edge of a class. */
static size_t random_size(struct worker *w) {
  uint64_t r = rnd(w), n = r >> 16;
  if ((r & 7) == 0) {
    size_t edge = (size_t)1 << ((n & 1023) < 1000 ? (n >> 10) % 13 : (n >> 10) % 18);
    if ((n >> 24 & 3) == 0) edge = edge / 4 * (4 + (n >> 26 & 3));
    size_t off = n >> 28 & 63;
    return off < 33 ? edge + off : edge > off - 32 ? edge - (off - 32) : 0;
  }
  unsigned of_1024 = r >> 3 & 1023;
  if (of_1024 == 0) return n % 1200000;
  if (of_1024 < 5) return n % 140000;
  if (of_1024 < 40) return n % 20000;
  return of_1024 < 300 ? n % 1500 : n % 300;
}
static size_t huge_size(struct worker *w) {
  uint64_t r = rnd(w);
  return (r & 1 ? SIZE_MAX : (size_t)PTRDIFF_MAX + 1 + 65536) - (r >> 1 & 0xffff);
}
static size_t random_alignment(struct worker *w) {
  uint64_t r = rnd(w);
  return (size_t)8 << ((r & 255) > 7 ? (r >> 8) % 7 : (r & 255) != 0 ? (r >> 8) % 14 : (r >> 8) % 19);
}

/* Words of a block that are written and looked at: all of a short one, of a longer one its ends and one word in 64
 * bytes. */
static size_t next_word(size_t i, size_t n) { return n <= 512 || i < 128 || i + 128 >= n ? i + 1 : i + 8; }
static uint64_t word_of(uint64_t seed, size_t i) { return (seed + i) * 0x9e3779b97f4a7c15u; }
static void fill(struct block *b) {
  uint64_t *words = (uint64_t *)b->p;
  size_t n = b->written / 8;
  for (size_t i = 0; i < n; i = next_word(i, n)) words[i] = word_of(b->seed, i);
  for (size_t i = n * 8; i < b->written; i++) b->p[i] = (unsigned char)(b->seed + i);
}
/* The first `bytes` bytes of b's content, now at p. */
static void check_content(struct worker *w, const struct block *b, const unsigned char *p, size_t bytes,
                          const char *when) {
  const uint64_t *words = (const uint64_t *)p;
  size_t n = b->written / 8, common = bytes < b->written ? bytes : b->written;
  for (size_t i = 0; i < n && i * 8 + 8 <= common; i = next_word(i, n))
    if (words[i] != word_of(b->seed, i))
      DIE(w, "%s: word %zu of a block of %zu bytes at %p changed", when, i, b->size, (const void *)p);
  for (size_t i = n * 8; i < common; i++)
    if (p[i] != (unsigned char)(b->seed + i))
      DIE(w, "%s: byte %zu of a block of %zu bytes at %p changed", when, i, b->size, (const void *)p);
}
static void check_zero(struct worker *w, const unsigned char *p, size_t size) {
  const uint64_t *words = (const uint64_t *)p;
  size_t n = size / 8, step = n > 8192 ? 8 : 1;
  for (size_t i = 0; i < n; i += step)
    if (words[i] != 0) DIE(w, "calloc of %zu bytes: word %zu is not zero", size, i);
  for (size_t i = n * 8; i < size; i++)
    if (p[i] != 0) DIE(w, "calloc of %zu bytes: byte %zu is not zero", size, i);
}

static void claim(struct worker *w, const struct block *b) {
  uint32_t found;
  if (!shadow_set(b->p, b->usable, 0, b->id, &found))
    DIE(w, "a block of %zu bytes at %p overlaps block %x, which is in use", b->size, (void *)b->p, found);
}
static void unclaim(struct worker *w, const struct block *b) {
  uint32_t found;
  if (!shadow_set(b->p, b->usable, b->id, 0, &found))
    DIE(w, "block %x of %zu bytes at %p lies in block %x", b->id, b->size, (void *)b->p, found);
}

/* p is what a call gave for so many bytes; b takes it over. */
static bool take(struct worker *w, struct block *b, void *p, size_t size, size_t alignment, enum kind kind) {
  if (p == NULL) {
    if (!limited) DIE(w, "no memory for %zu bytes, alignment %zu: %s", size, alignment, strerror(errno));
    if (errno != ENOMEM) DIE(w, "no memory for %zu bytes, and errno %d", size, errno);
    return false;
  }
  if ((uintptr_t)p % alignment != 0) DIE(w, "%p is not aligned to %zu", p, alignment);
  size_t usable = API(malloc_usable_size)(p);
  if (usable < size) DIE(w, "%zu bytes asked for, %zu usable", size, usable);
  if (usable > size * 2 + 65536 + 3 * alignment) DIE(w, "%zu bytes asked for, %zu usable", size, usable);
  *b = (struct block){ p, size, usable, alignment, rnd(w), w->next_id, kind, 0 };
  w->next_id += 2; /* never 0 */
  claim(w, b);
  return true;
}
static void own(struct worker *w, struct block *b) {
  b->written = (b->seed & 3) == 0 ? b->usable : b->size;
  fill(b);
  (void)w;
}

enum { FORMS = 16 };
static void make_as(struct worker *w, struct block *b, unsigned form, size_t size) {
  uint64_t r = rnd(w);
  size_t alignment = random_alignment(w);
  void *p = NULL;
  bool zero = false, known = true, aligned = false;
  enum kind kind = PLAIN;
  errno = 0;
  switch (form) {
  case 0:
    p = API(calloc)(r & 1 ? 1 : size, r & 1 ? size : 1);
    zero = true;
    break;
  case 1: p = API(realloc)(NULL, size); break;
  case 2: p = API(reallocarray)(NULL, size, 1); break;
  case 3:
    p = API(memalign)(alignment, size);
    aligned = true;
    break;
  case 4:
    errno = 4711;
    int rc = API(posix_memalign)(&p, alignment, size);
    if (errno != 4711 && names_strict()) DIE(w, "posix_memalign changed errno to %d", errno);
    errno = rc;
    aligned = true;
    break;
  case 5:
    if (alignment < sizeof(void *)) alignment = sizeof(void *);
    size = (size + alignment - 1) & ~(alignment - 1);
    p = API(aligned_alloc)(alignment, size);
    aligned = true;
    break;
  case 6:
    p = API(valloc)(size);
    alignment = 4096;
    aligned = true;
    break;
  case 7:
    size = size == 0 ? 4096 : (size + 4095) & ~(size_t)4095; /* its blocks are whole pages */
    if (r & 1) p = API(pvalloc)(size);
    else names_libc_pvalloc(&p, size);
    alignment = 4096;
    aligned = true;
    break;
  case 8: names_libc(&p, r, size, &zero); break;
  case 9:
    names_libc_aligned(&p, r, alignment, size);
    aligned = true;
    break;
  case 10: known = !limited && names_new(&p, size, false), kind = NEW; break;
  case 11: known = !limited && names_new(&p, size, true), kind = NEW_ARRAY; break;
  case 12: known = names_new_nothrow(&p, size, r & 1), kind = r & 1 ? NEW_ARRAY : NEW; break;
  case 13:
    known = !limited && names_new_aligned(&p, size, alignment, r & 1);
    kind = r & 1 ? NEW_ARRAY_ALIGNED : NEW_ALIGNED;
    aligned = true;
    break;
  default: p = API(malloc)(size);
  }
  if (!known) return;
  w->calls++;
  note(w, form, p != NULL, size);
  if (aligned && kind == PLAIN) kind = ALIGNED;
  if (!aligned) alignment = 16;
  if (size < alignment && !aligned) alignment = size < 16 && kind != PLAIN ? 8 : 16;
  if (!take(w, b, p, size, alignment, kind)) return;
  if (zero) check_zero(w, b->p, size);
  own(w, b);
}
static void make(struct worker *w, struct block *b) {
  unsigned form = (unsigned)(rnd(w) >> 20) % 40;
  make_as(w, b, form < FORMS ? form : FORMS, random_size(w));
}

static void drop(struct worker *w, struct block *b) {
  uint64_t r = rnd(w);
  check_content(w, b, b->p, b->size, "before free");
  if (API(malloc_usable_size)(b->p) != b->usable) DIE(w, "the usable size of %p changed", (void *)b->p);
  unclaim(w, b);
  errno = 4711;
  if (b->kind > ALIGNED) {
    names_delete(b->p, b->size, b->alignment, b->kind >= NEW_ALIGNED,
                 b->kind == NEW_ARRAY || b->kind == NEW_ARRAY_ALIGNED, r);
  } else if ((r & 7) == 0) {
    if (b->kind == PLAIN) names_free_sized(b->p, b->size);
    else names_free_aligned_sized(b->p, b->alignment, b->size);
  } else if ((r & 7) == 1) {
    names_libc_free(b->p, r >> 3);
  } else if ((r & 31) == 2) { /* as libc does; any other answer would be a block */
    if (API(realloc)(b->p, 0) != NULL) DIE(w, "realloc of %p to nothing gave a block", (void *)b->p);
    errno = 4711;
  } else {
    API(free)(b->p);
  }
  if (errno != 4711) DIE(w, "a free of %zu bytes changed errno to %d", b->size, errno);
  b->p = NULL;
  w->calls++;
}

/* realloc and reallocarray, of plain and of aligned blocks. */
static void resize(struct worker *w, struct block *b, size_t size) {
  uint64_t r = rnd(w);
  struct block old = *b;
  if (size == 0) size = 1;
  check_content(w, b, b->p, b->size, "before realloc");
  unclaim(w, b);
  errno = 0;
  void *p = NULL;
  if ((r & 7) == 0) p = API(reallocarray)(b->p, size, 1);
  else if ((r & 7) == 1) p = names_libc_realloc(b->p, size);
  else p = API(realloc)(b->p, size);
  w->calls++;
  note(w, 30, p != NULL, size);
  if (p == NULL || !take(w, b, p, size, 16, PLAIN)) {
    if (!limited || errno != ENOMEM) DIE(w, "realloc from %zu to %zu bytes: %s", old.size, size, strerror(errno));
    claim(w, &old); /* it stays as it is */
    check_content(w, &old, old.p, old.size, "after a realloc that failed");
    return;
  }
  check_content(w, &old, b->p, old.size < size ? old.size : size, "after realloc");
  own(w, b);
}

/* What has to be refused, on a block that has to stay as it is. */
static void refuse(struct worker *w, struct block *b) {
  uint64_t r = rnd(w);
  size_t huge = huge_size(w);
  __asm__ volatile("" : "+r"(huge)); /* compilers warn of what is meant here */
  void *p = NULL, *kept = (void *)0x1230;
  int rc;
  errno = 0;
  w->calls++;
  switch (r % 13) {
  case 0: p = API(malloc)(huge); break;
  case 1: p = API(calloc)(huge / 4, 5); break;
  case 2: p = API(calloc)(huge >> 30, (size_t)1 << 33); break;
  case 3: p = API(realloc)(b->p, huge); break;
  case 4: p = API(reallocarray)(b->p, huge / 2, 3); break;
  case 5: p = API(memalign)(random_alignment(w), huge); break;
  case 6: p = API(aligned_alloc)(random_alignment(w), huge); break;
  case 7: p = API(valloc)(huge); break;
  case 8: p = API(pvalloc)(huge); break;
  case 9: /* an alignment that is none */
    rc = API(posix_memalign)(&kept, (size_t[]){ 0, 1, 4, 12, 24, 48, SIZE_MAX, 3 }[r >> 8 & 7], 64);
    if (rc != EINVAL || kept != (void *)0x1230 || errno != 0) DIE(w, "posix_memalign: %d, %p, %d", rc, kept, errno);
    return;
  case 10:
    rc = API(posix_memalign)(&kept, 64, huge);
    if (rc != ENOMEM || kept != (void *)0x1230 || (names_strict() && errno != 0))
      DIE(w, "posix_memalign: %d, %p, %d", rc, kept, errno);
    return;
  case 11:
    if (!names_strict()) return; /* libc's rounds it up */
    p = r >> 8 & 1 ? API(memalign)(48, 100) : API(aligned_alloc)(r >> 9 & 1 ? 0 : 24, 96);
    if (p != NULL || errno != EINVAL) DIE(w, "an alignment that is none: %p, errno %d", p, errno);
    return;
  default:
    if (!names_new_nothrow(&p, huge, r >> 8 & 1)) return;
  }
  if (p != NULL) DIE(w, "call %u was given %zx bytes", (unsigned)(r % 13), huge);
  if (errno != ENOMEM) DIE(w, "call %u of %zx bytes: errno %d", (unsigned)(r % 13), huge, errno);
  note(w, 40 + (unsigned)(r % 11), false, huge);
  if (b->p != NULL) check_content(w, b, b->p, b->size, "after what was refused");
}

/* Nothing, statistics and knobs. */
static void other(struct worker *w) {
  uint64_t r = rnd(w);
  w->calls++;
  errno = 4711;
  switch (r & 15) {
  case 0:
    if ((r >> 4 & 15) == 0) API(malloc_trim)(r >> 8 & 0xfff);
    return;
  case 1:
    if (API(malloc_usable_size)(NULL) != 0) DIE(w, "the size of NULL is not %d", 0);
    break;
  case 2: API(free)(NULL); break;
  case 3: names_free_nothing(r >> 4); break;
  case 4:
    if ((r >> 4 & 7) == 0) names_info(r >> 8);
    return;
  default:
    if (!names_statistics(r >> 4)) DIE(w, "statistics or a knob: what %lx says is wrong", (unsigned long)(r >> 4));
    return;
  }
  if (errno != 4711) DIE(w, "call %u with NULL changed errno to %d", (unsigned)(r & 15), errno);
}

static struct slot *lock(struct worker *w, bool mine) {
  for (int tries = 0; tries < 4; tries++) {
    uint64_t r = rnd(w);
    unsigned stripe = mine || (r & 3) != 0 ? w->index : (unsigned)(r >> 8) % threads;
    /* phases: half of a stripe in use, or a few of it */
    unsigned in_use = (w->calls >> 13 & 3) != 0 ? STRIPE : STRIPE / 16;
    struct slot *s = &slot[stripe * STRIPE + (unsigned)(r >> 32) % STRIPE];
    if (atomic_exchange_explicit(&s->busy, true, memory_order_acquire)) continue;
    if (s->b.p != NULL || (unsigned)(r >> 32) % STRIPE < in_use) return s;
    atomic_store_explicit(&s->busy, false, memory_order_release);
  }
  return NULL;
}
static void unlock(struct slot *s) { atomic_store_explicit(&s->busy, false, memory_order_release); }

/* Many blocks of one size, freed in their order or against it: what refills and spills. */
static void burst(struct worker *w) {
  static const unsigned char forms[] = { 0, 3, FORMS, FORMS };
  struct block b[BURST];
  uint64_t r = rnd(w);
  size_t size = random_size(w), n = r % BURST;
  if (size > 4096) n /= 8;
  for (size_t i = 0; i < n; i++) {
    b[i].p = NULL;
    make_as(w, &b[i], forms[r >> 10 & 3], size);
  }
  for (size_t i = 0; i < n; i++) {
    struct block *one = &b[r >> 12 & 1 ? i : n - 1 - i];
    if (one->p != NULL) drop(w, one);
  }
}

static void step(struct worker *w) {
  uint64_t r = rnd(w);
  if ((r & 127) == 0) {
    other(w);
    return;
  }
  if ((r & 8191) == 1) {
    burst(w);
    return;
  }
  struct slot *s = lock(w, false);
  if (s == NULL) return;
  struct block *b = &s->b;
  if ((r & 127) == 2) {
    /* what new gave is none for realloc */
    struct block none = { 0 };
    refuse(w, b->p != NULL && b->kind <= ALIGNED ? b : &none);
  } else if (b->p == NULL) {
    make(w, b);
  } else if ((r >> 8 & 7) == 0 && b->kind <= ALIGNED) {
    resize(w, b, r >> 12 & 1 ? random_size(w) : b->size + b->size / 8 + (r >> 16 & 63));
  } else {
    drop(w, b);
  }
  unlock(s);
}

/* After the allocator's own end of the thread, or before it. */
static void at_end(void *argument) {
  struct worker *w = argument;
  for (int i = 0; i < 30; i++) step(w);
}

static void *in_child(void *argument) {
  for (int i = 0; i < 100; i++) step(argument);
  return NULL;
}

static void fork_one(struct worker *w) {
  uint64_t r = rnd(w);
  fflush(stderr);
  pid_t pid = fork();
  if (pid < 0) {
    if (!limited && errno != EAGAIN) DIE(w, "fork: %s", strerror(errno));
    return;
  }
  if (pid == 0) {
    pthread_t t;
    alarm(900);
    w->child = true;
    for (int i = 0; i < 200; i++) step(w);
    if ((r & 3) == 0 && pthread_create(&t, NULL, in_child, w) == 0) pthread_join(t, NULL);
    if ((r & 12) == 0) names_print();
#ifndef __SANITIZE_ADDRESS__ /* which looks for leaks in the threads that are not there */
    if ((r & 48) == 0) exit(0);
#endif
    _exit(0);
  }
  int status;
  while (waitpid(pid, &status, 0) != pid)
    if (errno != EINTR) DIE(w, "waitpid: %s", strerror(errno));
  if (status != 0) DIE(w, "a child ended with status %x", (unsigned)status);
}

static void *work(void *argument) {
  struct worker *w = argument;
  long until = w->calls + 2000 + (long)(rnd(w) % 40000), forks_at = rnd(w) % 3 == 0 ? w->calls + 1000 : LONG_MAX;
  if (rnd(w) % 2 == 0) pthread_setspecific(end_key, w);
  while (w->calls < until && w->calls < w->budget) {
    step(w);
    if (w->calls < forks_at) continue;
    forks_at = LONG_MAX;
#ifndef __SANITIZE_THREAD__ /* which has no threads in a child of a threaded program */
    fork_one(w);
#endif
  }
  return NULL;
}

/* So many MB more than there are. */
static void limit(long mb) {
  long pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f == NULL || fscanf(f, "%ld", &pages) != 1) test_die("/proc/self/statm");
  fclose(f);
  struct rlimit l = { (rlim_t)pages * 4096 + ((rlim_t)mb << 20), RLIM_INFINITY };
  if (setrlimit(RLIMIT_AS, &l) != 0) test_die("setrlimit");
  limited = true;
}

int main(int argc, char **argv) {
  run_seed = argc > 1 ? strtoull(argv[1], NULL, 0) : run_seed;
  long calls = argc > 2 ? strtol(argv[2], NULL, 0) : 1000000;
  threads = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 0) : threads;
  if (threads < 1 || threads > THREADS_MAX || calls < 1) test_die("1 to %d threads", THREADS_MAX);
  setvbuf(stdout, NULL, _IOLBF, 4096);
  shadow_init();
  pthread_t thread[THREADS_MAX];
  bool runs[THREADS_MAX] = { false };
  pthread_key_create(&end_key, at_end);
  for (unsigned i = 0; i < threads; i++) {
    worker[i] = (struct worker){ .random = (run_seed + i) * 0x9e3779b97f4a7c15u | 1, .index = i };
    worker[i].budget = calls / threads;
    worker[i].next_id = (uint32_t)(rnd(&worker[i]) >> 32) | 1;
  }
  if (argc > 4) limit(strtol(argv[4], NULL, 0));
  long generations = 0;
  for (bool more = true; more;) {
    more = false;
    for (unsigned i = 0; i < threads; i++) {
      if (runs[i]) pthread_join(thread[i], NULL);
      runs[i] = false;
      if (worker[i].calls >= worker[i].budget) continue;
      more = true;
      runs[i] = pthread_create(&thread[i], NULL, work, &worker[i]) == 0;
      if (!runs[i]) work(&worker[i]); /* no memory for a stack */
      generations += runs[i];
    }
  }
  uint64_t digest = 0;
  long made = 0;
  for (unsigned i = 0; i < threads * STRIPE; i++)
    if (slot[i].b.p != NULL) drop(&worker[0], &slot[i].b);
  for (unsigned i = 0; i < threads; i++) {
    digest += worker[i].digest;
    made += worker[i].calls;
  }
  API(malloc_trim)(0);
#ifdef HAKMEM_PREFIX_ONLY
  struct mallinfo2 info = hak_mallinfo2();
  if (info.arena != 0 || info.hblks != 0)
    test_die("all is freed, but %zu bytes of slabs and %zu mappings are out", info.arena, info.hblks);
#endif
  printf("seed %lu: %ld threads came and went; %ld calls as in the model; digest %016lx\n", (unsigned long)run_seed,
         generations, made, (unsigned long)digest);
  return 0;
}
