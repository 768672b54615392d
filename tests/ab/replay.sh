#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --workload replay:FILE of verify and ab: Step 0 and the engine over a recorded trace, as over a built-in
# workload; the trace is told by its hash, and another one, a damaged one and none are refused by name.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
slow_test
bench="$top_builddir/hakmem-bench" library="$top_builddir/.libs/libhakmem.so"
[ -e "$top_builddir/.libs/libhakmem-record.so" ] || skip shared-library "built with --disable-shared?"
XDG_STATE_HOME=$scratch/state; export XDG_STATE_HOME
cd "$scratch" || exit 99
fits() { # fits COMMAND EXIT: out against its schema
  python3 -c 'import jsonschema' 2>/dev/null || { left_out python "python3-jsonschema is not installed"; return; }
  python3 -W ignore "$top_srcdir/tests/core/schemas.py" fit "$top_srcdir/doc/schemas" "$1" out "$2" >why 2>&1 ||
    fail "$1: $(tail -n 3 why)"
}
check_exit 0 "$HARNESS" record -q -o one.trace -- "$bench" random_mixed ops=3000 rounds=1
check_exit 0 "$HARNESS" record -q -o two.trace -- "$bench" remote-free-50 threads=2 ops=2000 rounds=1
check_exit 0 "$HARNESS" record -q -o other.trace -- "$bench" random_mixed ops=3000 rounds=1 seed=2

# whole turns of it, as many as the steps ask for
"$bench" replay:one.trace >once && "$bench" replay:one.trace ops=9000 >thrice || fail "hakmem-bench replay:FILE"
python3 - once thrice <<'PY' || fail "turns: $(cat once thrice)"
import sys
a, b = (dict((k, int(v)) for k, v in (w.split("=") for w in open(f).read().split())) for f in sys.argv[1:])
assert a["ops"] > 3000 and a["allocs"] == a["frees"] and all(b[k] == 3 * a[k] for k in a), (a, b)
PY

# Step 0: sites and steps are counted over whole turns, so that one turn's own count is the answer
"$HARNESS" verify free-trace --workload replay:one.trace --json -q --out r >out 2>err; got=$?
grep -q 'no way of counting' err && skip ptrace "$(cat err)"
[ $got = 0 ] || { cat err; fail "verify: exit $got"; }
fits verify $got
sha256sum one.trace | python3 -c '
import json, sys
r = json.load(open("out")); t = r["trace"]
once = dict((k, int(v)) for k, v in (w.split("=") for w in open("once").read().split()))
assert r["verdict"] == "EXECUTED" and r["exact"], r["reason"]
assert t["sha256"] == sys.stdin.read().split()[0] and t["threads"] == 1 and t["events"] == once["ops"], t
assert r["workload"] == "replay:" + t["file"] and t["file"].endswith("/one.trace"), r["workload"]
assert r["ops"] % t["events"] == 0 and r["ops"] > 2 * t["events"], r["ops"]
assert r["sentinel"]["hits"] in (None, r["ops"]) or r["method"].startswith("perf"), r["sentinel"]
assert abs(r["hits_per_op"] - once["tiny_frees"] / once["ops"]) < 1e-9, (r["hits_per_op"], once)
' || fail "Step 0 over a trace"

# a gate: Steps 0, 1 and 3, and the instructions of the trace
"$HARNESS" ab free-trace --workload replay:one.trace --budget 2 --json -q --out r >out 2>err; got=$?
case $got in 0 | 3) ;; *) cat err; fail "ab GATE: exit $got" ;; esac
fits ab $got
python3 - <<'PY' || fail "ab GATE over a trace"
import csv, json
r = json.load(open("out"))
once = dict((k, int(v)) for k, v in (w.split("=") for w in open("once").read().split()))
assert r["step0"]["decision"] == "PROCEED" and r["step0"]["workload"] == r["workload"], r["step0"]
assert abs(r["step0"]["hits_per_op"] - once["tiny_frees"] / once["ops"]) < 1e-9, r["step0"]
assert r["trace"]["events"] == once["ops"] and r["pairs"] > 0 and r["ns_per_op"]["out"] > 0
rows = list(csv.DictReader(open(r["results_dir"] + "/rounds.csv")))
assert rows and all(int(x["ops"]) > 0 and int(x["ops"]) % once["ops"] == 0 for x in rows), rows[0]
assert json.load(open(r["results_dir"] + "/campaign.json"))["trace_sha256"] == r["trace"]["sha256"]
i = r["insns_per_op"]
if i: assert i["in"] > i["out"] > 10, i
else: assert r["insns_reason"]
PY

# two libraries, by as many threads as were recorded; a table of libraries
for words in "--a none --b $library" "--lib none --lib $library --runs 4"; do
  "$HARNESS" ab $words --workload replay:two.trace --budget 2 --json -q --out r >out 2>err; got=$?
  case $got in 0 | 3) ;; *) cat err; fail "ab $words: exit $got" ;; esac
  python3 - <<'PY' || fail "ab $words over a trace"
import json
r = json.load(open("out"))
assert r["trace"]["threads"] == 2 and r.get("threads") in (None, 2), r["trace"]
ns = [a["ns_per_op"] for a in r["arms"]] if r.get("arms") else r["ns_per_op"].values()
assert len(ns) == 2 and all(n and n > 0 for n in ns), ns
assert json.load(open(r["results_dir"] + "/campaign.json"))["threads"] == [2]
PY
done

# cut off: goes on with the trace that it began with, and no other
start() { # start: a campaign that needs its whole budget, in the background, until samples are on disk
  rm -rf cut
  "$HARNESS" ab --a none --b none --margin 0.000001 --workload replay:cut.trace --budget "$1" -q --out cut >log 2>&1 &
  pid=$!
  for i in $(seq 600); do
    dir=$(echo cut/*-ab-*)
    [ "$(cat "$dir/processes.csv" 2>/dev/null | wc -l)" -gt 10 ] && return
    kill -0 $pid 2>/dev/null || { cat log; fail "the campaign ended early"; }
    sleep 0.05
  done
  fail "nothing is on disk"
}
cp one.trace cut.trace
start 4
kill -INT $pid; wait $pid; got=$?
[ $got = 130 ] || { cat log; fail "Ctrl-C: exit $got"; }
cp other.trace cut.trace
check_exit 2 "$HARNESS" ab --resume "$dir"
grep -q 'cut.trace is not the trace that' err || fail "resumed with another trace: $(cat err)"
rm cut.trace
check_exit 3 "$HARNESS" ab --resume "$dir"
grep -q 'cannot read the trace .*cut.trace' err || fail "resumed without a trace: $(cat err)"
cp one.trace cut.trace
(cd / && "$HARNESS" ab --resume "$scratch/$dir" -q) >out 2>err; got=$?
case $got in 0 | 3) ;; *) cat err; fail "--resume: exit $got" ;; esac
python3 -c '
import json, sys
r = json.load(open(sys.argv[1])); assert not r["partial"] and r["elapsed_s"] >= 4, r["elapsed_s"]' "$dir/result.json" ||
  fail "the resumed campaign"
# changed under a campaign: nothing of the other one is measured
start 60
cp other.trace new.trace; mv new.trace cut.trace
wait $pid; got=$?
[ $got = 3 ] && grep -q 'the trace was changed while it was measured' log ||
  { cat log; fail "a changed trace: exit $got"; }

# a baseline is of its trace
"$HARNESS" ab --a none --b "$library" --workload replay:one.trace --budget 1 -q --out r --save kept >out 2>err
"$HARNESS" ab --against kept --b none --workload replay:one.trace --budget 1 -q --out r >out 2>err; got=$?
case $got in 0 | 3) ;; *) cat err; fail "--against: exit $got" ;; esac
cp other.trace one.trace
check_exit 2 "$HARNESS" ab --against kept --b none --workload replay:one.trace --out r
grep -q "one.trace is not the trace that baseline 'kept'" err || fail "a baseline of another trace: $(cat err)"

# what is no trace is said by name, with what was expected, before anything is kept
rm -rf r; mkdir folder; echo hello >text.trace; : >empty.trace
python3 - <<'PY'
data = bytearray(open("two.trace", "rb").read())
data[len(data) // 2] ^= 16
open("damaged.trace", "wb").write(data)
PY
for command in "verify free-trace" "ab free-trace --budget 1" "ab --a none --b none --budget 1"; do
  for bad in "nothing.trace:cannot read the trace nothing.trace" "folder:folder is not a regular file" \
    "text.trace:text.trace is no trace: it does not begin with HKMTRAC1" "empty.trace:empty.trace is no trace" \
    "damaged.trace:damaged.trace is damaged at byte [0-9]*: "; do
    "$HARNESS" $command --workload "replay:${bad%%:*}" --out r >out 2>err; got=$?
    case ${bad%%:*}:$got in folder:2 | *:3) ;; *) cat err; fail "exit $got: $command ${bad%%:*}" ;; esac
    grep -q "${bad#*:}" err || fail "$command ${bad%%:*}: $(cat err)"
  done
  check_exit 2 "$HARNESS" $command --workload replay:two.trace --threads 1 --out r
  grep -q 'was recorded with 2 threads' err || fail "$command --threads: $(cat err)"
  check_exit 2 "$HARNESS" $command --workload replay:two.trace --slots 9 --out r
  check_exit 2 "$HARNESS" $command --workload replay: --out r
  grep -q 'wants a trace: --workload replay:FILE' err || fail "$command replay: $(cat err)"
  [ ! -e r ] || [ -z "$(ls r)" ] || fail "$command: a folder of what was not measured: $(ls r)"
done
check_exit 2 "$HARNESS" ab free-trace --workload replay:two.trace --pack p
check_exit 2 "$HARNESS" calibrate --workload replay:two.trace
check_exit 2 "$HARNESS" verify free-trace --workload replay:two.trace -- true
exit 0
