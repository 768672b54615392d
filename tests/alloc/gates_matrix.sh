#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every gate alone, all on, all off, with gcc and clang: the allocator compiles without a warning,
# passes the model test with the boxes' own checks, and has the gate's counter if and only if the
# gate is on. The gates and their counters come from the gate table.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
slow_test
need_tool nm
warnings='-Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wvla'
warnings="$warnings -Wno-unused-parameter -Werror"
table="$top_srcdir/probes/gates.def"

# Lines NAME FLAG COUNTER CLASS NEEDS of the gates that have code in src/. NEEDS: block-header
# where the site is in code that only the block header brings ("needs block-header"), else -.
awk -F '[ \t]*[|][ \t]*' '!/^#/ && NF >= 10 { print $1, $2, $9, $6, $8 ~ /^needs / ? substr($8, 7) : "-" }' "$table" |
while read -r name flag counter class needs; do
  grep -rqs "HAKMEM_${flag}_COMPILED" "$top_srcdir/src" && echo "$name $flag $counter $class $needs"
done >"$scratch/gates"
[ "$(wc -l <"$scratch/gates")" -ge 10 ] || fail "only $(wc -l <"$scratch/gates") gates of $table have code"
telemetry=$(awk '$4 == "TELEMETRY" { printf "-DHAKMEM_%s_COMPILED=1 ", $2 }' "$scratch/gates")
# hardened replaces the block header's own checks: it is tested alone
everything=$(awk '$1 != "hardened" { printf "-DHAKMEM_%s_COMPILED=1 ", $2 }' "$scratch/gates")
none=$(alloc_gates | sed 's/.*/-D&=0/' | tr '\n' ' ')
markers=0
echo '#include <sys/sdt.h>' | "$CC" -E - >/dev/null 2>&1 && markers=1

# one COMPILER NAME GATES…: builds, tests, prints nothing when all is well
one() {
  compiler=$1 name=$2; shift 2
  dir="$scratch/$compiler.$name"; mkdir "$dir"
  off=$none
  for d in "$@"; do off=$(echo "$off" | sed "s/${d%=1}=0 //"); done
  (cd "$dir" && "$compiler" $ALLOC_CFLAGS -O1 $warnings $alloc_cppflags_abs $off "$@" \
      -DHAKMEM_PREFIX_ONLY=1 -DHAKMEM_CHECKS=1 \
    -DHAKMEM_SITE_MARKERS=$markers -c $sources) >"$dir/log" 2>&1 ||
    { head -n 20 "$dir/log"; echo "FAIL: $compiler does not build with $name"; return 1; }
  "$compiler" "$dir"/*.o "$scratch/$compiler.test.o" -lpthread -o "$dir/test" >"$dir/log" 2>&1 ||
    { head -n 20 "$dir/log"; echo "FAIL: $compiler does not link with $name"; return 1; }
  for hotbox in 0 1; do
    HAKMEM_STATS=1 HAKMEM_POOL_V2_ENABLED=$hotbox "$dir/test" 3 4000 2 2 >"$dir/log" 2>&1 ||
      { head -n 20 "$dir/log"; echo "FAIL: $compiler: the model test with $name"; return 1; }
  done
  # counters: those of the gates that are on, no others
  nm "$dir/test" | awk '$2 ~ /[BDRbdr]/ { print $3 }' | grep '^g_' | LC_ALL=C sort >"$dir/has"
  while read -r gate flag counter class needs; do
    [ "$counter" != - ] || continue
    case " $* " in *" -DHAKMEM_${flag}_COMPILED=1 "*) want=1 ;; *) want=0 ;; esac
    if [ "$needs" = block-header ]; then
      case " $* " in *" -DHAKMEM_BLOCK_HEADER_COMPILED=1 "*) ;; *) want=0 ;; esac
    fi
    has=$(grep -cx "$counter" "$dir/has")
    [ "$has" = $want ] ||
      { echo "FAIL: $compiler, $name: $counter of the gate $gate is there $has times, not $want"; return 1; }
  done <"$scratch/gates"
  rm -rf "$dir"
}

all() { # all COMPILER: every configuration
  "$1" -std=gnu17 -O2 $alloc_cppflags_abs -DHAKMEM_PREFIX_ONLY=1 -c "$abs_src/tests/alloc/test_model.c" \
      -o "$scratch/$1.test.o" || return 1
  one "$1" off || return 1
  one "$1" telemetry $telemetry || return 1
  [ "$telemetry" = "$everything" ] || one "$1" everything $everything || return 1
  while read -r gate flag counter class needs; do
    header=''
    [ "$needs" = block-header ] && header=-DHAKMEM_BLOCK_HEADER_COMPILED=1
    one "$1" "$gate" -DHAKMEM_${flag}_COMPILED=1 $header || return 1
  done <"$scratch/gates"
  echo "$1: $(wc -l <"$scratch/gates") gates, each alone, all on and all off"
}

abs_src=$(cd "$top_srcdir" && pwd) abs_build=$(cd "$top_builddir" && pwd)
alloc_cppflags_abs="-D_GNU_SOURCE -I$abs_src -I$abs_src/src -I$abs_build/probes"
sources=$(find "$abs_src/src" -name '*.c')
compilers=''
have compilers gcc && compilers=gcc
if command -v clang-14 >/dev/null 2>&1; then compilers="$compilers clang-14"
elif have compilers clang; then compilers="$compilers clang"; fi
[ -n "$compilers" ] || skip compilers "neither gcc nor clang is installed"
for compiler in $compilers; do
  (all $compiler) >"$scratch/$compiler.out" 2>&1 &
  eval "pid_$(echo $compiler | tr - _)=$!"
done
bad=0
for compiler in $compilers; do
  eval "wait \$pid_$(echo $compiler | tr - _)" || bad=1
  cat "$scratch/$compiler.out"
done
exit $bad
