# SPDX-License-Identifier: GPL-3.0-or-later
"""merge.py HARNESS FOLDER: `merge` on fleets whose answer is known, and on results that must not count."""
import json, math, pathlib, random, subprocess, sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from results import PACK, end, head, lines, pairs, result, save

harness, folder = sys.argv[1], pathlib.Path(sys.argv[2])
count = 0


def merge(named, code, *more):
    """named: {file name: lines}. Returns the object of --json."""
    global count
    count += 1
    place = folder / f"fleet-{count}"
    place.mkdir()
    files = [save(place / name, text) for name, text in named.items()]
    r = subprocess.run([harness, "merge", *files, "--json", "-q", "--out", str(place / "out"), *more],
                       capture_output=True, text=True)
    assert r.returncode == code, (named.keys(), r.returncode, r.stdout, r.stderr)
    o = json.loads(r.stdout)
    page = pathlib.Path(o["page"]).read_text()
    assert o["summary"]["verdict"] in page and all(m["model"] in page for m in o["machines"])
    assert len(list(place.iterdir())) == len(files) + 1, "something else was written"
    return o


def why(o, name):
    found = [x["why"] for x in o["left_out"] if x["file"].endswith("/" + name)]
    assert len(found) == 1, (name, o["left_out"])
    return found[0]


def near(a, b, by):
    assert abs(a - b) <= by, (a, b)


# one machine: its own verdict, and nothing of others
o = merge({"a": result(3)}, 3)
assert [m["verdict"] for m in o["machines"]] == ["GO"] and o["summary"]["verdict"] == "INCONCLUSIVE"
near(o["machines"][0]["gain_pct"]["estimate"], 3, 0.15)
assert o["summary"]["low"] is o["summary"]["predict_low"] is o["summary"]["tau2"] is None

# twice the same kind is still one kind; its interval is of both
two = merge({"a": result(3), "b": result(3, seed=2)}, 3)
assert two["machines"][0]["n"] == 2 and two["summary"]["kinds"] == 1
width = lambda o: o["machines"][0]["gain_pct"]["high"] - o["machines"][0]["gain_pct"]["low"]
assert width(two) < 0.9 * width(o)
# that differ by more than they say are not averaged into certainty
apart = merge({"a": result(3), "b": result(9, seed=2)}, 3)
assert width(apart) > 10 and apart["machines"][0]["verdict"] == "INCONCLUSIVE"

# another microcode or kernel is another kind
kinds = merge({"a": result(3), "b": result(3, seed=2, machine_more={"microcode": "0x2"}),
               "c": result(3, seed=3, machine_more={"kernel": "6.2.0"}),
               "d": result(3, seed=4, machine_more={"smt": "0"}),
               "e": result(3, seed=5, machine_more={"stepping": None})}, 0)
assert kinds["summary"]["kinds"] == 5 and kinds["summary"]["verdict"] == "GO"

# two kinds: no third can be foretold
o = merge({"a": result(3), "b": result(3, "B", seed=2)}, 3)
assert o["summary"]["verdict"] == "INCONCLUSIVE" and o["summary"]["predict_low"] is None
assert o["summary"]["low"] < 3 < o["summary"]["high"]

# many kinds alike: a verdict for all, in each direction
for gain, verdict in ((3, "GO"), (-3, "NO-GO"), (0, "NEUTRAL")):
    o = merge({f"r{i}": result(gain, f"M{i}", seed=i) for i in range(8)}, 0)
    s = o["summary"]
    assert s["verdict"] == verdict and s["kinds"] == 8, s
    assert s["predict_low"] < s["low"] < s["estimate"] < s["high"] < s["predict_high"]
    near(s["estimate"], gain, 0.15)
    assert s["tau_pct"] < 0.2

# huge heterogeneity, all firm: no verdict of one margin is promised to a kind that was not tried
o = merge({f"r{i}": result(g, f"M{i}", seed=i) for i, g in enumerate((1, 5, 25, 113))}, 3)
s = o["summary"]
assert all(m["verdict"] == "GO" for m in o["machines"]) and s["verdict"] == "INCONCLUSIVE" and s["i2"] > 99
assert s["predict_low"] < 0.5 and s["predict_high"] > 113

# what the run itself called disturbed makes no firm verdict here either, and is named; what stands out does
crowd = {"others_pct": 40.0, "waiting_pct": 60.0}
for company, sd, verdict in ((crowd, 0.06, "INCONCLUSIVE"), ({"throttled_pct": 50.0}, 0.01, "INCONCLUSIVE"),
                             (crowd, 0.01, "GO"), ({"others_pct": 40.0, "waiting_pct": 5.0}, 0.06, "GO"),
                             ({}, 0.06, "GO")):
    gain = 3 if sd < 0.06 else 2.6
    o = merge({"a": result(gain, sd=sd, end_more=company)}, 3)
    assert o["machines"][0]["verdict"] == verdict, (company, sd, o["machines"][0])
    run = o["machines"][0]["results"][0]
    assert {k: run[k] for k in company} == company and (company or "others_pct" not in run), run
firm = {f"r{i}": result(2.6, f"M{i}", sd=0.02, seed=i) for i in range(5)}
assert merge(firm, 0)["summary"]["verdict"] == "GO"
o = merge({**firm, "loud": result(2.6, "L", sd=0.06, end_more=crowd)}, 3)
assert "CPU L " in o["summary"]["reason"] and "other processes had 40%" in o["summary"]["reason"], o["summary"]
o = merge({"a": result(1.6, sd=0.06), "loud": result(1.6, sd=0.06, seed=2, end_more=crowd)}, 3)
m = o["machines"][0]
assert m["verdict"] == "INCONCLUSIVE" and "/loud" in m["reason"], m
# a full disk is said, whatever the verdict was
with open("/dev/full", "w") as full:
    r = subprocess.run([harness, "merge", str(folder / f"fleet-{count}" / "a"), "-q", "--out", str(folder / "o")],
                       stdout=full, stderr=subprocess.PIPE, text=True)
assert r.returncode == 4 and "cannot write the output" in r.stderr, (r.returncode, r.stderr)

# kinds that disagree are named, whatever their mean
for gains in ((3, -3), (3, 0), (3, 3, 3, 3, -3), (0, -3, 3)):
    o = merge({f"r{i}": result(g, f"M{i}", seed=i) for i, g in enumerate(gains)}, 3)
    assert o["summary"]["verdict"] == "MIXED", o["summary"]
    assert all(f"CPU M{i} " in o["summary"]["reason"] for i in range(len(gains))), o["summary"]["reason"]

# no spread at all is no measurement
o = merge({"a": result(3, sd=0), "b": result(3, "B", seed=2)}, 3)
assert "do not vary" in why(o, "a") and o["summary"]["kinds"] == 1
o = merge({"a": result(0, sd=0)}, 3)
assert o["machines"] == [] and o["summary"]["estimate"] is None

# a machine that does not measure straight holds up the verdict of all, and is named
named = {f"r{i}": result(3, f"M{i}", seed=i) for i in range(6)}
o = merge({**named, "bad": result(3, "BAD", seed=9, shift_control=0.02)}, 3)
assert o["summary"]["verdict"] == "INCONCLUSIVE" and "CPU BAD" in o["summary"]["reason"], o["summary"]

# duplicates, also of another length; another pack; too few pairs; NO-OP
whole = result(3, run="0" * 32)
o = merge({**named, "d1": whole, "d2": whole, "d3": whole[:200]}, 0)
assert "duplicate" in why(o, "d2") and "duplicate" in why(o, "d3") and len(o["left_out"]) == 2 and not o["partial"]
o = merge({"d3": whole[:200], "d1": whole, **named}, 0)
assert "duplicate" in why(o, "d3") and len(o["left_out"]) == 1
o = merge({**named, "other": result(30, "X", pack="cd" * 32)}, 0)
assert "another pack" in why(o, "other") and o["pack"] == PACK
o = merge({**named, "other": result(30, "X", pack="cd" * 32)}, 3, "--hash", "cd" * 32)
assert len(o["left_out"]) == 6 and o["summary"]["kinds"] == 1
o = merge({**named, "few": result(3, "X", n=20)}, 0)
assert "fewer than 40" in why(o, "few")
o = merge({**named, "none": lines([head("X"), end(0, verdict="NO-OP", reason="it does not run")])}, 0)
assert "NO-OP" in why(o, "none")
o = merge({**named, "margin": result(3, "X", margin=2)}, 0)
assert "something else" in why(o, "margin")

# cut off anywhere: used up to the last whole line, and said so
text = "".join(result(3, "X"))
for cut in (len(text) - 1, len(text) - 5, len(text) * 2 // 3, len(text) // 2):
    o = merge({**named, "cut": [text[:cut]]}, 0)
    assert len(o["partial"]) == 1 and "cut off" in o["partial"][0]["why"] and not o["left_out"], o
    m = next(m for m in o["machines"] if "CPU X" in m["model"])
    assert m["results"][0]["pairs"] == text[:cut].count('\n{"pair"') - (not text[:cut].endswith("\n")) or \
        m["results"][0]["pairs"] == text[:cut].count('"}\n') - 1
o = merge({**named, "cut": [text[:300]]}, 0)
assert "not whole" in why(o, "cut")

# damaged: one changed byte anywhere, lines gone, twice or in another order, something behind the end
rng = random.Random(3)
for i in range(40):
    at = rng.randrange(len(text))
    bad = text[:at] + chr(ord(text[at]) ^ (1 << rng.randrange(7))) + text[at + 1:]
    place = folder / f"byte-{i}"
    place.write_bytes(bad.encode("latin-1"))
    r = subprocess.run([harness, "merge", str(place), "--json", "-q", "--out", str(folder / "bytes")],
                       capture_output=True, text=True)
    o = json.loads(r.stdout)
    assert r.returncode == 3 and (o["left_out"] or (o["partial"] and at >= len(text) - 2)), (at, text[at], bad[at], o)
whole = result(3, "X")
for name, bad in {"gone": whole[:50] + whole[51:], "twice": whole[:50] + whole[49:],
                  "order": whole[:50] + [whole[51], whole[50]] + whole[52:], "behind": whole + ["x\n"],
                  "joined": whole + whole, "headless": whole[1:], "empty": [], "binary": ["\0" * 5000],
                  "long": ["{" * 3000000], "text": ["hello\n"] * 100,
                  "count": lines([head("X"), *pairs(3), end(399)]),
                  "sum": lines([head("X"), *pairs(3), end(400, sha256="0" * 64)]),
                  "backwards": lines([head("X"), *reversed(list(pairs(3))), end(400)]),
                  "nan": lines([head("X"), '{"pair":1,"kind":"test","log_ratio":[nan,0.0]}', end(1)]),
                  "far": lines([head("X"), '{"pair":1,"kind":"test","log_ratio":[99999.0,0.0]}', end(1)]),
                  "digits": lines([head("X"), '{"pair":1,"kind":"test","log_ratio":[0.%s,0.0]}' % ("1" * 200), end(1)]),
                  "deep": lines(['{"schema":' + "[" * 100000 + "]" * 100000 + "}"]),
                  "no-margin": lines([head("X", margin=None), *pairs(3), end(400)]),
                  "run": lines([head("X", run="../../x"), *pairs(3), end(400)])}.items():
    o = merge({**named, name: bad}, 0)
    assert len(why(o, name)) > 5 and o["summary"]["kinds"] == 6, name

# words of the other side are data: no escapes, no markup, of bounded length
evil = "\x1b[31m|<script>`\n" + "x" * 5000
o = merge({**named, "evil": result(3, "E", node=evil, machine_more={"cpu": evil, "kernel": evil})}, 0)
page = pathlib.Path(o["page"]).read_text()
assert "\x1b" not in page and "<script" not in page and max(map(len, page.splitlines())) < 3000
r = subprocess.run([harness, "merge", str(folder / f"fleet-{count}" / "evil"), "-q", "--out", str(folder / "o")],
                   capture_output=True, text=True)
assert "\x1b" not in r.stdout + r.stderr

# a long one is thinned, and says how many pairs it used; 70,000 pairs are as good as these
o = merge({"long": result(3, n=70000)}, 3)
m = o["machines"][0]["results"][0]
assert m["pairs"] == 70000 and 14000 < m["pairs_used"] < 33000
near(o["machines"][0]["gain_pct"]["estimate"], 3, 0.03)

# folders are searched, links in them are not followed
deep = folder / "deep"
(deep / "x" / "y").mkdir(parents=True)
save(deep / "x" / "y" / "pairs.jsonl", result(3))
(deep / "pairs.jsonl").symlink_to(deep / "x" / "y" / "pairs.jsonl")
r = subprocess.run([harness, "merge", str(deep), "--json", "-q", "--out", str(folder / "o")],
                   capture_output=True, text=True)
o = json.loads(r.stdout)
assert len(o["machines"]) == 1 and o["machines"][0]["n"] == 1 and not o["left_out"]
for wrong in (["none"], [str(folder / "bytes")], [str(deep), "--hash", "x"], []):
    r = subprocess.run([harness, "merge", *wrong, "--out", str(folder / "o")], capture_output=True, text=True)
    assert r.returncode == 2, (wrong, r.returncode)
print(count, "fleets")
