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
exit 0
