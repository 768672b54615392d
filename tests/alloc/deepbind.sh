#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A library opened with RTLD_DEEPBIND has libc's malloc beside a preloaded HAKMEM: as long as each frees its own, both
# work; a block of its that the program frees ends the program with a message that says so.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
need_preload
source="$top_srcdir/tests/alloc/worst/deepbind.c"
"$CC" -std=gnu17 -O1 -D_GNU_SOURCE -fno-builtin -DPLUGIN -shared -fPIC "$source" -o "$scratch/plugin.so" || exit 99
"$CC" -std=gnu17 -O1 -D_GNU_SOURCE -fno-builtin "$source" -o "$scratch/deepbind" -ldl || exit 99
preloadable "$scratch/hardened.so" -DHAKMEM_HARDENED_COMPILED=1
ulimit -c 0
check_exit 0 "$scratch/deepbind" "$scratch/plugin.so" one
for library in "$LIBHAKMEM" "$scratch/hardened.so"; do
  run() {
    (LD_PRELOAD=$library exec timeout 60 "$scratch/deepbind" "$scratch/plugin.so" "$1") >"$scratch/out" 2>"$scratch/err"
    rc=$?
  }
  run apart
  [ $rc != 77 ] || skip deepbind "RTLD_DEEPBIND has no effect here"
  [ $rc = 0 ] || { cat "$scratch/err"; fail "each with blocks of its own: exit $rc"; }
  for what in free realloc size; do
    run $what
    [ $rc = 134 ] && grep -q "^hakmem: .*not an allocated block: 0x.* (where libc's malloc has .*RTLD_DEEPBIND" \
      "$scratch/err" || { cat "$scratch/err"; fail "$what of the library's block: exit $rc, or another message"; }
  done
  cat "$scratch/err"
  run back
  echo "a block of the program's, freed in the library: exit $rc, by libc's free: $(cat "$scratch/err")"
done
# a static program has no libc's malloc beside HAKMEM's
printf '%s\n' '#include <stdlib.h>' 'int main(void) { free((void *)0x600000010); }' >"$scratch/static.c"
archive="$top_builddir/.libs/libhakmem.a"
if [ -e "$archive" ] && "$CC" -w -static-pie -fPIE -fno-builtin "$scratch/static.c" "$archive" -o "$scratch/static" \
  2>"$scratch/why"; then
  ("$scratch/static") 2>"$scratch/err"
  [ $? = 134 ] && grep -q 'not an allocated block: 0x0*600000010$' "$scratch/err" ||
    fail "a static program: $(cat "$scratch/err")"
else
  left_out "a static program" "no static library, or no static libc"
fi
[ $rc -ge 128 ] || fail "a hardened build's header passed for a block of libc's: exit $rc"
exit 0
