#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `ab --cmd` beside hyperfine on the same commands: what reads the one's JSON reads the other's, and both say the
# same of what is not close.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
need_tool hyperfine programs
cd "$scratch" || exit 99
cat >fails.sh <<'SH'
sleep 0.01
exit 3
SH
check_exit 0 hyperfine --style none -N -i --runs 12 --export-json hyperfine.json 'sleep 0.3' 'sleep 0.02' 'sh fails.sh'
check_exit 0 "$HARNESS" ab --cmd 'sleep 0.3' --cmd 'sleep 0.02' --cmd 'sh fails.sh' -i --runs 12 \
  --export-hyperfine ab.json --json -q --out r
cp out ours.json
python3 - <<'PY' || fail "hyperfine and ab do not agree"
import json, math, statistics
def read(name):
    """What scripts take from hyperfine's export: seconds, by command."""
    found = {}
    for r in json.load(open(name))["results"]:
        t = r["times"]
        assert len(t) == len(r["exit_codes"]) == 12, (name, r)
        assert math.isclose(r["mean"], statistics.mean(t), rel_tol=1e-6), (name, r)
        assert math.isclose(r["stddev"], statistics.stdev(t), rel_tol=1e-6), (name, r)
        assert math.isclose(r["median"], statistics.median(t), rel_tol=1e-6), (name, r)
        assert (r["min"], r["max"]) == (min(t), max(t)) and r["user"] >= 0 and r["system"] >= 0, (name, r)
        found[r["command"]] = r
    return found
theirs, ours = read("hyperfine.json"), read("ab.json")
assert list(theirs) == list(ours) and len(ours) == 3, (list(theirs), list(ours))
for c in theirs:
    assert theirs[c].keys() <= ours[c].keys(), theirs[c].keys() - ours[c].keys()
    assert theirs[c]["exit_codes"] == ours[c]["exit_codes"], c
    # nobody sleeps for less than was asked for: both count seconds, and all of a run
    least = float(c.split()[1]) if c.startswith("sleep") else 0.01
    assert min(theirs[c]["times"]) >= least and min(ours[c]["times"]) >= least, c
slow, fast = "sleep 0.3", "sleep 0.02"
for r in (theirs, ours): assert r[slow]["median"] > r[fast]["median"]
ranks = {a["name"]: a["rank_first"] for a in json.load(open("ours.json"))["arms"]}
assert ranks[slow] > ranks[fast], ranks
PY
exit 0
