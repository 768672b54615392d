#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The block header: a random mix of calls keeps its bytes; damaged headers are counted by the
# three gates and logged at a limited rate; misuse ends the program, a delayed double free at once.
. "${top_srcdir:-.}/tests/alloc/boxes/boxes_lib.sh"
gates='-DHAKMEM_BLOCK_HEADER_COMPILED=1 -DHAKMEM_HDR_META_FAST_COMPILED=1 -DHAKMEM_HDR_META_MISMATCH_COMPILED=1
  -DHAKMEM_HDR_MISMATCH_LOG_COMPILED=1'
build_boxes header header.c $gates
check_exit 0 "$scratch/header"
check_exit 0 "$scratch/header" mismatch
grep -qx '20 20 1' "$scratch/out" || fail "20 damaged free blocks and one in use were counted as: $(cat "$scratch/out")"
[ "$(grep -c 'block header says class 7, its superslab says class 32' "$scratch/err")" = 16 ] ||
  fail "the log is not limited to 16 lines"
build_boxes misuse misuse.c -Wno-use-after-free -DHAKMEM_BLOCK_HEADER_COMPILED=1
for name in double_free double_free_later double_free_medium; do
  expect_abort 'double free' "$scratch/misuse" $name
done
expect_abort 'double free\|not an allocated block' "$scratch/misuse" double_free_much_later # its slab may be gone
for name in interior_small interior_medium; do
  expect_abort 'middle of a block' "$scratch/misuse" $name
done
expect_abort 'misaligned' "$scratch/misuse" misaligned
# without the header the three gates have no code
build_boxes plain header.c -DHAKMEM_HDR_META_MISMATCH_COMPILED=1 -DHAKMEM_HDR_MISMATCH_LOG_COMPILED=1
check_exit 0 "$scratch/plain"
if nm "$scratch/plain" | grep -q g_hdr_; then fail "a counter without a header"; fi
exit 0
