#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The campaign behind `make bench-ab`, as short as it can be: every method answers for identical
# code and for the gate.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
need_tool hyperfine programs
slow_test
python3 "$top_srcdir/harness/ab/bench_ab.py" "$HARNESS" "$top_builddir/hakmem-bench" "$scratch/r" --seconds 0.5 \
    --repeats 1 >"$scratch/out" 2>"$scratch/err" ||
  { cat "$scratch/err"; fail "bench_ab.py"; }
python3 - "$scratch/r/bench-ab.json" <<'PY' || fail "its table"
import json, sys
rows = json.load(open(sys.argv[1]))["rows"]
assert len(rows) == 9, len(rows)
assert {r["code"] for r in rows} == {"identical", "free-calls"}
for r in rows: assert r["n"] == 1 and sum(r["verdicts"].values()) == 1, r
PY
grep -q 'hyperfine means' "$scratch/out" || fail "no table"
exit 0
