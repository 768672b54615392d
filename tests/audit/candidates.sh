#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# candidates.sh: the ranking from recorded results: what Step 0 saw often comes first, what never
# ran is no candidate, what was not measured has null and no 0.
. "${top_srcdir:-$(dirname "$0")/../..}/tests/lib.sh"
need_tool jq
r=$scratch/results
mkdir -p "$r/20200101T000000Z-verify-free-trace" "$r/20200102T000000Z-verify-all" "$r/20200103T000000Z-verify-partial" \
    "$r/20200101T000000Z-bench-random_mixed"
echo '{"schema": "hakmem.verify/1",
  "per_site": [{"name": "free-trace", "hits_per_op": 9}]}' >"$r/20200101T000000Z-verify-free-trace/result.json"
echo '{"schema": "hakmem.verify/1",
  "per_site": [{"name": "free-trace", "hits_per_op": 0.5}, {"name": "free-stats", "hits_per_op": 0.25},
  {"name": "ss-os-stats", "hits_per_op": 0.00001},
  {"name": "c7-free-count", "hits_per_op": 0}, {"name": "class-stats", "hits_per_op": null}]}' \
    >"$r/20200102T000000Z-verify-all/result.json"
echo '{"schema": "hakmem.verify/1", "partial": true, "per_site": [{"name": "free-calls", "hits_per_op": 0.5}]}' \
    >"$r/20200103T000000Z-verify-partial/result.json"
echo '{"schema": "hakmem.bench/1",
  "workload": "random_mixed", "ns_per_op": 20}' >"$r/20200101T000000Z-bench-random_mixed/result.json"
"$HARNESS" candidates --results "$r" --json >"$scratch/out" 2>"$scratch/err"
code=$?
[ "$code" = 3 ] && skip llvm "$(head -1 "$scratch/err")"
[ "$code" = 0 ] || fail "exit $code: $(cat "$scratch/err")"
jq -e '.candidates as $c | .schema == "hakmem.candidates/1"
  and ([$c[:2][].site] == ["free-trace", "free-stats"]) and $c[0].hits_per_op == 0.5
    and $c[0].priority == "high" and $c[0].expected_pct > 0
  and ($c | map(select(.site == "class-stats"))[0] | .hits_per_op == null
    and .expected_pct == null and .priority == "unmeasured")
  and ($c | map(select(.site == "free-calls"))[0] | .hits_per_op == null)
  and ($c | map(select(.site == "ss-os-stats"))[0] | .priority == "low")
  and ($c | map(select(.site == "c7-free-count"))[0] | .priority == "none" and .hits_per_op == 0)
  and all($c[]; .class == "TELEMETRY" and (.reason | length > 0))' "$scratch/out" >/dev/null ||
    fail "$(jq -c '.candidates[] | [.site, .class, .hits_per_op, .expected_pct, .priority]' "$scratch/out")"
# the audit's rows take the same counts
"$HARNESS" audit --all-gates --results "$r" --json >"$scratch/out" || fail "audit: exit $?"
jq -e 'any(.atomics[]; .variable == "g_tiny_free_trace" and .op == "add" and .hits_per_op == 0.5
  and .path == "HOT" and (.path_source | startswith("measured")))
  and any(.atomics[]; .variable == "g_bg_spill_len" and .hits_per_op == null
    and (.path_source | startswith("call distance")))' "$scratch/out" >/dev/null ||
  fail "rows: $(jq -c '.atomics[] | select(.variable == "g_tiny_free_trace")' "$scratch/out")"
check_exit 0 "$HARNESS" candidates --results "$scratch/absent" --json
jq -e 'all(.candidates[]; .hits_per_op == null and .expected_pct == null) and .ns_per_op == null' "$scratch/out" \
    >/dev/null || fail "without results something is measured"
