#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `bench`: exact operation counts, one JSON object, what is not measured is null and listed with
# a reason, results on disk, usage errors.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
lib=none

check_exit 0 "$HARNESS" bench random_mixed --lib $lib --ops 100000 --seed 5 --json --quiet --no-callgrind \
    --out "$scratch/r"
cp "$scratch/out" "$scratch/one.json"
python3 - "$scratch/one.json" <<'PY' || fail "the JSON of bench"
import json, os, sys
r = json.load(open(sys.argv[1]))
assert r["schema"] == "hakmem.bench/1"
assert r["ops"] == 100000 and r["allocs"] + r["frees"] == 100000
assert r["ns_per_op"] > 0 and r["ops_per_s"] > 0 and r["peak_rss_bytes"] > 0
assert r["insns_per_op"] is None and r["insns_reason"]
assert r["counters"]["tsc"]["value"] > 0
away = {u["name"] for u in r["unavailable"]}
for name, c in r["counters"].items():
    assert (c["value"] is None) == (name in away), name
    if name in away: assert c["per_op"] is None and c["enabled_ns"] is None, name
for u in r["unavailable"]: assert u["reason"], u
conditions = {c["name"]: c for c in r["conditions"]}
assert {"noise", "load", "steal", "governor", "thp", "aslr"} <= set(conditions), conditions
assert all(c["status"] in ("ok", "degraded", "unavailable") and c["detail"] for c in r["conditions"])
assert r["steal_pct"] is None or 0 <= r["steal_pct"] <= 100
allowed = os.sched_getaffinity(0)
cpus = [int(c) for c in r["cpus"].split(",")]
assert len(cpus) == r["threads"] == 1 and set(cpus) <= allowed, r["cpus"]
d = r["results_dir"]
assert json.load(open(d + "/result.json"))["ops"] == 100000
assert len(open(d + "/rounds.csv").readlines()) == r["rounds"] + 1
PY
check_exit 0 "$HARNESS" bench random_mixed --lib $lib --ops 100000 --seed 5 --json --quiet --no-callgrind \
    --out "$scratch/r"
python3 -c 'import json,sys; a,b=(json.load(open(f)) for f in sys.argv[1:]);
assert a["allocs"]==b["allocs"] and a["results_dir"]!=b["results_dir"]' \
  "$scratch/one.json" "$scratch/out" || fail "not repeatable"
check_exit 0 "$HARNESS" bench remote-free-50 --lib $lib --ops 20000 --json --quiet --out "$scratch/r"
check_exit 0 "$HARNESS" bench random_mixed --lib $lib --ops 10007 --json --quiet --no-callgrind --out "$scratch/r" \
    --events tsc
grep -q '"ops": 10007' "$scratch/out" || fail "a prime number of steps is not exact"
check_exit 2 "$HARNESS" bench random_mxied --lib $lib
grep -q random_mixed "$scratch/err" || fail "the near workload is not named"
check_exit 2 "$HARNESS" bench random_mixed --lib $lib --events cycels
grep -q cycles "$scratch/err" || fail "the near event is not named"
check_exit 2 "$HARNESS" bench random_mixed --lib /nonexistent
check_exit 2 "$HARNESS" bench random_mixed --lib $lib --threads none
exit 0
