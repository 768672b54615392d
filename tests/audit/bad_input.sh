#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bad_input.sh: what cannot be analysed is said with its consequence, never skipped in silence.
. "${top_srcdir:-$(dirname "$0")/../..}/tests/lib.sh"
need_tool jq
"$HARNESS" audit --json >/dev/null 2>"$scratch/err"
[ $? = 3 ] && skip llvm "$(head -1 "$scratch/err")"
d=$scratch/p
mkdir "$d"
commands() { # commands FILE…: a compile database of them
  for f in "$@"; do jq -n --arg d "$d" --arg f "$f" \
      '{directory: $d, file: $f, command: "cc -O2 -fno-such-option -Wfoo -c \($f)"}'; done |
    jq -s . >"$d/compile_commands.json"
}
class_of() { jq -r --arg v "$1" '[.atomics[] | select(.variable == $v) | .class] | unique | join(",")' "$scratch/out"; }

cat >"$d/good.c" <<'C'
static unsigned long g_hits;
int main(void) { __atomic_fetch_add(&g_hits, 1, __ATOMIC_RELAXED); return 0; }
C
echo 'int broken( { return 0; }' >"$d/broken.c"
echo 'int f() { return 0; }' >"$d/other.cc"
echo '    ret' >"$d/start.S"

# no compile commands, a missing folder, commands that are no JSON or name nothing
check_exit 2 "$HARNESS" audit "$d"
grep -q 'bear' "$scratch/err" || fail "no advice on compile commands: $(cat "$scratch/err")"
check_exit 2 "$HARNESS" audit "$d/absent"
echo '{"not": "a list"}' >"$d/compile_commands.json"
check_exit 2 "$HARNESS" audit "$d"
echo '[]' >"$d/compile_commands.json"
check_exit 2 "$HARNESS" audit "$d"
echo '[{"directory": "/", "file": "x.c"}]' >"$d/compile_commands.json"
check_exit 2 "$HARNESS" audit "$d"
grep -q 'entry 1' "$scratch/err" || fail "the entry is not named: $(cat "$scratch/err")"

# what is no file is not waited for
rm "$d/compile_commands.json"
mkfifo "$d/compile_commands.json"
check_exit 2 timeout 20 "$HARNESS" audit "$d"
grep -q 'not a regular file' "$scratch/err" || fail "a pipe for compile commands: $(cat "$scratch/err")"
rm "$d/compile_commands.json"

# whatever ends it, its temporary folder goes
commands good.c
mkdir "$scratch/tmp"
printf '#!/bin/sh\n: >"%s/begun"\nexec sleep 60\n' "$scratch" >"$scratch/clang"
chmod +x "$scratch/clang"
# a hang-up that was ignored from the start (nohup) stays ignored
signals="TERM HUP"
case $(sed -n 's/^SigIgn:.*\(.\)$/\1/p' /proc/self/status) in *[13579bdf]) signals=TERM ;; esac
for signal in $signals; do
  rm -f "$scratch/begun"
  TMPDIR=$scratch/tmp HAKMEM_AUDIT_CLANG=$scratch/clang "$HARNESS" audit "$d" >"$scratch/out" 2>"$scratch/err" &
  audit=$!
  for i in $(seq 300); do [ -e "$scratch/begun" ] && break; sleep 0.1; done
  [ -n "$(ls "$scratch/tmp")" ] || fail "the temporary folder is not where TMPDIR says"
  kill -$signal $audit
  wait $audit
  code=$?
  [ "$code" = 130 ] || fail "exit $code after SIG$signal"
  [ -z "$(ls "$scratch/tmp")" ] || fail "after SIG$signal there is left: $(ls "$scratch/tmp")"
done

# everything is well: TELEMETRY, and options of other compilers do not hurt
commands good.c
check_exit 0 "$HARNESS" audit "$d" --json
[ "$(class_of g_hits)" = TELEMETRY ] || fail "g_hits is $(class_of g_hits)"

# each of these hides a possible reader: TELEMETRY becomes UNKNOWN, and the unit is named
for bad in broken.c missing.c; do
  commands good.c "$bad"
  check_exit 0 "$HARNESS" audit "$d" --json
  [ "$(class_of g_hits)" = UNKNOWN ] || fail "with $bad g_hits is $(class_of g_hits)"
  jq -e --arg b "$bad" '(.complete | not) and (.failed_units | length == 1)
    and (.failed_units[0].file | endswith($b)) and (.notes | length > 0)' "$scratch/out" >/dev/null ||
    fail "$bad is not named: $(jq -c '[.complete, .failed_units, .notes]' "$scratch/out")"
  check_exit 1 "$HARNESS" audit "$d" --fail-on unknown
  grep -q "$bad" "$scratch/out" || fail "the text does not name $bad"
done
commands broken.c
check_exit 2 "$HARNESS" audit "$d"
# units of another language can touch what they can name, and nothing else
cat >"$d/named.c" <<'C'
unsigned long g_named;
void count(void);
void count(void) { __atomic_fetch_add(&g_named, 1, __ATOMIC_RELAXED); }
C
for bad in other.cc start.S; do
  commands good.c named.c "$bad"
  check_exit 0 "$HARNESS" audit "$d" --json
  [ "$(class_of g_hits)" = TELEMETRY ] || fail "with $bad the static g_hits is $(class_of g_hits)"
  [ "$(class_of g_named)" = UNKNOWN ] || fail "with $bad g_named is $(class_of g_named)"
  jq -e --arg b "$bad" '(.complete | not) and (.failed_units | length == 1) and
    (.failed_units[0].file | endswith($b))' "$scratch/out" >/dev/null || fail "$bad is not named"
done
# what a command says: response files, -E, plug-ins of a compiler, a folder relative to the file
echo '-DDECIDES' >"$d/words.txt"
cat >"$d/decides.c" <<'C'
static unsigned long g_switched;
int main(void)
{
  __atomic_fetch_add(&g_switched, 1, __ATOMIC_RELAXED);
#ifdef DECIDES
  return g_switched > 3;
#endif
  return 0;
}
C
jq -n '[{directory: ".", file: "decides.c", arguments: ["ccache", "cc", "@words.txt", "-c", "decides.c"]},
        {directory: ".", file: "decides.c", arguments: ["cc", "-E", "decides.c"]}]' >"$d/compile_commands.json"
(cd / && check_exit 0 "$HARNESS" audit "$d" --json)
"$HARNESS" audit "$d" --json >"$scratch/out" || fail "a response file: exit $?"
[ "$(class_of g_switched)" = CORRECTNESS ] || fail "with a response file g_switched is $(class_of g_switched)"
jq -e 'any(.notes[]; test("only preprocesses"))' "$scratch/out" >/dev/null ||
  fail "the command with -E is not named: $(jq -c .notes "$scratch/out")"
jq -n --arg d "$d" '[{directory: $d, file: "good.c",
  arguments: ["cc", "-fplugin=/absent.so", "-Xclang", "-load", "-fno-such-option", "-c", "good.c"]}]' \
  >"$d/compile_commands.json"
check_exit 0 "$HARNESS" audit "$d" --json
[ "$(class_of g_hits)" = UNKNOWN ] || fail "with a plug-in of the compiler g_hits is $(class_of g_hits)"
jq -e '(.notes | join(" ")) | test("-fplugin=/absent.so") and test("-Xclang -load") and
  test("-fno-such-option")' "$scratch/out" >/dev/null ||
  fail "words left out are not named: $(jq -c .notes "$scratch/out")"

# a function of the project that no unit defines
cat >"$d/own.h" <<'C'
void hidden(void);
C
cat >"$d/caller.c" <<'C'
#include "own.h"
unsigned long g_calls;
int main(void) { __atomic_fetch_add(&g_calls, 1, __ATOMIC_RELAXED); hidden(); return 0; }
C
commands caller.c
check_exit 0 "$HARNESS" audit "$d" --json
[ "$(class_of g_calls)" = UNKNOWN ] || fail "with an undefined function g_calls is $(class_of g_calls)"

# telemetry that no #if can take out
commands good.c
check_exit 1 "$HARNESS" audit "$d" --fail-on telemetry-ungated
check_exit 2 "$HARNESS" audit "$d" --fail-on nonsense
check_exit 2 "$HARNESS" audit "$d" --format nonsense

# no compiler: what to install
HAKMEM_AUDIT_CLANG=$d/absent check_exit 3 "$HARNESS" audit "$d"
grep -q 'clang-14' "$scratch/err" || fail "no advice on the compiler: $(cat "$scratch/err")"

# the other formats
check_exit 0 "$HARNESS" audit "$d" --format sarif
jq -e '.version == "2.1.0" and .runs[0].results[0].ruleId == "TELEMETRY"
  and (.runs[0].results[0].locations[0].physicalLocation.region.startLine == 2)' "$scratch/out" >/dev/null ||
  fail "SARIF: $(head -c 600 "$scratch/out")"
check_exit 0 "$HARNESS" audit "$d" --format csv
[ "$(wc -l <"$scratch/out")" = 2 ] || fail "CSV has $(wc -l <"$scratch/out") lines"

# a folder of bitcode
clang=$(command -v clang-14) || { have llvm clang || exit 0; clang=clang; }
mkdir "$d/bc"
"$clang" -g -O1 -Xclang -disable-llvm-passes -emit-llvm -c "$d/good.c" -o "$d/bc/good.bc"
check_exit 0 "$HARNESS" audit "$d/bc" --json
[ "$(class_of g_hits)" = TELEMETRY ] || fail "from bitcode g_hits is $(class_of g_hits)"
# an #if arm that the bitcode's configuration left out, then a source that is gone
cat >"$d/arm.c" <<'C'
static unsigned long g_arm;
int main(void)
{
  __atomic_fetch_add(&g_arm, 1, __ATOMIC_RELAXED);
#ifdef OTHER
  if (g_arm > 3) return 1;
#endif
  return 0;
}
C
"$clang" -g -O1 -Xclang -disable-llvm-passes -emit-llvm -c "$d/arm.c" -o "$d/bc/good.bc"
check_exit 0 "$HARNESS" audit "$d/bc" --json
[ "$(class_of g_arm)" = UNKNOWN ] || fail "read in a left-out arm, from bitcode g_arm is $(class_of g_arm)"
rm "$d/arm.c"
check_exit 0 "$HARNESS" audit "$d/bc" --json
[ "$(class_of g_arm)" = UNKNOWN ] || fail "without its source, from bitcode g_arm is $(class_of g_arm)"
"$clang" -g -O1 -Xclang -disable-llvm-passes -emit-llvm -c "$d/good.c" -o "$d/bc/good.bc"
# nothing in a folder is waited for, and an empty file is no program without atomics
mkdir "$d/none"
mkfifo "$d/none/x.bc"
no_bitcode() { # WHAT IS SAID
  check_exit 3 timeout 20 "$HARNESS" audit "$d/none"
  grep -q "$1" "$scratch/err" || fail "no bitcode ($1): $(cat "$scratch/err")"
}
no_bitcode 'not a regular file'
rm "$d/none/x.bc"
: >"$d/none/x.bc"
no_bitcode 'it is empty'
echo '; a comment of text' >"$d/none/x.bc"
no_bitcode 'does not begin as bitcode'
mkfifo "$d/bc/pipe.bc"
check_exit 0 timeout 60 "$HARNESS" audit "$d/bc" --json
[ "$(class_of g_hits)" = UNKNOWN ] || fail "with a pipe for bitcode g_hits is $(class_of g_hits)"
rm "$d/bc/pipe.bc"
echo 'not bitcode' >"$d/bc/bad.bc"
check_exit 0 "$HARNESS" audit "$d/bc" --json
[ "$(class_of g_hits)" = UNKNOWN ] || fail "with unreadable bitcode g_hits is $(class_of g_hits)"
