/* SPDX-License-Identifier: MIT */
/* hak_panic.c: see hak_panic.h. */
#include "os/hak_panic.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void hak_print(const char *text) {
  size_t n = strlen(text);
  while (n > 0) {
    ssize_t w = write(STDERR_FILENO, text, n);
    if (w <= 0) return;
    text += w;
    n -= (size_t)w;
  }
}

void hak_print_u64(uint64_t value) {
  char buf[24];
  char *p = buf + sizeof buf;
  *--p = '\0';
  do *--p = (char)('0' + value % 10);
  while ((value /= 10) != 0);
  hak_print(p);
}

void hak_panic(const char *what, const void *pointer) {
  static const char digits[] = "0123456789abcdef";
  char hex[2 + 16 + 2] = "0x";
  uintptr_t v = (uintptr_t)pointer;
  for (int i = 0; i < 16; i++) hex[2 + i] = digits[(v >> (60 - 4 * i)) & 15];
  hex[18] = '\n';
  hex[19] = '\0';
  hak_print("hakmem: ");
  hak_print(what);
  hak_print(": ");
  hak_print(hex);
  abort();
}

void hak_panic_tail(const char *what, const void *pointer) { hak_panic(what, pointer); }
