#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# HAKMEM as a project like any other: its gates come from the gate table, its captured build is the recipe's, and what
# `ab GATE` says of a gate that never runs, and of one that does, `ab --project hakmem GATE` says too.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3
cd "$scratch" || exit 99
export XDG_CACHE_HOME="$scratch/cache"
unset COMPILER_PATH

check_exit 0 "$HARNESS" project check hakmem --json
"$HARNESS" sites --json >sites || fail "sites"
python3 - out sites <<'PY' || fail "the built-in project"
import json, sys
r, sites = (json.load(open(f)) for f in sys.argv[1:3])
assert r["functions"] > 50 and r["images"][0]["name"] == "libhakmem.so" and not r["images"][0]["lost"], r
assert r["gates"] >= len({s["name"] for s in sites["sites"]}) > 10, r["gates"]
PY

both() { # GATE: Step 0's verdict by both ways
  "$HARNESS" ab "$1" --budget 0.2 --no-direct --no-callgrind --quiet --json >own 2>own.err
  own=$?
  "$HARNESS" ab --project hakmem "$1" --budget 1 --no-callgrind --quiet --json >project 2>project.err
  project=$?
  { [ $own -le 1 ] || [ $own = 3 ]; } || fail "ab $1: exit $own: $(cat own.err)"
  { [ $project -le 1 ] || [ $project = 3 ]; } || fail "ab --project hakmem $1: exit $project: $(cat project.err)"
  python3 - own project "$1" "$2" <<'PY' || fail "$1: the two ways differ"
import json, sys
own, project = (json.load(open(f)) for f in sys.argv[1:3])
gate, decision = sys.argv[3:]
a, b = own["step0"], project["step0"]
assert a["decision"] == decision, (gate, a["status"], own["reason"])
assert b["decision"] == decision, (gate, b["status"], project["reason"])
if decision == "SKIP": assert own["verdict"] == project["verdict"] == "NO-OP", (own["verdict"], project["verdict"])
else: assert project["pairs"] and project["layouts"], project["reason"]
PY
}
both free-trace PROCEED
both c7-free-count SKIP
exit 0
