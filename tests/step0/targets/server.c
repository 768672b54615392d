/* SPDX-License-Identifier: GPL-3.0-or-later */
/* server.c: ends at once and goes on in the background, as servers do: `server TENTHS` works after so
 * many tenths of a second. */
#include <stdlib.h>
#include <unistd.h>

volatile long done;
__attribute__((noinline)) void serve(void) {
  done++;
  __asm__ volatile("");
}
int main(int argc, char **argv) {
  if (daemon(1, 0) != 0) return 1;
  usleep((useconds_t)(argc > 1 ? atoi(argv[1]) : 3) * 100000);
  for (int i = 0; i < 37; i++) serve();
  return 0;
}
