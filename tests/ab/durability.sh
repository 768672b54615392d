#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `ab` cut off: kill -9 loses nothing that was measured and --resume goes on; Ctrl-C keeps what
# there is; a full disk and a removed folder are clear errors.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
slow_test
fixture=$(cd "$top_srcdir/tests/ab/fixture" && pwd)
XDG_CACHE_HOME=$scratch/cache; XDG_STATE_HOME=$scratch/state; export XDG_CACHE_HOME XDG_STATE_HOME

# A campaign that needs its whole budget: no effect is as large as the margin, none as small.
start() { # start FOLDER BUDGET: in the background, returns when 10 processes are on disk
  "$HARNESS" ab --a none --b none --margin 0.000001 --budget "$2" --seed 7 --quiet --out "$1" >"$scratch/log" 2>&1 &
  pid=$!
  for i in $(seq 300); do
    dir=$(echo "$1"/*-ab-*)
    [ "$(cat "$dir/processes.csv" 2>/dev/null | wc -l)" -gt 10 ] && return
    kill -0 $pid 2>/dev/null || { cat "$scratch/log"; fail "the campaign ended early"; }
    sleep 0.05
  done
  fail "nothing is on disk"
}

start "$scratch/kill" 3
kill -9 $pid; wait $pid 2>/dev/null
before=$(wc -l <"$dir/processes.csv")
[ ! -e "$dir/result.json" ] || fail "it had ended already"
printf '99999,0,1,2' >>"$dir/rounds.csv" # a line that was cut short
printf '0,4,12' >>"$dir/looks.csv"
"$HARNESS" ab --resume "$dir" --json --quiet >"$scratch/out" 2>"$scratch/err"; got=$?
[ $got = 0 ] || [ $got = 3 ] || { cat "$scratch/err"; fail "--resume: exit $got"; }
python3 - "$scratch/out" "$before" <<'PY' || fail "the resumed campaign"
import csv, json, sys
r = json.load(open(sys.argv[1]))
p = list(csv.DictReader(open(r["results_dir"] + "/processes.csv")))
assert len(p) + 1 > int(sys.argv[2]), "nothing was added"
assert {x["run"] for x in p} == {"0", "1"}, "two runs"
assert not r["partial"] and r["elapsed_s"] >= 3
seen = [(x["pair"], x["side"]) for x in p]
assert len(seen) == len(set(seen)), "a process twice"
whole = [x for x in p if x["complete"] == "1" and x["kind"] == "test"]
assert r["pairs"] + (r["core"]["pairs_left_out"] or 0) == len({x["pair"] for x in whole}), (r["pairs"], len(whole))
for line in open(r["results_dir"] + "/looks.csv"): assert line.count(",") == 8 and line.endswith("\n"), line
for line in open(r["results_dir"] + "/rounds.csv"): assert line.count(",") == 23, line
PY
check_exit 2 "$HARNESS" ab --resume "$dir"
grep -q 'has its verdict' "$scratch/err" || fail "resuming what has ended"
check_exit 2 "$HARNESS" ab --resume "$scratch"

start "$scratch/int" 30
kill -INT $pid; wait $pid; got=$?
[ $got = 130 ] || fail "Ctrl-C: exit $got"
grep -q '"partial": true' "$dir/result.json" || fail "not marked partial"
sed -i 's/,[^,]*,[^,]*$//' "$dir/rounds.csv" # as before the core was looked at
check_exit 3 "$HARNESS" ab --resume "$dir"
grep -q 'did not look at the core' "$scratch/err" || fail "samples of an older version: no advice"

start "$scratch/gone" 30
mv "$dir" "$scratch/elsewhere"; rm -r "$scratch/elsewhere"
wait $pid; got=$?
[ $got = 3 ] || fail "removed folder: exit $got"
grep -q 'was removed' "$scratch/log" || { cat "$scratch/log"; fail "removed folder: no clear error"; }

# a limit on the size of a file stands in for a full disk
(ulimit -f 640; "$HARNESS" ab --a none --b none --margin 0.000001 --budget 300 --quiet --out "$scratch/full") \
    >"$scratch/log" 2>&1; got=$?
[ $got = 3 ] || { cat "$scratch/log"; fail "full disk: exit $got"; }
grep -q 'cannot write .*rounds.csv' "$scratch/log" || { cat "$scratch/log"; fail "full disk: no clear error"; }
grep -q 'free some space' "$scratch/log" || fail "full disk: no advice"
exit 0
