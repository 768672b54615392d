/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit.c: a library for LD_AUDIT that itself needs HAKMEM: it is loaded before the program and its libraries are, in
 * a name space of its own, where the thread-local data of what it needs must find room. */
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

unsigned la_version(unsigned version) {
  for (size_t n = 1; n < 200000; n = n * 3 + 1) {
    char *p = malloc(n);
    if (p == NULL) abort();
    p[0] = p[n - 1] = 1;
    free(p);
  }
  return version;
}
unsigned la_objopen(struct link_map *map, Lmid_t space, uintptr_t *cookie) {
  (void)map;
  (void)space;
  char *name = malloc(100);
  if (name == NULL) abort();
  snprintf(name, 100, "%p", (void *)cookie);
  free(name);
  return 0;
}
