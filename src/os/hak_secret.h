/* SPDX-License-Identifier: MIT */
/* hak_secret.h: the process's random keys of the hardened build, from getrandom(2); where that is refused, or has
 * nothing yet, from the 16 bytes of the kernel's auxiliary vector, which libc makes its own guards of. */
#ifndef HAK_SECRET_H
#define HAK_SECRET_H

#include "base/hak_config.h"

#if HAKMEM_HARDENED_COMPILED
HAK_INTERNAL extern uint64_t hak_secret_link, hak_secret_factor, hak_secret_sum;
/* Before the first block is cut. */
HAK_INTERNAL void hak_secret_init(void);
/* Another number each time, for orders that nobody shall foresee. */
HAK_INTERNAL uint64_t hak_secret_random(void);
#endif

#endif
