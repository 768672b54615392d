# SPDX-License-Identifier: GPL-3.0-or-later
# alloc_lib.sh: what the allocator's shell tests share, on top of tests/lib.sh.
. "${top_srcdir:-.}/tests/lib.sh"
: "${CC:=cc}"
LIBHAKMEM="$top_builddir/.libs/libhakmem.so"

# Preloading needs the shared library, and one without a sanitizer in it.
need_preload() {
  [ -e "$LIBHAKMEM" ] || skip shared-library "no .libs/libhakmem.so here (built with --disable-shared?)"
  LD_PRELOAD=$LIBHAKMEM true 2>"$scratch/preload.err" && [ ! -s "$scratch/preload.err" ] ||
    skip preload "the library cannot be preloaded: $(head -n 1 "$scratch/preload.err")"
}

# with_hakmem COMMAND…: runs it on HAKMEM.
with_hakmem() { LD_PRELOAD="$LIBHAKMEM" "$@"; }

# The allocator's C files, and the flags that a compiler needs to build them by hand: the
# default gates, no markers. A test appends its own -D.
alloc_sources() { find "$top_srcdir/src" -name '*.c' | LC_ALL=C sort; }
alloc_cppflags="-D_GNU_SOURCE -I$top_srcdir -I$top_srcdir/src -I$top_builddir -I$top_builddir/probes"
alloc_cflags="$ALLOC_CFLAGS -g"
# preloadable LIBRARY FLAG…: another build of the library as it ships, with those gates, and without the sanitizers of
# this build, which no preloaded library may have.
preloadable() {
  to=$1; shift
  "$CC" $ALLOC_CFLAGS -O2 -fPIC -shared $alloc_cppflags -DHAKMEM_SITE_MARKERS=0 "$@" $(alloc_sources) \
    -Wl,-z,now,-z,nodelete,-z,initfirst -lpthread -o "$to" || fail "$to does not build"
}
alloc_gates() {
  sed -n 's/^# define \(HAKMEM_[A-Z0-9_]*_COMPILED\) 0$/\1/p' "$top_builddir/probes/hakmem_build_flags.h"
}
