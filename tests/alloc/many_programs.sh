#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Many real programs (programs.sh) by LD_PRELOAD, in the default and in the hardened build: the same output and exit
# code as without.
# What is not installed is left out, and named.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
need_preload
slow_test
ran=0
# see programs.sh
same() {
  command -v "$1" >/dev/null 2>&1 || { left="$left $1"; return; }
  (cd "$work" && timeout 120 sh -c "$2") >"$scratch/plain" 2>"$scratch/plain.err"; plain=$?
  [ $plain = 0 ] && [ -s "$scratch/plain" ] || { left="$left $1($plain)"; return; }
  for library in "$LIBHAKMEM" "$hardened"; do
    (cd "$work" && LD_PRELOAD=$library timeout 300 sh -c "$2") >"$scratch/got" 2>"$scratch/got.err"; got=$?
    [ $got = $plain ] && cmp -s "$scratch/plain" "$scratch/got" || {
      diff "$scratch/plain" "$scratch/got" | head -n 5; head -n 5 "$scratch/got.err"
      fail "$1: exit $got for $plain, or other output, with $(basename "$library")"; }
  done
  ran=$((ran + 1))
}
. "$top_srcdir/tests/alloc/programs.sh"
echo "$ran programs, each with a default and a hardened build; left out:${left:- none}"
[ $ran -ge 10 ] || skip programs "only $ran of the programs are installed"
exit 0
