#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A process that makes others all the time can be looked at and let go: none of them ends by a
# breakpoint that was left in its memory.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
need_any_rung
"$CC" -std=gnu17 -O2 -g -o "$scratch/forks" "$top_srcdir/tests/step0/targets/forks.c" -lpthread || exit 99
for method in $rungs; do
  have_rung $method || continue
  # a breakpoint register counts writes; the other two take seconds to close
  case $method in hw-breakpoint|perf-uprobe|tracefs-uprobe) continue ;; esac
  mkfifo "$scratch/in"
  "$scratch/forks" <"$scratch/in" >"$scratch/said" & target=$!
  exec 3>"$scratch/in"
  while [ ! -s "$scratch/said" ]; do sleep 0.05; done
  for i in 1 2 3 4 5 6 7 8 9 10; do
    "$HARNESS" verify -p $target --usdt loop:turn --method $method --quiet --out "$scratch/r" >"$scratch/out" 2>&1 </dev/null ||
      { cat "$scratch/out"; fail "$method: exit $?"; }
  done
  echo >&3
  exec 3>&-
  wait $target || fail "$method: the target ended with $?"
  rm "$scratch/in"
  echo "$method: $(tail -n 1 "$scratch/said")"
  tail -n 1 "$scratch/said" | grep -q ' 0 lost$' || fail "$method: $(tail -n 1 "$scratch/said")"
done
exit 0
