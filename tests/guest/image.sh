#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# image.sh CACHE_DIR LIST: CACHE_DIR/initramfs.cpio of what cross.sh installed, the shared
# libraries that it needs, and LIST as /guest-tests (see init.c). Uncompressed: the emulated CPU
# would take longer to unpack it than the image takes to read.
set -eu
cache=$(cd "${1:?usage: image.sh CACHE_DIR LIST}" && pwd)
list=${2:?usage: image.sh CACHE_DIR LIST}
command -v cpio >/dev/null 2>&1 || { echo "SKIP: guest: cpio is not installed"; exit 77; }
libs=lib/aarch64-linux-gnu
image=$cache/image
rm -rf "$image"
mkdir -p "$image/dev" "$image/proc" "$image/sys" "$image/tmp" "$image/etc" "$image/$libs"
cp "$list" "$image/guest-tests"
cp "$cache/installed/init" "$image/init"
mkdir -p "$image/usr/lib"
cp -a "$cache/installed/usr/bin" "$cache/installed/usr/libexec" "$image/usr/"
cp -a "$cache/installed/usr/lib/"*.so* "$image/usr/lib/"
[ ! -d "$cache/installed/usr/share/hakmem" ] ||
  { mkdir -p "$image/usr/share"; cp -a "$cache/installed/usr/share/hakmem" "$image/usr/share/"; }
# programs for tests to start
mkdir -p "$image/bin"
cp "$cache/root/bin/busybox" "$image/bin/busybox"
for name in sh true false sleep cat env grep kill echo rm rmdir mkdir cp; do
  ln -s busybox "$image/bin/$name"
  ln -s /bin/busybox "$image/usr/bin/$name"
done
printf 'root:x:0:0::/tmp:/bin/sh\nguest:x:1000:1000::/tmp:/bin/sh\n' >"$image/etc/passwd"
printf 'root:x:0:\nguest:x:1000:\n' >"$image/etc/group"

needed() { aarch64-linux-gnu-readelf -d "$@" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p' | sort -u; }
cp -L "$cache/root/$libs/ld-linux-aarch64.so.1" "$image/lib/ld-linux-aarch64.so.1"
todo=$(find "$image/usr" -type f \( -perm -100 -o -name '*.so*' \) -exec aarch64-linux-gnu-readelf -d {} + 2>/dev/null |
  sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p' | sort -u)
while [ -n "$todo" ]; do
  next=
  for name in $todo; do
    if [ -e "$image/$libs/$name" ] || [ -e "$image/lib/$name" ] || [ -e "$image/usr/lib/$name" ]; then continue; fi
    for dir in "$cache/root/$libs" "$cache/root/usr/$libs"; do
      if [ -e "$dir/$name" ]; then cp -L "$dir/$name" "$image/$libs/$name"; break; fi
    done
    [ -e "$image/$libs/$name" ] || { echo "the guest needs $name, and no package of fetch.sh's list has it"; exit 1; }
    next="$next $(needed "$image/$libs/$name")"
  done
  todo=$next
done
(cd "$image" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) >"$cache/initramfs.cpio"
