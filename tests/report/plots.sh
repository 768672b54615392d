#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `plots` draws a record in three formats without measuring; a changed sample changes the picture;
# what is not recorded is named.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/report/make_set.sh"
need_tool gnuplot gnuplot
make_set "$scratch/set"
check_exit 0 "$HARNESS" plots "$scratch/set" --to "$scratch/a"
grep -q 'calibration: not recorded; run hakmem-harness calibrate' "$scratch/err" ||
  fail "nothing said of the missing calibration"
for p in forest 24-distributions 24-layouts 24-time 24-counters 32-distributions cumulative-time; do
  for e in svg png pdf; do [ -s "$scratch/a/$p.$e" ] || fail "no $p.$e"; done
done
ls "$scratch"/a/29-* >/dev/null 2>&1 && fail "pictures of a phase that was never timed"
grep -q 'n = 72 pairs' "$scratch/a/24-distributions.svg" || fail "no n on the plot"
grep -q 'operation (ns)' "$scratch/a/24-distributions.svg" || fail "no unit on the plot"

cp -r "$scratch/set" "$scratch/other"
awk -F, -v OFS=, 'NR == 42 { $6 = $6 * 1.004 } { print }' "$scratch/set/24/pairs.csv" >"$scratch/other/24/pairs.csv"
check_exit 0 "$HARNESS" plots "$scratch/other" --to "$scratch/b" --quiet
cmp -s "$scratch/a/24-distributions.svg" "$scratch/b/24-distributions.svg" &&
  fail "a changed sample left the picture as it was"
cmp -s "$scratch/a/32-distributions.svg" "$scratch/b/32-distributions.svg" || fail "a picture of other data changed"

echo broken >>"$scratch/other/24/pairs.csv"
check_exit 3 "$HARNESS" plots "$scratch/other" --to "$scratch/c" --quiet
grep -q 'pairs.csv:86' "$scratch/err" || fail "the broken line is not named"
# a level is printed as it is, and a subject may be the path of a file
cp -r "$top_srcdir/tests/report/recorded/campaign" "$scratch/odd"
sed -i 's/"level": 0.95[0-9]*/"level": 0.9991/
  s|"subject": "[^"]*"|"subject": "none vs /usr/lib/some/lib.so.2"|
  s|^ *"core": {|  "ends": { "alone": { "estimate": -0.18, "low": -0.31, "high": -0.05, "level": 0.95, "n": 900,\
    "pairs": 900, "width": 1.0, "verdict": "NEUTRAL" }, "shared": null },\n&|' "$scratch/odd/result.json"
check_exit 0 "$HARNESS" plots "$scratch/odd" --to "$scratch/e" --quiet
grep -q 'core shared' "$scratch"/e/*-ends.svg && grep -q 'core ours alone' "$scratch"/e/*-ends.svg ||
  fail "no picture of both ends of the core's width: $(ls "$scratch/e")"
grep -q '99.91% interval' "$scratch"/e/*-distributions.svg ||
  fail "a level of 99.91% is printed as another: $(ls "$scratch/e")"
mkdir "$scratch/empty"
check_exit 3 "$HARNESS" plots "$scratch/empty" --to "$scratch/c"
grep -q 'nothing recorded' "$scratch/err" || fail "no word of missing data"
mkdir "$scratch/bin"
check_exit 3 env PATH="$scratch/bin" "$HARNESS" plots "$scratch/set" --to "$scratch/d" --quiet
grep -q 'install it' "$scratch/err" || fail "no advice where gnuplot is missing"
exit 0
