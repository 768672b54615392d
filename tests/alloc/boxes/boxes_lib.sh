# SPDX-License-Identifier: GPL-3.0-or-later
# boxes_lib.sh: sourced by the tests of single boxes. Compiles the allocator's sources with the
# gates a test wants, its checkers on and only the prefixed names exported, so that a test
# program reaches hidden functions and still has libc's malloc for itself.
. "${top_srcdir:-.}/tests/lib.sh"
CC=${CC:-cc}
BOXES_CFLAGS="$ALLOC_CFLAGS -g -O1 -Wall -Wextra -Wno-unused-parameter -D_GNU_SOURCE -DHAKMEM_CHECKS=1
  -I$top_srcdir -I$top_srcdir/src -I$top_builddir/probes"

# build_boxes PROGRAM SOURCE FLAG...: PROGRAM in $scratch from tests/alloc/boxes/SOURCE.
# One translation unit at a time in parallel would need make; they are small.
build_boxes() {
  program=$1 source=$2
  shift 2
  $CC $BOXES_CFLAGS -DHAKMEM_PREFIX_ONLY=1 "$@" -o "$scratch/$program" "$top_srcdir/tests/alloc/boxes/$source" \
    "$top_srcdir"/src/*.c "$top_srcdir"/src/*/*.c -lpthread >"$scratch/$program.log" 2>&1 ||
    { cat "$scratch/$program.log"; fail "$program does not compile with: $*"; }
  [ ! -s "$scratch/$program.log" ] || { cat "$scratch/$program.log"; fail "warnings in $program with: $*"; }
}

# expect_abort PATTERN COMMAND...: it ends by SIGABRT and says PATTERN on standard error.
expect_abort() {
  pattern=$1
  shift
  (ulimit -c 0; exec "$@") >"$scratch/abort.out" 2>"$scratch/abort.err"
  code=$?
  [ $code = 134 ] || { cat "$scratch/abort.err"; fail "exit $code, not 134 (abort): $*"; }
  grep -q "$pattern" "$scratch/abort.err" || { cat "$scratch/abort.err"; fail "no message '$pattern': $*"; }
}
