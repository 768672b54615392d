#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `phase`: rows that Step 0 or Step 1 stop have their evidence, record and page; --resume measures
# nothing twice; unknown ids are named with what is near.
. "${top_srcdir:-.}/tests/lib.sh"
slow_test
need_tool python3 programs
check_exit 2 "$HARNESS" phase no-such-phase
grep -q 'near: ' "$scratch/err" || fail "no near names"
check_exit 2 "$HARNESS" phase
check_exit 2 "$HARNESS" phases --resume "$scratch"
check_exit 0 "$HARNESS" phase 28 warm-pool-logs 34B 30 --budget 4 --json --quiet --out "$scratch/r"
python3 - "$scratch/out" >"$scratch/dir" <<'PY' || fail "the JSON of phase"
import json, os, sys
r = json.load(open(sys.argv[1]))
assert r["schema"] == "hakmem.phase/1" and r["partial"] is False
row = {p["id"]: p for p in r["phases"]}
assert list(row) == ["28", "30", "34b", "warm-pool-logs"], list(row)
assert row["28"]["verdict"] == "NO-OP" and row["28"]["step1"] == "CORRECTNESS"
assert row["34b"]["verdict"] == "NO-OP" and row["34b"]["step1"] == "CORRECTNESS"
w = row["warm-pool-logs"]
assert w["verdict"] == "SKIP" and w["step0"] == "ENV_GATED" and w["gain_pct"] is None, w
assert "by default the code is off" in open(w["page"]).read()
assert row["30"]["verdict"] == "PROCEDURE" and r["cumulative"] is None
pages = {i: open(p["page"]).read() for i, p in row.items()}
assert "uses are CORRECTNESS" in pages["28"] and "g_bg_spill_len" in pages["28"]
assert "TELEMETRY | " in pages["30"] and "| atomics | 0 |" not in pages["30"]
text = open(os.path.join(r["results_dir"], "warm-pool-logs", "record.json")).read()
assert r["results_dir"] not in text
print(r["results_dir"])
PY
dir=$(cat "$scratch/dir")
cp "$dir/warm-pool-logs/record.json" "$scratch/before"
check_exit 0 "$HARNESS" phase --resume "$dir" --quiet
cmp -s "$scratch/before" "$dir/warm-pool-logs/record.json" || fail "a row that had its record was measured again"
rm "$dir/28/record.json"
check_exit 0 "$HARNESS" phase --resume "$dir" --quiet
[ -s "$dir/28/record.json" ] || fail "a missing row was not made up for"
exit 0
