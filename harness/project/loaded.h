/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loaded.h: what of an ELF file a process gets to see: its loaded sections, but for notes. Debug information, symbols,
 * and with them where it was built, do not count. */
#ifndef HARNESS_PROJECT_LOADED_H
#define HARNESS_PROJECT_LOADED_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/core/content_hash.h"
#include "harness/core/error.h"

int loaded_add_to_hash(struct content_hash *hash, const char *path, struct error *err);
/* The same in both; false also where one cannot be read. */
bool loaded_same(const char *a, const char *b);
/* Bytes of its sections with code. */
int loaded_code_bytes(const char *path, uint64_t *bytes, struct error *err);

#endif
