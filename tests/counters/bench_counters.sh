#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `make bench-counters`: every backend has a row: four ordered times, or why there are none.
. "${top_srcdir:-.}/tests/lib.sh"
check_exit 0 "$top_builddir/harness/counters/bench-counters"
for row in clock_gettime tsc getrusage 'counter set: tsc' 'counter set: task-clock' 'counter set: 4 software events' \
  'counter set: cycles ' 'counter set: cycles, instructions' 'counter set: 4 hardware events' \
  'rdpmc: cycles, instructions' 'perf stat'; do
  grep -q "^$row.*\(unavailable: .\|[0-9]\)" "$scratch/out" || fail "no row $row"
done
"$AWK" 'NR > 1 && !/unavailable|one start/ {
  split(substr($0, 39), f, " ")
  if (!(f[1] > 0 && f[1] + 0 <= f[2] + 0 && f[2] + 0 <= f[3] + 0 && f[3] + 0 <= f[4] + 0)) { print; bad = 1 }
} END { exit bad }' "$scratch/out" || fail "the times of a row are not in order"
grep -E '^(clock_gettime|tsc|getrusage) ' "$scratch/out" | grep -q unavailable &&
  fail "what every machine has is unavailable"
exit 0
