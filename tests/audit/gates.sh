#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# gates.sh: what Step 1 tells the A/B engine of a gate (audit_class_of_gate).
. "${top_srcdir:-$(dirname "$0")/../..}/tests/lib.sh"
need_tool jq
for gate in free-trace debug-ring hdr-meta-fast; do
  "$HARNESS" audit --gate "$gate" --json >"$scratch/out" 2>"$scratch/err"
  code=$?
  [ "$code" = 3 ] && skip llvm "$(head -1 "$scratch/err")"
  [ "$code" = 0 ] || fail "$gate: exit $code: $(cat "$scratch/err")"
  jq -e --arg g "$gate" '.gate == $g and .class == "TELEMETRY" and (.reason | test("src/.*:[0-9]+"))' "$scratch/out" \
      >/dev/null || fail "$gate: $(cat "$scratch/out")"
done
check_exit 2 "$HARNESS" audit --gate free-tracce
grep -q 'free-trace' "$scratch/err" || fail "the near names are not listed: $(cat "$scratch/err")"
