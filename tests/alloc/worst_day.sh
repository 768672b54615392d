#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# An allocator's worst day, with HAKMEM preloaded: system calls that a filter kills for, refuses or lies
# about; limits on addresses and data; mappings running out; fork handlers of libraries that were there
# before; hooks of mmap that allocate; libc's own names.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
need_preload
worst="$top_srcdir/tests/alloc/worst"
"$CC" -std=gnu17 -O1 -D_GNU_SOURCE -fno-builtin "$worst/day.c" -o "$scratch/day" -lpthread -ldl || exit 99
"$CC" -std=gnu17 -O1 -shared -fPIC -fno-builtin "$worst/handlers.c" -o "$scratch/libhandlers.so" -lpthread || exit 99
"$CC" -std=gnu17 -O1 -fno-builtin "$worst/forks.c" -o "$scratch/forks" -L"$scratch" -lhandlers \
  -Wl,-rpath,"$scratch" -lpthread || exit 99
"$CC" -std=gnu17 -O1 -shared -fPIC -fno-builtin -D_GNU_SOURCE "$worst/hook.c" -o "$scratch/hook.so" -ldl || exit 99

day() { # day ARGUMENT…: ends well
  LD_PRELOAD=$LIBHAKMEM timeout 300 "$scratch/day" "$@" >"$scratch/out" 2>"$scratch/err"; rc=$?
  [ $rc != 77 ] || { echo "$*: cannot be tried here"; return; }
  [ $rc = 0 ] || { cat "$scratch/out" "$scratch/err"; fail "$*: exit $rc"; }
  echo "$*: $(tail -n 1 "$scratch/out" | cut -c 1-60)"
}

for call in mincore mprotect madvise getrandom openat; do
  for what in kill fail lie; do day forbidden $call $what; done
done
day forbidden mremap fail
day names
day errno
day grows
day address-space 100 48 3000 40000 100000
day address-space 40 200 20000
day address-space 2000 1000000
day data 60 48 40000 70000
day mappings 40000

# limits that were there before
for kb in 9000 16000 66000 500000 8000000; do
  (ulimit -v $kb; LD_PRELOAD=$LIBHAKMEM ls -d / >/dev/null 2>"$scratch/err") ||
    { cat "$scratch/err"; fail "ulimit -v $kb"; }
done
for kb in 8000 20000 200000; do
  (ulimit -d $kb; LD_PRELOAD=$LIBHAKMEM ls -d / >/dev/null 2>"$scratch/err") ||
    { cat "$scratch/err"; fail "ulimit -d $kb"; }
done

# no place of one's own choice, and few addresses: half of them at least become blocks, small ones and large ones
"$CC" -std=gnu17 -O1 -D_GNU_SOURCE -fno-builtin "$worst/noplace.c" -o "$scratch/noplace" || exit 99
for kb in 12000 24000 64000 100000; do
  for bytes in 700 5000 100000; do
    got=$(NOPLACE_PRELOAD=$LIBHAKMEM timeout 60 "$scratch/noplace" $kb $bytes); rc=$?
    [ $rc != 77 ] || { echo "no seccomp filter can be set here"; break 2; }
    [ $rc = 0 ] && [ "$got" -gt $(((kb - 6000) / 3)) ] ||
      fail "no place, $kb KB of addresses: $got KB of blocks of $bytes bytes (exit $rc)"
  done
done

# thread-local data: little enough for an audited program, a late dlopen and small stacks
if have compilers readelf; then
  tls=$(readelf -lW "$LIBHAKMEM" | awk '$1 == "TLS" { print $6 }')
  [ $((tls)) -gt 0 ] && [ $((tls)) -le 1024 ] || fail "static TLS of $((tls)) bytes"
fi
LD_PRELOAD=$LIBHAKMEM LD_AUDIT=$LIBHAKMEM ls -d / >/dev/null 2>"$scratch/err" && [ ! -s "$scratch/err" ] ||
  { cat "$scratch/err"; fail "an audited program"; }
day small-stack
day keys
day counted
day phases 100 5000 12000 40000 200000
day phases 60 100 1000 5000 12000 40000 100000 1000000
day phases 60 100000 200000

# What malloc says of itself, beside threads; and mallopt answers as libc's does, but that no bytes are filled.
"$CC" -std=gnu17 -O1 -D_GNU_SOURCE -fno-builtin "$worst/figures.c" -o "$scratch/figures" -lpthread || exit 99
check_exit 0 env LD_PRELOAD="$LIBHAKMEM" timeout 120 "$scratch/figures" threads
"$scratch/figures" mallopt | sed 's/^\(M_PERTURB [1-9].*\): 1$/\1: 0/' >"$scratch/want"
check_exit 0 env LD_PRELOAD="$LIBHAKMEM" "$scratch/figures" mallopt
diff "$scratch/want" "$scratch/out" || fail "mallopt does not answer as libc's"

# a block freed twice with another in between: seen after as many allocations as there were frees
LD_PRELOAD=$LIBHAKMEM "$scratch/day" ring >/dev/null 2>"$scratch/err"
[ $? = 134 ] && grep -q 'free list broken\|double free' "$scratch/err" ||
  { cat "$scratch/err"; fail "a free list tied into a ring went unnoticed"; }

# most of a small limit in one block: what the arena opened and does not use is given up for it
(ulimit -v 24000; LD_PRELOAD=$LIBHAKMEM "$scratch/day" one 16000000) || fail "16 MB of a limit of 24"

LD_PRELOAD=$LIBHAKMEM "$scratch/forks" || fail "fork handlers of a library that the program needs"
LD_PRELOAD="$LIBHAKMEM:$scratch/hook.so" timeout 60 "$scratch/day" errno || fail "a hook of mmap that allocates"
exit 0
