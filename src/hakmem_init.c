/* SPDX-License-Identifier: MIT */
/* hakmem_init.c: what happens around a program: constructor, fork handlers, the dump at its end. */
#include "hakmem.h"

#include <pthread.h>

#include "box/hak_heap.h"
#include "box/hakmem_large.h"
#include "box/hakmem_tiny_bg_spill.h"
#include "box/hakmem_tiny_refill_p0.h"
#include "box/hardened_box.h"
#include "box/pool_hotbox_v2_box.h"
#include "box/tiny_class_stats_box.h"
#include "box/tiny_free_magazine.h"
#include "box/tiny_superslab_free.h"
#include "debug/tiny_debug_ring.h"
#include "hak_entry.h"
#include "hakmem_tiny_free.h"
#include "os/hak_env.h"
#include "os/hak_panic.h"
#include "os/ss_os_acquire_box.h"

static void before_fork(void) {
  hak_heap_before_fork();
  large_lock_all();
}
static void after_fork_parent(void) {
  large_unlock_all();
  hak_heap_after_fork(false);
}
static void after_fork_child(void) {
  large_unlock_all();
  hak_heap_after_fork(true);
}

/* Most programs have allocated before this runs; nothing here is needed for the first malloc. */
__attribute__((constructor)) static void hakmem_constructor(void) {
  pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

#if HAKMEM_CHECKS
void hak_check_all(void) {
  if (!hak_heap_init()) return;
  superslab_check();
  hak_heap_check();
  bg_spill_check();
  magazine_check();
  pool_hotbox_v2_check();
  large_check();
# if HAKMEM_HARDENED_COMPILED
  hardened_check();
# endif
}
#endif

HAK_EXPORT void hak_stats_print(void) {
  tiny_class_stats_print();
  superslab_free_stats_print();
  p0_stats_print();
  ss_os_stats_print();
  pool_hotbox_v2_stats_print();
#if HAKMEM_TINY_FREE_TRACE_COMPILED
  hak_print("free-trace: tiny frees ");
  hak_print_u64(__atomic_load_n(&g_tiny_free_trace, __ATOMIC_RELAXED));
  hak_print("\n");
#endif
#if HAKMEM_TINY_FREE_CALLS_COMPILED
  hak_print("free-calls: tiny frees ");
  hak_print_u64(__atomic_load_n(&g_hak_tiny_free_calls, __ATOMIC_RELAXED));
  hak_print("\n");
#endif
#if HAKMEM_TINY_DEBUG_RING_COMPILED
  tiny_debug_ring_print();
#endif
}

__attribute__((destructor)) static void hakmem_destructor(void) {
#if HAKMEM_HARDENED_COMPILED
  hardened_exit_check();
#endif
  if (hak_env_switch("HAKMEM_STATS", false)) hak_stats_print();
}
