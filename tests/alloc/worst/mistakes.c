/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mistakes.c: what may go wrong with a block, each for blocks of several sizes. Plain malloc, run by mistakes.sh with
 * and without the library. usage: mistakes list | mistakes NAME SIZE; ends by a signal where the allocator, or the
 * processor, noticed; 3 where the mistake had no effect (what was read tells nothing); 0 where it had. */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { UNNOTICED = 0, NO_EFFECT = 3 };
extern void free_sized(void *, size_t) __attribute__((weak));

static void *volatile keep[64];
static size_t size;

/* The compiler knows nothing of what comes out. */
static char *opaque(void *p) {
  static void *volatile through;
  through = p;
  return through;
}
/* Some life after the mistake: blocks of the size and of others come and go. */
static void life(void) {
  for (int round = 0; round < 40; round++) {
    for (int i = 0; i < 64; i++) keep[i] = malloc(i % 4 == 0 ? 100 : size);
    for (int i = 0; i < 64; i++) free(keep[i]);
  }
}
static char *block(void) {
  char *p = opaque(malloc(size));
  keep[0] = malloc(size); /* not the last one of all */
  memset(p, 'a', size);
  return p;
}

static int double_free(void) {
  char *p = block();
  free(p);
  free(opaque(p));
  return UNNOTICED;
}
static int double_free_delayed(void) {
  char *p = block(), *q = block();
  free(p);
  free(q);
  free(opaque(p));
  life();
  return UNNOTICED;
}
static int double_free_of_new_owner(void) {
  char *p = block();
  free(p);
  char *q = block();
  free(opaque(p));
  char *r = opaque(malloc(size));
  if (q == NULL || r != q) return NO_EFFECT; /* nobody got what somebody else has */
  return UNNOTICED;
}
static int free_inside(void) {
  free(opaque(block() + (size > 64 ? size / 2 & ~(size_t)15 : 8)));
  life();
  return UNNOTICED;
}
static int free_misaligned(void) {
  free(opaque(block() + 1));
  life();
  return UNNOTICED;
}
static int free_end(void) {
  free(opaque(block() + ((size + 15) & ~(size_t)15)));
  life();
  return UNNOTICED;
}
static int write_behind(size_t bytes) {
  char *p = block();
  char *at = opaque(p + malloc_usable_size(p));
  for (size_t i = 0; i < bytes; i++) at[i] ^= 0x5a; /* something else than what was there */
  free(p);
  life();
  return UNNOTICED;
}
static int write_1_behind(void) { return write_behind(1); }
static int write_8_behind(void) { return write_behind(8); }
static int write_64_behind(void) { return write_behind(64); }
static int write_before(size_t bytes) {
  block();
  char *p = block();
  char *at = opaque(p - bytes);
  for (size_t i = 0; i < bytes; i++) at[i] ^= 0x5a;
  free(p);
  life();
  return UNNOTICED;
}
static int write_1_before(void) { return write_before(1); }
static int write_8_before(void) { return write_before(8); }
static int write_after_free(void) {
  char *p = block();
  free(p);
  memset(opaque(p), 'x', 16);
  life();
  return UNNOTICED;
}
static int write_after_free_inside(void) {
  char *p = block();
  free(p);
  opaque(p)[size - 1] = 'x';
  life();
  return UNNOTICED;
}
static int read_after_free(void) {
  char *p = block();
  free(p);
  return opaque(p)[size - 1] == 'a' ? UNNOTICED : NO_EFFECT;
}
static int read_unwritten(void) {
  char *p = block();
  free(p);
  for (int i = 0; i < 2000; i++) {
    char *q = opaque(malloc(size));
    if (q[size - 1] == 'a') return UNNOTICED;
    if (i < 64) keep[i] = q;
  }
  return NO_EFFECT;
}
static int realloc_freed(void) {
  char *p = block();
  free(p);
  keep[1] = realloc(opaque(p), size * 2);
  life();
  return UNNOTICED;
}
static int size_of_freed(void) {
  char *p = block();
  free(p);
  return malloc_usable_size(opaque(p)) == 0 ? NO_EFFECT : UNNOTICED;
}
static int wrong_size(void) {
  char *p = block();
  if (free_sized == NULL) free(p);
  else free_sized(p, size / 2);
  life();
  return UNNOTICED;
}
static int unended_string(void) {
  char *p = block();
  /* one byte of what guards a block may be told */
  return strlen(opaque(p)) > malloc_usable_size(p) + 1 ? UNNOTICED : NO_EFFECT;
}

static int free_stack(void) {
  char here[64];
  free(opaque(here) + 16 - (uintptr_t)here % 16);
  life();
  return UNNOTICED;
}
static int free_static(void) {
  static char there[64] __attribute__((aligned(16)));
  free(opaque(there));
  life();
  return UNNOTICED;
}
static int free_number(void) {
  free(opaque((void *)4096));
  return UNNOTICED;
}
static int free_mapping(void) {
  free(opaque(mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
  life();
  return UNNOTICED;
}
static int write_to_nothing(void) {
  *(volatile char *)opaque(malloc(0)) = 1;
  return UNNOTICED;
}
static int read_from_nothing(void) {
  (void)*(volatile char *)opaque(malloc(0));
  return UNNOTICED;
}

static const struct {
  const char *name;
  int (*commit)(void);
  int sized;
} mistakes[] = {
#define SIZED(name) \
 { #name, name, 1 }
#define ONCE(name) \
 { #name, name, 0 }
  SIZED(double_free),
  SIZED(double_free_delayed),
  SIZED(double_free_of_new_owner),
  SIZED(free_inside),
  SIZED(free_misaligned),
  SIZED(free_end),
  SIZED(write_1_behind),
  SIZED(write_8_behind),
  SIZED(write_64_behind),
  SIZED(write_1_before),
  SIZED(write_8_before),
  SIZED(write_after_free),
  SIZED(write_after_free_inside),
  SIZED(read_after_free),
  SIZED(read_unwritten),
  SIZED(realloc_freed),
  SIZED(size_of_freed),
  SIZED(wrong_size),
  SIZED(unended_string),
  ONCE(free_stack),
  ONCE(free_static),
  ONCE(free_number),
  ONCE(free_mapping),
  ONCE(write_to_nothing),
  ONCE(read_from_nothing),
};

int main(int count, char **argument) {
  static const size_t sizes[] = { 24, 200, 1500, 9000, 40000, 300000 };
  enum { MISTAKES = sizeof mistakes / sizeof *mistakes };
  setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
  if (count == 2 && strcmp(argument[1], "list") == 0) {
    for (int i = 0; i < MISTAKES; i++)
      for (size_t k = 0; k < (mistakes[i].sized ? sizeof sizes / sizeof *sizes : 1); k++)
        printf("%s %zu\n", mistakes[i].name, sizes[k]);
    return 0;
  }
  if (count != 3) return 99;
  size = strtoul(argument[2], NULL, 10);
  for (int i = 0; i < MISTAKES; i++)
    if (strcmp(mistakes[i].name, argument[1]) == 0) return mistakes[i].commit();
  return 99;
}
