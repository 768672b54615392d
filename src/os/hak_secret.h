/* SPDX-License-Identifier: MIT */
/* hak_secret.h: the process's random keys of the hardened build, from the kernel's auxiliary
 * vector: there before any allocation and without a system call. */
#ifndef HAK_SECRET_H
#define HAK_SECRET_H

#include "base/hak_config.h"

#if HAKMEM_HARDENED_COMPILED
HAK_INTERNAL extern uint64_t hak_secret_link, hak_secret_sum;
/* Before the first block is cut. */
HAK_INTERNAL void hak_secret_init(void);
#endif

#endif
