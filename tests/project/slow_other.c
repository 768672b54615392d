#include "counter.h"
#ifndef WORK
# define WORK 1
#endif
/* its line runs seldom, and it takes long */
static __attribute__((noinline)) void burn(int n) {
  for (int i = 0; i < n; i++) __asm__ volatile("");
}
volatile unsigned seldom, never; /* what a compiler may do sooner would run */
unsigned other(unsigned x) {
  if (x == 7) { /* not with these seeds */
    seldom++;
#ifdef NEVER_CALLED
    never++;
#endif
#ifdef SAME_CODE
    /* somebody reads it, and the compiler gets the same */
#endif
  }
  burn(WORK);
  return x >> 3;
}
