/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_packs.h: the kinds of fuzz_foreign.c that are of packs and of what is measured with them. Each asks the readers
 * and returns whether they took it; good ones are made by the harness's own writers. */
#ifndef TESTS_SECURITY_FUZZ_PACKS_H
#define TESTS_SECURITY_FUZZ_PACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* folder: an empty one of ours, which is empty again afterwards. */
bool fuzz_pack(const char *folder, const uint8_t *data, size_t size);      /* a whole pack */
bool fuzz_pack_plan(const char *folder, const uint8_t *data, size_t size); /* pack.json in a pack, all hashes right */
bool fuzz_pack_layout(const uint8_t *data, size_t size);                   /* a variant's two tables */
bool fuzz_pack_log(const char *folder, const uint8_t *data, size_t size);  /* what a run wrote */

size_t fuzz_pack_good(const char *folder, uint8_t *to);
size_t fuzz_pack_plan_good(uint8_t *to);
size_t fuzz_pack_layout_good(uint8_t *to);
size_t fuzz_pack_log_good(const char *folder, uint8_t *to);

/* Checksums that fit what was changed, so that a change gets past them. */
void fuzz_pack_seal(uint8_t *data, size_t size);
void fuzz_pack_log_sums(uint8_t *data, size_t size);

#endif
