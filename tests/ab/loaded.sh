#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What is measured is what was asked for. The loader only warns about a library that it cannot preload,
# and a library without a malloc changes nothing: neither may be measured under the library's name.
. "${top_srcdir:-.}/tests/lib.sh"
slow_test
need_tool python3 programs
lib="$top_builddir/.libs/libhakmem.so"
[ -e "$lib" ] || skip shared-library "no .libs/libhakmem.so here (built with --disable-shared?)"
LD_PRELOAD=$lib true 2>"$scratch/err" && [ ! -s "$scratch/err" ] || skip preload "the library cannot be preloaded"

refused() { # refused COMMAND…: exit 3, and the reason names whose malloc it was
  check_exit 3 "$@" --quiet --out "$scratch"
  grep -q 'malloc comes from' "$scratch/out" "$scratch/err" ||
    { cat "$scratch/out" "$scratch/err"; fail "the reason is not given: $*"; }
}

# a library without a malloc
libm=$(ldconfig -p 2>/dev/null | awk '$1 == "libm.so.6" { print $NF; exit }')
[ -n "$libm" ] || libm=$("${CC:-cc}" -print-file-name=libm.so.6)
if [ -e "$libm" ]; then
  refused "$HARNESS" bench random_mixed --ops 20000 --lib "$libm"
  refused "$HARNESS" ab --a none --b "$libm" --budget 1
  refused "$HARNESS" ab --a "$libm" --b none --budget 1
fi
# what is there is measured: the C library's own, and ours
check_exit 0 "$HARNESS" bench random_mixed --ops 20000 --lib none --quiet --out "$scratch"
check_exit 0 "$HARNESS" bench random_mixed --ops 20000 --lib "$lib" --quiet --out "$scratch"
# a file that was rewritten since it was looked at is another one
check_exit 3 "$top_builddir/hakmem-bench" random_mixed ops=100 library=dev:1,ino:1,size:1,mtime:1,1
grep -q 'malloc comes from' "$scratch/err" || fail "the runner does not say whose malloc it is"
check_exit 0 "$top_builddir/hakmem-bench" random_mixed ops=100 library=libc
LD_PRELOAD=$lib check_exit 3 "$top_builddir/hakmem-bench" random_mixed ops=100 library=libc

# A gate whose code is in another gate's gets that one, on both sides: else both would be the same.
XDG_CACHE_HOME=$scratch/own "$HARNESS" ab hdr-mismatch-log --budget 1 --no-direct --no-callgrind --json --quiet \
  --out "$scratch" >"$scratch/json" 2>"$scratch/err"
case $? in 0|1|3) ;; *) cat "$scratch/json" "$scratch/err"; fail "ab hdr-mismatch-log" ;; esac
python3 - "$scratch/json" <<'P' || { cat "$scratch/json" "$scratch/err"; fail "the gate that another one needs"; }
import json, sys
r = json.load(open(sys.argv[1]))
assert "block-header on both sides: hdr-mismatch-log needs it" in r["needs"], r
assert r["build"]["functions_that_differ"] and "identical" not in r["reason"], r
P
# What a measured process writes is not the output of ab: a log that is compiled in has 16 lines in each. The runs of
# Step 0 are three, and write where anybody's program does.
XDG_CACHE_HOME=$scratch/own "$HARNESS" ab hdr-mismatch-log --workload stray-header --budget 2 --no-direct \
  --no-callgrind --quiet --out "$scratch" >"$scratch/out" 2>"$scratch/err"
case $? in 0|1|3) ;; *) cat "$scratch/out" "$scratch/err"; fail "ab hdr-mismatch-log --workload stray-header" ;; esac
lines=$(grep -c 'block header says' "$scratch/err")
[ "$lines" -le 48 ] || fail "the workload's log comes out of ab: $lines lines"
# A variant that was cut or changed in the cache is no variant: it is built anew, and the answer is the same.
for image in "$scratch"/own/hakmem-harness/*/image.so; do
  dd if=/dev/zero of="$image" bs=1 seek=4096 count=64 conv=notrunc 2>/dev/null
done
for object in "$scratch"/own/hakmem-harness/*/*.o; do : >"$object"; done
XDG_CACHE_HOME=$scratch/own "$HARNESS" ab hdr-mismatch-log --budget 1 --no-direct --no-callgrind --json --quiet \
  --out "$scratch" >"$scratch/again" 2>"$scratch/err"
case $? in 0|1|3) ;; *) cat "$scratch/again" "$scratch/err"; fail "a damaged cache" ;; esac
python3 -c '
import json, sys
a, b = (json.load(open(f)) for f in sys.argv[1:])
assert a["build"]["functions_that_differ"] == b["build"]["functions_that_differ"], (a, b)
assert (a["step0"] or {}).get("verdict") == (b["step0"] or {}).get("verdict"), (a, b)
' "$scratch/json" "$scratch/again" ||
  fail "a damaged cache gives another answer"

[ "$(id -u)" = 0 ] || skip root "whether another user's process loads a library needs root"
id nobody >/dev/null 2>&1 || skip nobody "there is no user nobody"
chmod 0711 "$scratch"
mkdir -m 0700 "$scratch/private" && cp "$lib" "$scratch/private/private.so" || exit 99
mkdir -m 0777 "$scratch/results"
refused "$HARNESS" bench random_mixed --ops 20000 --lib "$scratch/private/private.so" --user nobody
refused "$HARNESS" ab --a none --b "$scratch/private/private.so" --budget 1 --user nobody
# Variants lie in a cache that only its owner may read: Step 0 sees them all the same.
mkdir -m 0700 "$scratch/cache"
XDG_CACHE_HOME=$scratch/cache "$HARNESS" ab free-trace --budget 1 --no-direct --no-callgrind --user nobody \
  --json --quiet --out "$scratch/results" >"$scratch/json" 2>"$scratch/err"
case $? in 0|3) ;; *) cat "$scratch/json" "$scratch/err"; fail "ab free-trace --user nobody" ;; esac
python3 - "$scratch/json" <<'P' || { cat "$scratch/json" "$scratch/err"; fail "Step 0 as another user"; }
import json, sys
r = json.load(open(sys.argv[1]))
assert r["verdict"] != "NO-OP", r["reason"]
# where no rung is permitted Step 0 is undecided, and says so; it never is a firm zero
assert r["step0"]["decision"] in ("PROCEED", None), r["step0"]
P
left=$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'hakmem-image.*' -newer "$scratch/private" 2>/dev/null | head -n 1)
[ -z "$left" ] || fail "a copy of the image was left behind: $left"
exit 0
