/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT shm.heartbeat UNKNOWN : shared memory, a watchdog process reads it */
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
struct shm {
  int version, pad;
  _Atomic long heartbeat;
};
int main(void) {
  int fd = shm_open("/wd", O_RDWR | O_CREAT, 0600);
  struct shm *s = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  atomic_fetch_add(&s->heartbeat, 1);
  return 0;
}
