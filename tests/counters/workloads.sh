#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every workload ends, frees what it allocates, and counts the same each time; another seed, or
# another number of steps, changes what is done.
. "${top_srcdir:-.}/tests/lib.sh"
bench="$top_builddir/hakmem-bench"

# the names are the program's own, one for each line of the table; replay wants a file, see trace.sh
names=$("$bench" nothing 2>&1 | sed -n 's/.*there are: //p')
[ "$(echo $names | wc -w)" = "$(grep -c '^WORKLOAD(' "$top_srcdir/harness/workloads/workloads.def")" ] ||
  fail "not one name for each line of workloads.def: $names"
for w in $names; do
  [ $w != replay ] || continue
  ops=20000
  case $w in large*) ops=100 ;; esac # whole megabytes in a step
  "$bench" $w ops=$ops slots=50 >"$scratch/a" || fail "$w"
  "$bench" $w ops=$ops slots=50 >"$scratch/b" || fail "$w"
  cmp -s "$scratch/a" "$scratch/b" || fail "$w is not repeatable: $(cat "$scratch/a" "$scratch/b")"
  allocs=$(sed -n 's/.* allocs=\([0-9]*\) .*/\1/p' "$scratch/a")
  frees=$(sed -n 's/.* frees=\([0-9]*\) .*/\1/p' "$scratch/a")
  [ "$allocs" -gt 0 ] && [ "$allocs" = "$frees" ] || fail "$w: $(cat "$scratch/a")"
  "$bench" $w ops=$ops slots=50 rounds=3 warmup=1 threads=4 >/dev/null || fail "$w in four threads"
done
# a round is ops steps in each thread; warm-up rounds are in the totals
[ "$("$bench" random_mixed ops=1000 rounds=3 warmup=2 threads=2 | sed 's/ .*//')" = ops=10000 ] ||
  fail "rounds and threads"
"$bench" random_mixed ops=10000 seed=1 >"$scratch/a"
"$bench" random_mixed ops=10000 seed=2 >"$scratch/b"
cmp -s "$scratch/a" "$scratch/b" && fail "the seed changes nothing"
# the source's steps, worked out by hand for one seed: see the generator in harness/workloads
"$bench" random_mixed ops=100000 | grep -q '^ops=100000 allocs=\([0-9]*\) frees=\1 tiny_frees=\1$' ||
  fail "random_mixed's counts"
for bad in ops=x slots=0 threads=0 threads=257 rounds=0 bogus=1 event=zz cpus=a; do
  check_exit 2 "$bench" random_mixed $bad
done
check_exit 2 "$bench" producer-consumer threads=3
check_exit 2 "$bench" nothing
exit 0
