#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# 120 mistakes with blocks, each under libc's malloc, a default and a hardened build: how many are noticed, or have no
# effect. Prints the table.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
need_preload
slow_test
"$CC" -std=gnu17 -O1 -w -D_GNU_SOURCE -fno-builtin "$top_srcdir/tests/alloc/worst/mistakes.c" -o "$scratch/mistakes" ||
  exit 99
for build in default hardened; do
  gate=''
  [ $build = default ] || gate=-DHAKMEM_HARDENED_COMPILED=1
  preloadable "$scratch/$build.so" $gate
done
ulimit -c 0
outcome() { # outcome LIBRARY NAME SIZE: noticed, no-effect, or silent; what hangs was not noticed
  (LD_PRELOAD=$1 exec timeout 20 "$scratch/mistakes" "$2" "$3") >/dev/null 2>&1
  case $? in 0) echo silent ;; 3) echo no-effect ;; 99|124) echo silent ;; *) echo noticed ;; esac
}
"$scratch/mistakes" list >"$scratch/list" || exit 99
printf '%-26s %8s %-10s %-10s %-10s\n' mistake bytes libc default hardened >"$scratch/table"
while read -r name bytes; do
  printf '%-26s %8s %-10s %-10s %-10s\n' "$name" "$bytes" "$(outcome '' "$name" "$bytes")" \
    "$(outcome "$scratch/default.so" "$name" "$bytes")" "$(outcome "$scratch/hardened.so" "$name" "$bytes")"
done <"$scratch/list" >>"$scratch/table" 2>/dev/null
cat "$scratch/table"
# What glibc notices by the sizes that it keeps right before small blocks, and by what it writes into freed ones.
# Whatever else it notices, a default build does.
between='write_.*_before +(24|200) |write_8_before +300000 |write_after_free_inside +9000 '
between="$between|read_.* 9000 |double_free_of_new_owner +300000 "
awk 'NR > 1 && $3 != "silent" && $4 == "silent"' "$scratch/table" | grep -Ev "^($between)" &&
  fail "glibc notices what a default build does not"
# as many as glibc does, where that is the one that the page speaks of
least=60
[ "$(getconf GNU_LIBC_VERSION 2>/dev/null)" != 'glibc 2.36' ] || least=libc
awk -v least=$least 'NR > 1 { n++; for (i = 3; i <= 5; i++) ended[i] += $i != "silent" }
  END { printf "of %d: libc %d, default %d, hardened %d\n", n, ended[3], ended[4], ended[5]
    if (least == "libc") least = ended[3]
    exit !(n >= 116 && ended[5] * 116 >= 110 * n && ended[4] >= least) }' "$scratch/table" ||
  fail "fewer are noticed than doc/hardening.md says"
exit 0
