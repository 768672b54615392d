/* SPDX-License-Identifier: GPL-3.0-or-later */
/* addresses.c: see addresses.h. A filter of system calls may refuse personality(2), or some of its arguments, as
 * those of containers do; /proc tells then. */
#include "harness/core/addresses.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

static long number_of(const char *path, int base) {
  char text[32], *end;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
  if (fd >= 0) close(fd);
  if (n <= 0) return -1;
  text[n] = '\0';
  long v = strtol(text, &end, base);
  return end != text ? v : -1;
}

const char *addresses_state(char *buf, size_t size) {
  long level = number_of("/proc/sys/kernel/randomize_va_space", 10), now = personality(0xffffffff);
  int refused = now < 0 ? errno : 0;
  if (now < 0) now = number_of("/proc/self/personality", 16);
  if (now >= 0 && (now & ADDR_NO_RANDOMIZE))
    snprintf(buf, size, "fixed: the personality is ADDR_NO_RANDOMIZE (setarch -R, or a debugger)");
  else if (level == 0) snprintf(buf, size, "fixed: kernel.randomize_va_space is 0");
  else if (now < 0) snprintf(buf, size, "unknown: personality(2) is refused: %s", strerror(refused));
  else if (level < 0) snprintf(buf, size, "unknown: kernel.randomize_va_space cannot be read");
  else if (level == 1)
    snprintf(buf, size, "fixed in part: kernel.randomize_va_space is 1, the heap follows the program");
  else snprintf(buf, size, "random");
  return buf;
}

int addresses_may_be_fixed(void) {
  int now = personality(0xffffffff);
  if (now < 0) return -errno;
  int code = personality((unsigned long)now | ADDR_NO_RANDOMIZE) < 0 ? -errno : 0;
  if (code == 0) personality((unsigned long)now);
  return code;
}
