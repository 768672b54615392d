/* SPDX-License-Identifier: GPL-3.0-or-later */
/* content_hash.h: SHA-256 (FIPS 180-4), the name of a variant by what it is made of. */
#ifndef HARNESS_CORE_CONTENT_HASH_H
#define HARNESS_CORE_CONTENT_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "harness/core/error.h"

struct content_hash {
  uint32_t state[8];
  uint64_t bytes;
  unsigned char block[64];
};

void content_hash_start(struct content_hash *h);
void content_hash_add(struct content_hash *h, const void *data, size_t n);
/* Text with its terminator, so that "a","b" differs from "ab". */
void content_hash_add_text(struct content_hash *h, const char *text);
/* The content of a regular file; a negative errno for anything else. */
int content_hash_add_file(struct content_hash *h, const char *path, struct error *err);
void content_hash_finish(struct content_hash *h, char hex[65]);

#endif
