/* SPDX-License-Identifier: GPL-3.0-or-later */
/* block_map.c: see block_map.h. */
#include "harness/trace/block_map.h"

#include <errno.h>
#include <stdlib.h>

/* Fibonacci hashing: addresses differ in their middle bits. */
static size_t home(const struct block_map *m, uint64_t address) {
  return (size_t)((address * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (m->room - 1);
}

static void place(struct block_map *m, struct block_entry e) {
  size_t i = home(m, e.address);
  while (m->entries[i].address != 0) i = (i + 1) & (m->room - 1);
  m->entries[i] = e;
}

static int grow(struct block_map *m) {
  struct block_map bigger = { .room = m->room > 0 ? 2 * m->room : 1024 };
  bigger.entries = calloc(bigger.room, sizeof *bigger.entries);
  if (bigger.entries == NULL) return -ENOMEM;
  for (size_t i = 0; i < m->room; i++)
    if (m->entries[i].address != 0) place(&bigger, m->entries[i]);
  bigger.count = m->count;
  free(m->entries);
  *m = bigger;
  return 0;
}

int block_map_put(struct block_map *m, uint64_t address, uint64_t slot) {
  if (2 * (m->count + 1) > m->room) {
    int rc = grow(m);
    if (rc != 0) return rc;
  }
  place(m, (struct block_entry){ address, slot });
  m->count++;
  return 0;
}

bool block_map_take(struct block_map *m, uint64_t address, uint64_t *slot) {
  if (m->count == 0 || address == 0) return false;
  size_t mask = m->room - 1, i = home(m, address);
  while (m->entries[i].address != address) {
    if (m->entries[i].address == 0) return false;
    i = (i + 1) & mask;
  }
  *slot = m->entries[i].slot;
  /* close the hole: an entry behind it moves in unless its home lies between hole and entry */
  for (size_t j = (i + 1) & mask; m->entries[j].address != 0; j = (j + 1) & mask) {
    size_t distance_home = (j - home(m, m->entries[j].address)) & mask, distance_hole = (j - i) & mask;
    if (distance_home < distance_hole) continue;
    m->entries[i] = m->entries[j];
    i = j;
  }
  m->entries[i].address = 0;
  m->count--;
  return true;
}

void block_map_free(struct block_map *m) {
  free(m->entries);
  *m = (struct block_map){ 0 };
}
