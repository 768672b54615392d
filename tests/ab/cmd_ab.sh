#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `ab`: gates, libraries and commands through the whole path with budgets too small for a true
# verdict; asserted is the structure, never a time.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
slow_test
fixture=$(cd "$top_srcdir/tests/ab/fixture" && pwd)
XDG_CACHE_HOME=$scratch/cache; XDG_STATE_HOME=$scratch/state; export XDG_CACHE_HOME XDG_STATE_HOME

ab() { # ab WHAT…: exit 0 or 3 (a tiny budget decides nothing for sure), JSON in $scratch/out
  "$HARNESS" ab "$@" --json --quiet --out "$scratch/r" >"$scratch/out" 2>"$scratch/err"; got=$?
  case $got in 0|3) ;; *) sed 's/^/  | /' "$scratch/err"; fail "exit $got: ab $*" ;; esac
}

ab free-trace --source "$fixture" --budget 1.5 --seed 3 --no-direct --no-callgrind
python3 - "$scratch/out" <<'PY' || fail "the JSON of ab"
import csv, json, sys
r = json.load(open(sys.argv[1]))
assert r["schema"] == "hakmem.ab/1" and r["protocol"] == "paired"
assert r["verdict"] in ("GO", "NEUTRAL", "NO-GO", "INCONCLUSIVE") and r["reason"]
for key in """gain_pct mean_gain_pct margin_pct layouts pairs elapsed_s needed_s
           control direct_pct layout_pct expected_pct
           insns_per_op counters disturbed_pct step0 step1 calibration results_dir""".split():
    assert key in r, key
assert r["direct_pct"] is None and r["insns_per_op"] is None
g = r["gain_pct"]
assert g["low"] < g["estimate"] < g["high"] and 0.9 < g["level"] < 1, g
assert r["build"]["functions_that_differ"], "free() differs"
assert r["counters"]["cycles"]["out"] is None or r["counters"]["hardware_reason"] is None
assert r["step0"]["decision"] == "PROCEED" and abs(r["step0"]["hits_per_op"] - 0.5) < 0.01, r["step0"]
assert r["step0"]["marked_equals_timed"] is True, r["step0"]
d = r["results_dir"]
rounds = list(csv.DictReader(open(d + "/rounds.csv")))
processes = list(csv.DictReader(open(d + "/processes.csv")))
tests = [p for p in processes if p["kind"] == "test"]
controls = [p for p in processes if p["kind"] == "control"]
assert len(tests) == 2 * (r["pairs"] + (r["core"]["pairs_left_out"] or 0)), (len(tests), r["pairs"], r["core"])
assert set(r["ends"]) == {"alone", "shared"}
for end in r["ends"].values():
    assert end is None or end["low"] < end["estimate"] < end["high"] and end["pairs"] >= 40 and end["width"] > 0, end
if r["pairs"] >= 40 and r["core"]["state"] != "unknown": assert any(r["ends"].values()), r["ends"]
quoted = r["ends"]["shared" if r["core"]["state"] == "shared" else "alone"]
assert quoted is None or quoted["estimate"] == g["estimate"], (quoted, g)
assert (r["core"]["state"] == "unknown") == (r["core"]["alone_pct"] is None) == bool(r["core"]["reason"]), r["core"]
assert len(rounds) == len(processes) * r["rounds"]
assert r["pairs"] < 15 or controls, "no live control"
# both of a pair: the same operations, one right after the other, each side once
for a, b in zip(processes[::2], processes[1::2]):
    assert a["pair"] == b["pair"] and a["seed"] == b["seed"] and {a["side"], b["side"]} == {"0", "1"}
first = {p["side"] for p in tests if p["place"] == "0"}
assert len(tests) < 40 or first == {"0", "1"}, "the order is not random"
ops = {(x["pair"], x["side"]): x["frees"] for x in rounds if x["round"] == "0"}
assert all(ops[(p, "0")] == ops[(p, "1")] for p, s in ops if s == "0"), "another operation sequence"
assert json.load(open(d + "/result.json"))["verdict"] == r["verdict"]
PY
# nothing in the fixture holds this gate: identical code is not timed
ab debug-ring --source "$fixture" --budget 1
python3 -c 'import json,sys; r=json.load(open(sys.argv[1]));
assert r["verdict"]=="NEUTRAL" and r["pairs"] is None and "identical" in r["reason"], r' "$scratch/out" ||
  fail "identical machine code"
# its code is there and never runs: nothing is timed
check_exit 1 "$HARNESS" ab hdr-meta-fast --source "$fixture" --budget 1 --json --quiet --out "$scratch/r"
python3 -c 'import json,sys; r=json.load(open(sys.argv[1]));
assert r["verdict"]=="NO-OP" and r["pairs"] is None and r["step0"]["decision"]=="SKIP", r
assert r["needs"].startswith("block-header on both sides"), r' "$scratch/out" ||
  fail "NO-OP"
ab free-trace --source "$fixture" --protocol source --budget 0.5
python3 -c 'import json,sys; r=json.load(open(sys.argv[1]));
assert r["protocol"]=="source" and r["gain_pct"]["low"] is None and "source" in r["reason"], r' "$scratch/out" ||
  fail "the source's protocol"
ab free-calls,free-trace --source "$fixture" --threads 1,2 --budget 0.5 --no-direct --no-callgrind
python3 -c 'import json,sys; r=json.load(open(sys.argv[1]));
assert [t["threads"] for t in r["by_threads"]]==[1,2] and r["threads"]==1, r' "$scratch/out" ||
  fail "--threads 1,2"
ab free-calls --source "$fixture" --threads "$(($(nproc) + 1))" --budget 0.5 --no-direct --no-callgrind
python3 -c 'import json,sys; r=json.load(open(sys.argv[1])); assert r["threads_take_turns"] is True, r' \
    "$scratch/out" ||
  fail "more threads than CPUs: not said"
ab --a none --b none --budget 1
python3 -c 'import json,sys; r=json.load(open(sys.argv[1]));
assert r["layouts"] is None and "step0" not in r and r["pairs"]>0, r' "$scratch/out" ||
  fail "two libraries"
ab --cmd-a true --cmd-b "sleep 0.3" --budget 2
python3 -c 'import json,sys; r=json.load(open(sys.argv[1])); assert r["pairs"]>0 and r["gain_pct"]["estimate"]>0, r' \
    "$scratch/out" ||
  fail "two commands: true is not faster than a sleep"
check_exit 3 "$HARNESS" ab --cmd-a false --cmd-b true --budget 1 --out "$scratch/r"
grep -q 'command a' "$scratch/err" || fail "the failing command is not named"
check_exit 2 "$HARNESS" ab free-trac
grep -q free-trace "$scratch/err" || fail "the near gate is not named"
check_exit 2 "$HARNESS" ab
check_exit 2 "$HARNESS" ab --a none
check_exit 2 "$HARNESS" ab free-trace --cmd-a true --cmd-b true
check_exit 2 "$HARNESS" ab --cmd-a "open 'quote" --cmd-b true
check_exit 2 "$HARNESS" ab free-trace,block-header
check_exit 2 "$HARNESS" ab free-trace --with free-calls
check_exit 2 "$HARNESS" ab free-trace --workload random_mxied
check_exit 2 "$HARNESS" ab --a /nonexistent.so --b none
exit 0
