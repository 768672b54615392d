/* SPDX-License-Identifier: MIT */
/* warm_pool_prefill_box.c: see warm_pool_prefill_box.h. */
#include "box/warm_pool_prefill_box.h"

#include "box/superslab.h"
#include "os/hak_env.h"
#include "os/hak_panic.h"
#include "probes/hakmem_site.h"

static struct hak_slab *warm[4]; /* by length: 1, 2, 4, 8 slabs */
static size_t warm_bytes;

#if HAKMEM_TINY_WARM_LOG_COMPILED
/* Rate limits of the two logs: the first 16 of each are printed. */
HAK_EXPORT uint64_t g_warm_rel_logs, g_warm_dbg_logs;
enum { LOGS_MAX = 16 };

static bool log_wanted(void) {
  static int wanted = -1;
  if (wanted < 0) wanted = hak_env_switch("HAKMEM_TINY_WARM_LOG", false);
  return wanted != 0;
}
#endif

struct hak_slab *warm_pool_take(unsigned slabs) {
  unsigned k = (unsigned)__builtin_ctz(slabs);
  struct hak_slab *s = warm[k];
  if (s == NULL) return NULL;
  warm[k] = s->next;
  warm_bytes -= (size_t)slabs << HAK_SLAB_SHIFT;
#if HAKMEM_TINY_WARM_LOG_COMPILED
  if (log_wanted()) {
    HAK_SITE(warm_pool_logs);
    if (__atomic_fetch_add(&g_warm_dbg_logs, 1, __ATOMIC_RELAXED) < LOGS_MAX) hak_print("hakmem: warm pool: refill from a warm run\n");
  }
#endif
  return s;
}

bool warm_pool_keep(struct hak_slab *s) {
  size_t bytes = (size_t)s->run_slabs << HAK_SLAB_SHIFT;
  unsigned k = (unsigned)__builtin_ctz(s->run_slabs);
  if (warm_bytes + bytes > WARM_POOL_BYTES) return false;
  s->next = warm[k];
  warm[k] = s;
  warm_bytes += bytes;
#if HAKMEM_TINY_WARM_LOG_COMPILED
  if (log_wanted()) {
    HAK_SITE(warm_pool_logs);
    if (__atomic_fetch_add(&g_warm_rel_logs, 1, __ATOMIC_RELAXED) < LOGS_MAX) hak_print("hakmem: warm pool: kept an empty run\n");
  }
#endif
  return true;
}

#if HAKMEM_CHECKS
void warm_pool_check(void) {
  size_t bytes = 0;
  for (unsigned k = 0; k < 4; k++)
    for (const struct hak_slab *s = warm[k]; s != NULL; s = s->next) {
      if (s->run_slabs != 1u << k || superslab_class_of(superslab_start(s)) != 0) hak_panic("check: a warm run is handed out", s);
      bytes += (size_t)s->run_slabs << HAK_SLAB_SHIFT;
    }
  if (bytes != warm_bytes || bytes > WARM_POOL_BYTES) hak_panic("check: the warm pool's bytes are wrong", NULL);
}
#endif
