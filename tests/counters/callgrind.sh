#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Instructions for each operation: the same number twice, to the last digit.
. "${top_srcdir:-.}/tests/lib.sh"
slow_test
need_tool valgrind
need_tool python3 programs
for i in 1 2; do
  check_exit 0 "$HARNESS" bench random_mixed --lib none --ops 1000 --json --quiet --out "$scratch/r" --events tsc
  python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["insns_per_op"])' "$scratch/out" >"$scratch/$i"
done
grep -q '^[0-9]' "$scratch/1" || fail "not measured: $(cat "$scratch/out")"
cmp -s "$scratch/1" "$scratch/2" || fail "two answers: $(cat "$scratch/1" "$scratch/2")"
exit 0
