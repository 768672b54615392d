#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A tree that is audited is data: no word of its compile commands, however it is spelt, makes the compiler load a
# plug-in, read words out of a file, or write beside its own folder; damaged bitcode is refused.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3
need_tool "$CC" cc
mkdir "$scratch/t" && cd "$scratch/t" || exit 99
cat >plug.c <<'END'
#include <fcntl.h>
__attribute__((constructor)) static void go(void) { open(MARK, O_CREAT | O_WRONLY, 0600); }
END
"$CC" -shared -fPIC -DMARK="\"$scratch/PWN\"" -o plug.so plug.c || exit 99
printf '#!/bin/sh\n: >"%s/PWN"\nexit 1\n' "$scratch" >evil && chmod +x evil && cp evil as && cp evil ld || exit 99
printf '%s\n' "-fplugin=$scratch/t/plug.so" "-Xclang -load -Xclang $scratch/t/plug.so" >words
cp words .clang && cp words clang.cfg && echo "root's" >keep || exit 99
echo 'int x; int main(void) { return __atomic_fetch_add(&x, 1, 0); }' >a.c
cat >commands.py <<'END'
import json, sys
load = ["-fplugin=./plug.so"]
lists = [
    [["-D", "@words"]], [["-U", "@words"]], [["@words"]], [["-D@words"]], [["-U@words"]], [["-I", "@words"]],
    [["-I@words"]], [["-isystem", "@words"]], [["-iquote", "@words"]], [["-idirafter", "@words"]],
    [["-imacros", "@words"]], [["-include", "@words"]], [["-x", "@words"]], [["-x", "cuda"]], [["-x", "ir"]],
    [["--sysroot", "@words"]], [["--sysroot=@words"]], [["--define-macro", "@words"]], [["--define-macro=@words"]],
    [["--include=@words"]], [["--language=@words"]], [["--include-directory", "@words"]], [["-Wp,-D,@words"]],
    [["-Wp,@words"]], [["-Wp,-fplugin=./plug.so"]], [["-std=@words"]], [["-march=@words"]], [["--target=@words"]],
    [["--config", "clang.cfg"]], [["--config=clang.cfg"]], [load], [["-fplugin", "./plug.so"]],
    [["-Xclang", "-load", "-Xclang", "./plug.so"]], [["-fpass-plugin=./plug.so"]], [["-mllvm", "-load=./plug.so"]],
    [["-B."]], [["-B", "."]], [["-fno-integrated-as", "-S"]], [["-wrapper", "./evil"]], [["-specs=words"]],
    [["-fuse-ld=./evil"]], [["-no-integrated-cpp"]], [["-ccc-gcc-name", "./evil"]], [["-Xpreprocessor", "@words"]],
    [["-Xassembler", "@words"]], [["-Wa,@words"]], [["-Wl,-plugin,./plug.so"]], [["-flto", "-fuse-ld=lld"]],
    [["-MD", "-MF", "keep"]], [["-MMD", "-MF", "keep"]], [["-o", "keep"]], [["-save-temps"]], [["-MJ", "keep"]],
    [["-ftime-trace"]], [["-fcrash-diagnostics-dir=."]], [["-serialize-diagnostics", "keep"]],
    [["-fdebug-compilation-dir=`./evil`", "-DA=$(./evil)", "-DB=`./evil`", "-DC=;./evil"]],
]
for i, (words,) in enumerate(lists):
    print(json.dumps({"directory": sys.argv[1], "file": "a.c", "arguments": ["cc", *words, "-c", "a.c"]}))
for directory in ("--help", "@words", "-fplugin=./plug.so"):
    print(json.dumps({"directory": directory, "file": "a.c", "command": "cc -c a.c"}))
for name in ("@words", "-fplugin=./plug.so", "-Xclang"):
    print(json.dumps({"directory": sys.argv[1], "file": name, "command": "cc -c a.c"}))
for compiler in ("./evil", "@words", "-fplugin=./plug.so", "PATH=. cc", "sh -c ./evil"):
    print(json.dumps({"directory": sys.argv[1], "file": "a.c", "command": compiler + " -c a.c"}))
END
python3 commands.py "$scratch/t" >list || exit 99
before=$(ls -A "$scratch/t" | sort | tr '\n' ' ')
# all of them at once, then what ran is looked for; a few alone, so that none is left out for another's sake
{ echo '['; paste -sd, list; echo ']'; } >compile_commands.json
PATH="$PATH:." timeout 500 "$HARNESS" audit . --json --quiet >"$scratch/out" 2>"$scratch/err" </dev/null; got=$?
[ $got = 3 ] && skip llvm "$(head -n 1 "$scratch/err")"
case $got in 0 | 1 | 2) ;; *) fail "exit $got: $(head -c 500 "$scratch/err")" ;; esac
[ ! -e "$scratch/PWN" ] || fail "something of the tree was executed"
for n in 1 2 12 29 41; do
  { echo '['; sed -n "${n}p" list; echo ']'; } >compile_commands.json
  PATH="$PATH:." timeout 100 "$HARNESS" audit . --json --quiet >"$scratch/out" 2>"$scratch/err" </dev/null; got=$?
  [ $got -lt 3 ] || fail "exit $got: $(sed -n "${n}p" list)"
  [ ! -e "$scratch/PWN" ] || fail "executed: $(sed -n "${n}p" list)"
done
rm compile_commands.json
[ "$(ls -A | sort | tr '\n' ' ')" = "$before" ] || fail "written into the tree: $(ls -A)"
[ "$(cat keep)" = "root's" ] || fail "a file of the tree was written over"

# damaged bitcode: each refused or read, never a crash of the harness
"${HAKMEM_AUDIT_CLANG:-clang-14}" -O1 -g -emit-llvm -c a.c -o good.bc 2>"$scratch/err" || exit 0
python3 - <<'END' || exit 99
import random
good = bytearray(open("good.bc", "rb").read())
for i in range(12):
    r = random.Random(i)
    d = bytearray(good)
    for _ in range(1 + i % 4): d[r.randrange(8, len(d))] = r.randrange(256)
    if i % 5 == 0: d = d[:r.randrange(len(d))]
    import os
    os.mkdir("b%d" % i)
    open("b%d/x.bc" % i, "wb").write(d)
END
for i in 0 1 2 3 4 5 6 7 8 9 10 11; do
  timeout 100 "$HARNESS" audit "b$i" --json --quiet >"$scratch/out" 2>"$scratch/err" </dev/null; got=$?
  case $got in 0 | 1 | 2 | 3) ;; *) fail "damaged bitcode $i: exit $got: $(head -c 300 "$scratch/err")" ;; esac
done
exit 0
