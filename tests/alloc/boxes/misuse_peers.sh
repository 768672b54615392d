#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The cases of misuse.c under every malloc library there is: a hardened HAKMEM notices whatever
# LLVM's scudo notices, a default build whatever glibc does. Prints the table (make misuse-table).
. "${top_srcdir:-.}/tests/alloc/boxes/boxes_lib.sh"
slow_test
ulimit -c 0
build_boxes default misuse.c -Wno-use-after-free -O2
build_boxes hardened misuse.c -Wno-use-after-free -O2 -DHAKMEM_HARDENED_COMPILED=1
$CC -std=gnu11 -O1 -w -D_GNU_SOURCE -fno-builtin -include "$top_srcdir/tests/alloc/boxes/misuse_libc.h" \
    -I"$top_srcdir/src" \
  -o "$scratch/libc" "$top_srcdir/tests/alloc/boxes/misuse.c" || exit 99

library() { # library NAME PATTERN...: the first file there is
  name=$1
  shift
  for file in "$@"; do
    [ -f "$file" ] && libraries="$libraries $name=$file" && return
  done
}
libraries="glibc="
lib=/usr/lib/$(uname -m)-linux-gnu
library scudo /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.scudo_standalone-"$(uname -m)".so
library mimalloc "$lib"/libmimalloc.so.2*
library jemalloc "$lib"/libjemalloc.so.2
library tcmalloc "$lib"/libtcmalloc_minimal.so.4

outcome() { # outcome COMMAND…: noticed (message and abort), trap (the access or the allocator crashed), silent
  # a library that waits for a lock that the misuse broke has not noticed it
  timeout 20 "$@" >"$scratch/out" 2>"$scratch/err"
  case $? in
    134) [ -s "$scratch/err" ] && echo noticed || echo trap ;;
    0|3) echo silent ;;
    4) echo not-offered ;;
    124) echo hangs ;;
    *) [ -s "$scratch/err" ] && grep -qi 'corrupt\|invalid\|double\|misalign\|scudo\|free' "$scratch/err" &&
      echo noticed || echo trap ;;
  esac
}

# Of HAKMEM's own addresses: another library has nothing there.
missed= scudo= glibc= all= some=
own=" wild_arena never_allocated link_overwritten "
cases=$("$scratch/libc" list-all) || exit 99
printf '%-26s %-9s %-9s' case default hardened
for l in $libraries; do printf ' %-11s' "${l%%=*}"; done
echo
for name in $cases; do
  case $own in *" $name "*) continue ;; esac
  default=$(outcome "$scratch/default" $name)
  hardened=$(outcome "$scratch/hardened" $name)
  printf '%-26s %-9s %-9s' $name "$default" "$hardened"
  for l in $libraries; do
    got=$(outcome env LD_PRELOAD="${l#*=}" "$scratch/libc" $name)
    printf ' %-11s' "$got"
    case ${l%%=*}:$got in
      scudo:noticed|scudo:trap) scudo=$((scudo + 1)); [ "$hardened" != silent ] ||
        missed="$missed hardened/scudo:$name" ;;
      glibc:noticed)
        glibc=$((glibc + 1))
        # glibc keeps each block's size between the blocks, and a default build keeps nothing there
        [ "$default" != silent ] || [ $name = overflow_medium ] || missed="$missed default/glibc:$name" ;;
      glibc:trap) glibc=$((glibc + 1)) ;;
    esac
  done
  echo
  [ "$hardened" = silent ] || all=$((all + 1))
  [ "$default" = silent ] || some=$((some + 1))
done
echo "noticed or trapped: hardened ${all:-0}, default ${some:-0}, glibc ${glibc:-0}, scudo ${scudo:-not installed}"
[ -z "$missed" ] || fail "a peer notices what HAKMEM does not:$missed"
[ -n "$scudo" ] || skip programs "scudo (libclang-rt-14-dev) is not installed: compared with the others only"
exit 0
