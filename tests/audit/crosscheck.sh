#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# crosscheck.sh: locked instructions of a binary against the audited sites, both ways.
. "${top_srcdir:-$(dirname "$0")/../..}/tests/lib.sh"
need_tool jq
[ "$(uname -m)" = x86_64 ] || skip x86_64 "locked instructions are read on x86-64 only"
"$HARNESS" audit --json >"$scratch/out" 2>"$scratch/err"
code=$?
[ "$code" = 3 ] && skip llvm "$(head -1 "$scratch/err")"
[ "$code" = 0 ] || fail "exit $code: $(cat "$scratch/err")"
if jq -e '.cross_check == null' "$scratch/out" >/dev/null; then
  grep -q 'no debug lines' "$scratch/err" || fail "no cross-check: $(cat "$scratch/err")"
else
  jq -e '.cross_check | .locked >= 10 and (.binary_only == []) and (.audit_only == [])' "$scratch/out" >/dev/null ||
    fail "HAKMEM: $(jq -c .cross_check "$scratch/out")"
fi

d=$scratch/p
mkdir "$d"
cat >"$d/seen.c" <<'C'
unsigned long g_seen, g_gone;
static int never(void) { return 0; }
void hidden(void);
int main(void)
{
  __atomic_fetch_add(&g_seen, 1, __ATOMIC_RELAXED);
  if (never())
    __atomic_fetch_add(&g_gone, 1, __ATOMIC_RELAXED);
  return 0;
}
C
echo 'unsigned long g_hidden; int count(void);
int count(void) { return (int)__atomic_fetch_add(&g_hidden, 1, __ATOMIC_RELAXED); }' >"$d/hidden.c"
jq -n --arg d "$d" '[{directory: $d, file: "seen.c", arguments: ["cc", "-c", "seen.c"]}]' >"$d/compile_commands.json"
(cd "$d" && ${CC:-cc} -g -O2 -o prog seen.c hidden.c) || exit 99
check_exit 0 "$HARNESS" audit "$d" --binary "$d/prog" --json
jq -e '.cross_check | .locked == 2 and (.binary_only | length == 1)
  and (.binary_only[0].file | endswith("hidden.c")) and (.audit_only | length == 1)
  and .audit_only[0].variable == "g_gone"' \
  "$scratch/out" >/dev/null || fail "a hidden and a removed atomic: $(jq -c .cross_check "$scratch/out")"
strip "$d/prog" 2>/dev/null && check_exit 3 "$HARNESS" audit "$d" --binary "$d/prog"
check_exit 2 "$HARNESS" audit "$d" --binary "$d/absent"
