/* EXPECT frees TELEMETRY : what the kernel told the program at its start is read, and a line is printed
 * EXPECT live CORRECTNESS : the same question, and its answer chooses what is freed */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>

static _Atomic unsigned long frees, live;

int main(int argc, char **argv) {
  (void)argc;
  if (atomic_fetch_add(&frees, 1) < 128 && getauxval(AT_SECURE) == 0) fputs("freed\n", stderr);
  if (getauxval(atomic_fetch_add(&live, 1)) != 0) free(argv);
  return 0;
}
