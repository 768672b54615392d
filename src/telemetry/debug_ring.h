/* SPDX-License-Identifier: MIT */
/* debug_ring.h: the last events of each thread, for a debugger or hak_stats_print().
 * Gate debug-ring; on by default where compiled in, HAKMEM_TINY_DEBUG_RING=0 turns it off. */
#ifndef DEBUG_RING_H
#define DEBUG_RING_H

#include "base/hak_config.h"
#include "probes/hakmem_site.h"

#if HAKMEM_TINY_DEBUG_RING_COMPILED
enum tiny_ring_event_kind { TINY_RING_EVENT_NONE, TINY_RING_EVENT_FREE_ENTER };
enum { TINY_RING_EVENTS = 256 };

/* No other struct has fields of these names, so the audit can tell them from those in code that is
 * left out. */
struct tiny_ring_event {
  void *freed_block;
  uint32_t event_kind, freed_class;
};
struct tiny_ring {
  uint32_t recorded;
  struct tiny_ring_event event[TINY_RING_EVENTS];
};
extern HAK_INTERNAL __thread struct tiny_ring tiny_ring __attribute__((tls_model("initial-exec")));
/* -1 not read yet, then 0 or 1 */
extern HAK_INTERNAL int tiny_debug_ring_wanted;
HAK_INTERNAL HAK_COLD int tiny_debug_ring_read_env(void);
HAK_INTERNAL void tiny_debug_ring_print(void);

HAK_INLINE void tiny_debug_ring_record(enum tiny_ring_event_kind kind, unsigned c, void *block) {
  int wanted = __atomic_load_n(&tiny_debug_ring_wanted, __ATOMIC_RELAXED);
  if (unlikely(wanted < 0)) wanted = tiny_debug_ring_read_env();
  if (!wanted) return;
  HAK_SITE(debug_ring);
  tiny_ring.event[tiny_ring.recorded++ % TINY_RING_EVENTS] = (struct tiny_ring_event){ block, kind, c };
}
#endif

#endif
