#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# installed.sh: what `make install` put there works from there alone.
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/hakmem-installed.XXXXXX")
trap 'rm -rf "$work"' EXIT
fail() { echo "installed: $*" >&2; exit 1; }
for f in "$bindir/hakmem-harness" "$libdir/libhakmem.so" "$includedir/hakmem.h" "$libdir/pkgconfig/hakmem.pc" \
         "$mandir/man1/hakmem-harness.1" "$mandir/man3/hakmem.3" \
         "$datadir/bash-completion/completions/hakmem-harness" "$datadir/hakmem/schemas/verify.json"; do
  [ -s "$f" ] || fail "$f is missing"
done
cd "$work"
"$bindir/hakmem-harness" sites >sites
"$bindir/hakmem-harness" bench random_mixed --ops 20000 --no-callgrind -q >bench || fail "bench: exit $?"
gate=$(awk '/ yes /{print $1; exit}' sites)
code=0
"$bindir/hakmem-harness" verify "${gate:-tiny_free}" -q >verify 2>&1 || code=$?
case $code in
  0) [ -n "$gate" ] || fail "EXECUTED without a gate" ;;
  1) [ -z "$gate" ] || { cat verify >&2; fail "a compiled gate is not verified"; } ;;
  3) grep -q 'permitted' verify || { cat verify >&2; fail "verify: exit 3"; } ;;
  *) cat verify >&2; fail "verify: exit $code" ;;
esac
cat >p.c <<'C'
#include <hakmem.h>
#include <string.h>
int main(void) { char *p = hak_malloc(100); memset(p, 1, 100); hak_free(p); return 0; }
C
$CC p.c -o p $(PKG_CONFIG_PATH="$libdir/pkgconfig" pkg-config --cflags --libs hakmem) -Wl,-rpath,"$libdir"
./p || fail "a program linked with -lhakmem: exit $?"
echo "installed: all of it works"
