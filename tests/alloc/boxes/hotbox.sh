#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The pool's hotbox: off unless HAKMEM_POOL_V2_ENABLED=1, its counters balance, they show
# themselves at exit, and a double free that is not immediate is seen.
. "${top_srcdir:-.}/tests/alloc/boxes/boxes_lib.sh"
build_boxes hotbox hotbox.c -DHAKMEM_POOL_HOTBOX_V2_STATS_COMPILED=1
check_exit 0 "$scratch/hotbox"
grep -qx '0 idle' "$scratch/out" || fail "ran without HAKMEM_POOL_V2_ENABLED: $(cat "$scratch/out")"
[ ! -s "$scratch/err" ] || fail "printed counters although it is off"
HAKMEM_POOL_V2_ENABLED=1 check_exit 0 "$scratch/hotbox"
# the constructor has read the switch before the first allocation
grep -qx '1536 flushed' "$scratch/out" ||
  fail "not 32 allocations of each of 48 classes: $(cat "$scratch/out")"
[ "$(grep -c '^pool-hotbox-v2-stats: size' "$scratch/err")" = 48 ] || fail "no line for each class at exit"
HAKMEM_POOL_V2_ENABLED=1 expect_abort 'double free' "$scratch/hotbox" misuse
exit 0
