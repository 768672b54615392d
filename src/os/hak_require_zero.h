/* SPDX-License-Identifier: MIT */
/* hak_require_zero.h: what a hardened build makes zero, knows to be zero, and looks at. */
#ifndef HAK_REQUIRE_ZERO_H
#define HAK_REQUIRE_ZERO_H

#include "base/hak_config.h"

#if HAKMEM_HARDENED_COMPILED
/* Ends the program, which is told `what` about p, where a byte of the range is not zero. */
HAK_INTERNAL void hak_require_zero(const void *start, size_t bytes, const char *what, const void *p);
/* Makes it so. A page of a long range that the program left at zero is read only, and stays the kernel's page of
 * zeros where it was never written. */
HAK_INTERNAL void hak_make_zero(void *start, size_t bytes);
#endif

#endif
