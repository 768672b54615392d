/* SPDX-License-Identifier: MIT */
/* give_back.c: see give_back.h. */
#include "cache/give_back.h"

#include "large/large.h"
#include "slab/superslab.h"
#include "thread/unified_cache.h"

void give_back_tick(void) {
  /* the clock costs as much as some frees */
  enum { SLOW_PATHS_A_TICK = 16 };
  if (unlikely(hak_tls.more == NULL) || likely(++hak_tls.more->slow_paths % SLOW_PATHS_A_TICK != 0)) return;
  superslab_tick();
  large_tick();
}
