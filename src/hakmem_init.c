/* SPDX-License-Identifier: MIT */
/* hakmem_init.c: what happens around a program and around its threads: first use, start and end of a
 * thread, constructor, fork handlers, the dump at the end. The topmost file: all of this reaches into
 * every module. */
#include "hakmem.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "cache/free_magazine.h"
#include "cache/pool_hotbox_v2.h"
#include "cache/refill_p0.h"
#include "cache/spill_queue.h"
#include "front/hak_tiny_free.h"
#include "hak_entry.h"
#include "hardened/hardened.h"
#include "heap/hak_heap.h"
#include "heap/remote_target.h"
#include "heap/superslab_free.h"
#include "large/large.h"
#include "os/hak_env.h"
#include "os/hak_panic.h"
#include "os/hak_secret.h"
#include "os/os_memory.h"
#include "slab/superslab.h"
#include "telemetry/class_stats.h"
#include "telemetry/debug_ring.h"
#include "thread/unified_cache.h"

static hak_lock_t init_lock;
static pthread_key_t exit_key;
static bool ready, has_key; /* the arena is there, and the key; set under init_lock */
static _Atomic bool fork_handled;

/* libc's, for thread_local objects of C++: the second way to learn of a thread's end. It allocates. */
extern int __cxa_thread_atexit_impl(void (*end)(void *), void *argument, void *library) __attribute__((weak));
extern void *__dso_handle __attribute__((weak, visibility("hidden")));

static void on_thread_exit(void *unused) {
  (void)unused;
  hak_thread_end();
}

/* As late as can be before the fork, as early as can be after it: so nothing that another handler locks is
 * waited for by a thread that waits for us. Handlers run in, or against, the order in which they are
 * registered, so ours are at the first use, and the library's constructor is the first of all
 * (-z initfirst, local.mk). */
static void before_fork(void) {
  hak_lock(&init_lock);
  hak_heap_before_fork();
  large_lock_all();
  hak_lock_fork(true);
}
static void after_fork(bool child) {
  hak_lock_fork(false);
  large_unlock_all();
  hak_heap_after_fork(child);
  hak_unlock(&init_lock);
}
static void after_fork_parent(void) { after_fork(false); }
static void after_fork_child(void) { after_fork(true); }

bool hak_init(void) {
  hak_lock(&init_lock);
  if (!ready) {
#if HAKMEM_HARDENED_COMPILED
    hak_secret_init();
#endif
    /* pthread_key_create and pthread_setspecific of a low key do not allocate (glibc: 32) */
    if (arena_init()) {
      /* a program may have taken all keys */
      has_key = pthread_key_create(&exit_key, on_thread_exit) == 0;
      magazine_init();
      pool_hotbox_v2_init();
      ready = true;
    }
  }
  bool ok = ready;
  hak_unlock(&init_lock);
  if (!ok) errno = ENOMEM;
  /* without the lock: libc may allocate for the 49th handler of a process */
  else if (!atomic_exchange_explicit(&fork_handled, true, memory_order_relaxed))
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
  return ok;
}

/* Where it is on, mid-size blocks do not come straight from the thread's caches. */
static void look_for_hotbox(void) {
  bool on = atomic_load_explicit(&pool_hotbox_v2_enabled, memory_order_relaxed);
  hak_tls.pool = on ? NULL : hak_tls.more;
}

struct hak_heap *hak_thread_start(void) {
  if (!hak_init()) return NULL;
  struct hak_heap *h = hak_heap_adopt();
  if (h == NULL) {
    errno = ENOMEM;
    return NULL;
  }
  hak_tls.more = &h->more;
  look_for_hotbox();
  hak_tls.heap = h;
  if (likely(has_key)) pthread_setspecific(exit_key, &hak_tls);
  else if (__cxa_thread_atexit_impl != NULL) __cxa_thread_atexit_impl(on_thread_exit, &hak_tls, &__dso_handle);
  return h;
}

void hak_thread_end(void) {
  struct hak_heap *h = hak_tls.heap;
  hak_tls.exiting = true;
  if (h == NULL) return;
#if HAKMEM_HARDENED_COMPILED
  hardened_flush();
#endif
  pool_hotbox_v2_flush();
  for (unsigned c = 1; c < HAK_CLASSES; c++) magazine_leave(c);
  hak_tls.heap = NULL;
  hak_tls.more = hak_tls.pool = NULL;
  hak_heap_leave(h);
  /* what was pushed before the pusher could see that nobody looks after this heap; if another thread
   * has adopted it meanwhile, it is drained for that one */
  hak_lock(&h->lock);
  remote_target_drain(h);
  hak_unlock(&h->lock);
}

/* Named in LD_AUDIT, where it does not belong, the library is loaded once more, into a namespace of its own;
 * the dynamic linker cannot take one back that stays for good (-z nodelete), so it had better agree. */
HAK_EXPORT unsigned la_version(unsigned version);
unsigned la_version(unsigned version) { return version; }

/* The arena is there before a second thread can be, so that the fast paths may look at its bounds
 * without order. The environment comes from the dynamic linker: libc has not been initialized. */
__attribute__((constructor)) static void hakmem_constructor(int argc, char **argv, char **envp) {
  (void)argc;
  (void)argv;
  hak_env_set(envp);
  if (!hak_init()) return;
  pool_hotbox_v2_init(); /* again: a malloc before this had no environment */
  look_for_hotbox();
}

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
  magazine_exit_check();
  if (hak_env_switch("HAKMEM_STATS", false)) hak_stats_print();
}
