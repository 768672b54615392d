#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Misuse ends a default build with a message and abort, at the latest when the list it went
# into is refilled or spilled. One row of doc/hardening.md for each case.
. "${top_srcdir:-.}/tests/alloc/boxes/boxes_lib.sh"
build_boxes misuse misuse.c -Wno-use-after-free -O2
ulimit -c 0
cases=$("$scratch/misuse" list) || exit 99
[ "$(echo "$cases" | wc -l)" -ge 20 ] || fail "too few cases"
for name in $cases; do
  case $name in
    foreign_*|wild_*|interior_large|double_free_large) message='free of a pointer that is not an allocated block' ;;
    misaligned) message='free of a misaligned pointer' ;;
    interior_*) message='free of a pointer into the middle of a block' ;;
    never_allocated) message='never allocated\|free list broken' ;;
    double_free_much_later) message='double free\|free list broken\|not an allocated block' ;; # its slab may be gone
    double_free_*later) message='double free\|free list broken' ;;
    double_free*) message='double free' ;;
    usable_size_*|realloc_*) message='size asked of a pointer that is not an allocated block' ;;
    free_sized_half) message='free_sized with a size that no such block has' ;;
    overflow_long|underflow_long) message='written to right \(before\|behind\) a block' ;;
    free_sized*) message='free_sized with a size larger' ;;
    free_aligned_sized*) message='free_aligned_sized with an alignment' ;;
    write_after_free_popped)
      # the hot path follows the broken link: a crash inside malloc, not silence
      "$scratch/misuse" $name >/dev/null 2>&1
      [ $? -ge 128 ] || fail "$name: went unnoticed"
      continue ;;
    write_after_free*) message='free list \(overwritten\|broken\)' ;;
    *) fail "no message is expected for the case $name: add it here" ;;
  esac
  expect_abort "$message" "$scratch/misuse" $name
  grep -q "| \`$name\` |" "$top_srcdir/doc/hardening.md" || fail "doc/hardening.md has no row for $name"
done
echo "$(echo "$cases" | wc -l) kinds of misuse noticed"
exit 0
