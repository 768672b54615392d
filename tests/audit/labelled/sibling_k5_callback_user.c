/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used UNKNOWN : a library hands it to its user's callback */
#include <stdatomic.h>
static _Atomic long used;
static void (*cb)(long);
void pool_on(void (*f)(long)) {
  cb = f;
}
void pool_get(void) {
  cb(atomic_fetch_add(&used, 1));
}
