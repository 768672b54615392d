/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live_toggle.c: see live_toggle.h. */
#include "harness/runner/live_toggle.h"

#include <stdbool.h>
#include <string.h>
#if defined(__x86_64__)
# include <cpuid.h>
#endif

/* Nothing fetched before the change may run after it. */
static void serialise(void) {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  __cpuid(0, a, b, c, d);
#elif defined(__aarch64__)
  __asm__ volatile("dsb ish\n\tisb" ::: "memory");
#endif
}

uint32_t live_toggle_round(const struct ab_job *job, const struct image *image, uint64_t round) {
  /* Rounds go in couples, on-off or off-on by the couple's bit of the seed. */
  bool off = ((round & 1) ^ (job->address_seed >> (round / 2 % 63))) & 1;
  for (uint32_t i = 0; i < job->toggles; i++) {
    const struct ab_toggle *t = &job->toggle[i];
    unsigned char *at = image->base + t->vaddr;
    memcpy(at, off ? t->off : t->original, t->length);
    __builtin___clear_cache((char *)at, (char *)at + t->length);
  }
  serialise();
  return off;
}
