/* SPDX-License-Identifier: MIT */
/* bad_class.h: the gated check of the size class arithmetic (metric-bad-class, phase 26D). */
#ifndef BAD_CLASS_H
#define BAD_CLASS_H

#include "base/hak_config.h"
#include "probes/hakmem_site.h"

#if HAKMEM_METRIC_BAD_CLASS_COMPILED
/* Sizes that the arithmetic gave no valid tiny class for: 0 unless it is wrong. */
extern HAK_EXPORT uint64_t g_metric_bad_class;
# define METRIC_BAD_CLASS(c)                                      \
  do {                                                            \
   if (unlikely((c) >= HAK_TINY_CLASSES)) {                       \
    HAK_SITE(metric_bad_class);                                   \
    __atomic_fetch_add(&g_metric_bad_class, 1, __ATOMIC_RELAXED); \
   }                                                              \
  } while (0)
#else
# define METRIC_BAD_CLASS(c) ((void)0)
#endif

#endif
