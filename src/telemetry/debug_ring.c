/* SPDX-License-Identifier: MIT */
/* debug_ring.c: see debug_ring.h. */
#include "telemetry/debug_ring.h"

#include "os/hak_env.h"
#include "os/hak_panic.h"

#if HAKMEM_TINY_DEBUG_RING_COMPILED
__thread struct tiny_ring tiny_ring __attribute__((tls_model("initial-exec")));
int tiny_debug_ring_wanted = -1;

int tiny_debug_ring_read_env(void) {
  int wanted = hak_env_switch("HAKMEM_TINY_DEBUG_RING", true);
  __atomic_store_n(&tiny_debug_ring_wanted, wanted, __ATOMIC_RELAXED);
  return wanted;
}

/* The newest eight of the calling thread. */
void tiny_debug_ring_print(void) {
  uint32_t n = tiny_ring.recorded < 8 ? tiny_ring.recorded : 8;
  for (uint32_t i = 0; i < n; i++) {
    struct tiny_ring_event *e = &tiny_ring.event[(tiny_ring.recorded - 1 - i) % TINY_RING_EVENTS];
    hak_print("debug-ring: free of class ");
    hak_print_u64(e->freed_class);
    hak_print("\n");
  }
}
#else
typedef int tiny_debug_ring_is_compiled_out; /* a translation unit must not be empty */
#endif
