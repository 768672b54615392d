/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Misuse of every kind that doc/hardening.md lists: `misuse CASE` commits it and must not come
 * back; exit 3 says that nothing noticed, `misuse list` names the cases. */
#include <malloc.h>
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

static void foreign_stack(void) { char local[64]; hak_free(opaque((void *)(((uintptr_t)local + 15) & ~(uintptr_t)15))); }
static void foreign_static(void) { static char block[64] __attribute__((aligned(16))); hak_free(opaque(block)); }
static void wild_low(void) { hak_free(opaque((void *)4096)); }
static void wild_arena(void) { hak_free(opaque((char *)hak_malloc(100) + (64u << 20))); }
static void misaligned(void) { hak_free(opaque((char *)hak_malloc(100) + 1)); }
static void interior_small(void) { hak_free(opaque((char *)hak_malloc(96) + 32)); churn(96); }
static void interior_medium(void) { hak_free(opaque((char *)hak_malloc(5000) + 512)); churn(5000); }
static void interior_large(void) { hak_free(opaque((char *)hak_malloc(1 << 20) + 4096)); }
static void never_allocated(void) { hak_free(opaque((char *)hak_malloc(1024) + 48 * 1024)); churn(1024); }
static void double_free(void) { void *p = opaque(hak_malloc(100)); hak_free(p); hak_free(opaque(p)); }
static void double_free_medium(void) { void *p = opaque(hak_malloc(5000)); hak_free(p); hak_free(opaque(p)); }
static void double_free_large(void) { void *p = opaque(hak_malloc(1 << 20)); hak_free(p); hak_free(opaque(p)); }
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
static void free_aligned_sized_wrong(void) { hak_malloc(100); hak_free_aligned_sized(opaque(hak_malloc(100)), 1 << 20, 100); }

#define CASE(name) { #name, name }
static const struct { const char *name; void (*commit)(void); } cases[] = {
  CASE(foreign_stack), CASE(foreign_static), CASE(wild_low), CASE(wild_arena), CASE(misaligned), CASE(interior_small),
  CASE(interior_medium), CASE(interior_large), CASE(never_allocated), CASE(double_free), CASE(double_free_medium),
  CASE(double_free_large), CASE(double_free_later), CASE(double_free_much_later), CASE(write_after_free_popped),
  CASE(write_after_free_spilled), CASE(usable_size_interior), CASE(usable_size_foreign), CASE(realloc_interior),
  CASE(realloc_foreign), CASE(free_sized_too_large), CASE(free_aligned_sized_wrong),
};

int main(int argc, char **argv) {
  for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof cases[0]; i++) {
    if (strcmp(argv[1], "list") == 0) puts(cases[i].name);
    if (strcmp(argv[1], cases[i].name) != 0) continue;
    cases[i].commit();
    return 3;
  }
  return argc == 2 && strcmp(argv[1], "list") == 0 ? 0 : 99;
}
