#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The recorded width of the core knows nothing of the side: in A/A campaigns, round by round, the width
# of side a is above that of side b as often as below. The order of the two in a pair is drawn, so the
# sign of their difference is a fair coin whatever else the machine does, and the test is exact: of all
# rounds together it fails once in 10,000 runs by chance, and it is asked twice. Time is not looked at.
. "${top_srcdir:-.}/tests/lib.sh"
slow_test
need_tool python3 programs
case $(uname -m) in x86_64) ;; *) skip x86 "the core's width is probed on x86 only" ;; esac

judge() { python3 - "$1" <<'P'
import csv, math, os, sys
width = {}
for r in csv.DictReader(open(os.path.join(sys.argv[1], "rounds.csv"))):
    if r["width"]: width.setdefault((int(r["pair"]), int(r["round"])), {})[int(r["side"])] = float(r["width"])
above, below = {}, {}
for (pair, number), w in width.items():
    if len(w) == 2 and w[0] != w[1]:
        count = above if w[0] > w[1] else below
        count[number] = count.get(number, 0) + 1
numbers = sorted(set(above) | set(below))
if not numbers: sys.exit(2)
worst = 0
for number in numbers:
    a, b = above.get(number, 0), below.get(number, 0)
    z = (a - b) / math.sqrt(a + b)
    worst = max(worst, abs(z), key=abs)
    print("round %d: side a wider in %d, side b in %d, z %+.2f" % (number, a, b, z))
# two-sided, divided among the rounds: P(|Z| > z) = 1e-4 / rounds
limit = next(z / 100 for z in range(300, 900) if math.erfc(z / 100 / math.sqrt(2)) < 1e-4 / len(numbers))
print("worst %.2f, limit %.2f" % (worst, limit))
sys.exit(worst > limit)
P
}

for try in 1 2; do
  "$HARNESS" ab --a none --b none --workload random_mixed --budget 12 --whole-budget --quiet --json \
    --out "$scratch" >"$scratch/json" 2>"$scratch/err"
  case $? in 0|3) ;; *) cat "$scratch/err"; fail "ab --a none --b none" ;; esac
  dir=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["results_dir"])' "$scratch/json") ||
    fail "no result"
  judge "$dir"
  case $? in
    0) exit 0 ;;
    1) ;;
    2) skip x86 "the core's width is not known here" ;;
    *) fail "the rounds cannot be read" ;;
  esac
done
fail "the width of the core tells the side"
