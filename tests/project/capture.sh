#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Ways to build a program of two files: in each of them its link is seen, the one function that the gate changes is
# found, and where a row says so, it is linked anew in other orders. What is not seen is not called identical.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool make
need_tool readelf
. "$top_srcdir/tests/project/project_lib.sh"
project_copies counter

rows=0
project() { # IMAGE BUILD
  printf 'source counter\nbuild %s\nimage %s\ngate steps\n  define COUNT_STEPS\n' "$2" "$1" >row.ab
  printf 'workload main\n  run @image@ 2000\n' >>row.ab
}
says() { tr -d '\n ' <out | grep -Eq "$1"; } # the JSON, in one line
seen() { # NAME BUILD [IMAGE]: the difference is found
  project "${3:-counter}" "$2"
  "$HARNESS" project gates row.ab steps --json >out 2>err || fail "$1: $(cat err)"
  says '"functions_differ":\["[^"]*:main"\]' || fail "$1: main does not differ: $(cat out)"
  says '"lost":\[\]' || fail "$1: something was lost: $(cat out)"
  rows=$((rows + 1))
}
placed() { # NAME BUILD [IMAGE]: and links in other orders are measured
  seen "$@"
  "$HARNESS" ab --project row.ab --budget 0.2 --no-callgrind --quiet --json >out 2>err
  code=$?
  [ $code = 0 ] || [ $code = 3 ] || fail "$1: exit $code: $(cat err)"
  grep -q '"layout_sampling": *"a new random order' out || fail "$1: no new layouts: $(cat out err)"
}
objects='cc -O2 @gate@ -c counter.c other.c'
linked='cc -O2 @gate@ counter.c other.c'

# who calls the linker, and by which way
loader=$(readelf -lW /bin/sh | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
placed "ld by itself" "$objects && ld -o counter -dynamic-linker $loader \
  \$(cc -print-file-name=crt1.o) \$(cc -print-file-name=crti.o) counter.o other.o -lc \$(cc -print-file-name=crtn.o)"
seen "what the driver says its linker is" \
  "$objects && L=\$(cc -print-prog-name=ld) && \$L -r -o both.o counter.o other.o && cc both.o -o counter"
seen "cc -r" "$objects && cc -r -o both.o counter.o other.o && cc both.o -o counter"
seen "-B" "cc -B/usr/bin/ -O2 @gate@ counter.c other.c -o counter"
seen "COMPILER_PATH" "COMPILER_PATH=/usr/lib $linked -o counter"
seen "an empty environment" "env -i PATH=\"\$PATH\" $linked -o counter"
seen "a path of its own" "\$(command -v cc) -O2 @gate@ counter.c other.c -o counter"
if have packages ccache; then
  seen "ccache" \
    "unset CCACHE_DISABLE; export CCACHE_DIR=\$PWD/cc; ccache $objects && ccache cc counter.o other.o -o counter"
  seen "ccache in PATH" "unset CCACHE_DISABLE; export CCACHE_DIR=\$PWD/cc PATH=/usr/lib/ccache:\$PATH; \
    gcc -O2 @gate@ -c counter.c && gcc -c other.c && gcc counter.o other.o -o counter"
fi

# under which name the image was linked
placed "renamed" "$objects && cc counter.o other.o -o counter.tmp && mv counter.tmp counter"
seen "a.out" "$linked && mv a.out counter"
seen "copied and stripped" "$linked -o counter_unstripped && strip -o counter counter_unstripped"
seen "installed" "$linked -o counter && mkdir out && install -s counter out/counter" out/counter
seen "a link with the library's name" "cc -fPIC -shared -Wl,-soname,libc0.so.1 -O2 @gate@ counter.c other.c \
  -o libc0.so.1.2 && ln -s libc0.so.1.2 libc0.so.1" libc0.so.1

# what its inputs are
placed "an archive by -l" "$objects && ar rcs libx.a counter.o && cc other.o -L. -lx -o counter"
seen "a thin archive elsewhere" "mkdir a b && cc -O2 @gate@ -c counter.c -o a/counter.o && \
  cc -c other.c -o a/other.o && \
  ar rcsT b/libx.a a/counter.o a/other.o && cc -Lb -lx -o counter"
seen "a whole archive" "$objects && ar rcs libx.a counter.o other.o && cc -Wl,--whole-archive libx.a \
  -Wl,--no-whole-archive -o counter"
seen "arguments in a file for the linker" "$objects && echo counter.o other.o >a && cc -Wl,@a -o counter"
placed "a version script that is gone" "echo '{ local: *; };' >v && $objects && \
  cc -Wl,--version-script=v counter.o other.o -o counter && rm v"
placed "a folder that is gone" "mkdir b && cd b && cc -O2 @gate@ -c ../counter.c ../other.c && \
  cc counter.o other.o -o ../counter && cd .. && rm -r b"
placed "stripped by the linker" "cc -s -O2 @gate@ counter.c other.c -o counter"
seen "split debug information" "cc -gsplit-dwarf -O2 @gate@ counter.c other.c -o counter"
seen "preprocessed before" "cc -E -O2 @gate@ counter.c -o counter.i && cc -O2 -c counter.i && cc -c other.c && \
  cc counter.o other.o -o counter"
seen "compiled to assembly" "cc -O2 @gate@ -S counter.c && cc -c counter.s other.c && cc counter.o other.o -o counter"
seen "-save-temps" "cc -save-temps -O2 @gate@ counter.c other.c -o counter"

# link-time optimisation
placed "-flto in an archive" "cc -flto -O2 @gate@ -c counter.c other.c && gcc-ar rcs libx.a counter.o other.o && \
  cc -flto -O2 -L. -lx -o counter"
seen "-flto in a mixed archive" "cc -flto -O2 @gate@ -c counter.c && cc -O2 -c other.c && \
  gcc-ar rcs libx.a counter.o other.o && cc -flto -O2 -L. -lx -o counter"
seen "one partition" "cc -flto -flto-partition=none -O2 @gate@ counter.c other.c -o counter"
seen "fat objects" "cc -flto -ffat-lto-objects -O2 @gate@ -c counter.c other.c && cc -flto counter.o other.o -o counter"
seen "fat objects without optimisation" \
  "cc -flto -ffat-lto-objects -O2 @gate@ -c counter.c other.c && cc -fno-lto counter.o other.o -o counter"
if have packages clang && have packages ld.lld; then
  seen "clang" "clang -O2 @gate@ counter.c other.c -o counter"
  seen "clang -B" "clang -B/usr/bin -O2 @gate@ counter.c other.c -o counter"
  placed "clang -flto" "clang -flto -fuse-ld=lld -O2 @gate@ counter.c other.c -o counter"
  seen "clang -flto=thin" "clang -flto=thin -fuse-ld=lld -O2 @gate@ counter.c other.c -o counter"
fi
if have packages meson && have packages ninja; then
  seen "meson" "printf \"project('c','c')\\\\nexecutable('counter','counter.c','other.c')\\\\n\" >meson.build && \
    meson setup -Dc_args='-O2 @gate@' b && ninja -C b" b/counter
fi

# unseen: that is said, and nothing is called identical
project counter "$objects && /usr/bin/env -i /usr/bin/gcc -B/usr/bin/ counter.o other.o -o counter"
check_exit 3 "$HARNESS" project gates row.ab steps
grep -q 'the link of counter was not seen' err || fail "a link that was not seen: $(cat err)"
project counter "$objects && ar rcs libreal.a counter.o && echo 'INPUT(libreal.a)' >libx.so && \
  cc other.o -L. -lx -o counter"
check_exit 0 "$HARNESS" project gates row.ab steps --json
says '"lost":\["codeofcounterthatwaslinkedunseen"' || fail "code that was linked unseen: $(cat out)"
says '"identical":false' || fail "it is called identical: $(cat out)"
project counter "cc -O2 -fPIC -shared @gate@ counter.c -o libx.so && cc -O2 -c other.c && \
  echo 'int main(void) { return 0; }' >m.c && cc m.c other.o -L. -lx -o counter"
check_exit 0 "$HARNESS" project gates row.ab steps
grep -q 'libx.so, a library that counter is linked against and that is no image' out ||
  fail "a library of the build's own: $(cat out)"
for how in ab verify; do
  check_exit 3 "$HARNESS" $how --project row.ab steps
  grep -q 'not known: libx.so' err || fail "$how with a library of the build's own: $(cat err)"
done
# two images, and the gate is in the second
cat >two.ab <<'AB'
source counter
build  cc -O2 -fPIC -shared other.c -o libother.so && cc -O2 counter.c -L. -lother -o counter
image  counter
image  libother.so
gate shift
  patch counter/other.patch
workload main
  run @image@ 2000
AB
"$HARNESS" ab --project two.ab --budget 0.2 --no-callgrind --quiet --json >out 2>err
says '"functions_differ":\["other.c:other"\]' && says '"decision":"PROCEED"' || fail "two images: $(cat out err)"
# where it is not run in the first of two images that differ, it may be in the other
cat >both.ab <<'AB'
source counter
build  printf 'int of(int c) {\n#ifdef COUNT_STEPS\n  c *= 5;\n#endif\n  return c;\n}\n' >g.c && \
  cc -O2 -fPIC -shared @gate@ g.c -o libgate.so && \
  printf '#ifdef COUNT_STEPS\nint never(int c) { return c * 3; }\n#endif\nint main(void) { return 0; }\n' >m.c && \
  cc -O2 @gate@ m.c -o main
image  main
gate steps
  define COUNT_STEPS
workload main
  run @image@
AB
check_exit 1 "$HARNESS" verify --project both.ab --json
says '"verdict":"NOT_EXECUTED"' || fail "the one image that differs: $(cat out err)"
echo 'image libgate.so' >more && sed '/^image/r more' both.ab >other.ab
check_exit 3 "$HARNESS" verify --project other.ab --json
says '"verdict":"INCONCLUSIVE"' && says '"complete":false' || fail "verify of two that differ: $(cat out err)"
says '"what":"images","why":"libgate.sodiffers,too' || fail "the other image is not named: $(cat out err)"
check_exit 3 "$HARNESS" verify --project other.ab
grep -q 'looked at  main alone: libgate.so differs, too' out || fail "for people: $(cat out err)"
check_exit 3 "$HARNESS" ab --project other.ab --no-callgrind --quiet --json
says '"elsewhere":"libgate.sodiffers,too' || fail "ab of two that differ: $(cat out err)"
# a library that is linked and is no image: in doubt where the gate changes it, and in none where it does not
sed 's/m.c -o main/m.c -Wl,--no-as-needed -L. -lgate -Wl,-rpath,@build@ -o main/' both.ab >linked.ab
check_exit 3 "$HARNESS" verify --project linked.ab
grep -q 'looked at  main alone: what the gate changes elsewhere: libgate.so, a library' out ||
  fail "a library that differs: $(cat out err)"
sed 's/shared @gate@/shared/' linked.ab >plain.ab
check_exit 1 "$HARNESS" verify --project plain.ab
# a library that the workload does not find: it fails, and is no workload that takes too long
sed 's/ -Wl,-rpath,@build@//' plain.ab >fails.ab
check_exit 3 "$HARNESS" verify --project fails.ab
grep -q 'too often' err && fail "a workload that fails is called slow: $(cat err)"
grep -q 'the workload ended with exit' err || fail "a workload that fails: $(cat err)"

# objects that lie in the sources are not built anew, and know nothing of the gate
printf 'counter: counter.o other.o\n\t$(CC) -o $@ counter.o other.o\n' >counter/stale.mk
project counter 'make -f stale.mk CFLAGS="-O2 @gate@"'
check_exit 0 "$HARNESS" project gates row.ab steps --json
says '"lost":\[\]' && says '"functions_differ":\["[^"]*:main"\]' || fail "of clean sources: $(cat out)"
make -s -C counter -f stale.mk CFLAGS=-O2 || exit 99
check_exit 3 "$HARNESS" ab --project row.ab steps
grep -q 'counter was in the sources before the build' err || fail "an image that was there: $(cat err)"
check_exit 0 "$HARNESS" candidates --project row.ab --json
says '"priority":"unmeasured"' || fail "a gate of which nothing is known has no priority: $(cat out)"
rm counter/counter
check_exit 0 "$HARNESS" project gates row.ab steps --json
says '"identical":false' && says '"lost":\["counter.o,whichwasinthesources' || fail "stale objects: $(cat out)"
for how in ab verify; do
  check_exit 3 "$HARNESS" $how --project row.ab steps
  grep -q 'not known: counter.o, which was in the sources' err || fail "$how with stale objects: $(cat err)"
done
# nor do those that an archive is made of
printf 'counter: counter.o lib.a\n\t$(CC) -o $@ counter.o lib.a\nlib.a: other.o\n\tar rcs $@ other.o\n' >counter/lib.mk
cat >lib.ab <<'AB'
source counter
build rm -f counter.o && make -f lib.mk CFLAGS="-O2 @gate@"
image counter
gate same
  define OTHER_CODE
AB
printf '#ifdef OTHER_CODE\nunsigned more(void) { return 1; }\n#endif\n' >>counter/other.c
touch -d '2 hours ago' counter/other.c counter/counter.h && touch -d '1 hour ago' counter/other.o
check_exit 0 "$HARNESS" project gates lib.ab same --json
says '"identical":false' && says '"lost":\["other.o,whichwasinthesources' || fail "a stale member: $(cat out)"
project counter 'rm -f *.o && make -f stale.mk CFLAGS="-O2 @gate@"'
check_exit 0 "$HARNESS" project gates row.ab steps --json
says '"lost":\[\]' && says '"functions_differ":\["[^"]*:main"\]' || fail "cleaned by the build: $(cat out)"
echo "$rows ways to build"
[ "$rows" -ge 26 ] || fail "only $rows rows"
exit 0
