/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits UNKNOWN : looked up by its name at run time
   FLAGS -rdynamic */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <dlfcn.h>
#include <stdlib.h>
_Atomic long hits;
int main(int c, char **v) {
  atomic_fetch_add(&hits, 1);
  long *p = dlsym(RTLD_DEFAULT, "hits");
  if (*p > 3)
    free(v);
  return 0;
}
