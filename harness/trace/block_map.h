/* SPDX-License-Identifier: GPL-3.0-or-later */
/* block_map.h: which slot the live block at an address has. Open addressing, linear probing,
 * removal by moving later entries back. */
#ifndef HARNESS_TRACE_BLOCK_MAP_H
#define HARNESS_TRACE_BLOCK_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct block_map {
  struct block_entry {
    uint64_t address, slot;
  } * entries; /* address 0: empty */
  size_t room, count;
};

/* address is not 0 and not in the map. 0 or -ENOMEM. */
int block_map_put(struct block_map *m, uint64_t address, uint64_t slot);
/* Takes it out; false where it is not in. */
bool block_map_take(struct block_map *m, uint64_t address, uint64_t *slot);
void block_map_free(struct block_map *m);

#endif
