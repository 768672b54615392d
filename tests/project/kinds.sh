#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Each kind of subject and of clock of a project file that the other tests leave out: a preloaded library, servers that
# are ready by `tcp` and by `exec`, the clocks wall, print and cpu/request.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool make
need_tool python3
. "$top_srcdir/tests/project/project_lib.sh"
project_copies kinds foreign/server
cp kinds/*.ab . || exit 99

measured() { # FILE GATE [WORKLOAD]: to pairs, into out
  "$HARNESS" ab --project "$1" "$2" ${3:+--workload "$3"} --budget 4 --quiet --no-callgrind --json >out 2>err
  code=$?
  [ $code = 0 ] || [ $code = 3 ] || fail "$*: exit $code: $(cat err)"
  fits ab "$*"
}
says() { # WHAT: python over r, the result, s, its subject, and rounds, the lines of rounds.csv
  cat >says.py || exit 99
  python3 - "$1" <<'PY' || fail "$1: $(cat out err)"
import csv, json
r = json.load(open("out"))
s, rounds = r["subject"], list(csv.DictReader(open(r["results_dir"] + "/rounds.csv")))
assert r["step0"]["decision"] == "PROCEED" and r["pairs"] >= 1 and rounds, r
exec(open("says.py").read())
PY
}

# without the library, the program fails
measured dice.ab checks
says "a preloaded library" <<'PY'
assert s["image"] == "libdice.so" and s["functions_differ"] == ["dice.c:rand"], s
assert any(l["executed"] and l["file"].endswith("dice.c") for l in s["lines"]), s
assert r["layout_sampling"].startswith("a new random order"), r["layout_sampling"]
PY
sed -i '/preload/d' dice.ab
check_exit 3 "$HARNESS" ab --project dice.ab checks --budget 1 --no-callgrind
grep -q 'ended with' err || fail "a program without its library: $(cat err)"

measured servers.ab count tcp
says "ready tcp, clock cpu/request" <<'PY'
assert s["clock"] == "cpu/request" and s["workload"] == "tcp", s
# a connection is no request
assert {x["hits_per_op"] for x in r["step0"]["per_site"]} == {1}, r["step0"]
assert all(x["ops"] == "20" for x in rounds), rounds[0]
assert r["ns_per_op"]["out"] > 0, r["ns_per_op"]
PY
measured servers.ab count exec
says "ready exec, clock cpu" <<'PY'
assert s["clock"] == "cpu" and s["workload"] == "exec", s
# what somebody's command asks is not counted, so that there is nothing to divide by
assert r["step0"]["hits_per_op"] is None, r["step0"]
assert any(l["executed"] for l in s["lines"]), s
PY
# a command that never succeeds is a server that never is ready, and it is ended
sed 's/ready  exec .*/ready  exec false/; s/requests 20/requests 20\n  timeout 2/' servers.ab >never.ab
check_exit 3 "$HARNESS" ab --project never.ab count --workload exec --budget 1
grep -q 'did not answer' err || fail "a server that is never ready: $(cat err)"
for p in /proc/[0-9]*; do
  case $(readlink "$p/exe" 2>/dev/null) in "$scratch/cache"*) fail "a server was left behind" ;; esac
done

# twenty milliseconds that cost no CPU time
measured nap.ab longer wall
says "clock wall" <<'PY'
assert s["clock"] == "wall", s
assert r["ns_per_op"]["in"] >= 21e6 and r["ns_per_op"]["out"] >= 1e6, r["ns_per_op"]
PY
measured nap.ab longer print
says "clock print" <<'PY'
assert s["clock"] == "print", s
# 75 units and 50: what is printed is what is compared, and nobody says that it is nanoseconds
assert abs(r["gain_pct"]["estimate"] - 50) < 0.01 and r["ns_per_op"]["out"] is None, r["gain_pct"]
PY
no_scratch
exit 0
