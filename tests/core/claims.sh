#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every command line of README.md, CONTRIBUTING.md and doc/ is run (claims.py), in a folder that has what they name.
. "${top_srcdir:-.}/tests/lib.sh"
slow_test
need_tool python3 programs
need_tool pidof programs
need_tool git
need_tool g++ compilers
[ "$(id -u)" = 0 ] || skip root "uprobes of the examples"
from="$top_srcdir/tests/core/claims"
play="$scratch/play"
mkdir "$play" && cp "$from"/* "$play" && cd "$play" || exit 99
$CC -g -O1 parser.c -o prog || exit 99
cp prog server && cp prog app && cp prog prog.old || exit 99
$CC -g -O1 -x c++ types.cc -shared -fPIC -o libfoo.so.1 && ln -s libfoo.so.1 libfoo.so &&
  $CC -g use.c -L. -lfoo -Wl,-rpath,"$play" -o use || exit 99
echo 'parser.c:14' >lines.txt
echo 'print(sum(range(1000)))' >app.py
seq 2000 >a; echo 'some words' >input; mkdir args
cp "$top_builddir/.libs/libhakmem.so" libx.so && cp libx.so liby.so || exit 99
cp -r "$top_srcdir/tests/project/counter" "$top_srcdir/tests/project/counter.ab" . || exit 99
(cd counter && git init -q . && git add -A && git -c user.name=a -c user.email=a@example.invalid commit -qm one &&
  sed -i 's/^int main/\n&/' counter.c && git -c user.name=a -c user.email=a@example.invalid commit -qam two) || exit 99
export XDG_CACHE_HOME="$scratch/cache" XDG_STATE_HOME="$scratch/state"
./server & server=$!
python3 "$top_srcdir/tests/core/claims.py" "$top_srcdir" "$top_builddir" "$play" >"$scratch/wrong" 2>&1; code=$?
kill $server 2>/dev/null; wait $server 2>/dev/null
[ $code = 0 ] || { cat "$scratch/wrong"; fail "a text says what is not so"; }
exit 0
