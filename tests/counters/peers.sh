#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `peers`: a short run has every row and allocator asked for, with a spread, in JSON and for
# gnuplot. What the figures are is nobody's business here.
. "${top_srcdir:-.}/tests/lib.sh"
slow_test
need_tool python3 programs
[ -e /usr/lib/*/libmimalloc.so.2.0 ] || skip peers "libmimalloc2.0 is not installed"
check_exit 0 "$HARNESS" peers --list
check_exit 0 "$HARNESS" peers --rows calloc,sqlite3 --peers glibc,mimalloc --budget 1 --min-repetitions 2 --json \
    --quiet --out "$scratch/r"
python3 - "$scratch/out" <<'PY' || fail "the JSON of peers"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["schema"] == "hakmem.peers/1" and r["repetitions"] >= 2
assert [a["name"] for a in r["allocators"]] == ["hakmem", "glibc", "mimalloc"]
for row in r["rows"]:
    for a in row["allocators"][1:]:
        t = a["time_ns"]
        assert t["samples"] == r["repetitions"] and t["low"] <= t["median"] <= t["high"], (row["name"], a)
        assert a["peak_rss_bytes"]["median"] > 0
    assert row["best_time"] in ("glibc", "mimalloc")
data = open(r["results_dir"] + "/samples.csv").read()
assert ",mimalloc," in data
PY
check_exit 2 "$HARNESS" peers --rows nothing
exit 0
