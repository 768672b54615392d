#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The model, the queue stress and random calls of every entry point under ASan+UBSan and under TSan, with the
# boxes' own checks: the sources are compiled right into the test, so every access of theirs is watched.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
slow_test

# build TEST SANITIZER FLAG…: into $scratch/TEST
build() {
  test=$1 sanitizer=$2
  shift 2
  "$CC" $alloc_cflags -fno-omit-frame-pointer -fsanitize="$sanitizer" -fno-sanitize-recover=all $alloc_cppflags \
    "$@" -DHAKMEM_PREFIX_ONLY=1 -DHAKMEM_CHECKS=1 "$top_srcdir/tests/alloc/$test.c" $(alloc_sources) -lpthread \
    -o "$scratch/$test" 2>"$scratch/cc.err" || { cat "$scratch/cc.err"; fail "$test with -fsanitize=$sanitizer $*"; }
}
# run COMMAND…: a sanitizer that cannot start here (its shadow does not fit) is a skip.
run() {
  "$@" >"$scratch/out" 2>"$scratch/err" && { tail -n 1 "$scratch/out"; return; }
  grep -qE 'unexpected memory mapping|Shadow memory range interleaves|ReserveShadowMemoryRange failed' "$scratch/err" &&
    { echo "left out: $(head -n 1 "$scratch/err")"; return; }
  head -n 60 "$scratch/err"; fail "$*"
}

echo 'int main(void) { return 0; }' >"$scratch/empty.c"
ran=''
for sanitizer in address,undefined thread; do
  "$CC" -fsanitize=$sanitizer "$scratch/empty.c" -o "$scratch/empty" 2>/dev/null && "$scratch/empty" 2>/dev/null ||
    { echo "left out: -fsanitize=$sanitizer does not work here"; continue; }
  case $sanitizer in thread) steps=8000 ;; *) steps=30000 ;; esac
  build test_model $sanitizer
  run "$scratch/test_model" 1 $steps
  HAKMEM_POOL_V2_ENABLED=1 run "$scratch/test_model" 2 $steps
  # with headers a free reads more of the maps that others write
  build test_model $sanitizer -DHAKMEM_BLOCK_HEADER_COMPILED=1
  run "$scratch/test_model" 3 $steps
  build test_queues $sanitizer
  run "$scratch/test_queues" 20000
  build first_calls $sanitizer
  run "$scratch/first_calls"
  build fuzz_calls $sanitizer
  run "$scratch/fuzz_calls" 4 100000
  ran="$ran $sanitizer"
done
[ -n "$ran" ] || skip sanitizers "$CC has neither ASan nor TSan here"
echo "clean under:$ran"
exit 0
