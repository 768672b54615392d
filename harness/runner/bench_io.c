/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_io.c: see bench_io.h. */
#include "harness/runner/bench_io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "harness/runner/bench_record.h"

void bench_write(int fd, const void *data, size_t size) {
  const char *p = data;
  while (size > 0) {
    ssize_t n = write(fd, p, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(4);
    p += n;
    size -= (size_t)n;
  }
}

void bench_put(int fd, const char *text) { bench_write(fd, text, strlen(text)); }

void bench_say(const char *a, const char *b) {
  bench_put(2, "hakmem-bench: ");
  bench_put(2, a);
  bench_put(2, b);
  bench_put(2, "\n");
}

char *bench_format(char *p, const char *name, uint64_t value) {
  char digits[24];
  size_t n = 0, k = strlen(name);
  memcpy(p, name, k);
  p += k;
  do digits[n++] = (char)('0' + value % 10);
  while ((value /= 10) != 0);
  while (n > 0) *p++ = digits[--n];
  *p++ = ' ';
  return p;
}

bool bench_parse(const char **text, bool hex, uint64_t *value) {
  const char *start = *text;
  uint64_t v = 0;
  for (; **text != '\0'; ++*text) {
    char c = **text;
    unsigned digit;
    if (c >= '0' && c <= '9') digit = (unsigned)(c - '0');
    else if (hex && c >= 'a' && c <= 'f') digit = (unsigned)(c - 'a') + 10;
    else break;
    if (__builtin_mul_overflow(v, hex ? 16u : 10u, &v) || __builtin_add_overflow(v, (uint64_t)digit, &v)) return false;
  }
  *value = v;
  return *text != start;
}

uint64_t bench_status_bytes(const char *name) {
  char buf[4096];
  int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return BENCH_NOT_MEASURED;
  ssize_t n = read(fd, buf, sizeof buf - 1);
  close(fd);
  if (n <= 0) return BENCH_NOT_MEASURED;
  buf[n] = '\0';
  size_t k = strlen(name);
  for (const char *line = buf; line != NULL; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, name, k) != 0 || line[k] != ':') continue;
    line += k + 1;
    while (*line == ' ' || *line == '\t') line++;
    uint64_t kb;
    return bench_parse(&line, false, &kb) ? kb * 1024 : BENCH_NOT_MEASURED;
  }
  return BENCH_NOT_MEASURED;
}
