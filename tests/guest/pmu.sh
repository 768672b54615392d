#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The counters, the bench and Step 0 on a real PMU: an emulated arm64 machine whose cycles and
# instructions are exact. `make check-pmu` runs this alone. Downloads and the cross build are
# kept in guest-cache/ of the build folder; guest-cache/console.log is all that the guest said.
. "${top_srcdir:-.}/tests/lib.sh"
slow_test
need_tool qemu-system-aarch64 pmu
need_tool aarch64-linux-gnu-gcc pmu
need_tool cpio pmu
need_tool python3 programs
here=$top_srcdir/tests/guest
cache=$top_builddir/guest-cache
# the unit tests that run in the guest; GUEST_PROGRAMS also tells cross.sh what to make
GUEST_PROGRAMS="tests/guest/test_pmu tests/counters/test_counters tests/counters/test_sampler
  tests/core/test_core tests/alloc/test_family tests/alloc/test_aligned"
export GUEST_PROGRAMS

mkdir -p "$cache"
if command -v flock >/dev/null 2>&1; then
  exec 9>"$cache/lock" # make check and make check-pmu may run at once
  flock 9
fi

step() { # step SCRIPT ARGUMENT…: its exit 77 is our skip, with its reason
  sh "$here/$1" "$2" ${3:+"$3"} >"$scratch/step" 2>&1 9>&-; code=$?
  case $code in
    0) ;;
    77) skip pmu "$(sed -n 's/^SKIP: guest: //p' "$scratch/step" | head -n 1)" ;;
    *) sed 's/^/  | /' "$scratch/step"; fail "$1 ended with exit code $code" ;;
  esac
}
step fetch.sh "$cache"
step cross.sh "$top_srcdir" "$cache"
step image.sh "$cache" "$here/commands.list"

kernel=$(ls "$cache"/root/boot/vmlinuz-* 2>/dev/null | head -n 1)
[ -n "$kernel" ] || fail "no kernel in $cache/root/boot: remove $cache and try again"
# -icount: one instruction is 2 ns of the guest's time, so counts repeat to the digit.
# panic=-1 with -no-reboot: a crashed guest ends at once.
timeout 480 qemu-system-aarch64 -M virt -cpu cortex-a72 -icount shift=1 -m 512 -nic none -nographic -no-reboot \
  -kernel "$kernel" -initrd "$cache/initramfs.cpio" -append "console=ttyAMA0 quiet panic=-1" \
  </dev/null >"$cache/console.log" 2>"$scratch/qemu.err" 9>&-
code=$?
if [ $code -ne 0 ]; then
  sed 's/^/  | /' "$scratch/qemu.err"
  tail -n 20 "$cache/console.log"
  [ $code -eq 124 ] && fail "the guest did not end within 480 s ($cache/console.log)"
  fail "qemu ended with exit code $code"
fi
python3 "$here/console.py" "$here/commands.list" "$cache/console.log" || fail "see $cache/console.log"
exit 0
