#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Untrusted input: some thousand damaged files through the ELF reader, under the address and
# undefined-behaviour sanitizers where the compiler has them; then `verify` itself on damaged,
# foreign and strange files: a clear error each, never a crash.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
slow_test
targets=$top_srcdir/tests/step0/targets
"$CC" -std=gnu17 -O2 -g -o "$scratch/known" "$targets/known.c" -lpthread -ldl 2>"$scratch/cc.err" || exit 99
"$CC" -std=gnu17 -O2 -g1 -fPIC -shared -o "$scratch/plugin.so" "$targets/plugin.c" || exit 99

sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=all"
echo 'int main(void) { return 0; }' >"$scratch/empty.c"
"$CC" $sanitizers -o "$scratch/empty" "$scratch/empty.c" 2>/dev/null && "$scratch/empty" ||
  { sanitizers=; echo "no sanitizers here"; }
"$CC" -std=gnu17 -O1 -g -D_GNU_SOURCE -DFUZZ_REPLAY -DHAVE_CONFIG_H $sanitizers -I"$top_srcdir" -I"$top_builddir" \
  -o "$scratch/replay" "$top_srcdir/tests/step0/fuzz_elf.c" "$top_srcdir"/harness/step0/elf_*.c \
  "$top_srcdir/harness/step0/insn.c" "$top_srcdir/harness/core/elf_sections.c" "$top_srcdir/harness/core/debug_file.c" \
  "$top_srcdir/harness/core/foreign_file.c" "$top_builddir/harness/libharness.a" $HARNESS_LIBS \
  2>"$scratch/cc.err" ||
  { head -n 20 "$scratch/cc.err"; exit 99; }
"$scratch/replay" -n 1200 "$scratch/known" "$scratch/plugin.so" >"$scratch/out" 2>"$scratch/err" ||
  { head -n 60 "$scratch/err"; fail "a damaged file"; }
cat "$scratch/out"

# --- through the command ------------------------------------------------------------------------
refused() { # refused PATTERN FILE: exit 3, one line that says why, no crash
  check_exit 3 timeout 20 "$HARNESS" verify --binary "$2" --usdt known:tick --quiet --out "$scratch/r" -- true
  grep -qiE "$1" "$scratch/err" || { cat "$scratch/err"; fail "$2: the error does not say '$1'"; }
}
head -c 3000 "$scratch/known" >"$scratch/truncated"
refused 'truncated|damaged' "$scratch/truncated"
: >"$scratch/nothing"; refused 'not an ELF' "$scratch/nothing"
echo '#!/bin/sh' >"$scratch/script"; refused 'not an ELF' "$scratch/script"
mkfifo "$scratch/fifo"; refused 'not a regular file' "$scratch/fifo"
mkdir "$scratch/folder"; refused 'not a regular file|directory' "$scratch/folder"
refused 'no such file' "$scratch/not-there"
refused 'regular' /dev/zero
"$CC" -c -o "$scratch/known.o" "$targets/known.c" 2>/dev/null && refused 'executable' "$scratch/known.o"
python3 - "$scratch/known" "$scratch" <<'PY' || exit 99
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
def write(name, d):
    with open(sys.argv[2] + "/" + name, "wb") as f: f.write(d)
def copy(): return bytearray(data)
d = copy(); struct.pack_into("<H", d, 18, 8); write("foreign", d)             # EM_MIPS
d = copy(); d[4] = 1; write("small", d)                                        # 32 bits
d = copy(); d[5] = 2; write("big", d)                                          # big-endian
shoff, = struct.unpack_from("<Q", data, 40)
count, = struct.unpack_from("<H", data, 60)
strndx, = struct.unpack_from("<H", data, 62)
names, = struct.unpack_from("<Q", data, shoff + 64 * strndx + 24)
for i in range(count):
    base = shoff + 64 * i
    name = bytes(data[names + struct.unpack_from("<I", data, base)[0]:]).split(b"\0")[0]
    if name != b".note.stapsdt": continue
    offset, = struct.unpack_from("<Q", data, base + 24)
    for what, at, value in (("namesz", 0, 0xfffffff0), ("descsz", 4, 0xfffffff0), ("short", 4, 8), ("pc", 20, 1 << 60)):
        d = copy()
        struct.pack_into("<Q" if what == "pc" else "<I", d, offset + at, value)
        write("note-" + what, d)
    d = copy(); struct.pack_into("<Q", d, base + 24, 1 << 40); write("note-offset", d)
    d = copy(); struct.pack_into("<Q", d, base + 32, 1 << 40); write("note-size", d)
PY
refused 'another architecture' "$scratch/foreign"
refused '64-bit' "$scratch/small"
refused '64-bit' "$scratch/big"
for what in namesz descsz short pc offset size; do
  [ -e "$scratch/note-$what" ] || exit 99
  refused 'note|damaged|truncated|executable segment' "$scratch/note-$what"
done

# replaced and deleted while it is verified: the counts are of something else
have_rung ptrace-int3 || exit 0
cp "$scratch/known" "$scratch/moving"
verify 3 --binary "$scratch/moving" --symbol known_called -- sh -c \
    "'$scratch/moving'; cp '$scratch/known' '$scratch/new'; mv '$scratch/new' '$scratch/moving'"
holds "r['verdict'] == 'INCONCLUSIVE' and 'replaced' in r['reason']"
verify 3 --binary "$scratch/moving" --symbol known_called -- sh -c "'$scratch/moving'; rm '$scratch/moving'"
holds "r['verdict'] == 'INCONCLUSIVE' and 'deleted' in r['reason']"
# names that formats trip over: the environment and arguments arrive as they are
odd="$scratch/odd name:with \"all\" \$of 'it'"
cp "$scratch/known" "$odd"
verify 0 --binary "$odd" --symbol known_called -- "$odd" rounds=2
holds "r['hits'] == 21"
verify 0 --binary "$scratch/known" --symbol known_called --env "ODD=a b;\$(c)\"'" -- \
  sh -c 'test "$ODD" = "a b;\$(c)\"'"'"'" && exec "$0" "$@"' "$scratch/known" rounds=2
holds "r['hits'] == 21"
exit 0
