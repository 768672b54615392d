/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT st.hits UNKNOWN : the same through a helper, from the address of the object it is in */
#include <fcntl.h>
#include <stddef.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static struct st { long size; _Atomic int hits; } g_st;
static int peek(int fd, off_t at) {
  int v = 0;
  return pread(fd, &v, sizeof v, at) == sizeof v ? v : 0;
}
int main(void) {
  int fd = open("/proc/self/mem", O_RDONLY);
  atomic_fetch_add(&g_st.hits, 1);
  if (peek(fd, (off_t)&g_st + (off_t)offsetof(struct st, hits)) > 3)
    abort();
  printf("%d\n", g_st.hits);
  return 0;
}
