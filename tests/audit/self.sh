#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# self.sh: the audit of the allocator itself with all telemetry in: every telemetry atomic is
# behind a gate, none is UNKNOWN, and the spill lists and the remote target length, which look
# like statistics, are CORRECTNESS.
. "${top_srcdir:-$(dirname "$0")/../..}/tests/lib.sh"
need_tool jq
"$HARNESS" audit --all-gates --json --fail-on unknown --fail-on telemetry-ungated >"$scratch/out" 2>"$scratch/err"
code=$?
[ "$code" = 3 ] && skip llvm "$(head -1 "$scratch/err")"
[ "$code" = 0 ] ||
  { cat "$scratch/err"; fail "exit $code: a telemetry atomic is behind no gate, or an atomic is UNKNOWN"; }
jq -e '.schema == "hakmem.audit/1" and .complete and .totals.atomics > 60 and .totals.TELEMETRY > 30' "$scratch/out" \
    >/dev/null || fail "totals: $(jq -c .totals "$scratch/out")"
for v in g_bg_spill_head g_bg_spill_len g_remote_target_len; do
  jq -e --arg v "$v" '[.atomics[] | select(.variable == $v)] |
      length >= 3 and all(.class == "CORRECTNESS" and (.witness | length > 0))' "$scratch/out" >/dev/null ||
    fail "$v: $(jq -c --arg v "$v" '[.atomics[] | select(.variable == $v) | {line, class, reason}]' "$scratch/out")"
done
jq -e 'any(.atomics[]; .variable == "g_tiny_free_trace"
    and .class == "TELEMETRY" and .compile_gate == "HAKMEM_TINY_FREE_TRACE_COMPILED")' "$scratch/out" >/dev/null ||
  fail "g_tiny_free_trace is not TELEMETRY behind its gate"
# the same with each feature compiled in, which hold gates of their own
for feature in block-header hardened; do
  "$HARNESS" audit --all-gates --feature $feature --json --fail-on unknown --fail-on telemetry-ungated \
      >"$scratch/$feature" 2>"$scratch/err" ||
    { cat "$scratch/err"; fail "with $feature a telemetry atomic is behind no gate, or an atomic is UNKNOWN"; }
done
# every atomic in the sources is a row of one of these, but for those in bodies of macros
jq -r '.atomics[] | "\(.file):\(.line)"' "$scratch/out" "$scratch/block-header" "$scratch/hardened" |
  sort -u >"$scratch/rows"
# and those of the invariant checker, which is no part of the library
cd "$top_srcdir" || exit 99
awk 'FNR == 1 { depth = out = 0 } /^# *if/ { depth++; if (/HAKMEM_CHECKS/ && !out) out = depth }
  /^# *endif/ { if (depth == out) out = 0; depth-- } out { print FILENAME ":" FNR }' src/*.c src/*/*.c >>"$scratch/rows"
sort -u -o "$scratch/rows" "$scratch/rows"
call='\b(__atomic_(load|store|fetch|add|sub|exchange|compare)|atomic_(load|store|fetch|exchange|compare)[a-z_]*\()'
grep -nE "$call" src/*.c src/*/*.c |
  grep -vE '^[^:]*:[0-9]*: *(\*|//|/\*)|\\$' | cut -d: -f1,2 | sort -u >"$scratch/grep"
missed=$(comm -23 "$scratch/grep" "$scratch/rows")
[ -z "$missed" ] || fail "atomics without a row: $missed"
[ "$(wc -l <"$scratch/grep")" -ge 60 ] || fail "grep found only $(wc -l <"$scratch/grep") lines"
jq -c .totals "$scratch/out" "$scratch/block-header" "$scratch/hardened"
