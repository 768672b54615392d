#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bare.sh: the README's two commands (./bootstrap --run, ./bootstrap --check) where nothing is
# installed: in a folder that debootstrap makes, so that a package that bootstrap forgets shows as a
# failure and not as a skip on somebody's machine. Fails on any skip that .ci/run does not allow.
#
# Root only, with a network and 9 GB of disk; not a part of make check: `make check-bare`. All is
# below bare/ of the build folder: base.tar and the packages stay for the next run, the rest goes at
# the end (BARE_KEEP=1 keeps it). The mounts are in a mount namespace of this script's own: they are
# gone when it and what it started have ended, however that came.
# Variables: BARE_MIRROR, BARE_SUITE, JOBS, BARE_KEEP.
set -eu
: "${top_srcdir:=$(cd "$(dirname "$0")/.." && pwd)}"
: "${top_builddir:=$PWD}"
: "${BARE_MIRROR:=http://deb.debian.org/debian}" "${BARE_SUITE:=bookworm}"
die() { echo "bare: $*" >&2; exit 1; }
say() { echo "bare: $* ($(date -u +%H:%M:%S))"; }

[ "$(id -u)" = 0 ] || die "needs root, for chroot and mounts"
for tool in debootstrap unshare flock git tar; do
  command -v $tool >/dev/null 2>&1 || die "$tool is not installed"
done
[ -n "${BARE_INSIDE:-}" ] || exec env BARE_INSIDE=yes top_srcdir="$top_srcdir" top_builddir="$top_builddir" \
  unshare --mount --propagation private sh "$0"

skips=$("$top_srcdir/.ci/run" --skips)
files=$(git -C "$top_srcdir" ls-files) || die "needs a git checkout: what is tracked is what is tested"
mkdir -p "$top_builddir/bare/packages/partial"
cache=$(cd "$top_builddir/bare" && pwd)
root=$cache/root
exec 9>"$cache/lock"
flock -n 9 || die "another run is at work in $cache"
[ "$(df -Pk "$cache" | awk 'NR == 2 { print int($4 / 1048576) }')" -ge 9 ] || die "less than 9 GB are free for $cache"

# Ends what still runs in the folder, and nothing else: who is inside says /proc/PID/root.
finish() {
  for p in /proc/[0-9]*; do
    [ "$(readlink "$p/root" 2>/dev/null)" != "$root" ] || kill -KILL "${p#/proc/}" 2>/dev/null || :
  done
  for at in proc sys dev var/cache/apt/archives; do umount -R -l "$root/$at" 2>/dev/null || :; done
  [ -n "${BARE_KEEP:-}" ] || rm -rf --one-file-system "$root" "$cache/base"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

rm -rf --one-file-system "$root" "$cache/base"
if [ ! -f "$cache/base.tar" ]; then
  say "debootstrap of $BARE_SUITE"
  debootstrap --variant=minbase "$BARE_SUITE" "$cache/base" "$BARE_MIRROR" >"$cache/debootstrap.log" 2>&1 || {
    tail -n 5 "$cache/debootstrap.log" >&2; die "debootstrap failed"; }
  tar -C "$cache/base" --one-file-system -cf "$cache/base.tar.new" .
  mv "$cache/base.tar.new" "$cache/base.tar"
  rm -rf --one-file-system "$cache/base"
fi
mkdir "$root"
tar -C "$root" -xf "$cache/base.tar"
mkdir "$root/hakmem"
echo "$files" | tar -C "$top_srcdir" -T - -cf - | tar -C "$root/hakmem" --no-same-owner -xf -
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
[ -e "$root/sys/kernel/tracing/trace" ] || mount -t tracefs tracefs "$root/sys/kernel/tracing" ||
  say "no tracefs here"
mount --rbind /dev "$root/dev"
mkdir -p "$root/var/cache/apt/archives/partial"
mount --bind "$cache/packages" "$root/var/cache/apt/archives"

inside() { # inside LOG COMMAND…
  log=$1; shift
  env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb LANG=C.UTF-8 ${JOBS:+JOBS="$JOBS"} \
    ${http_proxy:+http_proxy="$http_proxy"} chroot "$root" /bin/sh -c 'cd /hakmem && exec "$@"' sh "$@" \
    >"$cache/$log" 2>&1 </dev/null 9>&-
}
say "./bootstrap --run"
inside run.log ./bootstrap --run || { tail -n 30 "$cache/run.log"; die "./bootstrap --run failed: $cache/run.log"; }
say "./bootstrap --check"
code=0
inside check.log ./bootstrap --check || code=$?
(cd "$root/hakmem/build" && find tests -name '*.log' | tar -T - -cf "$cache/tests.tar" check.out config.log)
sh "$top_srcdir/tests/summary.sh" --skips "$skips" "$root/hakmem/build" || code=1
[ $code = 0 ] || die "./bootstrap --check failed, or skipped what may not be skipped: $cache/check.log, tests.tar"
say "done"
