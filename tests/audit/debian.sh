#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# debian.sh FOLDER [NAME...]: audits allocators of other people as Debian 12 has them in source:
# mimalloc, jemalloc, musl, libgc, haproxy, nginx, redis, fio, and the lowest library of bind9 (default: all). It is
# run by hand, since it needs the network; doc/audit.md has its figures, and redis alone takes some minutes on a
# busy machine: MOST (600) seconds are the most for one. apt gets a private state in
# FOLDER, so that neither the machine's package sources nor its packages change. For each NAME:
# FOLDER/NAME/ is the unpacked source with its compile_commands.json, FOLDER/NAME.json what the
# audit said, FOLDER/NAME.seconds the seconds of processor time that it and its clang runs took. A
# source that is already there is not fetched again. HARNESS names another hakmem-harness than the
# one in the PATH.
set -euo pipefail
folder=${1:?usage: debian.sh FOLDER [NAME...]}
shift
[ $# -gt 0 ] || set -- mimalloc jemalloc musl libgc haproxy nginx redis fio bind9
harness=${HARNESS:-hakmem-harness}
for tool in apt-get dpkg-source jq make bear; do
  command -v $tool >/dev/null || { echo "debian.sh: $tool is not there: install it first" >&2; exit 1; }
done
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
folder=$(cd "$folder" && pwd)
echo 'deb-src http://deb.debian.org/debian bookworm main' >"$folder/apt/list"
private_apt() {
  apt-get -q -o Dir::Etc::sourcelist="$folder/apt/list" -o Dir::Etc::sourceparts=/dev/null \
      -o Dir::State::lists="$folder/apt/lists" \
    -o Dir::Cache="$folder/apt/cache" -o APT::Sandbox::User= "$@" >>"$folder/apt.log" 2>&1
}

# commands 'FLAGS' FILE...: compile_commands.json of the folder one is in.
commands() {
  local flags=$1
  shift
  printf '%s\n' "$@" |
    jq -R --arg d "$PWD" --arg f "$flags" '{directory: $d, file: ., command: "cc \($f) -O2 -c \(.)"}' |
    jq -s . >compile_commands.json
}

# Each of these is run in the unpacked source. The defines are those of Debian's shared library.
prepare_mimalloc() {
  commands \
    "-std=gnu11 -Iinclude -DNDEBUG -DMI_SHARED_LIB -DMI_SHARED_LIB_EXPORT -DMI_MALLOC_OVERRIDE -fvisibility=hidden" \
    src/{stats,random,os,bitmap,arena,segment-cache,segment,page,heap,alloc,alloc-aligned,alloc-posix,init,options}.c
}
prepare_jemalloc() {
  ./configure --disable-cxx --enable-prof --with-lg-page=12 --with-lg-hugepage=21 >configure.log 2>&1
  commands "-std=gnu11 -D_GNU_SOURCE -D_REENTRANT -Iinclude -fvisibility=hidden -DJEMALLOC_NO_PRIVATE_NAMESPACE" \
    $(make -pn 2>/dev/null | sed -n 's/^C_SRCS := //p')
}
prepare_musl() {
  ./configure >configure.log 2>&1
  make obj/include/bits/alltypes.h obj/include/bits/syscall.h >>configure.log 2>&1
  commands "-std=c99 -nostdinc -ffreestanding -D_XOPEN_SOURCE=700 -Iarch/x86_64 -Iarch/generic \
-Iobj/src/internal -Isrc/include -Isrc/internal -Iobj/include -Iinclude" \
    src/malloc/*.c src/malloc/mallocng/*.c src/thread/{__lock,__wait}.c
}
prepare_libgc() {
  mkdir -p build-dynamic
  (cd build-dynamic &&
      ../configure --with-libatomic-ops=none --enable-shared --disable-static \
      --disable-dependency-tracking >configure.log 2>&1 &&
    bear --output ../compile_commands.json -- make -s libgc.la >make.log 2>&1)
}

# planned FOLDER MAKE-ARGUMENT...: what make would run there, and in the folders that it goes to, from its dry run;
# lines that go on are joined.
planned() {
  local directory=$1
  shift
  make -w -n -C "$directory" "$@" 2>/dev/null |
    sed -e ':a;/\\$/{N;s/\\\n//;ba}' |
    sed -nE -e "s/^make.*: Entering directory '(.*)'$/>\1/p" -e "s/^make.*: Leaving directory .*/</p" \
      -e 's/[ \t]-o[ \t]+[^ \t]*\.o//;/^ *(cc|gcc)([ \t].*)?[ \t]-c[ \t]/p' |
    awk '/^>/ { at[++depth] = substr($0, 2); next } /^</ { depth--; next } { print at[depth] "\t" $0 }' |
    jq -R 'split("\t") | {directory: .[0], command: (.[1:] | join(" ")),
      file: ((.[1:] | join(" ")) | [splits("[ \\t]+")] | map(select(endswith(".c"))) | last)}' |
    jq -s 'map(select(.file))' >compile_commands.json
}
prepare_haproxy() { planned . V=1 TARGET=linux-glibc haproxy; }
prepare_nginx() {
  ./configure --with-threads --with-http_stub_status_module --without-http_rewrite_module \
    --without-http_gzip_module >configure.log 2>&1
  planned . -f objs/Makefile
}
prepare_redis() {
  : >src/release.h
  planned src V=1 MALLOC=libc redis-server
}
prepare_rpmalloc() {
  commands "-std=gnu11 -DNDEBUG -DENABLE_STATISTICS=1 -DENABLE_PRELOAD=1 -fPIC -Irpmalloc" rpmalloc/rpmalloc.c
}
prepare_mimalloc3() {
  commands \
    "-std=gnu11 -Iinclude -DNDEBUG -DMI_SHARED_LIB -DMI_SHARED_LIB_EXPORT -DMI_MALLOC_OVERRIDE -fvisibility=hidden" \
    $(sed -n '/^set(mi_sources/,/)/s,^ *\(src/[a-z/-]*\.c\).*,\1,p' CMakeLists.txt)
}
prepare_bind9() {
  ./configure --disable-doh --disable-linux-caps --disable-geoip --disable-dnsrps --without-libxml2 --without-json-c \
    --without-lmdb >configure.log 2>&1
  bear --output compile_commands.json -- \
    make -s ACLOCAL=: AUTOCONF=: AUTOMAKE=: AUTOHEADER=: -C lib/isc >make.log 2>&1
}
prepare_fio() {
  ./configure >configure.log 2>&1
  planned . V=1 fio
}

# Functions that only report, given where SINKS is set.
sinks_of() {
  case $1 in
    mimalloc) echo _mi_fprintf _mi_fputs _mi_warning_message _mi_verbose_message _mi_trace_message ;;
    jemalloc) echo malloc_printf malloc_write malloc_cprintf emitter_kv ;;
    libgc) echo GC_log_printf GC_printf GC_err_printf GC_stats_log_printf ;;
  esac
}

echo '| source | units | rows | TELEMETRY | UNKNOWN | CORRECTNESS | time |'
echo '|---|---|---|---|---|---|---|'
for name; do
  if [ ! -d "$folder/$name" ]; then
    [ -f "$folder/apt/updated" ] || { private_apt update && touch "$folder/apt/updated"; }
    (cd "$folder" && private_apt source --download-only "$name" && rm -rf "$name.new" &&
        dpkg-source -x "$name"_*.dsc "$name.new" >>apt.log 2>&1 && mv "$name.new" "$name")
  fi
  [ -f "$folder/$name/compile_commands.json" ] || (cd "$folder/$name" && "prepare_$name")
  sinks=
  [ -z "${SINKS:-}" ] || sinks=$(for s in $(sinks_of "$name"); do printf -- '--sink %s ' "$s"; done)
  TIMEFORMAT='%U %S'
  { time timeout -s KILL "${MOST:-600}" "$harness" audit "$folder/$name" $sinks --json \
    >"$folder/$name.json" 2>"$folder/$name.log"; } 2>"$folder/$name.time"
  awk '{ printf "%.1f\n", $1 + $2 }' "$folder/$name.time" >"$folder/$name.seconds"
  jq -r --arg n "$name" --arg s "$(cat "$folder/$name.seconds")" '[.atomics[].class] as $c | ($c | length) as $all |
    def of($k): $c | map(select(. == $k)) | length;
    "| \($n) | \(.totals.units) | \($all) | \(of("TELEMETRY")) | \(of("UNKNOWN")) " +
    "(\(of("UNKNOWN") * 1000 / ([$all, 1] | max) | round / 10)%) | \(of("CORRECTNESS")) | \($s) s |"' \
    "$folder/$name.json"
done
