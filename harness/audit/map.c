/* SPDX-License-Identifier: GPL-3.0-or-later */
/* map.c: map.h. */
#include "harness/audit/map.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/error.h"

void *audit_grow(void *old, size_t size) {
  void *p = realloc(old, size ? size : 1);
  if (!p) error_exit_no_memory("audit");
  return p;
}

void audit_room(void *array, size_t count, size_t size) {
  void **a = array;
  /* room doubles at each power of two, so that none has to be kept */
  if (count == 0 || (count >= 8 && (count & (count - 1)) == 0)) *a = audit_grow(*a, (count ? count * 2 : 8) * size);
}

char *audit_text(const char *format, ...) {
  va_list ap;
  char *text = NULL;
  va_start(ap, format);
  if (vasprintf(&text, format, ap) < 0) text = audit_grow(NULL, 1), text[0] = '\0';
  va_end(ap);
  return text;
}

static size_t slot_of(const struct map *m, const void *key) {
  size_t i = (size_t)(((uintptr_t)key >> 3) * 0x9E3779B97F4A7C15ull >> 20) & (m->room - 1);
  while (m->keys[i] && m->keys[i] != key) i = (i + 1) & (m->room - 1);
  return i;
}

bool map_has(const struct map *m, const void *key) { return m->room && m->keys[slot_of(m, key)] == key; }

void *map_get(const struct map *m, const void *key) {
  if (!m->room) return NULL;
  size_t i = slot_of(m, key);
  return m->keys[i] ? m->values[i] : NULL;
}

bool map_put(struct map *m, const void *key, void *value) {
  if (m->count * 2 >= m->room) {
    struct map bigger = { .room = m->room ? m->room * 2 : 32 };
    bigger.keys = audit_grow(NULL, bigger.room * sizeof *bigger.keys);
    bigger.values = audit_grow(NULL, bigger.room * sizeof *bigger.values);
    memset(bigger.keys, 0, bigger.room * sizeof *bigger.keys);
    for (size_t i = 0; i < m->room; i++)
      if (m->keys[i]) {
        size_t s = slot_of(&bigger, m->keys[i]);
        bigger.keys[s] = m->keys[i];
        bigger.values[s] = m->values[i];
        bigger.count++;
      }
    map_free(m);
    *m = bigger;
  }
  size_t i = slot_of(m, key);
  bool fresh = !m->keys[i];
  m->keys[i] = key;
  m->values[i] = value;
  m->count += fresh;
  return fresh;
}

void map_free(struct map *m) {
  free(m->keys);
  free(m->values);
  memset(m, 0, sizeof *m);
}

const char *intern(struct intern *in, const char *text) {
  uint64_t hash = 1469598103934665603ull;
  for (const char *c = text; *c; c++) hash = (hash ^ (unsigned char)*c) * 1099511628211ull;
  /* the hash stands as the key; texts of equal hash take the next odd numbers */
  for (uintptr_t at = (uintptr_t)(hash | 1);; at += 2) {
    const void *key = (const void *)at;
    const char *old = map_get(&in->table, key);
    if (old && strcmp(old, text) == 0) return old;
    if (!old) {
      char *copy = strdup(text);
      audit_room(&in->texts, in->count, sizeof *in->texts);
      in->texts[in->count++] = copy;
      map_put(&in->table, key, copy);
      return copy;
    }
  }
}

void intern_free(struct intern *in) {
  for (size_t i = 0; i < in->count; i++) free(in->texts[i]);
  free(in->texts);
  map_free(&in->table);
  memset(in, 0, sizeof *in);
}
