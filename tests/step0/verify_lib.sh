# SPDX-License-Identifier: GPL-3.0-or-later
# verify_lib.sh: what the tests of Step 0 share, on top of tests/lib.sh: libraries and targets
# built by hand (so that nothing depends on what this build was configured with), which rungs
# this machine offers, and assertions on the JSON of verify.
. "${top_srcdir:-.}/tests/lib.sh"
: "${CC:=cc}"
need_tool python3 programs
flags_h=$top_builddir/probes/hakmem_build_flags.h
# those that count places: built-in-counter has tests of its own
rungs=$(sed -n 's/^RUNG([a-z]*, "\([a-z0-9-]*\)",.*/\1/p' "$top_srcdir/harness/step0/rungs.def" | grep -v counter)

# build_library FILE GATE…: a library with markers, these gates (words of flags, as FREE_TRACE)
# compiled in, and no other.
build_library() {
  library_file=$1; shift
  gate_defines=
  for g in $(sed -n 's/^# define \(HAKMEM_[A-Z0-9_]*_COMPILED\) [01]$/\1/p' "$flags_h"); do
    value=0
    for wanted in "$@"; do
      case $g in HAKMEM_${wanted}_COMPILED|HAKMEM_TINY_${wanted}_COMPILED) value=1 ;; esac
    done
    gate_defines="$gate_defines -D$g=$value"
  done
  "$CC" $ALLOC_CFLAGS -g -fPIC -shared -D_GNU_SOURCE -DHAKMEM_SITE_MARKERS=1 $gate_defines -I"$top_srcdir" \
    -I"$top_srcdir/src" -I"$top_builddir" -I"$top_builddir/probes" \
    $(find "$top_srcdir/src" -name '*.c' | LC_ALL=C sort) \
    -o "$library_file" -lpthread 2>"$scratch/cc.err" || { cat "$scratch/cc.err"; fail "the library does not build"; }
}
telemetry_gates() { sed -n 's/^# define HAKMEM_\([A-Z0-9_]*\)_COMPILED [01]$/\1/p' "$flags_h" | grep -v HARDENED; }

rung_word() {
  case $1 in
    bpf-uprobe-multi) echo bpf ;;
    perf-uprobe|tracefs-uprobe) echo uprobe ;;
    ptrace-int3|built-in-counter) echo ptrace ;;
    *) echo breakpoint ;;
  esac
}

# have_rung METHOD: is it permitted here? (asked once, of a program of one function)
have_rung() {
  case $1 in built-in-counter) asked=ptrace-int3 ;; *) asked=$1 ;; esac
  if [ ! -e "$scratch/rung.$asked" ]; then
    [ -e "$scratch/asked" ] || echo 'int main(void) { return 0; }' | "$CC" -x c -o "$scratch/asked" - || exit 99
    "$HARNESS" verify --binary "$scratch/asked" --symbol main --method $asked --quiet --out "$scratch/asked.r" \
      >"$scratch/rung.out" 2>&1 && echo yes >"$scratch/rung.$asked" || echo no >"$scratch/rung.$asked"
    if [ "$(cat "$scratch/rung.$asked")" = no ]; then
      echo "not offered here: $asked: $(tail -n 2 "$scratch/rung.out" | tr '\n' ' ')"
      case " ${REQUIRE:-} " in *" $(rung_word $asked) "*) fail "'$(rung_word $asked)' is required here" ;; esac
    fi
  fi
  [ "$(cat "$scratch/rung.$asked")" = yes ]
}

# need_any_rung: nothing can be shown where not even ptrace is permitted.
need_any_rung() { have_rung ptrace-int3 || skip ptrace "ptrace is not permitted here"; }

# verify CODE ARGUMENT…: its exit code; JSON in $scratch/out, which must be one object.
verify() {
  wanted=$1; shift
  "$HARNESS" verify --json --quiet --out "$scratch/r" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null; got=$?
  [ $got = "$wanted" ] ||
    { head -c 3000 "$scratch/out"; sed 's/^/  | /' "$scratch/err" | tail -n 20;
    fail "exit $got, not $wanted: verify $*"; }
}

# holds EXPRESSION: python over r, the object. One process answers all: starting it takes longer than the check.
judge=
holds() {
  if [ -z "$judge" ]; then
    mkfifo "$scratch/asked.fifo" "$scratch/told.fifo" || exit 99
    python3 "$top_srcdir/tests/step0/verify_judge.py" "$scratch" <"$scratch/asked.fifo" >"$scratch/told.fifo" & judge=$!
    exec 8>"$scratch/asked.fifo" 9<"$scratch/told.fifo"
  fi
  printf '%s\n' "$1" >"$scratch/expression"
  echo now >&8
  read -r said <&9 || { echo "the judge has ended"; exit 99; }
  [ "$said" = yes ] || { cat "$scratch/why"; fail "not so: $1"; }
}
cleanup() {
  [ -z "$judge" ] || kill "$judge" 2>/dev/null
  [ -n "${KEEP:-}" ] || rm -rf "$scratch"
}
