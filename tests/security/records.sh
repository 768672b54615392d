#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A measured command writes into the records that it shares with the harness, and to the runner's
# pipes: it spoils its own sample, and neither the harness nor other samples.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool "$CC" cc
"$CC" -O1 -I"$top_srcdir" -o "$scratch/smash" "$top_srcdir/tests/security/smash.c" || exit 99
for kind in width nan rounds pmu message count state job answer cut unlink; do
  timeout 100 "$HARNESS" ab --cmd-a "$scratch/smash $kind $scratch/o-$kind" --cmd-b true \
      --budget 1 --no-callgrind --quiet --json \
    --out "$scratch/o-$kind" >"$scratch/out" 2>"$scratch/err" </dev/null
  got=$?
  echo "$kind: exit $got: $(tail -n 1 "$scratch/err" | cut -c 1-150)"
  case $got in 0 | 3) ;; *) sed 's/^/  | /' "$scratch/err"; fail "$kind: exit $got" ;; esac
  awk -F, 'NR == 1 { columns = NF } NR > 1 && (NF != columns || length($0) > 420) { print; bad = 1 } \
      END { exit bad }' "$scratch/o-$kind"/*/rounds.csv ||
    fail "$kind: rounds.csv holds what is none"
  case $kind in
    pmu) # the runner writes it itself, behind the command's end
      grep -q '"cycles": 4294967295' "$scratch/out" && fail "$kind: taken" ;;
    width | nan | message | count | state)
      grep -q 'cannot be true' "$scratch/out" || fail "$kind: it is not said: $(head -c 600 "$scratch/out")" ;;
    answer) [ $got = 3 ] || fail "a forged answer: exit $got" ;;
  esac
done
exit 0
