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
    "$HARNESS" verify -p $target --usdt loop:turn --method $method --quiet --out "$scratch/r" >"$scratch/out" 2>&1 \
        </dev/null ||
      { cat "$scratch/out"; fail "$method: exit $?"; }
  done
  echo >&3
  exec 3>&-
  wait $target || fail "$method: the target ended with $?"
  rm "$scratch/in"
  echo "$method: $(tail -n 1 "$scratch/said")"
  tail -n 1 "$scratch/said" | grep -q ' 0 lost$' || fail "$method: $(tail -n 1 "$scratch/said")"
done

# --- vfork: the maker sleeps where no tracer can stop it, in the memory that its child runs in ----------
"$CC" -std=gnu17 -D_GNU_SOURCE -O1 -g -o "$scratch/vforks" "$top_srcdir/tests/step0/targets/vforks.c" || exit 99
for method in $rungs; do
  have_rung $method || continue
  case $method in hw-breakpoint|perf-uprobe|tracefs-uprobe) continue ;; esac
  verify 0 --binary "$scratch/vforks" --symbol passed --method $method -- "$scratch/vforks" 20
  holds "r['hits'] == 60 and r['exact'] is True"
  "$scratch/vforks" >"$scratch/said" & target=$!
  until grep -q ready "$scratch/said"; do sleep 0.05; done
  for i in 1 2 3 4 5 6 7 8 9 10; do
    verify 0 -p $target --symbol passed --method $method
    holds "r['hits'] > 0"
    kill -0 $target 2>/dev/null ||
      { wait $target; fail "$method: the target that uses vfork ended with $? after $i: $(tail -n 1 "$scratch/said")"; }
  done
  kill $target
  wait $target || fail "$method: the target that uses vfork ended with $?: $(tail -n 1 "$scratch/said")"
  echo "$method: vfork: $(tail -n 1 "$scratch/said")"
  grep -q 'made, 0 lost$' "$scratch/said" || fail "$method: vfork: $(tail -n 1 "$scratch/said")"
done
exit 0
