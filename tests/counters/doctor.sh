#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `doctor`: every check has a status and a sentence; what is refused has its errno; it agrees with
# the kernel's own files; it sees leftovers and missing programs; colours on terminals only.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
cat >"$scratch/check.py" <<'PY'
import json, os, sys
r = json.load(open(sys.argv[1]))
assert r["schema"] == "hakmem.doctor/1"
checks = {c["name"]: c for c in r["checks"]}
assert len(checks) == len(r["checks"]) >= 20
for c in r["checks"]:
    assert c["status"] in ("ok", "degraded", "unavailable") and c["detail"], c
    assert set(c) == {"name", "status", "detail", "advice"} and c["advice"] != "", c
for name in """pmu uprobe bpf-uprobe-multi ptrace perf-event-paranoid governor smt steal thp aslr
               noise leftovers""".split():
    assert name in checks, name
for name in ("pmu", "uprobe", "bpf-uprobe-multi"):
    if checks[name]["status"] == "unavailable": assert checks[name]["advice"], checks[name]
try: assert checks["thp"]["detail"] == open("/sys/kernel/mm/transparent_hugepage/enabled").read().strip()
except OSError: assert checks["thp"]["status"] == "unavailable"
for condition in sys.argv[2:]:
    name, status, text = condition.split("=")
    c = checks[name]
    assert c["status"] == status and text in c["detail"], (condition, c)
PY

check_exit 0 "$HARNESS" doctor --json
cp "$scratch/out" "$scratch/json"
python3 "$scratch/check.py" "$scratch/json" || fail "the JSON of doctor"

mkdir -p "$scratch/tmp/hakmem-record.abcdef" "$scratch/bin"
touch -d '3 hours ago' "$scratch/tmp/hakmem-record.abcdef"
ln -s /bin/true "$scratch/bin/gnuplot"
check_exit 0 env TMPDIR="$scratch/tmp" PATH="$scratch/bin" "$HARNESS" doctor --json
cp "$scratch/out" "$scratch/json"
python3 "$scratch/check.py" "$scratch/json" tool:gnuplot=ok=gnuplot tool:valgrind=unavailable=installed ||
  fail "programs are not looked for in PATH"
python3 -c 'import json,sys; c=[c for c in json.load(open(sys.argv[1]))["checks"] if c["name"]=="leftovers"][0];
assert c["status"]=="degraded", c' \
  "$scratch/json" || fail "an old scratch folder is not seen"

check_exit 0 "$HARNESS" doctor
grep -q '^[0-9]* ok, [0-9]* degraded, [0-9]* unavailable$' "$scratch/out" || fail "no summary line"
grep -q "$(printf '\033')" "$scratch/out" && fail "colours although stdout is no terminal"
# a narrow screen: nothing is wider, unless one word is
check_exit 0 env COLUMNS=40 TERM=dumb "$HARNESS" doctor
awk 'length > 40 && NF > 1 { print; bad = 1 } END { exit bad }' "$scratch/out" || fail "doctor is wider than 40 columns"
# a terminal gets colours, unless NO_COLOR
terminal() {
  TERM=xterm python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' "$@" </dev/null
}
(unset NO_COLOR; terminal "$HARNESS" doctor) >"$scratch/out" 2>&1
grep -q "$(printf '\033')" "$scratch/out" || fail "no colours on a terminal"
(NO_COLOR=1; export NO_COLOR; terminal "$HARNESS" doctor) >"$scratch/out" 2>&1
grep -q "$(printf '\033')" "$scratch/out" && fail "colours although NO_COLOR is set"

# without rights each refusal has its errno
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
if [ "$(id -u)" = 0 ] && $nobody test -x "$HARNESS" 2>/dev/null; then
  check_exit 0 $nobody "$HARNESS" doctor --json
  cp "$scratch/out" "$scratch/json"
  python3 "$scratch/check.py" "$scratch/json" || fail "the JSON of doctor without rights"
  python3 - "$scratch/json" <<'PY' || fail "an ordinary user's refusals"
import json, sys
for c in json.load(open(sys.argv[1]))["checks"]:
    if c["name"] in ("uprobe", "bpf-uprobe-multi"):
        assert c["status"] == "unavailable", c
        assert "EACCES" in c["detail"] or "EPERM" in c["detail"] or "no uprobe" in c["detail"], c
PY
fi
exit 0
