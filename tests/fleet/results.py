# SPDX-License-Identifier: GPL-3.0-or-later
"""results.py: results as `pack run` writes them, of machines whose gain is known."""
import hashlib, json, math, random, zlib

PACK = "ab" * 32


def lines(objects):
    """Each object as a line with its chained CRC-32; the end gets the hash of what stands before it."""
    out, crc = [], 0
    for o in objects:
        if not isinstance(o, str) and o.get("schema") == "hakmem.pack-end/1" and o.get("sha256") is None:
            o = dict(o, sha256=hashlib.sha256("".join(out).encode()).hexdigest())
        text = o if isinstance(o, str) else pair_text(o) if "pair" in o and "schema" not in o else json.dumps(o)
        text = text[:-1]
        crc = zlib.crc32(text.encode(), crc)
        out.append(f'{text},"crc":"{crc:08x}"}}\n')
    return out


def pair_text(p):
    core = ',"core":[%.5f,%.5f,%.5f,%.5f]' % p["core"] if "core" in p else ""
    disturbed = ',"disturbed":true' if p.get("disturbed") else ""
    return '{"pair":%d,"kind":"%s","log_ratio":[%.7f,%.7f]%s%s}' % (
        p["pair"], p["kind"], p["value"], p["mean"], core, disturbed)


def head(machine="A", run=None, pack=PACK, margin=0.5, node="n", **more):
    m = dict(cpu=f"CPU {machine}", cpu_model="6.1", stepping="1", microcode="0x1", cpus=4, kernel="6.1.0",
             arch="x86_64", governor=None, smt="1", thp=None, aslr="2", perf_event_paranoid="2",
             compiler="gcc", harness="0.2.0")
    o = {"schema": "hakmem.pack-run/1", "pack": pack, "run": run or "%032x" % random.getrandbits(128), "node": node,
         "date": "2026-01-01T00:00:00Z", "subject": "free-trace", "margin_pct": margin, "level": 0.95, "seed": 1,
         "machine": m, "step0": None}
    m.update(more.pop("machine_more", {}))
    o.update(more)
    return o


def pairs(gain_pct, n=400, sd=0.01, rng=None, shift_control=0.0):
    rng = rng or random.Random(1)
    mu = math.log1p(gain_pct / 100)
    for i in range(1, n + 1):
        control = i % 10 == 0
        v = (shift_control if control else mu) + rng.gauss(0, sd)
        yield {"pair": i, "kind": "control" if control else "test", "value": v, "mean": v + rng.gauss(0, sd / 10)}


def end(n, **more):
    return {"schema": "hakmem.pack-end/1", "pairs": n, "verdict": "GO", "reason": "r", "gain_pct": None,
            "width_alone": None, "elapsed_s": 10.0, "partial": False, "sha256": None, **more}


def result(gain_pct, machine="A", n=400, sd=0.01, seed=1, whole=True, end_more={}, shift_control=0.0, **more):
    p = list(pairs(gain_pct, n, sd, random.Random(seed), shift_control))
    return lines([head(machine, **more), *p, *([end(n, **end_more)] if whole else [])])


def save(path, text):
    with open(path, "w") as f:
        f.writelines(text)
    return str(path)
