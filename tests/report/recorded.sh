#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A campaign that an older version recorded is reported and plotted as that version did, byte for byte; the schemas
# are those of the tables; what is kept with the sources is as they say.
. "${top_srcdir:-.}/tests/lib.sh"
recorded="$top_srcdir/tests/report/recorded"
check_exit 0 "$HARNESS" report "$recorded/campaign" --to "$scratch/pages" --pages-only
diff -r "$recorded/expected/pages" "$scratch/pages" >"$scratch/diff" || fail "pages: $(cat "$scratch/diff")"
if have gnuplot gnuplot; then
  check_exit 0 "$HARNESS" plots "$recorded/campaign" --to "$scratch/plots" -q
  diff -r "$recorded/expected/plots" "$scratch/plots/data" >"$scratch/diff" || fail "plots: $(cat "$scratch/diff")"
fi

# reading changes nothing on disk, and needs no right to
cp -r "$recorded/campaign" "$scratch/campaign"
printf '1,0,0,15' >>"$scratch/campaign/rounds.csv" # as a kill cuts it
before=$(cat "$scratch"/campaign/* | cksum)
chmod -R a-w "$scratch/campaign"
check_exit 0 "$HARNESS" report "$scratch/campaign" --to "$scratch/read" --pages-only
chmod -R u+w "$scratch/campaign"
[ "$before" = "$(cat "$scratch"/campaign/* | cksum)" ] ||
  fail "report changed what it read"
cmp -s "$scratch/read/CUMULATIVE_SUMMARY.md" "$scratch/pages/CUMULATIVE_SUMMARY.md" ||
  fail "a line cut short changes a page"

# a damaged record: its file and line, and exit 3
sed '7s/^[0-9]*/x/' "$recorded/campaign/rounds.csv" >"$scratch/campaign/rounds.csv"
check_exit 3 "$HARNESS" report "$scratch/campaign" --to "$scratch/read" --pages-only
grep -q 'rounds.csv:7' "$scratch/err" || fail "the damaged line is not named: $(cat "$scratch/err")"
printf '{"schema": "hakmem.ab/1", "pairs": "many"}' >"$scratch/campaign/result.json"
check_exit 3 "$HARNESS" report "$scratch/campaign" --to "$scratch/read" --pages-only
grep -q 'result.json: pairs is not a count' "$scratch/err" ||
  fail "the damaged key is not named: $(cat "$scratch/err")"

kept="$top_builddir/tests/report/test_kept"
[ -x "$kept" ] || skip cmocka "tests/report/test_kept was not built"
for name in $("$kept" --schema); do
  "$kept" --schema "$name" | cmp -s - "$top_srcdir/doc/schemas/$name.json" ||
    fail "doc/schemas/$name.json is not that of its table: make schemas"
done
python3 -c 'import jsonschema' 2>/dev/null || skip python "python3-jsonschema is not installed"
python3 -W ignore - "$top_srcdir" <<'PY' || fail "what is kept is not as the schemas say"
import glob, json, os, sys, jsonschema
top = sys.argv[1]
def of(name):
    s = json.load(open(f"{top}/doc/schemas/{name}.json"))
    jsonschema.Draft7Validator.check_schema(s)
    base = f"file://{os.path.abspath(top)}/doc/schemas/"
    return jsonschema.Draft7Validator(s, resolver=jsonschema.RefResolver(base, s))
def opened(s, path="", out=None):
    out = [] if out is None else out
    if isinstance(s, dict):
        if "properties" in s and s.get("additionalProperties", True) is True: out.append(path)
        for k, v in s.items(): opened(v, f"{path}/{k}", out)
    elif isinstance(s, list):
        for i, v in enumerate(s): opened(v, f"{path}/{i}", out)
    return out
for n in (os.path.basename(f)[:-5] for f in glob.glob(f"{top}/doc/schemas/*.json")):
    wide = opened(json.load(open(f"{top}/doc/schemas/{n}.json")))
    if wide: sys.exit(f"{n}.json allows any key at {wide[0] or '/'}")
name = {"hakmem.phase-record/1": "phase-record", "hakmem.calibrate/1": "calibrate",
        "hakmem.audit/1": "audit", "hakmem.peers/1": "peers"}
for f in glob.glob(f"{top}/doc/analysis/data/*/*.json"):
    v = json.load(open(f))
    for e in of(name[v["schema"]]).iter_errors(v): sys.exit(f"{f}: {'/'.join(map(str, e.path))}: {e.message[:200]}")
PY
# README's pictures are drawn from the record (another gnuplot draws other bytes)
drawn=$(sed -n 's/.*Produced by GNUPLOT \([0-9.]* patchlevel [0-9]*\).*/\1/p' "$top_srcdir/doc/pictures/forest.svg")
if have gnuplot gnuplot && [ "$(gnuplot --version | sed 's/^gnuplot //; s/ *$//')" = "$drawn" ]; then
  check_exit 0 "$HARNESS" plots "$top_srcdir/doc/analysis/data" --to "$scratch/record" -q
  for picture in forest peers; do
    cmp -s "$top_srcdir/doc/pictures/$picture.svg" "$scratch/record/$picture.svg" ||
      fail "doc/pictures/$picture.svg is not what the record draws: make plots"
  done
fi
# what README says of the record is what the record says
python3 - "$top_srcdir" <<'PY' || fail "README's figures are not the record's"
import json, re, sys
top = sys.argv[1]
readme = " ".join(open(f"{top}/README.md", encoding="utf-8").read().split())
summary = open(f"{top}/doc/analysis/CUMULATIVE_SUMMARY.md", encoding="utf-8").read()
def interval(row):
    numbers = re.findall(r"[+-][0-9.]+", next(l for l in summary.splitlines() if l.startswith(row)))
    return "%+.1f%% [%+.1f, %+.1f]" % tuple(map(float, numbers[:3]))
peers = json.load(open(f"{top}/doc/analysis/data/peers/result.json"))["rows"]
def excess(name, kind):
    row = next(r for r in peers if r["name"] == name)
    return "%.0f%% [%.0f, %.0f]" % tuple(100 * row[kind][k] - 100 for k in ("median", "low", "high"))
calibration = json.load(open(f"{top}/doc/analysis/data/calibration/result.json"))
said = [interval("| all gates out"), interval("| sum of the parts"),
        f"a locked instruction costs {calibration['locked_cost_ns']:.2f} ns",
        f"the record of {calibration['date'][:10]} on ", f"Effects below {calibration['detectable_pct']:.2f}% are not"]
missing = [text for text in said if text not in readme]
# where it loses: every row of which the whole interval is above the best peer's, and no other
losses = readme[readme.index("Where it loses"):readme.index("Newer versions")]
for kind, words in ("time_ratio", losses[:losses.index("peak memory")]), \
                   ("rss_ratio", losses[losses.index("peak memory"):]):
    named = {row: text for text, row in re.findall(
        r"([0-9]+% \[-?[0-9]+, [0-9]+\])(?: above the \w+ peer's)? in ([\w-]+)", words)}
    lost = {r["name"]: excess(r["name"], kind) for r in peers if r[kind]["low"] > 1}
    if named != lost: missing.append(f"{kind}: {lost}, and not {named}")
if missing: sys.exit("README.md lacks: " + "; ".join(missing))
PY
exit 0
