#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# fetch.sh CACHE_DIR: Debian's arm64 kernel and the arm64 libraries of the harness, unpacked into
# CACHE_DIR/root, without touching this machine's own packages: apt gets a private state with
# architecture arm64. Repeated calls do nothing once CACHE_DIR/complete is there.
# Exit 77 with a reason where packages cannot be had.
set -eu
cache=${1:?usage: fetch.sh CACHE_DIR}
give_up() { echo "SKIP: guest: $*"; exit 77; }
# a change of this list makes the cache incomplete
packages="libc6 libc6-dev libgcc-s1 libpfm4 libpfm4-dev libelf1 libelf-dev libdw1 libdw-dev libjansson4 libjansson-dev
  libcapstone4 libcapstone-dev libgsl27 libgslcblas0 libgsl-dev libhwloc15 libhwloc-dev libudev1 zlib1g zlib1g-dev
  liblzma5 libbz2-1.0 libzstd1 libltdl7 linux-libc-dev libcrypt1 liblzma-dev systemtap-sdt-dev
  libcmocka0 libcmocka-dev libiberty-dev busybox-static"
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
if [ -f "$cache/complete" ] && [ "$(cat "$cache/complete")" = "$(echo $packages)" ]; then exit 0; fi
for tool in apt-get apt-cache dpkg-deb; do
  command -v $tool >/dev/null 2>&1 || give_up "$tool is not there: the guest's packages come from a Debian archive"
done

# The machine's own sources and keys, another architecture, private state.
mkdir -p "$cache/apt/state/lists/partial" "$cache/apt/cache/archives/partial" "$cache/deb"
: >"$cache/apt/status"
cat >"$cache/apt/apt.conf" <<CONF
APT::Architecture "arm64";
APT::Architectures "arm64";
Dir::State "$cache/apt/state";
Dir::State::status "$cache/apt/status";
Dir::Cache "$cache/apt/cache";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
APT::Sandbox::User "";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::Retries "2";
CONF
export APT_CONFIG="$cache/apt/apt.conf"
apt-get update >"$cache/apt.log" 2>&1 || give_up "apt-get update for arm64 failed: $(tail -n 1 "$cache/apt.log")"
kernel=$(apt-cache depends linux-image-arm64 2>/dev/null |
  sed -n 's/^ *Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1)
[ -n "$kernel" ] || give_up "the archive has no linux-image-arm64"
cd "$cache/deb"
apt-get download $kernel $packages >>"$cache/apt.log" 2>&1 || give_up "download failed: $(tail -n 1 "$cache/apt.log")"
rm -rf "$cache/root"
mkdir -p "$cache/root"
for deb in *.deb; do
  case $deb in
    # of the kernel the image alone: modules are 300 MB
    linux-image-*) dpkg-deb --fsys-tarfile "$deb" |
      tar -x -C "$cache/root" --wildcards './boot/vmlinuz*' './boot/config*' ;;
    *) dpkg-deb -x "$deb" "$cache/root" ;;
  esac
done
# -dev packages link by absolute names to the libraries of the machine that they are for
find "$cache/root/usr/lib" -type l -lname '/*' | while read -r link; do
  ln -sf "$cache/root$(readlink "$link")" "$link"
done
rm -rf "$cache/deb" "$cache/apt"
echo $packages >"$cache/complete"
