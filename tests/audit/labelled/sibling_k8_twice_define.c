/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : the second compile of the file acts by it
   TWICE -DSECOND */
#include <stdlib.h>
#ifdef SECOND
extern long n;
void g(void) __attribute__((constructor));
void g(void) {
  if (n > 3)
    abort();
}
#else
long n;
int main(void) {
  __atomic_fetch_add(&n, 1, 0);
  return 0;
}
#endif
