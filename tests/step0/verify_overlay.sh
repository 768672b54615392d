#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `verify` of programs on overlayfs, as in every container: stat(2) knows a file there by other numbers than
# /proc/PID/maps. A program that lies in the lower folder, and one that was written to; and one that runs in a
# mount namespace of its own, looked at from outside.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
need_any_rung
[ "$(id -u)" = 0 ] || skip root "mounting needs root"
if [ -z "${OVERLAY_TEST_INSIDE:-}" ]; then
  need_tool unshare overlay
  unshare --mount --propagation private true 2>"$scratch/why" ||
    skip overlay "no mount namespace of one's own: $(cat "$scratch/why")"
  OVERLAY_TEST_INSIDE=yes exec unshare --mount --propagation private sh "$0"
fi
cd "$scratch" || exit 99
mkdir lower upper seen
mount -t tmpfs none upper && mkdir upper/upper upper/work || exit 99
mount -t overlay none -o lowerdir=lower,upperdir=upper/upper,workdir=upper/work seen 2>/dev/null ||
  skip overlay "no overlay can be mounted here"
ended() {
  umount "$scratch/seen" 2>/dev/null
  umount "$scratch/upper" 2>/dev/null
  cleanup
}
trap ended EXIT
cat >t.c <<'C'
#include <unistd.h>
__attribute__((noinline)) int part(int x) { __asm__ volatile("" : "+r"(x)); return x * 3; }
__attribute__((noinline)) int idle(int x) { __asm__ volatile("" : "+r"(x)); return x * 5; }
int main(int argc, char **argv) {
  int sum = 0;
  (void)argv;
  for (int i = 0; i < 6; i++) sum += part(i);
  for (int i = 0; argc == 2 && i < 1000; i++) sum += part(i), usleep(10000);
  if (argc > 2) sum += idle(sum);
  return sum == 1;
}
C
"$CC" -O2 -g -o lower/t t.c || exit 99
for where in lower upper; do
  if [ $where = upper ]; then cp seen/t seen/copy && mv seen/copy seen/t; fi
  for method in $rungs; do
    have_rung $method || continue
    verify 0 --binary seen/t --symbol part --method $method -- seen/t
    holds "r['hits'] == 6 and r['exact'] is True"
    verify 1 --binary seen/t --symbol idle --method $method -- seen/t
    holds "r['verdict'] == 'NOT_EXECUTED'"
  done
done
seen/t long & target=$!
for method in ptrace-int3 hw-breakpoint; do
  have_rung $method || continue
  verify 0 -p $target --symbol part --method $method --timeout 0.3
  holds "r['hits'] > 1"
done
kill $target 2>/dev/null
# another mount namespace, in which alone the file is
unshare --mount sh -c 'mkdir -p alone && mount -t tmpfs none alone && cp lower/t alone/t && exec alone/t long' &
target=$!
until [ "$(cat /proc/$target/comm 2>/dev/null)" = t ]; do sleep 0.05; done
for method in $rungs; do
  have_rung $method || continue
  verify 0 -p $target --symbol part --method $method --timeout 0.3
  holds "r['hits'] > 1"
done
kill $target
# and one that ends meanwhile
unshare --mount sh -c 'mkdir -p alone && mount -t tmpfs none alone && cp lower/t alone/t &&
  exec timeout 1 alone/t long' &
until target=$(pgrep -P $! -x t); do sleep 0.05; done
verify 0 -p "$target" --symbol part --timeout 5
holds "r['hits'] > 1"
exit 0
