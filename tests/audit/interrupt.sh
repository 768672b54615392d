#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# interrupt.sh: an audit that is asked to stop does, with the exit code for it, and leaves no folder behind;
# while clang compiles its units, and while it analyses them.
. "${top_srcdir:-$(dirname "$0")/../..}/tests/lib.sh"
need_tool jq
"$HARNESS" audit --json >"$scratch/probe" 2>"$scratch/probe.err"
case $? in
  3) skip llvm "$(head -1 "$scratch/probe.err")" ;;
esac

# program UNITS FUNCTIONS: that many units of that many functions each, which all may call each other by pointer
program() {
  dir=$scratch/$1.$2
  mkdir "$dir" "$dir/tmp"
  u=0
  while [ $u -lt "$1" ]; do
    awk -v u=$u -v n="$2" 'BEGIN {
      print "struct node { struct node *next; long (*run)(struct node *); long n; };"
      print "extern struct node *kept[];"
      if (u == 0) print "struct node *kept[512]; int main(void) { return (int)kept[0]->run(kept[1]); }"
      for (i = 0; i < n; i++) {
        printf "long f%d_%d(struct node *p) {\n", u, i
        print "  __atomic_fetch_add(&p->next->n, 1, 0);"
        printf "  kept[%d] = p->next; p->run = f%d_%d;\n", i % 512, u, i
        printf "  if (p->n) p->next = kept[%d];\n", (i * 7) % 512
        printf "  return kept[%d]->run(p->next) + p->n;\n}\n", (i + 1) % 512
      } }' >"$dir/$u.c"
    jq -n --arg d "$dir" --arg f "$dir/$u.c" '{directory: $d, file: $f, arguments: ["cc", "-c", $f]}'
    u=$((u + 1))
  done | jq -s . >"$dir/compile_commands.json"
}
# stopped FILE: starts the audit, waits until it has made FILE, and asks it to stop
stopped() {
  TMPDIR=$dir/tmp "$HARNESS" audit "$dir" --json >"$dir/out" 2>"$dir/err" &
  pid=$!
  while kill -0 $pid 2>/dev/null && ! ls "$dir"/tmp/*/"$1" >/dev/null 2>&1; do sleep 0.1; done
  [ -z "${2:-}" ] || sleep "$2"
  kill -TERM $pid 2>/dev/null
  wait $pid
  code=$?
  [ $code = 130 ] || fail "the audit of $dir ends with $code when stopped at $1: $(head -3 "$dir/err")"
  [ -z "$(ls "$dir/tmp")" ] || fail "the audit of $dir leaves $(ls "$dir/tmp") behind"
  jq -e ".atomics | not" "$dir/out" >/dev/null || fail "the audit of $dir prints a result though it was stopped"
}
program 200 3
stopped 1.bc
program 1 4000
stopped 0.bc 1
