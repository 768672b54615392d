#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Pages come from records alone: the same bytes each time, from a saved copy, too; a changed sample
# changes its page and the summary and no other; the recomputed percentages are there; what is kept
# names no folder of this machine. The pages in doc/analysis are those of their own records.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/report/make_set.sh"
make_set "$scratch/set"
check_exit 0 "$HARNESS" report "$scratch/set" --to "$scratch/a" --pages-only --save "$scratch/kept"
[ "$(wc -l <"$scratch/out")" = 4 ] || fail "not four pages: $(cat "$scratch/out")"
check_exit 0 "$HARNESS" report "$scratch/kept" --to "$scratch/b" --pages-only
check_exit 0 "$HARNESS" report "$scratch/kept" --to "$scratch/c" --pages-only --save "$scratch/again"
diff -r "$scratch/b" "$scratch/c" >"$scratch/diff" || fail "the same record, other bytes: $(cat "$scratch/diff")"
diff -r "$scratch/kept" "$scratch/again" >"$scratch/diff" ||
  fail "a record saved twice is another: $(cat "$scratch/diff")"
for p in PHASE24_CLASS_STATS_RESULTS.md PHASE32_FREE_CALLS_RESULTS.md; do # digests are of the files as they are
  sed 's/sha256 [0-9a-f]*\.$//' "$scratch/a/$p" >"$scratch/x"
  sed 's/sha256 [0-9a-f]*\.$//' "$scratch/b/$p" >"$scratch/y"
  cmp -s "$scratch/x" "$scratch/y" || fail "$p of the saved record says something else"
done

page="$scratch/a/PHASE24_CLASS_STATS_RESULTS.md"
grep -q 'the source, recomputed | +0.87% | GO' "$page" || fail "the source's gain is not recomputed"
grep -q 'one of them was changed' "$page" || fail "an estimate that the samples do not give goes unnoticed"
grep -q 'compiled in (research) | 72 |' "$page" || fail "no distribution of the research variant"
# it can be read alone: what n counts, what the words mean, how it was measured
grep -q 'n counts them' "$page" || fail "what n counts is not said"
grep -q '(CUMULATIVE_SUMMARY.md)' "$page" || fail "no way to the words"
for words in '## How it is measured' '## Words' '**NEUTRAL**: ' '**pairs**: '; do
  grep -qF -e "$words" "$scratch/a/CUMULATIVE_SUMMARY.md" || fail "the summary lacks $words"
done
grep -q 'calibrate' "$page" || fail "no word of the calibration"
grep -q 'hakmem-harness phase 24 --budget 15' "$page" || fail "no command to repeat it"
grep -q 'they give -0.64%, which by its own margin is NO-GO' "$scratch/a/PHASE32_FREE_CALLS_RESULTS.md" ||
  fail "row 32's disagreement is not named"
grep -q 'disagree beyond rounding' "$page" && fail "row 24 agrees within rounding"
grep -q '+2.74%' "$scratch/a/CUMULATIVE_SUMMARY.md" || fail "the source's sum is missing"
grep -rn "$scratch" "$scratch/a" "$scratch/kept" >/dev/null && fail "a folder of this machine is in what is kept"

awk -F, -v OFS=, 'NR == 42 { $6 = $6 * 1.004 } { print }' "$scratch/kept/24/pairs.csv" >"$scratch/x" &&
  mv "$scratch/x" "$scratch/kept/24/pairs.csv"
check_exit 0 "$HARNESS" report "$scratch/kept" --to "$scratch/d" --pages-only
for p in CUMULATIVE_SUMMARY.md PHASE24_CLASS_STATS_RESULTS.md; do
  cmp -s "$scratch/b/$p" "$scratch/d/$p" && fail "a changed sample left $p as it was"
done
grep -v sha256 "$scratch/b/PHASE24_CLASS_STATS_RESULTS.md" >"$scratch/x"
grep -v sha256 "$scratch/d/PHASE24_CLASS_STATS_RESULTS.md" | cmp -s - "$scratch/x" &&
  fail "only the digest of the page changed"
cmp -s "$scratch/b/PHASE32_FREE_CALLS_RESULTS.md" "$scratch/d/PHASE32_FREE_CALLS_RESULTS.md" ||
  fail "a page of other data changed"

# an estimate that stands in its own truth's place is not called a truth
mkdir "$scratch/kept/calibration"
cat >"$scratch/kept/calibration/result.json" <<'EOF'
{"schema": "hakmem.calibrate/1", "campaigns": 4, "false_verdicts": 0, "budget_s": 8.0,
 "margin_pct": 0.5, "half_width_pct": 0.03, "detectable_pct": 0.05, "coverage": 1.0,
 "same_code": [{"name": "aa", "true_pct": 0.0, "estimate": 0.01, "low": -0.05,
  "high": 0.07, "campaigns": 4, "coverage": 0.75, "pairs": 400,
  "verdicts": {"GO": 0, "NEUTRAL": 4, "NO-GO": 0, "INCONCLUSIVE": 0}}],
 "injected": [{"name": "nops-8", "true_pct": 0.9, "estimate": 0.9, "low": 0.8,
  "high": 1.0, "campaigns": 4, "coverage": 1.0, "pairs": 400,
  "verdicts": {"GO": 4, "NEUTRAL": 0, "NO-GO": 0, "INCONCLUSIVE": 0}}]}
EOF
check_exit 0 "$HARNESS" report "$scratch/kept" --to "$scratch/f" --pages-only
grep -q 'nops-8 | not known independently | +0.900%' "$scratch/f/PHASE24_CLASS_STATS_RESULTS.md" ||
  fail "a pooled estimate passes for the truth"
grep -q 'covered 0 in 75.0%' "$scratch/f/PHASE24_CLASS_STATS_RESULTS.md" ||
  fail "coverage is not that of equal code alone"

# two at once in one folder: one of them says so
mkdir "$scratch/busy"
if have programs flock; then
  exec 7<"$scratch/busy"
  flock 7
  check_exit 3 "$HARNESS" report "$scratch/kept" --to "$scratch/busy" --pages-only
  grep -q 'being written into .*/busy by another process' "$scratch/err" || fail "a busy folder: $(cat "$scratch/err")"
  [ -z "$(ls "$scratch/busy")" ] || fail "the other one's folder was written to: $(ls "$scratch/busy")"
  exec 7<&-
  check_exit 0 "$HARNESS" report "$scratch/kept" --to "$scratch/busy" --pages-only
fi

data="$top_srcdir/doc/analysis/data"
if [ -d "$data" ]; then
  check_exit 0 "$HARNESS" report "$data" --to "$scratch/e" --pages-only
  for p in "$scratch"/e/*; do
    cmp -s "$p" "$top_srcdir/doc/analysis/$(basename "$p")" ||
      fail "doc/analysis/$(basename "$p") is not what its record says: make pages"
  done
fi
exit 0
