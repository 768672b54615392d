#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Off means off. With every gate off, each object of the allocator has the machine code of the
# same source with the gated code deleted by unifdef; it has no marker; the library made of them
# exports no telemetry; and neither malloc's nor free's fast path holds a call or an atomic
# read-modify-write. Built by hand with the default gates, whatever this build was configured with.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
slow_test
need_tool unifdef
need_tool objdump
need_tool readelf

off=$(alloc_gates | sed 's/.*/-D&=0/')
[ -n "$off" ] || exit 99
mkdir -p "$scratch/bare/src" "$scratch/on" "$scratch/flags"
(cd "$top_srcdir/src" && find . -name '*.[ch]') | while read -r f; do
  mkdir -p "$scratch/bare/src/$(dirname "$f")"
  # unifdef ends with 1 where it changed something
  unifdef $off "$top_srcdir/src/$f" >"$scratch/bare/src/$f" 2>"$scratch/err"
  [ $? -le 1 ] || { cat "$scratch/err"; exit 1; }
done || fail "unifdef"
if grep -rnE 'HAK_SITE *\(|HAKMEM_[A-Z0-9_]+_COMPILED' "$scratch/bare/src" | grep -v '/\*'; then
  fail "gated code outside of its #if: it is there with the gate off"
fi
# the bare tree sees no gate at all: one that is left over is undefined, an error by -Wundef
: >"$scratch/flags/hakmem_build_flags.h"

flags="$ALLOC_CFLAGS -fPIC -Werror=undef"
code() { # code FILE: machine code, relocations and data, without the file's name
  objdump -d -r "$1" 2>/dev/null | sed '1,/^Disassembly/d'
  objdump -s -j .data -j .rodata "$1" 2>/dev/null | sed 1,3d
  nm "$1" | awk '{ print $NF, $(NF - 1) }' | LC_ALL=C sort
}

both_trees() { # both_trees COMPILER MARKERS
  dir="$scratch/$1.$2"; mkdir "$dir"; compared=0
  for f in $(cd "$top_srcdir" && find src -name '*.c' | LC_ALL=C sort); do
    o=$(echo "$f" | tr / _ | sed 's/c$/o/')
    "$1" $flags -DHAKMEM_SITE_MARKERS=$2 -D_GNU_SOURCE $off -I"$top_srcdir" -I"$top_srcdir/src" \
      -I"$top_builddir/probes" -c "$top_srcdir/$f" -o "$dir/$o" || fail "$1: $f"
    "$1" $flags -DHAKMEM_SITE_MARKERS=$2 -D_GNU_SOURCE -I"$scratch/flags" -I"$scratch/bare/src" -I"$top_srcdir" \
      -c "$scratch/bare/$f" -o "$dir/bare.o" || fail "$1: $f with the gated code deleted"
    code "$dir/$o" >"$dir/off.txt"
    code "$dir/bare.o" >"$dir/bare.txt"
    diff "$dir/off.txt" "$dir/bare.txt" >"$dir/diff" ||
      { head -n 20 "$dir/diff"; fail "$1, markers $2: $f: off is not off"; }
    readelf -SW "$dir/$o" | grep -q stapsdt && fail "$1: $f has a marker with all gates off"
    compared=$((compared + 1))
  done
  [ $compared -ge 10 ] || fail "only $compared objects compared"
  rm "$dir/bare.o"
  echo "$1, markers $2: $compared objects equal those without the gated code"
}

# The comparison must see a gate that is on.
alloc_c="$top_srcdir/src/hakmem_alloc.c"
for g in 0 1; do
  "$CC" $flags -D_GNU_SOURCE $(echo "$off" | grep -v FREE_CALLS) -DHAKMEM_TINY_FREE_CALLS_COMPILED=$g -I"$top_srcdir" \
    -I"$top_srcdir/src" -I"$top_builddir/probes" -c "$alloc_c" -o "$scratch/on/$g.o" || fail "$CC: hakmem_alloc.c"
  code "$scratch/on/$g.o" >"$scratch/on/$g.txt"
done
cmp -s "$scratch/on/0.txt" "$scratch/on/1.txt" && fail "the comparison is blind: a gate that is on changes nothing"

# From the entry to the first return is the fast path: compilers put the likely blocks first.
fast_path() { objdump -d --no-show-raw-insn "$1" | awk -v f="$2" '
  $0 ~ "<(hak_|__libc_|c)?" f ">:$" { on = 1; next }
  on && /^ / { sub(/^ *[0-9a-f]+:[ \t]*/, ""); print }
  on && /^ *(ret|retq)/ { exit }'; }
case $(uname -m) in
  x86_64) forbidden='^(call|lock|xchg.*\()' ;;
  aarch64) forbidden='^(bl|blr|ldx|ldax|stx|stlx|cas|swp|ld(add|set|clr|eor))' ;;
  *) forbidden='' ;;
esac

compilers=$CC
case $CC in *clang*) ;; *' '*|*/*) ;; *) have compilers clang-14 && compilers="$CC clang-14" ;; esac
case $CC in
  *' '*|*/*) echo "the compiler is $CC: only its first word is used"; compilers=$(basename "${CC%% *}") ;;
esac
for compiler in $compilers; do
  for markers in 0 1; do
    # the second compiler without markers only: for time's sake
    [ "$compiler.$markers" != clang-14.1 ] || continue
    if [ $markers = 1 ] && ! echo '#include <sys/sdt.h>' | "$compiler" -E - >/dev/null 2>&1; then
      echo "markers not compared: no sys/sdt.h"; continue
    fi
    both_trees "$compiler" $markers
  done
  "$compiler" -shared -o "$scratch/off.so" "$scratch/$compiler.0"/*.o -lpthread || fail "$compiler: linking"
  nm -D --defined-only "$scratch/off.so" | awk '{ print $NF }' >"$scratch/exported"
  grep -q '^malloc$' "$scratch/exported" || fail "malloc is not exported"
  grep '^g_' "$scratch/exported" && fail "telemetry is exported by a default build"
  for f in malloc free; do
    fast_path "$scratch/off.so" $f >"$scratch/fast"
    [ "$(wc -l <"$scratch/fast")" -ge 5 ] || fail "$compiler: no disassembly of $f"
    [ -n "$forbidden" ] || continue
    grep -E "$forbidden" "$scratch/fast" &&
      { cat "$scratch/fast"; fail "$compiler: a call or an atomic in $f's fast path"; }
    # what a fast path may take on x86-64, by gcc (doc/architecture.md)
    most=0
    case $(uname -m).$compiler in x86_64.gcc*|x86_64.cc) case $f in malloc) most=16 ;; free) most=20 ;; esac ;; esac
    [ $most = 0 ] || [ "$(wc -l <"$scratch/fast")" -le $most ] || fail "$f takes more than $most instructions"
    echo "$compiler: $f: fast path of $(wc -l <"$scratch/fast") instructions, no call, no atomic"
  done
done
exit 0
