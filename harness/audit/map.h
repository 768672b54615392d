/* SPDX-License-Identifier: GPL-3.0-or-later */
/* map.h: pointer -> pointer hash table and interned strings, for the audit's indexes. */
#ifndef HARNESS_AUDIT_MAP_H
#define HARNESS_AUDIT_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct map {
  const void **keys;
  void **values;
  size_t room, count;
};

/* NULL where absent. */
void *map_get(const struct map *m, const void *key);
bool map_has(const struct map *m, const void *key);
/* Sets; true if the key is new. Memory that runs out ends the process: the audit has no use for
 * half an index. */
bool map_put(struct map *m, const void *key, void *value);
void map_free(struct map *m);

/* The one copy of a text; equal texts give equal pointers. */
struct intern {
  struct map table;
  char **texts;
  size_t count;
};
const char *intern(struct intern *in, const char *text);
void intern_free(struct intern *in);

/* realloc that ends the process where memory runs out. */
void *audit_grow(void *old, size_t size);
/* Grows *array (elements of `size` bytes) so that index `count` fits. */
void audit_room(void *array, size_t count, size_t size);
char *audit_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
