#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# cross.sh SOURCE CACHE_DIR: the project and its unit tests for aarch64 in CACHE_DIR/build, with the
# libraries that fetch.sh unpacked, installed into CACHE_DIR/installed (as under /). The second
# call compiles only what changed. Exit 77 with a reason where there is no cross compiler.
set -eu
source=${1:?usage: cross.sh SOURCE CACHE_DIR}
cache=$(cd "${2:?usage: cross.sh SOURCE CACHE_DIR}" && pwd)
host=aarch64-linux-gnu
root=$cache/root
for tool in $host-gcc pkg-config make; do
  command -v $tool >/dev/null 2>&1 ||
    { echo "SKIP: guest: $tool is not installed (Debian: gcc-aarch64-linux-gnu)"; exit 77; }
done
broken() { tail -n 25 "$1"; echo "the whole output: $1"; exit 1; }

# A source folder that was configured in place cannot be built elsewhere as well.
if [ -f "$source/config.status" ]; then
  make -C "$source" distdir distdir="$cache/source" >"$cache/distdir.log" 2>&1 || broken "$cache/distdir.log"
  source=$cache/source
fi

: "${GUEST_PROGRAMS:=}" # programs of the build that are not installed
# pkg-config must find the guest's libraries and no others
export PKG_CONFIG_LIBDIR="$root/usr/lib/$host/pkgconfig:$root/usr/share/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
unset PKG_CONFIG_PATH CFLAGS CPPFLAGS LDFLAGS LIBS CC
# what an enclosing make hands down (a jobserver, other variables) is not for this one
unset MAKEFLAGS MFLAGS MAKELEVEL
mkdir -p "$cache/build"
cd "$cache/build"
if [ ! -f Makefile ] || [ "$source/configure" -nt config.status ]; then
  "$source/configure" -q --host=$host --prefix=/usr --enable-free-trace --enable-werror \
    CC="$host-gcc --sysroot=$root" PKG_CONFIG=pkg-config >"$cache/configure.log" 2>&1 || broken "$cache/configure.log"
fi
jobs=$(nproc 2>/dev/null || echo 2)
make -s -j"$jobs" >"$cache/make.log" 2>&1 || broken "$cache/make.log"
make -s -j"$jobs" $GUEST_PROGRAMS >>"$cache/make.log" 2>&1 || broken "$cache/make.log"
rm -rf "$cache/installed"
make -s install DESTDIR="$cache/installed" >>"$cache/make.log" 2>&1 || broken "$cache/make.log"
mkdir -p "$cache/installed/usr/libexec/hakmem-tests"
for program in $GUEST_PROGRAMS; do
  ./libtool --mode=install install -m 755 $program "$cache/installed/usr/libexec/hakmem-tests/" >>"$cache/make.log" \
      2>&1 ||
    broken "$cache/make.log"
done
# a control group with a memory limit, which few machines where this is built can make
cp "$source/tests/alloc/worst/group.sh" "$cache/installed/usr/libexec/hakmem-tests/"
$host-gcc --sysroot="$root" -O1 -w -D_GNU_SOURCE -fno-builtin "$source/tests/alloc/worst/day.c" -lpthread -ldl \
    -o "$cache/installed/usr/libexec/hakmem-tests/day"
$host-gcc --sysroot="$root" -static -O1 -Wall -Wextra -Werror -D_GNU_SOURCE -o "$cache/installed/init" \
    "$source/tests/guest/init.c"
