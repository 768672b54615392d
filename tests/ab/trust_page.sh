#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# doc/trust.md is made of lines (`calibrate --append`): here of lines that are made up, so that every figure of it is
# known. What one version of the estimator said is not put together with what another did, nor a quiet machine
# with a busy one, nor one machine's effect with another's.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
page=$top_srcdir/harness/ab/trust_page.py

# what both languages know
for n in $(sed -n 's/^enum { TRUST_ENGINE = \([0-9]*\) };$/\1/p' "$top_srcdir/harness/data/trust_line.h"); do
  grep -q "^ \{11\}$n: \"" "$page" || fail "what version $n of the estimator changed is not in trust_page.py"
  engine=$n
done
[ -n "${engine:-}" ] || fail "trust_line.h has no TRUST_ENGINE"
quiet=$(sed -n 's/^#define TRUST_QUIET_PCT \([0-9.]*\)$/\1/p' "$top_srcdir/harness/data/trust_line.h")
grep -q "^QUIET = $quiet " "$page" || fail "a quiet machine is $quiet in trust_line.h, and not in trust_page.py"

cat >"$scratch/make.py" <<'PY'
import csv, math, sys
header = open(sys.argv[1]).readline().strip().split(",")
def line(**more):
    row = dict.fromkeys(header, "")
    row |= dict(engine=5, time=1, seed=1, workload="random_mixed", kind="aa", threads=1, budget=4, elapsed=4, pairs=400,
                verdict="NEUTRAL", core="alone", gain=0.01, se=0.05, df=9, low=-0.1, high=0.12, level=0.95,
                alone_pairs=0, shared_pairs=0, ns=9, alone_pct=99, disturbed_pct=0, steal_pct=0, others_pct=1, load=0,
                waiting_pct=0, order_mean=0.1, order_welch_p=0.5, order_rank_p=0.5, mixed_mean=0.1, mixed_welch_p=0.5,
                mixed_rank_p=0.5, tango_mean=0, tango_z=0, machine="one, 2 CPUs")
    row |= more
    return [row[k] for k in header]
def end(gain, verdict, se=0.05):
    return dict(alone_pairs=300, alone=gain, alone_se=se, alone_df=9, alone_low=gain - 2 * se, alone_high=gain + 2 * se,
                alone_verdict=verdict)
lines = [line() for _ in range(8)]
lines += [line(verdict="GO", low=0.6, high=0.9, gain=0.75, order_welch_p=0.01)] * 2       # both false
lines += [line(verdict="INCONCLUSIVE", others_pct=60, low=-3, high=2, gain=-0.5, se=1)] * 3
lines += [line(engine=2, verdict="NO-GO", low=-2, high=-1, gain=-1.5, tango_z=3, tango_mean=-1, order_mean=-1)] * 5
# an added effect of exactly +1%, by two machines of which the other knows -1%
for machine, sign in (("one, 2 CPUs", 1), ("two, 8 CPUs", -1)):
    for i in range(6):
        gain = sign + 0.05 * (i - 2.5)
        lines.append(line(kind="nops-8", machine=machine, gain=gain, low=gain - 0.1, high=gain + 0.1,
                          verdict=("GO" if sign > 0 else "NO-GO") if i else "NEUTRAL",
                          **end(gain, ("GO" if sign > 0 else "NO-GO") if i else "NEUTRAL")))
lines.append(line(kind="nops-8", engine=2, gain=50, se=0.001, low=49, high=51, verdict="GO", **end(50, "GO", 0.001)))
with open(sys.argv[2], "w", newline="") as f:
    out = csv.writer(f, lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
    out.writerow(header)
    for row in lines: f.write(",".join(map(str, row)) + "\n")
PY
python3 "$scratch/make.py" "$top_srcdir/doc/analysis/data/trust/campaigns.csv" "$scratch/lines.csv" || exit 99
make_page() { # make_page FROM
  python3 "$page" "$1" "$scratch/page.md" "$scratch/pictures" "$top_srcdir/plots" >"$scratch/out" 2>"$scratch/err"
}
make_page "$scratch/lines.csv" || { cat "$scratch/err"; fail "trust_page.py"; }
says() { # says LINE: the page has it, a table's row or a sentence
  grep -Fq -- "$1" "$scratch/page.md" || { cat "$scratch/page.md"; fail "the page does not say: $1"; }
}
says '25 campaigns by version 5 of the estimator (`engine`) on A: one; 2 CPUs; B: two; 8 CPUs.'
says '6 by older versions stand [at the end]'
says '| random_mixed, one thread | quiet | 2 GO, 8 NEUTRAL | 2 of 10: 20.0% [2.5, 55.6] | 8 of 10: 80.0% [44.4, 97.5] |'
says '| random_mixed, one thread | busy | 3 INCONCLUSIVE | 0 of 3: 0.0% [0.0, 70.8] | 3 of 3: 100.0% [29.2, 100.0] |'
says '**2 of 13: 15.4% [1.9, 45.4]** | 11 of 13: 84.6% [54.6, 98.1] |'
# ours of the newest version alone, the others' of all
says '| ours | 2 of 10: 20.0% [2.5, 55.6] | 0 of 3: 0.0% [0.0, 70.8] |'
says '| hyperfine: Welch'"'"'s t test, in order | 2 of 15: 13.3% [1.7, 40.5] | 0 of 3: 0.0% [0.0, 70.8] |'
says '| tango: z of 2.6 and more than 0.5%, pairs | 5 of 15: 33.3% [11.8, 61.6] | 0 of 3: 0.0% [0.0, 70.8] |'
# a mean for each machine, and none of another version's in it: 50% would be seen
says '| random_mixed, one thread | quiet, A | nops: 8 | 6 | +1.000 ± 0.075 | 3.50 |'
says '| random_mixed, one thread | quiet, B | nops: 8 | 6 | -1.000 ± 0.075 | 3.50 |'
says '6 of 6: 100.0% [54.1, 100.0] | 5 GO, 1 NEUTRAL |'
says '| random_mixed, one thread | quiet, A | nops: 8 | alone | 6 | +1.000 | '
# the two outermost miss the others' mean
says ' | 3.50 | 4 of 6: 66.7% [22.3, 95.7] | 1 |'
! grep -Fq '| busy, A | 4 s |' "$scratch/page.md" || fail "a median of three"
says '| 2 | quiet | 6 | 5 | 5 of 5: 100.0% [47.8, 100.0] | 0 of 5: 0.0% [0.0, 52.2] |'
if have gnuplot gnuplot; then
  for picture in rules same detect; do
    [ -s "$scratch/pictures/trust-$picture.svg" ] || fail "no picture trust-$picture.svg"
  done
  grep -q 'nops: 8\|nops-8' "$scratch/pictures/trust-detect.svg" || fail "trust-detect.svg does not name what is added"
fi
# without anything added on the quiet machine there is no curve, and the page has no picture of one
grep -v 'nops-8' "$scratch/lines.csv" >"$scratch/same.csv"
make_page "$scratch/same.csv" || { cat "$scratch/err"; fail "trust_page.py of the same code alone"; }
says 'On the quiet machine none was measured yet.'
! grep -q trust-detect "$scratch/page.md" || fail "a picture of nothing"
[ ! -e "$scratch/pictures/trust-detect.svg" ] || fail "a picture of nothing stays"
# of one machine no letters
! grep -q 'quiet, A' "$scratch/page.md" || fail "a letter for the only machine"
head -n 1 "$scratch/lines.csv" >"$scratch/none.csv"
make_page "$scratch/none.csv" && fail "a page of nothing"
grep -q 'holds no campaign' "$scratch/err" || { cat "$scratch/err"; fail "why there is no page"; }
exit 0
