/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits TELEMETRY : a getter of the program, printed by another unit
   WITH kinds_s03_getter_in_header.part.c */
#include <stdatomic.h>
static _Atomic long hits;
void hit(void) { atomic_fetch_add(&hits, 1); }
long hits_now(void) { return atomic_load(&hits); }
