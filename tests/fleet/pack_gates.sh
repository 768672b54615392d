#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# pack_gates.sh: packs of a gate and of two libraries: measured without compiler, sources, libraries or cache, as `ab`
# measures them; execution is proved again where they are run.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
slow_test
fixture=$(cd "$top_srcdir/tests/ab/fixture" && pwd)
library=$(cd "$top_builddir/.libs" && pwd)/libhakmem.so
XDG_CACHE_HOME=$scratch/cache; XDG_STATE_HOME=$scratch/state; export XDG_CACHE_HOME XDG_STATE_HOME
cd "$scratch" || exit 99
check_exit 0 "$HARNESS" ab free-trace --source "$fixture" --budget 2 --pack gate.hakpack -q --json --out results
python3 - out <<'PY' || fail "ab --pack of a gate"
import json, sys
o = json.load(open(sys.argv[1]))
assert o["step0"]["decision"] == "PROCEED" and o["step1"]["class"] == "TELEMETRY" and o["pack"]["bytes"] < 3e6
assert {"runner", "a.image", "b.image", "a.sections.csv", "b.fixups.csv", "marked.so", "bench"} <= \
    {m["name"] for m in o["pack"]["members"]}
PY
python3 -c 'import json, re; p = json.load(open("out"))["pack"]
assert re.fullmatch(r"2[.][0-9]+", p["glibc"]), p' || fail "what it asks of glibc"
file -b gate.hakpack 2>/dev/null | grep -qi 'tar archive' || tar tf gate.hakpack >/dev/null || fail "it is no tar"
check_exit 0 "$HARNESS" ab --a none --b "$library" --budget 2 --pack library.hakpack -q \
  --out results

# a program without a loader: nothing of the machine's is needed
tar xf gate.hakpack runner
if have compilers readelf; then
  readelf -lW runner | grep -q INTERP && fail "the runner wants a loader"
fi
rm -rf cache runner
mkdir empty
bare() { PATH="$scratch/empty" "$HARNESS" "$@"; }
for pack in gate library; do
  bare pack run $pack.hakpack --budget 2 -q --json --out run-$pack >json 2>err; code=$?
  case $code in 0|3) ;; *) cat err; fail "$pack: exit $code" ;; esac
  python3 - json $pack <<'PY' || { cat json err; fail "pack run of a $pack"; }
import json, sys
o = json.load(open(sys.argv[1]))
gate = sys.argv[2] == "gate"
assert o["pairs"] > 5 and o["gain_pct"]["low"] < o["gain_pct"]["high"], o
if gate:
    assert o["step0"]["decision"] == "PROCEED" and abs(o["step0"]["hits_per_op"] - 0.5) < 0.01, o["step0"]
assert (o["step0"] is not None) == gate
head = json.loads(open(o["result_file"]).readline())
assert (head["step0"] is not None) == gate and head["machine"]["kernel"]
PY
done
"$HARNESS" merge run-gate -q --json --out results >json
python3 -c 'import json; o = json.load(open("json")); assert o["machines"][0]["n"] == 1 and not o["left_out"], o' ||
  fail "merge"

exit 0
