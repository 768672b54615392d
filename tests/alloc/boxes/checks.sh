#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The boxes' invariants hold after threads have worked, in each kind of build, and nothing is
# lost; each checker sees its damage.
. "${top_srcdir:-.}/tests/alloc/boxes/boxes_lib.sh"
for gates in '' -DHAKMEM_BLOCK_HEADER_COMPILED=1 -DHAKMEM_HARDENED_COMPILED=1; do
  build_boxes checks checks.c $gates
  check_exit 0 "$scratch/checks"
  HAKMEM_POOL_V2_ENABLED=1 check_exit 0 "$scratch/checks"
  for name in used tag carved listed unlinked list heap_used cache_count target spill_len remote_bytes \
    span_taken span_taken_inside span_taken_by_none span_class span_class_none span_class_inside span_class_long \
    span_free_page span_used_page span_touched span_touched_free span_granules span_used span_heap_granules \
    span_heap_pages span_unlisted span_lost span_room; do
    expect_abort 'hakmem: check: ' "$scratch/checks" $name
  done
done
exit 0
