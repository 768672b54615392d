/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Misuse of every kind that doc/hardening.md lists: `misuse CASE` commits it and must not come
 * back; exit 3 says that nothing noticed, `misuse list` names the cases that a default build
 * notices, `misuse list-all` those of a hardened one too. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hakmem.h"

enum { MANY = 4000 };
static void *many[MANY];

/* The compiler must neither see that a block was freed nor drop a store to it. */
static void *opaque(void *p) {
  __asm__ volatile("" : "+r"(p) : : "memory");
  return p;
}
/* Fills and empties the size's caches and slabs: what is noticed at the latest by a refill, a
 * spill or the release of a slab is noticed now. */
static void churn(size_t size) {
  for (int i = 0; i < MANY; i++) many[i] = opaque(hak_malloc(size));
  for (int i = 0; i < MANY; i++) hak_free(many[i]);
  hak_malloc_trim(0);
}

static void foreign_stack(void) {
  char local[64];
  hak_free(opaque((void *)(((uintptr_t)local + 15) & ~(uintptr_t)15)));
}
static void foreign_static(void) {
  static char block[64] __attribute__((aligned(16)));
  hak_free(opaque(block));
}
static void wild_low(void) { hak_free(opaque((void *)4096)); }
static void wild_arena(void) { hak_free(opaque((char *)hak_malloc(100) + (64u << 20))); }
static void misaligned(void) { hak_free(opaque((char *)hak_malloc(100) + 1)); }
static void interior_small(void) {
  hak_free(opaque((char *)hak_malloc(96) + 32));
  churn(96);
}
static void interior_medium(void) {
  hak_free(opaque((char *)hak_malloc(5000) + 512));
  churn(5000);
}
static void interior_large(void) { hak_free(opaque((char *)hak_malloc(1 << 20) + 4096)); }
static void never_allocated(void) {
  hak_free(opaque((char *)hak_malloc(1024) + 48 * 1024));
  churn(1024);
}
static void double_free(void) {
  void *p = opaque(hak_malloc(100));
  hak_free(p);
  hak_free(opaque(p));
}
static void double_free_medium(void) {
  void *p = opaque(hak_malloc(5000));
  hak_free(p);
  hak_free(opaque(p));
}
static void double_free_large(void) {
  void *p = opaque(hak_malloc(1 << 20));
  hak_free(p);
  hak_free(opaque(p));
}
static void double_free_later(void) {
  void *p = opaque(hak_malloc(100)), *q = hak_malloc(100);
  hak_free(p);
  hak_free(q);
  hak_free(opaque(p));
  churn(100);
}
static void double_free_much_later(void) {
  void *p = opaque(hak_malloc(100));
  hak_free(p);
  for (int i = 0; i < MANY; i++) many[i] = opaque(hak_malloc(100));
  for (int i = 0; i < MANY; i++) hak_free(many[i]);
  hak_free(opaque(p));
  churn(100);
}
static void write_after_free_popped(void) {
  void *p = opaque(hak_malloc(100)), *q = hak_malloc(100);
  hak_free(p);
  hak_free(q);
  memset(opaque(p), 0x61, 8);
  for (int i = 0; i < 100; i++) many[i] = hak_malloc(100 + 0 * i);
  churn(100);
}
static void write_after_free_spilled(void) {
  void *p = opaque(hak_malloc(1000));
  hak_free(p);
  memset(opaque(p), 0x61, 8);
  hak_malloc_trim(0);
}
static void usable_size_interior(void) { hak_malloc_usable_size(opaque((char *)hak_malloc(96) + 16)); }
static void usable_size_foreign(void) { hak_malloc_usable_size(&many); }
static void realloc_interior(void) { hak_realloc(opaque((char *)hak_malloc(96) + 16), 200); }
static void realloc_foreign(void) { hak_realloc(opaque(&many), 200); }
static void free_sized_too_large(void) { hak_free_sized(opaque(hak_malloc(40)), 4000); }
static void free_sized_half(void) { hak_free_sized(opaque(hak_malloc(950)), 475); }
static void usable_size_freed(void) {
  void *p = opaque(hak_malloc(1000));
  hak_free(p);
  hak_malloc_usable_size(opaque(p));
}
static void realloc_freed(void) {
  void *p = opaque(hak_malloc(3000));
  hak_free(p);
  many[0] = hak_realloc(opaque(p), 3000);
}
static void write_bytes(void *p, ptrdiff_t at) {
  for (int i = 0; i < 8; i++) ((volatile char *)opaque(p))[at + i] ^= 0x55;
}
static void overflow_long(void) {
  void *p = hak_malloc(40000);
  write_bytes(p, (ptrdiff_t)hak_malloc_usable_size(p));
  hak_free(p);
  hak_malloc_trim(0);
}
static void underflow_long(void) {
  for (int i = 0; i < 3; i++) many[i] = hak_malloc(40000);
  write_bytes(many[1], -8);
  hak_free(many[1]);
  hak_malloc_trim(0);
}
static void free_aligned_sized_wrong(void) {
  hak_malloc(100);
  hak_free_aligned_sized(opaque(hak_malloc(100)), 1 << 20, 100);
}

/* What only a hardened build can notice. */
static void write_byte(void *p, ptrdiff_t at) { ((volatile char *)opaque(p))[at] ^= 0x55; }
static void overflow_byte(void) {
  void *p = hak_malloc(100);
  write_byte(p, 100);
  hak_free(p);
}
static void overflow_zero(void) {
  char *p = opaque(hak_malloc(100));
  p[100] = '\0'; /* the end of a string of 100 characters */
  hak_free(p);
}
static void overflow_far(void) {
  void *p = hak_malloc(100);
  write_byte(p, 104);
  hak_free(p);
}
static void overflow_medium(void) {
  void *p = hak_malloc(5000);
  write_byte(p, 5000);
  hak_free(p);
}
static void overflow_aligned(void) {
  void *p = hak_memalign(256, 1000);
  write_byte(p, 1000);
  hak_free(p);
}
static void overflow_realloc(void) {
  void *p = hak_malloc(100);
  write_byte(p, 100);
  hak_realloc(p, 5000);
}
static void overflow_usable(void) {
  char *p = hak_malloc(20);
  memset(opaque(p), 1, 32);
  hak_free(p);
}
static void overflow_large(void) {
  char *p = hak_malloc(100000);
  write_byte(p, 100000 + 15);
}
static void overflow_large_slack(void) {
  char *p = hak_malloc(100001);
  write_byte(p, 100001);
  hak_free(p);
}
static void underflow(void) {
  void *p = hak_malloc(100);
  write_byte(p, -1);
  hak_free(p);
}
static void underflow_far(void) {
  void *p = hak_malloc(100);
  write_byte(p, -8);
  hak_free(p);
}
static void underflow_large(void) {
  void *p = hak_malloc(100000);
  write_byte(p, -1);
  hak_free(p);
}
static void use_after_free_write(void) {
  void *p = opaque(hak_malloc(100));
  hak_free(p);
  write_byte(p, 50);
  hak_malloc_trim(0);
}
static void use_after_free_exit(void) {
  void *p = opaque(hak_malloc(100));
  hak_free(p);
  write_byte(p, 50);
  exit(3);
}
static void use_after_free_reused(void) {
  void *p = opaque(hak_malloc(100));
  hak_free(p);
  hak_malloc_trim(0);
  write_byte(p, 50);
  for (int i = 0; i < MANY; i++) many[i] = opaque(hak_malloc(100));
}
static void use_after_free_large(void) {
  void *p = opaque(hak_malloc(1 << 20));
  hak_free(p);
  write_byte(p, 50);
}
static void use_after_free_header(void) {
  void *p = opaque(hak_malloc(100));
  hak_free(p);
  write_byte(p, -1);
  hak_malloc_trim(0);
}
static void link_overwritten(void) {
  void *p = opaque(hak_malloc(100)), *q = opaque(hak_malloc(100));
  hak_free(p);
  hak_free(q);
  for (int i = 0; i < MANY; i++) many[i] = opaque(hak_malloc(100));
  for (int i = 0; i < MANY; i++) hak_free(many[i]);
  ((void *volatile *)many[0])[-2] = q; /* the first word: an address that a plain list would follow */
  hak_malloc_trim(0);
}
static void zero_size_write(void) { write_byte(hak_malloc(0), 0); }
static void zero_size_double_free(void) {
  void *p = opaque(hak_malloc(0));
  hak_free(p);
  hak_free(opaque(p));
}
static void double_free_aligned(void) {
  void *p = opaque(hak_memalign(256, 100));
  hak_free(p);
  hak_free(opaque(p));
}
static void double_free_reallocated(void) {
  void *p = opaque(hak_malloc(100));
  hak_free(p);
  for (int i = 0; i < 500; i++) hak_free(opaque(hak_malloc(100)));
  hak_free(opaque(p));
}
static void free_sized_too_small(void) { hak_free_sized(opaque(hak_malloc(40)), 39); }

#define CASE(name) \
 { #name, name }
static const struct {
  const char *name;
  void (*commit)(void);
} cases[] = {
  CASE(foreign_stack),
  CASE(foreign_static),
  CASE(wild_low),
  CASE(wild_arena),
  CASE(misaligned),
  CASE(interior_small),
  CASE(interior_medium),
  CASE(interior_large),
  CASE(never_allocated),
  CASE(double_free),
  CASE(double_free_medium),
  CASE(double_free_large),
  CASE(double_free_later),
  CASE(double_free_much_later),
  CASE(write_after_free_popped),
  CASE(write_after_free_spilled),
  CASE(usable_size_interior),
  CASE(usable_size_foreign),
  CASE(realloc_interior),
  CASE(realloc_foreign),
  CASE(free_sized_too_large),
  CASE(free_sized_half),
  CASE(usable_size_freed),
  CASE(realloc_freed),
  CASE(overflow_long),
  CASE(underflow_long),
  CASE(free_aligned_sized_wrong),
  { "", NULL }, /* from here on: hardened only */
  CASE(overflow_byte),
  CASE(overflow_zero),
  CASE(overflow_far),
  CASE(overflow_medium),
  CASE(overflow_aligned),
  CASE(overflow_realloc),
  CASE(overflow_usable),
  CASE(overflow_large),
  CASE(overflow_large_slack),
  CASE(underflow),
  CASE(underflow_far),
  CASE(underflow_large),
  CASE(use_after_free_write),
  CASE(use_after_free_exit),
  CASE(use_after_free_reused),
  CASE(use_after_free_large),
  CASE(use_after_free_header),
  CASE(link_overwritten),
  CASE(zero_size_write),
  CASE(zero_size_double_free),
  CASE(double_free_aligned),
  CASE(double_free_reallocated),
  CASE(free_sized_too_small),
};

int main(int argc, char **argv) {
  if (argc != 2) return 99;
  bool list_all = strcmp(argv[1], "list-all") == 0, list = list_all || strcmp(argv[1], "list") == 0;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    if (cases[i].commit == NULL) {
      if (list && !list_all) return 0;
    } else if (list) {
      puts(cases[i].name);
    } else if (strcmp(argv[1], cases[i].name) == 0) {
      cases[i].commit();
      return 3;
    }
  }
  return list ? 0 : 99;
}
