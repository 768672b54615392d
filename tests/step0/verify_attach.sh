#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `verify -p PID`: attached to a process with threads, each rung counts these and what is forked
# later; the process goes on, with its code as it was.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
need_any_rung
slow_test
"$CC" -std=gnu17 -O2 -g -o "$scratch/loop" "$top_srcdir/tests/step0/targets/loop.c" -lpthread || exit 99
mkfifo "$scratch/stdin"

wait_line() { # wait_line N: the target has written N lines
  n=0
  while [ "$(wc -l <"$scratch/said")" -lt "$1" ]; do
    n=$((n + 1)); [ $n -lt 600 ] || fail "the target says nothing"
    sleep 0.05
  done
}

for method in $rungs; do
  have_rung $method || continue
  : >"$scratch/said"
  "$scratch/loop" 15 <"$scratch/stdin" >"$scratch/said" & target=$!
  exec 7>"$scratch/stdin"
  wait_line 1
  # the turns begin when everything is armed: its arming is seen in the target's stops or not at
  # all, so time is given
  (sleep 1.2; echo go >&7) & nudge=$!
  verify 0 -p "$(head -n 1 "$scratch/said")" --usdt loop:turn --method $method --timeout 3
  wait $nudge
  holds "r['hits'] == 90 and r['verdict'] == 'EXECUTED' and r['method'] == '$method'"
  holds "r['exact'] is False and r['partial'] is True and r['child_status'] is None"
  wait_line 2
  echo end >&7
  wait $target; got=$?
  exec 7>&-
  [ $got = 0 ] || fail "$method: the target ended with $got (5: its code was changed)"
done

# a zero of a part of a run is no proof; a target that ends meanwhile; one that is not there
: >"$scratch/said"
"$scratch/loop" 15 <"$scratch/stdin" >"$scratch/said" & target=$!
exec 7>"$scratch/stdin"
wait_line 1
verify 3 -p "$target" --usdt loop:turn --timeout 0.3
holds "r['verdict'] == 'INCONCLUSIVE' and r['hits'] == 0 and r['decision'] is None"
(sleep 0.5; kill -KILL $target) &
verify 3 -p "$target" --symbol loop_turn --timeout 20
holds "r['verdict'] == 'INCONCLUSIVE'"
wait $target 2>/dev/null
exec 7>&-
verify 3 -p "$target" --symbol loop_turn
grep -q "$target" "$scratch/err" || fail "the process that is not there is not named"
check_exit 2 "$HARNESS" verify -p $$ --symbol main -- true
check_exit 2 "$HARNESS" verify -p notapid --symbol main

# --- a library that comes and goes under the eyes of the tracer, data in its place --------------------
echo 'int plugged(int x) { __asm__ volatile("" ::: "memory"); return x + 1; }' >"$scratch/plugged.c"
"$CC" -O1 -fPIC -shared -o "$scratch/plugged.so" "$scratch/plugged.c" &&
  "$CC" -std=gnu17 -D_GNU_SOURCE -O1 -o "$scratch/reload" "$top_srcdir/tests/step0/targets/reload.c" -ldl || exit 99
"$scratch/reload" "$scratch/plugged.so" >"$scratch/said" & target=$!
until grep -q ready "$scratch/said"; do sleep 0.02; done
hits=0
for i in 1 2 3 4; do
  code=0
  "$HARNESS" verify -p $target --binary "$scratch/plugged.so" --symbol plugged --method ptrace-int3 --json --quiet \
      --timeout 0.3 \
    --out "$scratch/r" >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
  [ $code -lt 4 ] || fail "a library that comes and goes: exit $code: $(tail -n 2 "$scratch/err")"
  kill -0 $target 2>/dev/null || { wait $target; fail "look $i killed the target, it ended with $?"; }
  hits=$((hits + $(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["hits"] or 0)' "$scratch/out")))
done
# a second tracer is refused, and told why
"$HARNESS" verify -p $target --binary "$scratch/plugged.so" --symbol plugged --method ptrace-int3 --quiet --timeout 60 \
  --out "$scratch/r" >/dev/null 2>&1 </dev/null & first=$!
n=0
until ! grep -q 'TracerPid:.0$' /proc/$target/status; do sleep 0.02; n=$((n + 1)); [ $n -lt 200 ] ||
  fail "never traced"; done
code=0
"$HARNESS" verify -p $target --binary "$scratch/plugged.so" --symbol plugged --method ptrace-int3 --quiet \
    --timeout 0.2 \
  --out "$scratch/r" >"$scratch/out" 2>&1 </dev/null || code=$?
kill -INT $first
wait $first
kill $target
[ $code = 3 ] && grep -q "traced already" "$scratch/out" || { cat "$scratch/out"; fail "two tracers: exit $code"; }
wait $target || fail "the target that reloads a library ended with $?"
grep -q ' 0 bytes changed$' "$scratch/said" || fail "reload: $(tail -n 1 "$scratch/said")"
[ $hits -ge 3 ] || fail "a library that comes and goes: $hits hits in four looks"
exit 0
