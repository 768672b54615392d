#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Memory goes back after a burst whose blocks are freed in random order, by the thread that made
# them or by another one that then ends. Bounds: a class that is given up keeps at most the runs
# that its last blocks are in, and half as much in the warm pool; for all classes together a run
# each, and what the spill queue pins.
. "${top_srcdir:-.}/tests/alloc/boxes/boxes_lib.sh"
build_boxes giveback giveback.c -O2
check_exit 0 "$scratch/giveback"
cat "$scratch/out"
[ "$(wc -l <"$scratch/out")" = 10 ] || fail "not ten bursts"
while read -r name kb of full; do
  [ "$full" -gt 30000 ] || fail "$name: the burst itself shows only $full KB: nothing is measured"
  case $name in
    tiny*|medium*) bound=16000 ;;
    *) bound=2000 ;;
  esac
  [ "$kb" -le $bound ] || fail "$name: $kb KB stay resident of $full, bound $bound"
done <"$scratch/out"
exit 0
