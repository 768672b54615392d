#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The Debian packages build from a distribution, pass lintian, and work where they are unpacked; a program is built
# against them by CMake and by pkg-config; the static harness runs where there is no library at all.
# As root with PACKAGE_BARE=1 (make check-packages) they are also installed with apt-get in a folder that debootstrap
# makes, which has to give them their dependencies.
. "${top_srcdir:-.}/tests/lib.sh"
slow_test
need_tool dpkg-buildpackage packages
need_tool dh packages
need_tool lintian packages
need_tool cmake packages
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CPPFLAGS LDFLAGS
version=$("$HARNESS" --version | sed -n '1s/.* //p')
[ "$(sed -n '1s/.*(\(.*\)).*/\1/p' "$top_srcdir/debian/changelog")" = "$version" ] ||
  fail "debian/changelog is of another version than $version"
source="$scratch/hakmem-$version"
make -s -C "$top_builddir" distdir distdir="$source" >"$scratch/log" 2>&1 ||
  { tail -n 20 "$scratch/log"; fail "make distdir"; }
(cd "$source" && DEB_BUILD_OPTIONS="parallel=2 noautodbgsym" dpkg-buildpackage -us -uc -b) >"$scratch/log" 2>&1 ||
  { tail -n 30 "$scratch/log"; fail "dpkg-buildpackage"; }
(cd "$scratch" && lintian --allow-root --fail-on error,warning *.changes) >"$scratch/lintian" 2>&1 ||
  { cat "$scratch/lintian"; fail "lintian"; }
root="$scratch/root"
for package in libhakmem0 libhakmem-dev hakmem-harness hakmem-doc; do
  set -- "$scratch/$package"_*.deb
  [ -f "$1" ] || fail "no package $package"
  dpkg-deb -x "$1" "$root" || fail "$package cannot be unpacked"
done
lib=$(dirname "$(find "$root" -name libhakmem.a)")
[ -f "$root/usr/share/doc/hakmem/manual.md" ] || fail "the manual is not in hakmem-doc: $(find "$root" -name 'manual*')"

cat >"$scratch/p.c" <<'C'
#include <hakmem.h>
int main(void) { void *p = hak_malloc(100); hak_free(p); return p == 0; }
C
cat >"$scratch/CMakeLists.txt" <<'C'
cmake_minimum_required(VERSION 3.18)
project(p C)
find_package(hakmem 0.2 REQUIRED)
add_executable(p p.c)
target_link_libraries(p hakmem::hakmem)
C
sed -i "s|\"/usr/include\"|\"$root/usr/include\"|" "$lib/cmake/hakmem/hakmem-config.cmake"
cmake -S "$scratch" -B "$scratch/cmake" -DCMAKE_PREFIX_PATH="$root/usr" -Dhakmem_DIR="$lib/cmake/hakmem" \
  >"$scratch/log" 2>&1 && cmake --build "$scratch/cmake" >>"$scratch/log" 2>&1 || { cat "$scratch/log"; fail "CMake"; }
LD_LIBRARY_PATH="$lib" "$scratch/cmake/p" || fail "the program that CMake built: exit $?"
sed -i 's/hakmem 0.2 /hakmem 9.0 /' "$scratch/CMakeLists.txt"
cmake -S "$scratch" -B "$scratch/other" -Dhakmem_DIR="$lib/cmake/hakmem" >"$scratch/log" 2>&1 &&
  fail "CMake takes $version for 9.0"
flags=$(PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_LIBDIR="$lib/pkgconfig" pkg-config --cflags --libs hakmem)
$CC "$scratch/p.c" -o "$scratch/p" $flags && LD_LIBRARY_PATH="$lib" "$scratch/p" || fail "a program built by pkg-config"
LD_PRELOAD="$lib/libhakmem.so.0" "$root/usr/bin/hakmem-harness" --version | grep -q " $version\$" || fail "--version"

make -s -C "$top_builddir" static >"$scratch/log" 2>&1 || { tail -n 20 "$scratch/log"; fail "make static"; }
static="$top_builddir/static/hakmem-harness"
[ -z "$(readelf -lW "$static" | grep INTERP)" ] || fail "the static harness has an interpreter"
mkdir "$scratch/empty" && cp "$static" "$scratch/empty/h"
if [ "$(id -u)" = 0 ]; then
  [ "$(chroot "$scratch/empty" /h --version)" = "hakmem-harness $version" ] ||
    fail "the static harness does not run in an empty folder"
fi
[ -n "${PACKAGE_BARE:-}" ] || exit 0

[ "$(id -u)" = 0 ] || skip root "installing packages needs root"
need_tool debootstrap packages
bare="$scratch/bare"
debootstrap --variant=minbase "${BARE_SUITE:-bookworm}" "$bare" "${BARE_MIRROR:-http://deb.debian.org/debian}" \
  >"$scratch/log" 2>&1 || { tail -n 5 "$scratch/log"; fail "debootstrap"; }
cp "$scratch"/*.deb "$bare/root/" && cp /etc/resolv.conf "$bare/etc/"
cat >"$bare/root/try" <<'SH'
set -e
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends /root/*.deb
mkdir -p /proc /sys && mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t tracefs t /sys/kernel/tracing
cd /root
hakmem-harness --version
hakmem-harness doctor
LD_PRELOAD=libhakmem.so.0 ls / >/dev/null
hakmem-harness verify --binary /lib/x86_64-linux-gnu/libc.so.6 --symbol malloc -- ls /
SH
unshare --mount --propagation private chroot "$bare" /bin/sh /root/try >"$scratch/log" 2>&1 ||
  { tail -n 30 "$scratch/log"; fail "the packages in a bare Debian"; }
grep -q '^malloc: EXECUTED' "$scratch/log" || { tail -n 30 "$scratch/log"; fail "verify in a bare Debian"; }
grep '^malloc: \|^hakmem-harness ' "$scratch/log"
exit 0
