/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hardened build's looks, byte by byte: a range that has to be zero, at every start and length of an iteration of
 * the loop; a range that is made zero; every byte of a canary; every byte of a block that waits in the quarantine. */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hakmem.h"
#include "os/hak_require_zero.h"

static sigjmp_buf out;
static void aborted(int signal) { siglongjmp(out, signal); }

/* Whether the call ends the program. */
static int look_ends(const void *start, size_t bytes) {
  if (sigsetjmp(out, 1) != 0) return 1;
  hak_require_zero(start, bytes, "", start);
  return 0;
}
static int free_ends(void *p) {
  if (sigsetjmp(out, 1) != 0) return 1;
  hak_free(p);
  return 0;
}
static int trim_ends(void) {
  if (sigsetjmp(out, 1) != 0) return 1;
  hak_malloc_trim(0); /* empties the quarantine */
  return 0;
}

static void require(int holds, const char *what, size_t a, size_t b, size_t c) {
  if (holds) return;
  dprintf(STDOUT_FILENO, "zeros: %s (%zu, %zu, %zu)\n", what, a, b, c);
  exit(1);
}

/* Whatever is before and behind, and no matter which byte. */
static void looks(void) {
  _Alignas(64) static unsigned char area[1024];
  for (size_t start = 16; start < 48; start++)
    for (size_t length = 0; length <= 290; length += length < 20 || length > 110 ? 1 : 7) {
      memset(area, 0xff, sizeof area);
      memset(area + start, 0, length);
      require(!look_ends(area + start, length), "zeros are refused", start, length, 0);
      for (size_t i = 0; i < length; i += 1 + i % 3 + start % 2) {
        area[start + i] = (unsigned char)(1 << i % 8);
        require(look_ends(area + start, length), "a byte is not seen", start, length, i);
        area[start + i] = 0;
      }
    }
}

static void makes(void) {
  enum { AREA = 32768 };
  static const size_t lengths[] = { 0, 1, 24, 2047, 2048, 2049, 4095, 4096, 4097, 8192, 12000, 20001 };
  unsigned char *area = aligned_alloc(4096, AREA);
  require(area != NULL, "no memory", 0, 0, 0);
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
    for (size_t start = 4000; start < 4200; start += 7)
      for (unsigned kind = 0; kind < 3; kind++) { /* full, all zero but around it, and one byte a page */
        memset(area, 0xff, AREA);
        if (kind != 0) memset(area + start, 0, lengths[i]);
        for (size_t at = 4095; kind == 2 && at < lengths[i]; at += 4096) area[start + at] = 1;
        hak_make_zero(area + start, lengths[i]);
        for (size_t at = 0; at < AREA; at++) {
          int inside = at >= start && at < start + lengths[i];
          require(area[at] == (inside ? 0 : 0xff), "made zero what is not asked for, or not", start, lengths[i], at);
        }
      }
  free(area);
}

static long resident_pages(void) {
  long size, resident = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f == NULL || fscanf(f, "%ld %ld", &size, &resident) != 2) resident = -1;
  if (f != NULL) fclose(f);
  return resident;
}

/* What the program never wrote stays without pages. */
static void stays_sparse(void) {
  enum { PAGES = 4096 };
  long page = sysconf(_SC_PAGESIZE);
  char *area = mmap(NULL, (size_t)(PAGES * page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(area != MAP_FAILED, "no memory", 0, 0, 0);
  madvise(area, (size_t)(PAGES * page), MADV_NOHUGEPAGE);
  long before = resident_pages();
  hak_make_zero(area, (size_t)(PAGES * page));
  long after = resident_pages();
  require(before >= 0 && after - before < PAGES / 16, "made pages of zeros resident", (size_t)before, (size_t)after, 0);
  munmap(area, (size_t)(PAGES * page));
}

static void canaries(void) {
  size_t seen = 0;
  for (size_t size = 1; size <= 1500; size += size < 66 ? 1 : 47) {
    unsigned char *p = hak_malloc(size);
    require(p != NULL, "no block", size, 0, 0);
    for (size_t i = 0; i < 8; i++, seen++) { /* so many at least, whatever is left of the class */
      p[size + i] ^= 0x55;
      require(free_ends(p), "a byte of the canary is not seen", size, i, 0);
      p[size + i] ^= 0x55;
    }
    require(p[size] != 0 && p[size + 1] == 0, "the canary's first bytes", size, p[size], p[size + 1]);
    hak_free(p);
  }
  require(seen > 500, "few canaries", seen, 0, 0);
}

static void quarantined(size_t size) {
  for (size_t i = 0; i < size; i += size < 400 ? 1 : 97) {
    unsigned char *p = hak_malloc(size);
    require(p != NULL, "no block", size, 0, 0);
    hak_free(p);
    p[i] = 1;
    require(trim_ends(), "a byte written after the free is not seen", size, i, 0);
    p[i] = 0;
    hak_malloc_trim(0);
  }
}

int main(void) {
  struct sigaction on = { .sa_handler = aborted };
  require(sigaction(SIGABRT, &on, NULL) == 0 && freopen("/dev/null", "w", stderr) != NULL, "not set up", 0, 0, 0);
  looks();
  makes();
  stays_sparse();
  canaries();
  quarantined(40);
  quarantined(300);
  quarantined(12000);
  return 0;
}
