#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `calibrate`, and what stands beside the gain: live toggle, decomposition, instructions. Budgets
# are tiny: asserted is the structure and what is exact, never a time.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
slow_test
fixture=$(cd "$top_srcdir/tests/ab/fixture" && pwd)
XDG_CACHE_HOME=$scratch/cache; XDG_STATE_HOME=$scratch/state; export XDG_CACHE_HOME XDG_STATE_HOME

check_exit 0 "$HARNESS" calibrate --source "$fixture" --campaigns 2 --budget 1 --seed 4 --json --quiet \
    --out "$scratch/r"
python3 - "$scratch/out" "$XDG_STATE_HOME/hakmem/calibration.json" <<'PY' || fail "the JSON of calibrate"
import json, sys
r, stored = (json.load(open(f)) for f in sys.argv[1:])
assert r["schema"] == "hakmem.calibrate/1" and r == stored
assert r["campaigns"] == 4 and 0 <= r["false_verdicts"] <= 4 and 0 <= r["coverage"] <= 1
assert r["half_width_pct"] > 0 and r["detectable_pct"] > r["half_width_pct"]
assert len(r["injected"]) == 2
for i in r["injected"]:
    assert i["low"] <= i["estimate"] <= i["high"] and i["campaigns"] == 2, i
    assert sum(i["verdicts"].values()) == i["judged"] == 1, i
c = r["callgrind"]
if c["status"] == "measured":
    assert c["proportional"], c
    frees = c["injected"][0]["added_per_insn"]
    assert 0.45 < frees < 0.55, "not half an operation is a free"
PY
check_exit 2 "$HARNESS" calibrate --workload random_mxied --source "$fixture"
grep -q random_mixed "$scratch/err" || fail "the near workload is not named"
check_exit 2 "$HARNESS" calibrate --campaigns 0 --source "$fixture"

# kinds by name: the same code alone, or what is added alone, of which no A/A is told
cp "$XDG_STATE_HOME/hakmem/calibration.json" "$scratch/stored"
for kind in aa nops-8; do
  check_exit 0 "$HARNESS" calibrate --source "$fixture" --kinds $kind --campaigns 1 --budget 0.3 --json --quiet \
    --out "$scratch/k"
  python3 - "$scratch/out" $kind <<'PY' || fail "--kinds $kind: $(cat "$scratch/out")"
import json, sys
r, kind = json.load(open(sys.argv[1])), sys.argv[2]
names = [k["name"] for k in r["same_code"]], [k["name"] for k in r["injected"]]
assert names == ((["aa", "aa-relinked"], []) if kind == "aa" else ([], ["nops-8"])), names
assert kind == "aa" or r["core_alone_pct"] is None, r
assert kind != "aa" or not r.get("callgrind"), r
PY
done
cmp -s "$XDG_STATE_HOME/hakmem/calibration.json" "$scratch/stored" || fail "fewer campaigns were stored over more"
check_exit 2 "$HARNESS" calibrate --source "$fixture" --kinds nops-3
grep -q 'near: nops-' "$scratch/err" || fail "the near kinds are not named"
check_exit 2 "$HARNESS" calibrate --source "$fixture" --workloads replay
check_exit 2 "$HARNESS" calibrate --source "$fixture" --append "$scratch/lines.csv" --workload churn
[ ! -e "$scratch/lines.csv" ] || fail "a file for nothing"
# a line for each campaign, and a file that has some is gone on with
for n in 1 2; do
  check_exit 0 "$HARNESS" calibrate --source "$fixture" --append "$scratch/lines.csv" --kinds aa --campaigns 1 \
    --workloads command,random_mixed --budget 0.5 -q --out "$scratch/k"
done
append() { # append FILE ARG…: one A/A campaign of random_mixed
  file=$1; shift
  "$HARNESS" calibrate --source "$fixture" --append "$file" --kinds aa --workloads random_mixed --campaigns 1 \
    --budget 0.2 -q --out "$scratch/k" "$@" >"$scratch/out" 2>"$scratch/err"
}
set -- "$scratch"/k/*trust*
[ ! -e "$1" ] || fail "raw rounds were kept: $*"
python3 - "$scratch/lines.csv" <<'PY' || fail "--append: $(cat "$scratch/lines.csv")"
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert sorted(r["workload"] for r in rows) == ["command", "random_mixed"] and {r["kind"] for r in rows} == {"aa"}, rows
assert all(int(r["pairs"]) > 0 for r in rows), rows
PY
# a line that a kill cut short goes away; whole ones stay as they are
cp "$scratch/lines.csv" "$scratch/cut.csv"
tail -n 1 "$scratch/lines.csv" | cut -c 1-60 | tr -d '\n' >>"$scratch/cut.csv"
append "$scratch/cut.csv" || { cat "$scratch/err"; fail "--append to a file that was cut short"; }
[ "$(wc -l <"$scratch/cut.csv")" = 4 ] && head -n 3 "$scratch/cut.csv" | cmp -s - "$scratch/lines.csv" ||
  fail "a file that was cut short: $(cat "$scratch/cut.csv")"
# what another table's lines are in, or another run appends to, is left as it is
sed '1s/engine/version/' "$scratch/lines.csv" >"$scratch/other.csv" && cp "$scratch/other.csv" "$scratch/other.before"
append "$scratch/other.csv"; [ $? = 3 ] || { cat "$scratch/err"; fail "lines of another table"; }
cmp -s "$scratch/other.csv" "$scratch/other.before" || fail "a file of another table was written to"
if have flock flock; then
  cp "$scratch/lines.csv" "$scratch/locked.csv"
  flock "$scratch/locked.csv" "$HARNESS" calibrate --source "$fixture" --append "$scratch/locked.csv" --kinds aa \
    --workloads random_mixed --campaigns 1 --budget 0.2 -q --out "$scratch/k" >"$scratch/out" 2>"$scratch/err"
  [ $? = 2 ] && grep -q 'another run appends' "$scratch/err" || { cat "$scratch/err"; fail "a file in use"; }
  cmp -s "$scratch/lines.csv" "$scratch/locked.csv" || fail "a file in use was written to"
fi
# lines of an older version of the estimator say nothing of what is still to be measured: random_mixed is first again
sed '2,$s/^[0-9]*,/1,/' "$scratch/lines.csv" | grep -v ',command,' >"$scratch/old.csv"
"$HARNESS" calibrate --source "$fixture" --append "$scratch/old.csv" --kinds aa --workloads command,random_mixed \
  --campaigns 1 --budget 0.2 -q --out "$scratch/k" >"$scratch/out" 2>"$scratch/err" ||
  { cat "$scratch/err"; fail "a file of old lines"; }
tail -n 1 "$scratch/old.csv" | grep -q ',random_mixed,' || fail "an old line counted: $(cat "$scratch/old.csv")"
# Ctrl-C: exit 130, and no line of the campaign that was running
cp "$scratch/lines.csv" "$scratch/ended.csv"
"$HARNESS" calibrate --source "$fixture" --append "$scratch/ended.csv" --kinds aa --workloads random_mixed \
  --budget 600 --minutes 60 -q --out "$scratch/e" >"$scratch/out" 2>"$scratch/err" &
pid=$!
until ls "$scratch"/e/*trust*/campaign/processes.csv >/dev/null 2>&1 || ! kill -0 $pid 2>/dev/null; do sleep 0.1; done
kill -INT $pid; wait $pid; got=$?
[ $got = 130 ] || { cat "$scratch/err"; fail "--append after SIGINT: exit $got"; }
cmp -s "$scratch/lines.csv" "$scratch/ended.csv" || fail "a line of a campaign that was not ended"

"$HARNESS" ab free-trace,free-calls --source "$fixture" --budget 2 --seed 3 --json --quiet --out "$scratch/r" \
    >"$scratch/out" 2>"$scratch/err"; got=$?
[ $got = 0 ] || [ $got = 3 ] || { cat "$scratch/err"; fail "ab: exit $got"; }
python3 - "$scratch/out" <<'PY' || fail "direct cost, layout, instructions"
import csv, json, platform, sys
r = json.load(open(sys.argv[1]))
assert r["calibration"]["campaigns"] == 4, r["calibration"]
if r["insns_per_op"]:
    extra = r["insns_per_op"]["in"] - r["insns_per_op"]["out"]
    assert 1 < extra < 6, extra
else: assert r["insns_reason"]
if platform.machine() == "x86_64":
    assert r["toggles"]["found"] >= 2 and r["toggles"]["toggled"] == r["toggles"]["found"], r["toggles"]
    for part in ("direct_pct", "layout_pct"):
        e = r[part]
        assert e["low"] < e["estimate"] < e["high"], part
    states = {r["core"]["state"], r["direct_pct"]["core_state"], r["layout_pct"]["core_state"]}
    assert r["decomposition"] and isinstance(r["adds_up"], bool) == (len(states) == 1), (r["adds_up"], states)
    if len(states) == 1: # ratios of times multiply
        both = 100 * ((1 + r["direct_pct"]["estimate"] / 100) * (1 + r["layout_pct"]["estimate"] / 100) - 1)
        assert f"multiply to {both:+.3f}%" in r["decomposition"], (both, r["decomposition"])
    rounds = list(csv.DictReader(open(r["results_dir"] + "/direct/rounds.csv")))
    # on and off in each couple of rounds, in random order
    couples = [(a["toggled"], b["toggled"]) for a, b in zip(rounds[::2], rounds[1::2])]
    assert set(couples) == {("0", "1"), ("1", "0")}, set(couples)
    # a toggled round counts nothing, and breaks nothing: the same operations go on
    assert {x["ops"] for x in rounds} == {rounds[0]["ops"]}
else: assert r["direct_pct"] is None and r["direct_reason"]
PY
exit 0
