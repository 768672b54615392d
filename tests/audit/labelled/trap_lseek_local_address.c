/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT a_local_of_main() UNKNOWN : of a local, by lseek() */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
  (void)argv;
  _Atomic int cnt = 0;
  int v = 0, fd = open("/proc/self/mem", O_RDONLY);
  for (int i = 0; i < argc; i++)
    atomic_fetch_add(&cnt, 1);
  lseek(fd, (off_t)&cnt, SEEK_SET);
  if (read(fd, &v, sizeof v) == sizeof v && v > 3)
    abort();
  printf("%d\n", cnt);
  return 0;
}
