#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Targets whose threads and processes come and go all the time are looked at again and again: none is
# harmed, and no look hangs, whatever moment it falls into.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
need_any_rung
slow_test
"$CC" -std=gnu17 -D_GNU_SOURCE -O1 -g -o "$scratch/restless" "$top_srcdir/tests/step0/targets/restless.c" -lpthread ||
  exit 99
for mode in exec threads vfork exit; do
  : >"$scratch/said"
  "$scratch/restless" $mode +3 >"$scratch/said" & target=$!
  until grep -q ready "$scratch/said"; do sleep 0.05; done
  looks=0 counted=0
  while kill -0 $target 2>/dev/null; do
    # it may end meanwhile, or be in the midst of execve: what is said of that is not asked here
    code=0
    timeout -k 1 30 "$HARNESS" verify -p $target --symbol passed --method ptrace-int3 --json --quiet --timeout 0.5 \
        --out "$scratch/r" \
      >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
    [ $code -lt 4 ] || { cat "$scratch/out" "$scratch/err"; fail "$mode: verify ended with $code"; }
    looks=$((looks + 1))
    [ $code = 0 ] || continue
    counted=$((counted + 1))
    # a maker of threads that was stopped in the midst of it goes on: else four hits were the most
    [ $mode != threads ] || ! kill -0 $target 2>/dev/null || holds "r['hits'] > 8"
  done
  code=0
  wait $target || code=$?
  echo "$mode: $looks looks, $counted that counted; the target ended with $code"
  [ $code = 7 ] || { cat "$scratch/said"; fail "$mode: the target ended with $code"; }
  [ $counted -gt 0 ] || { cat "$scratch/out"; fail "$mode: nothing was ever counted"; }
done
exit 0
