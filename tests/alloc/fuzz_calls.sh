#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Random calls of every entry point against a model (fuzz_calls.c), under a default, a hardened, a block-header build
# and one with all telemetry: many threads that fork; few addresses; one thread, where all builds, and libc's malloc,
# have to answer alike. FUZZ_CALLS: so many calls in each build (make fuzz-api N=…), then also under sanitizers.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
need_preload
slow_test
tests=$top_srcdir/tests/alloc
calls=${FUZZ_CALLS:-200000} seed=${FUZZ_SEED:-20261129}
ulimit -c 0
# with the C++ operators where there is a C++ library
program() {
  "$CC" -std=gnu17 -O2 -g -D_GNU_SOURCE -fno-builtin "$tests/fuzz_calls.c" -o "$scratch/calls" "$@" -lpthread
}
program -Wl,--no-as-needed -lstdc++ 2>"$scratch/err" || program -Wl,--no-as-needed -l:libstdc++.so.6 2>"$scratch/err" ||
  { echo "without C++: $(head -n 1 "$scratch/err")"; program || exit 99; }
telemetry=$(awk -F '[ \t]*[|][ \t]*' '!/^#/ && NF >= 10 && $6 == "TELEMETRY" { printf "-DHAKMEM_%s_COMPILED=1 ", $2 }' \
  "$top_srcdir/probes/gates.def")
gates() {
  case $1 in
    default) echo ;;
    hardened) echo -DHAKMEM_HARDENED_COMPILED=1 ;;
    header) echo -DHAKMEM_BLOCK_HEADER_COMPILED=1 ;;
    telemetry) echo "$telemetry" ;;
  esac
}
none=$(alloc_gates | sed 's/.*/-D&=0/' | tr '\n' ' ')
# run BUILD ARGUMENT…: prints what it says; telemetry prints to standard error
run() {
  build=$1; shift
  LD_PRELOAD=${build:+$scratch/$build.so} "$scratch/calls" "$@" >"$scratch/out" 2>"$scratch/err" ||
    { grep -v 'hakmem: refill' "$scratch/err" | tail -n 20; fail "${build:-libc}: $*"; }
  echo "${build:-libc}: $(cat "$scratch/out")"
}

run '' "$seed" 50000 1
want=$(sed 's/.*digest//' "$scratch/out")
for build in default hardened header telemetry; do
  off=$none
  for d in $(gates $build); do off=$(echo "$off" | sed "s/${d%=1}=0 //"); done
  "$CC" $ALLOC_CFLAGS -g -fPIC -shared $alloc_cppflags -DHAKMEM_SITE_MARKERS=0 $off $(gates $build) $(alloc_sources) \
    -Wl,-z,now,-z,nodelete,-z,initfirst -lpthread -o "$scratch/$build.so" || fail "$build does not build"
  run $build "$seed" 50000 1
  [ "$(sed 's/.*digest//' "$scratch/out")" = "$want" ] || fail "$build does not answer as libc does"
  run $build "$seed" "$calls" 4
  for mb in 20 100; do run $build "$seed" $((calls / 10)) 4 $mb; done
done

# each kind of wrong answer is noticed
"$CC" -std=gnu17 -O1 -fPIC -shared -fno-builtin "$tests/fuzz_broken.c" -o "$scratch/broken.so" -ldl || exit 99
while read -r kind pattern; do
  HAKMEM_TEST_FAULT=$kind LD_PRELOAD="$scratch/broken.so:$scratch/default.so" "$scratch/calls" "$seed" 4000000 2 \
    >"$scratch/out" 2>"$scratch/err" && fail "a library with the fault '$kind' passes"
  grep -q "$pattern" "$scratch/err" || { cat "$scratch/err"; fail "the fault '$kind' is not named: $pattern"; }
done <<'FAULTS'
twice overlaps
written changed
zero is.not.zero
moved after.realloc
aligned is.not.aligned
errno errno
free-errno changed.errno
FAULTS
[ -n "${FUZZ_CALLS:-}" ] || exit 0

# sanitize NAME SANITIZER BUILD
sanitize() {
  "$CC" $alloc_cflags -O1 -fno-omit-frame-pointer -fsanitize="$2" -fno-sanitize-recover=all $alloc_cppflags \
    $(gates "$3") -DHAKMEM_PREFIX_ONLY=1 -DHAKMEM_CHECKS=1 "$tests/fuzz_calls.c" $(alloc_sources) -lpthread \
    -o "$scratch/san" \
    2>"$scratch/err" || { echo "left out: $2: $(head -n 1 "$scratch/err")"; return; }
  "$scratch/san" "$seed" $((calls / 20)) 4 >"$scratch/out" 2>"$scratch/err" ||
    { head -n 60 "$scratch/err"; fail "$1, $3"; }
  echo "$1, $3: $(cat "$scratch/out")"
}
for build in default hardened header telemetry; do
  sanitize ASan+UBSan address,undefined $build
  sanitize TSan thread $build
done
exit 0
