#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A hardened build: a random mix of calls keeps its bytes, and every kind of misuse ends the
# program with a message, or by a trap where the access itself is the misuse.
. "${top_srcdir:-.}/tests/alloc/boxes/boxes_lib.sh"
build_boxes header header.c -DHAKMEM_HARDENED_COMPILED=1
check_exit 0 "$scratch/header"
(exec "$scratch/header" locked) 2>"$scratch/err"
code=$?
case $code in
  0) ;;
  77) echo "left out: no page can be locked into memory here" ;;
  *) cat "$scratch/err"; fail "blocks on locked pages: exit $code" ;;
esac
build_boxes zeros zeros.c -Wno-use-after-free -DHAKMEM_HARDENED_COMPILED=1
check_exit 0 "$scratch/zeros"
build_boxes misuse misuse.c -Wno-use-after-free -DHAKMEM_HARDENED_COMPILED=1
cases=$("$scratch/misuse" list-all) || exit 99
[ "$(echo "$cases" | wc -l)" -ge 40 ] || fail "too few cases"
for name in $cases; do
  case $name in
    overflow_large|use_after_free_large|zero_size_write)
      (ulimit -c 0; exec "$scratch/misuse" $name) >/dev/null 2>&1
      code=$?
      [ $code = 139 ] || fail "$name: exit $code, not 139: the access did not trap"
      message= ;;
    foreign_*|wild_*|interior_large) message='free of a pointer that is not an allocated block' ;;
    misaligned) message='free of a misaligned pointer' ;;
    interior_*) message='free of a pointer into the middle of a block' ;;
    never_allocated) message='not the address of an allocated block' ;;
    underflow|underflow_far|underflow_long) message='block header overwritten' ;;
    double_free*|zero_size_double_free) message='double free' ;;
    usable_size_*|realloc_*) message='size asked of a pointer that is not an allocated block' ;;
    free_sized_*) message="free_sized with another size than the block's" ;;
    free_aligned_sized*) message='free_aligned_sized with an alignment' ;;
    overflow_*) message='bytes behind the block were overwritten' ;;
    underflow_large) message='bytes before the block were overwritten' ;;
    use_after_free_header) message='header of a freed block overwritten' ;;
    write_after_free*|use_after_free*) message='a block was written to after it was freed' ;;
    link_overwritten) message='free list overwritten' ;;
    *) fail "no message is expected for the case $name: add it here" ;;
  esac
  [ -z "$message" ] || expect_abort "$message" "$scratch/misuse" $name
  grep -q "| \`$name\` |" "$top_srcdir/doc/hardening.md" || fail "doc/hardening.md has no row for $name"
done
echo "$(echo "$cases" | wc -l) kinds of misuse noticed"
exit 0
