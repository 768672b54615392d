#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `ab --project`: gates of a small program to a verdict, the answers that need no timing, the short form, two
# commits, a CI's exit codes. Whether a verdict comes within seconds is the machine's: nothing here asks for one but
# where the effect is hundreds of percent.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool make
need_tool git
. "$top_srcdir/tests/project/project_lib.sh"
project_copies counter counter.ab
sources() { find counter -type f -exec sha256sum {} + | sort; }
slow_gates
before=$(sources)

# nothing differs: no timing
check_exit 0 "$HARNESS" ab --project counter.ab same --json
fits ab same
python3 - out <<'PY' || fail "identical code"
import json, sys
r = json.load(open(sys.argv[1]))
s = r["subject"]
assert r["verdict"] == "NEUTRAL" and s["identical"] is True and s["data_only"] is False, r
assert r.get("step0") is None and r["gain_pct"] is None and r["pairs"] is None, r
assert "SAME_CODE is named in other.c:" in r["reason"], r["reason"]
assert s["gate"] == "same" and s["image"] == "counter" and s["functions"] >= 3, s
PY

# a macro that stands nowhere is a slip, and no answer: also for a CI
check_exit 2 "$HARNESS" ab --project counter.ab nothing --fail-on worse --json
grep -q 'names the macro NOBODY_READS_THIS' out || fail "a macro that nobody reads: $(cat out)"
check_exit 2 "$HARNESS" ab --source counter --build 'make CFLAGS="-O2 @gate@"' --image counter \
  --define SAME_CODES -- counter 2000
grep -q 'near: SAME_CODE' err || fail "the near macros are not named: $(cat err)"

# code that never runs: NO-OP, and that is no failure for a CI
check_exit 1 "$HARNESS" ab --project counter.ab --gate unused --json
fits ab unused
python3 - out <<'PY' || fail "a gate that never runs"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["verdict"] == "NO-OP" and r["step0"]["decision"] == "SKIP", r
ran = {l["line"]: l["executed"] for l in r["subject"]["lines"] if l["has_code"]}
assert any(v is False for v in ran.values()), r["subject"]["lines"]
PY
check_exit 0 "$HARNESS" ab --project counter.ab --gate unused --fail-on worse --fail-on unresolved

# an effect that every machine sees; compiled out is faster
check_exit 1 "$HARNESS" ab --project counter.ab slow --budget 20 --json --no-callgrind --fail-on worse
fits ab slow
python3 - out <<'PY' || fail "a large effect"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["verdict"] == "GO" and r["gain_pct"]["low"] > 20, (r["verdict"], r["gain_pct"], r["reason"])
assert r["layouts"] == r["pairs"] + r["control"]["pairs"] and r["step0"]["decision"] == "PROCEED", r
assert "other.c:other" in r["subject"]["functions_differ"], r["subject"]
PY
dir=$(python3 -c 'import json; print(json.load(open("out"))["results_dir"])')
for f in result.json rounds.csv processes.csv build.json campaign.json; do [ -s "$dir/$f" ] || fail "no $f"; done

# the short form, and instructions by callgrind where there is one
check_exit 0 "$HARNESS" ab --source counter --build 'make CFLAGS="-O2 @gate@"' --image counter \
  --define 'WORK=4000 | WORK=1' --budget 20 --json --fail-on better -- counter 2000
fits ab "the short form"
python3 - out <<'PY' || fail "the short form"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["verdict"] == "GO", (r["verdict"], r["reason"])
if r["insns_per_op"] is not None: assert r["insns_per_op"]["in"] > 2 * r["insns_per_op"]["out"] > 0, r["insns_per_op"]
PY

# two commits
cp -r counter repo
git -C repo -c init.defaultBranch=main init -q
git -C repo add -A
git -C repo -c user.name=t -c user.email=t@example.org commit -qm one
sed -i 's/define WORK 1$/define WORK 4000/' repo/other.c
git -C repo -c user.name=t -c user.email=t@example.org commit -qam two
cat >rev.ab <<'AB'
source repo
build make CFLAGS=-O2
image counter
workload main
  run @image@ 2000
AB
check_exit 1 "$HARNESS" ab --project rev.ab --rev HEAD~1..HEAD --budget 20 --fail-on worse --json
fits ab rev
python3 -c 'import json; r = json.load(open("out"))
assert r["verdict"] == "GO" and r["subject"]["gate"] == "rev", r' ||
  fail "two commits"

# runs that fail are never fast ones
bad() { # WORKLOAD LINE…
  printf 'source counter\nbuild make CFLAGS="-O2 @gate@"\nimage counter\n' >bad.ab
  printf 'gate slow\n  define WORK=4000 | WORK=1\nworkload main\n' >>bad.ab
  printf '  %s\n' "$@" >>bad.ab
  check_exit 3 "$HARNESS" ab --project bad.ab --budget 3
}
bad 'run sh -c "exit 5"'
bad 'run @image@ 10' 'clock print time ([0-9.]+)'
grep -q 'did not print' err || fail "a number that was not printed: $(cat err)"

check_exit 2 "$HARNESS" ab --project counter.ab
grep -q 'which one' err || fail "several gates"
check_exit 2 "$HARNESS" ab --project counter.ab slower
check_exit 2 "$HARNESS" ab --project counter.ab slow --fail-on never
check_exit 2 "$HARNESS" ab --project counter.ab slow steps
check_exit 2 "$HARNESS" ab --build make --source counter --define X -- true
check_exit 2 "$HARNESS" ab slow -- true

no_scratch
[ "$before" = "$(sources)" ] || fail "the sources were written to"
git -C repo diff --quiet || fail "the repository was written to"
exit 0
