#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# pack_bare.sh: the static harness where nothing is installed: verify, doctor and packs of a gate and of a project's
# gate, in what debootstrap makes, without compiler, linker or make in it. As root with PACKAGE_BARE=1
# (make check-packages); BARE_FOLDER is one that is there already.
. "${top_srcdir:-.}/tests/lib.sh"
slow_test
[ -n "${PACKAGE_BARE:-}" ] || skip root "make check-packages runs it"
[ "$(id -u)" = 0 ] || skip root "chroot needs root"
bare=${BARE_FOLDER:-$scratch/bare}
if [ -z "${BARE_FOLDER:-}" ]; then
  need_tool debootstrap packages
  debootstrap --variant=minbase "${BARE_SUITE:-bookworm}" "$bare" "${BARE_MIRROR:-http://deb.debian.org/debian}" \
    >"$scratch/log" 2>&1 || { tail -n 5 "$scratch/log"; fail "debootstrap"; }
fi
make -s -C "$top_builddir" static >"$scratch/log" 2>&1 || { tail -n 20 "$scratch/log"; fail "make static"; }
fixture=$(cd "$top_srcdir/tests/ab/fixture" && pwd)
static=$(cd "$top_builddir/static" && pwd)/hakmem-harness
export XDG_CACHE_HOME="$scratch/cache" XDG_STATE_HOME="$scratch/state"
cp -r "$top_srcdir/tests/project/counter" "$top_srcdir/tests/project/counter.ab" "$scratch" || exit 99
chmod -R u+w "$scratch/counter"
cd "$scratch" || exit 99
check_exit 0 "$HARNESS" ab free-trace --source "$fixture" --budget 3 --pack gate.hakpack -q --out results
check_exit 0 "$HARNESS" ab --project counter.ab steps --budget 3 --pack project.hakpack -q --out results
rm -rf "$bare/root/try"
mkdir -p "$bare/root/try" && cp "$static" gate.hakpack project.hakpack "$bare/root/try" || exit 99
cat >"$bare/root/try/run" <<'SH'
set -e
mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t tracefs t /sys/kernel/tracing
cd /root/try
for tool in cc gcc ld as make; do ! command -v $tool >/dev/null || { echo "there is a $tool"; exit 1; }; done
./hakmem-harness doctor >doctor
./hakmem-harness verify --binary /lib/x86_64-linux-gnu/libc.so.6 --symbol malloc -q -- ls /
for pack in gate project; do
  code=0
  ./hakmem-harness pack run $pack.hakpack -q --budget 1 2>refused || code=$?
  [ $code = 3 ] && grep -q 'nobody has said' refused || { cat refused; echo "$pack: run unasked: $code"; exit 1; }
  hash=$(sha256sum $pack.hakpack | cut -d ' ' -f 1) code=0
  ./hakmem-harness pack run $pack.hakpack --hash $hash -q --budget 3 --out run-$pack || code=$?
  case $code in 0|3) ;; *) echo "$pack: exit $code"; exit 1 ;; esac
done
SH
unshare --mount --propagation private chroot "$bare" /bin/sh /root/try/run >"$scratch/log" 2>&1 ||
  { tail -n 40 "$scratch/log"; fail "the static harness in a bare Debian"; }
[ -s "$bare/root/try/doctor" ] || fail "doctor says nothing"
grep -q '^malloc: EXECUTED' "$scratch/log" || { cat "$scratch/log"; fail "verify in a bare Debian"; }
[ "$(grep -c 'step 0: PROCEED' "$scratch/log")" = 2 ] || { cat "$scratch/log"; fail "execution is not proved there"; }
for pack in gate project; do
  pairs=$(grep -c '^{"pair"' "$bare/root/try/run-$pack"/*/pairs.jsonl)
  [ "$pairs" -gt 0 ] || { cat "$scratch/log"; fail "$pack: no pairs"; }
  echo "$pack: $pairs pairs in a bare Debian"
done
"$HARNESS" merge "$bare/root/try/run-gate" -q --out results >out 2>err
case $? in 0|3) ;; *) cat out err; fail "merge of what was measured there" ;; esac
rm -rf "$bare/root/try"
exit 0
