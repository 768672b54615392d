/* SPDX-License-Identifier: MIT */
/* unified_cache.c: see unified_cache.h. */
#include "thread/unified_cache.h"

/* used: the fast paths name it in assembly, which link-time optimization does not see */
__thread struct hak_tls hak_tls __attribute__((tls_model("initial-exec"), used));
