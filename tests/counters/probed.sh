#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A measurement beside a verify of a command with the same build is disturbed by its probes, which are in the
# library for all that map it: bench says so. (The built-in workload has copies: tests/step0/verify_others.sh.)
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
method=
for m in perf-uprobe tracefs-uprobe bpf-uprobe-multi; do
  [ -n "$method" ] || ! have_rung $m || method=$m
done
[ -n "$method" ] || skip uprobe "no uprobes are permitted here"
"$HARNESS" sites | grep -q ' yes ' || skip gates "no gate is compiled in, so verify has no place to probe"

probed() { # true, false
  "$HARNESS" bench random_mixed --ops 2000 --no-callgrind --json --quiet --out "$scratch" \
    >"$scratch/json" 2>"$scratch/err" || { cat "$scratch/err"; fail "bench"; }
  python3 -c 'import json, sys; print(str(json.load(open(sys.argv[1]))["probed"]).lower())' "$scratch/json"
}

"$HARNESS" verify --all --method $method --json --quiet --out "$scratch" -- "$top_builddir/hakmem-bench" random_mixed \
  ops=30000000 >"$scratch/verify" 2>&1 &
pid=$!
seen=false
while [ $seen = false ] && kill -0 $pid 2>/dev/null; do seen=$(probed); done
kill $pid 2>/dev/null
wait $pid 2>/dev/null
[ $seen = true ] || { cat "$scratch/verify"; fail "probes of a verify that ran beside it were not seen"; }
exit 0
