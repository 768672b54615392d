/* SPDX-License-Identifier: MIT */
/* hak_panic.c: see hak_panic.h. */
#include "os/hak_panic.h"

#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
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

/* Whether the address lies between the program's image and its break, where libc's malloc has its heap and nothing
 * of ours is. A static program has no such malloc beside ours, and does not say where its headers are. */
static bool in_libc_heap(const void *pointer) {
  const ElfW(Phdr) *header = (const void *)getauxval(AT_PHDR);
  uintptr_t bias = 0, end = 0;
  bool is_dynamic = false;
  for (size_t i = 0, n = getauxval(AT_PHNUM); header != NULL && i < n; i++) {
    if (header[i].p_type == PT_PHDR) {
      bias = (uintptr_t)header - header[i].p_vaddr;
      is_dynamic = true;
    }
    if (header[i].p_type == PT_LOAD) end = bias + header[i].p_vaddr + header[i].p_memsz;
  }
  return is_dynamic && end != 0 && (uintptr_t)pointer >= end && (const char *)pointer < (const char *)sbrk(0);
}

void hak_panic(const char *what, const void *pointer) {
  static const char digits[] = "0123456789abcdef";
  char hex[2 + 16 + 1] = "0x";
  uintptr_t v = (uintptr_t)pointer;
  for (int i = 0; i < 16; i++) hex[2 + i] = digits[(v >> (60 - 4 * i)) & 15];
  hex[18] = '\0';
  hak_print("hakmem: ");
  hak_print(what);
  hak_print(": ");
  hak_print(hex);
  if (in_libc_heap(pointer))
    hak_print(" (where libc's malloc has its heap, which a library opened with RTLD_DEEPBIND uses)");
  hak_print("\n");
  abort();
}

void hak_panic_tail(const char *what, const void *pointer) { hak_panic(what, pointer); }
