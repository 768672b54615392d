#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Hard moments on HAKMEM: fork in a threaded program, thread exit with live blocks and with
# destructors that allocate, plugins, the end of a program under working threads; and HAKMEM
# itself as a plugin that is closed while in use.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
need_preload
hard="$top_srcdir/tests/alloc/hard"
for program in moments loaded; do
  "$CC" -std=gnu17 -O2 -D_GNU_SOURCE -fno-builtin-malloc -fno-builtin-free "$hard/$program.c" -o "$scratch/$program" \
      -lpthread -ldl || exit 99
done
"$CC" -shared -fPIC -O2 "$hard/plugin.c" -o "$scratch/plugin.so" || exit 99

moment() { # moment TEXT ARGUMENT…: ends well, says TEXT, in both states of the pool's hotbox
  text=$1; shift
  for hotbox in 0 1; do
    HAKMEM_POOL_V2_ENABLED=$hotbox with_hakmem "$scratch/moments" "$@" >"$scratch/out" 2>"$scratch/err" ||
      { cat "$scratch/out" "$scratch/err"; fail "$* (HAKMEM_POOL_V2_ENABLED=$hotbox)"; }
    grep -q "^$text" "$scratch/out" || { cat "$scratch/out"; fail "$*: it did not say '$text'"; }
  done
  cat "$scratch/out"
}
moment 'fork: 60 children' fork
moment 'threads: ' threads
moment 'plugin: opened' plugin "$scratch/plugin.so"
moment 'exit: the destructor ran' exit

# Opened late, HAKMEM needs no more room for thread-local data than the dynamic linker spares by default.
"$scratch/loaded" "$LIBHAKMEM" >"$scratch/out" 2>"$scratch/err" ||
  { cat "$scratch/err"; fail "HAKMEM as a plugin"; }
cat "$scratch/out"
exit 0
