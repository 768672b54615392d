/* SPDX-License-Identifier: MIT */
/* hak_panic.h: how misuse ends: one line by write(2), then abort. No stdio, no allocation. */
#ifndef HAK_PANIC_H
#define HAK_PANIC_H

#include "base/hak_config.h"

HAK_INTERNAL _Noreturn HAK_COLD void hak_panic(const char *what, const void *pointer);
/* The same, declared as if it returned: a fast path that ends in it by a tail call needs no stack
 * frame. */
HAK_INTERNAL HAK_COLD void hak_panic_tail(const char *what, const void *pointer);
/* Text and numbers to stderr, for dumps and logs. */
HAK_INTERNAL void hak_print(const char *text);
HAK_INTERNAL void hak_print_u64(uint64_t value);

#endif
