#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bench_hardened.sh [RUNS [PROGRAM…]]: how long each of programs.sh, or of those that are named, takes on the hardened
# build, by the time on the default one:
# interleaved runs (`ab --cmd`), the ratio of their trimmed means with its interval. Goal: at most 3.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
need_preload
need_tool jq
runs=${1:-10} ran=0 over=0
[ $# = 0 ] || shift
chosen=" $* "
same() {
  case $chosen in '  '|*" $1 "*) ;; *) return ;; esac
  command -v "$1" >/dev/null 2>&1 || { left="$left $1"; return; }
  by() { printf 'LD_PRELOAD=%s; export LD_PRELOAD; %s' "$1" "$2"; }
  (cd "$work" && "$HARNESS" ab --cmd "$(by "$LIBHAKMEM" "$2")" --cmd "$(by "$hardened" "$2")" --shell sh \
    --runs "$runs" --name default --name hardened --json -q --out "$scratch/results") \
    >"$scratch/json" 2>"$scratch/err" </dev/null
  # gain: how much longer the second one takes, in percent of the first
  row=$(jq -r --arg n "$1" '.pairs[0].gain_pct | select(.estimate) |
    [$n] + ([.estimate, .low, .high] | map(if . == null then "-" else 100 + . | round / 100 end)) | @tsv' \
    "$scratch/json" 2>/dev/null)
  [ -n "$row" ] || { left="$left $1($(tail -n 1 "$scratch/err" | cut -c 1-80))"; return; }
  echo "$row" | awk -F'\t' '{ printf "%-14s %6s [%s, %s]%s\n", $1, $2, $3, $4, ($2 > 3 ? "  MISSED" : "") }'
  ran=$((ran + 1))
  echo "$row" | awk -F'\t' '{ exit ($2 > 3) }' || over=$((over + 1))
}
printf '%-14s %6s\n' program hardened/default
. "$top_srcdir/tests/alloc/programs.sh"
echo "$ran programs, $over over 3 times the default's time; not measured:${left:- none}"
exit 0
