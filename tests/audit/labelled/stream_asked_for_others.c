/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt TELEMETRY : what is asked of other files, and whether writing failed, says nothing of what was printed */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
static _Atomic int cnt;
int main(void) {
  atomic_fetch_add(&cnt, 1);
  struct stat st;
  int fd = open("input", O_RDONLY);
  if (fd < 0 || fstat(fd, &st) != 0 || lseek(fd, 0, SEEK_END) < 3)
    return 1;
  close(fd);
  fprintf(stderr, "%d\n", cnt);
  FILE *log = fopen("/dev/stderr", "w");
  if (log)
    fclose(log);
  if (ferror(stderr) || fflush(stdout) != 0)
    return 1;
  return 0;
}
