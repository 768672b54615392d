#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Operator delete with a size, which HAKMEM has: where a program replaced the others, its own get every block, as
# without HAKMEM; where it did not, a hardened build ends it for a wrong size.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
need_preload
CXX=${CXX:-g++}
need_tool "$CXX" c++
compile() { # compile PROGRAM FLAG…
  program=$1; shift
  "$CXX" -std=c++17 -O1 -fsized-deallocation -fno-builtin "$@" "$top_srcdir/tests/alloc/cxx_operators.cc" \
    -o "$scratch/$program" 2>"$scratch/err" || { cat "$scratch/err"; fail "$program does not compile"; }
}
compile plain -DPLAIN
compile replaced
compile aligned -DALIGNED
preloadable "$scratch/hardened.so" -DHAKMEM_HARDENED_COMPILED=1
for library in "$LIBHAKMEM" "$scratch/hardened.so"; do
  check_exit 0 env LD_PRELOAD="$library" "$scratch/plain" right
  for program in replaced aligned; do
    check_exit 0 "$scratch/$program"
    without=$(cat "$scratch/out")
    check_exit 0 env LD_PRELOAD="$library" "$scratch/$program"
    [ "$(cat "$scratch/out")" = "$without" ] || fail "$program: $(cat "$scratch/out") made and gone, not $without"
  done
done
echo "replaced operators, made and gone: $without"
for what in wrong-size wrong-size-aligned; do
  (ulimit -c 0; LD_PRELOAD="$scratch/hardened.so" exec "$scratch/plain" $what) 2>"$scratch/err"; rc=$?
  [ $rc = 134 ] && grep -q "another size than the block's" "$scratch/err" ||
    { cat "$scratch/err"; fail "$what: exit $rc, and not for the size"; }
done
exit 0
