#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The worst days again, as worst_day.sh has them, in the builds with headers: hardened, and block-header.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
need_preload
"$CC" -std=gnu17 -O1 -D_GNU_SOURCE -fno-builtin "$top_srcdir/tests/alloc/worst/day.c" -o "$scratch/day" \
  -lpthread -ldl || exit 99
"$CC" -std=gnu17 -O1 -D_GNU_SOURCE -fno-builtin "$top_srcdir/tests/alloc/worst/figures.c" -o "$scratch/figures" \
  -lpthread || exit 99
for gate in HARDENED BLOCK_HEADER; do
  library="$scratch/$gate.so"
  preloadable "$library" -DHAKMEM_${gate}_COMPILED=1
  check_exit 0 env LD_PRELOAD="$library" timeout 120 "$scratch/figures" threads
  while read -r arguments; do
    LD_PRELOAD=$library timeout 300 "$scratch/day" $arguments >"$scratch/out" 2>"$scratch/err"; rc=$?
    [ $rc != 77 ] || { echo "$gate: $arguments: no seccomp filter can be set here"; continue; }
    [ $rc = 0 ] || { cat "$scratch/out" "$scratch/err"; fail "$gate: $arguments: exit $rc"; }
    echo "$gate: $arguments: $(tail -n 1 "$scratch/out" | cut -c 1-60)"
  done <<'DAYS'
forbidden mincore kill
forbidden mprotect fail
forbidden mprotect lie
forbidden madvise kill
forbidden madvise lie
errno
grows
names
counted
small-stack
phases 60 5000 12000 40000 200000
address-space 100 3000 40000 100000
address-space 100 1000000
data 60 3000 40000 70000
mappings 140000
full-maps
keys
DAYS
done
exit 0
