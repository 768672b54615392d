#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Steps 0 and 1 of a project's gate by themselves: `verify --project`, `audit --project`, `candidates --project`.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool make
need_tool python3
. "$top_srcdir/tests/project/project_lib.sh"
project_copies counter counter.ab foreign
cat >>counter.ab <<'AB'
gate unused
  define NEVER_CALLED
gate comment
  define ONLY_IN_A_COMMENT
gate atomic
  define COUNT_CALLS
  class telemetry
AB
cat >counter/other.c <<'C'
#include <stdatomic.h>
#include "counter.h"
/* ONLY_IN_A_COMMENT changes nothing */
volatile unsigned seldom, never;
atomic_uint always, calls;
unsigned other(unsigned x) {
  atomic_fetch_add(&always, 1);
#ifdef COUNT_CALLS
  atomic_fetch_add(&calls, 1);
#endif
  if (x == 7) { /* not with these seeds */
    seldom++;
#ifdef NEVER_CALLED
    never++;
#endif
  }
  return x >> 3;
}
C

# Step 0
check_exit 0 "$HARNESS" verify --project counter.ab atomic --json
fits verify
python3 - out <<'PY' || fail "verify of a gate that runs"
import json, sys
r = json.load(open(sys.argv[1]))
p = r["project"]
assert r["verdict"] == "EXECUTED" and p["gate"] == "atomic" and p["user_class"] == "telemetry", r
assert p["by"] == "lines" and not p["identical"] and not p["data_only"], p
ran = [l for l in p["lines"] if l["file"] == "other.c" and l["hits"] in (1000, 1001, 1002)]
assert ran and all(l["verdict"] == "EXECUTED" for l in ran), p
assert any("text" in l["by"] for l in p["lines"]), p
assert r["ops"] is None and r["hits_per_op"] is None, r
PY
odd=$(printf 'odd\033[1m.ab')
cp counter.ab "$odd"
check_exit 0 "$HARNESS" verify --project "$odd" atomic
grep -q 'telemetry, as .*odd\\x1b' out && ! cat out err | grep -q "$(printf '\033')" ||
  fail "the name of a file is printed raw: $(cat -v out err)"
check_exit 1 "$HARNESS" verify --project counter.ab unused --json
fits verify
python3 -c 'import json; r = json.load(open("out")); assert r["verdict"] == "NOT_EXECUTED" and r["complete"], r' ||
  fail "verify of a gate that never runs"
check_exit 2 "$HARNESS" verify --project counter.ab nothing
grep -q NOBODY_READS_THIS err || fail "a macro that nobody reads: $(cat err)"
for gate in comment quiet; do
  check_exit 1 "$HARNESS" verify --project counter.ab $gate --json
  fits verify
  python3 -c 'import json; r = json.load(open("out")); p = r["project"]
assert r["verdict"] == "NO_SITE" and (p["identical"] or p["data_only"]) and r["hits"] is None, r' ||
    fail "verify of a gate without code"
done
check_exit 2 "$HARNESS" verify --project counter.ab atomics
grep -q 'atomic' err || fail "no near name"
check_exit 2 "$HARNESS" verify --project counter.ab atomic --symbol main
check_exit 2 "$HARNESS" verify --project counter.ab atomic -- true

# of a server: executions for each request
check_exit 0 "$HARNESS" verify --project foreign/server.ab --json
fits verify
python3 - out <<'PY' || fail "requests of a server"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["ops"] > 1 and r["hits"] and abs(r["hits_per_op"] - r["hits"] / r["ops"]) < 1e-9, r
one = [s["hits_per_op"] for s in r["per_site"] if s["hits_per_op"]]
assert any(abs(h - 1) < 1e-9 for h in one), r["per_site"]
PY

# Step 1: the atomics on the gate's lines, and no others
"$HARNESS" audit --project counter.ab atomic --json >out 2>err
code=$?
if [ $code = 3 ]; then left_out llvm "$(head -1 err)"; else
  [ $code = 0 ] || fail "audit: exit $code: $(cat err)"
  fits audit
  python3 - out <<'PY' || fail "audit of a gate"
import json, sys
r = json.load(open(sys.argv[1]))
p = r["project"]
assert [a["variable"] for a in r["atomics"]] == ["calls"], r["atomics"]
assert p["all_atomics"] == 2 and p["user_class"] == "telemetry" and p["class"] == r["atomics"][0]["class"], p
assert r["atomics"][0]["file"] == "other.c" and "COUNT_CALLS" in r["atomics"][0]["compile_gate"], r["atomics"]
PY
  check_exit 0 "$HARNESS" audit --project counter.ab --json
  python3 -c 'import json; r = json.load(open("out"))
assert [a["variable"] for a in r["atomics"]] == ["always"] and r["project"]["gate"] is None, r' ||
    fail "audit of a project"
  check_exit 0 "$HARNESS" audit --project counter.ab comment
  grep -q identical out || fail "audit of a gate that changes nothing"
  check_exit 2 "$HARNESS" audit --project counter.ab atomic --all-gates
  check_exit 0 "$HARNESS" audit --project "$odd" atomic
  grep -q 'odd\\x1b.* says: telemetry' out && ! cat out err | grep -q "$(printf '\033')" ||
    fail "the name of a file is printed raw: $(cat -v out err)"
fi

# what to try next
check_exit 0 "$HARNESS" candidates --project counter.ab --json
fits candidates
python3 - out <<'PY' || fail "candidates"
import json, sys
c = {k["site"]: k for k in json.load(open(sys.argv[1]))["candidates"]}
assert set(c) == {"steps", "quiet", "nothing", "shift", "unused", "atomic", "comment"}, c
assert c["nothing"]["priority"] == c["comment"]["priority"] == c["unused"]["priority"] == "none", c
assert c["comment"]["expected_pct"] is None and c["unused"]["expected_pct"] is None, c
if c["atomic"]["expected_pct"] is not None: assert c["atomic"]["expected_pct"] > 0, c
else: assert c["atomic"]["priority"] == "unmeasured", c
assert c["atomic"]["class"] == "TELEMETRY" and c["unused"]["class"] is None, c
PY
no_scratch
exit 0
