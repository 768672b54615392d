# SPDX-License-Identifier: GPL-3.0-or-later
# lib.sh: sourced by every shell test. Exit codes: 0 passed, 1 failed, 77 skipped, 99 the test
# itself is broken. A skip names the word of what is missing; REQUIRE='word word' turns the
# skips of these words into failures, so that a machine that offers something must use it.
set -u
: "${top_srcdir:=$(cd "$(dirname "$0")/.." && pwd)}"
: "${top_builddir:=$PWD}"
HARNESS="$top_builddir/hakmem-harness"
# How src/ is compiled (m4/hakmem_allocator.m4), for the tests that compile it by hand; make check
# gives it, a test that is started alone asks the build.
: "${ALLOC_CFLAGS:=$(sed -n 's/^ALLOC_CFLAGS = //p' "$top_builddir/Makefile" 2>/dev/null)}"

# A private folder for each test, gone at its end (kept with KEEP=1).
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hakmem-test.XXXXXX") || exit 99
cleanup() { [ -n "${KEEP:-}" ] || rm -rf "$scratch"; }
trap cleanup EXIT
trap 'exit 99' HUP INT TERM

skip() { # skip WORD REASON
  case " ${REQUIRE:-} " in
    *" $1 "*) echo "FAIL: '$1' is required here, and: $2"; exit 1 ;;
  esac
  echo "SKIP: $1: $2"
  exit 77
}
fail() { echo "FAIL: $*"; exit 1; }
left_out() { # left_out WORD REASON: a part of a test that cannot run here; as skip
  case " ${REQUIRE:-} " in *" $1 "*) echo "FAIL: '$1' is required here, and: $2"; exit 1 ;; esac
  echo "left out: $1: $2"
}
# have WORD TOOL: for a part of a test that needs one more tool: it is left out without it, which is said.
have() {
  command -v "$2" >/dev/null 2>&1 && return
  left_out "$1" "$2 is not installed"; false
}
need_tool() { command -v "$1" >/dev/null 2>&1 || skip "${2:-$1}" "$1 is not installed"; }

# check_exit CODE COMMAND…: runs it, output into $scratch/out and $scratch/err.
check_exit() {
  want=$1; shift
  "$@" >"$scratch/out" 2>"$scratch/err"; got=$?
  [ "$got" = "$want" ] || { sed 's/^/  | /' "$scratch/out" "$scratch/err"; fail "exit $got, not $want: $*"; }
}

# For tests of more than a few seconds: `make check CHECK=quick` leaves them out (distcheck does).
slow_test() {
  if [ "${CHECK:-full}" = quick ]; then echo "SKIP: quick: left out by CHECK=quick"; exit 77; fi
}
