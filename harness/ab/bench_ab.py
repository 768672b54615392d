#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""bench_ab.py: the A/B methods side by side: the paired protocol, the source's ten and ten, ABBA
medians of whole processes, and hyperfine, interleaved in one campaign, each with the same time.

usage: bench_ab.py HARNESS BENCH OUT [--seconds S] [--repeats N] [--gate GATE]

Every repeat runs every method once on identical code (A/A) and once on the two variants of the
gate, in random order. A method's SD over the repeats is what its answer is worth."""
import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time

MARGIN = 0.5
RUN_STEPS = 20_000_000  # of one whole process: about 0.2 s; fewer where the time is short


def rule(gain):
    """The source's rule: the point estimate against the margin."""
    return "GO" if gain >= MARGIN else "NO-GO" if gain <= -MARGIN else "NEUTRAL"


class Methods:
    def __init__(self, args):
        self.args = args
        self.steps = int(min(RUN_STEPS, args.seconds * 4_000_000))

    def ab(self, *what):
        p = subprocess.run([self.args.harness, "ab", *what, "--budget", str(self.args.seconds), "--json",
                            "--quiet", "--no-direct", "--no-callgrind",
                            "--out", os.path.join(self.args.out, "campaigns")], stdout=subprocess.PIPE, check=False)
        if p.returncode not in (0, 3):
            sys.exit(f"bench_ab: ab {' '.join(what)} ended with {p.returncode}")
        return json.loads(p.stdout)

    def variants(self):
        """Two libraries: the gate compiled out and in."""
        build = self.ab(self.args.gate, "--whole-budget")["build"]
        return build["image_out"], build["image_in"]

    def paired_layouts(self, a, b):
        if a == b:
            return None  # identical code is not timed: calibrate measures that
        r = self.ab(self.args.gate, "--whole-budget")
        return r["gain_pct"]["estimate"], r["verdict"], (r["gain_pct"]["high"] - r["gain_pct"]["low"]) / 2

    def paired(self, a, b):
        r = self.ab("--a", a, "--b", b, "--whole-budget")
        return r["gain_pct"]["estimate"], r["verdict"], (r["gain_pct"]["high"] - r["gain_pct"]["low"]) / 2

    def source(self, a, b):
        r = self.ab("--a", a, "--b", b, "--protocol", "source")
        return r["gain_pct"]["estimate"], r["verdict"], None

    def command(self, library):
        return [self.args.bench, "random_mixed", f"ops={self.steps}"], dict(os.environ, LD_PRELOAD=library)

    def whole(self, library):
        argv, env = self.command(library)
        start = time.monotonic()
        subprocess.run(argv, env=env, stdout=subprocess.DEVNULL, check=True)
        return time.monotonic() - start

    def abba(self, a, b):
        end = time.monotonic() + self.args.seconds
        seconds = {"a": [], "b": []}
        while time.monotonic() < end or len(seconds["a"]) < 2:
            for which in "abba":
                seconds[which].append(self.whole(a if which == "a" else b))
        gain = 100 * (statistics.median(seconds["b"]) / statistics.median(seconds["a"]) - 1)
        return gain, rule(gain), None

    def hyperfine(self, a, b):
        out = os.path.join(self.args.out, "hyperfine.json")
        one = self.whole(a)
        runs = max(2, int(self.args.seconds / 2 / one))
        lines = [f"env LD_PRELOAD={lib} {self.args.bench} random_mixed ops={self.steps}" for lib in (a, b)]
        subprocess.run(["hyperfine", "-N", "--style", "none", "--runs", str(runs), "--export-json", out, *lines],
                       stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
        with open(out, encoding="utf-8") as f:
            mean = [r["mean"] for r in json.load(f)["results"]]
        gain = 100 * (mean[1] / mean[0] - 1)
        return gain, rule(gain), None


def spread(values):
    return statistics.stdev(values) if len(values) > 1 else None


def show(value, form="{:.3f}"):
    return "-" if value is None else form.format(value)


def table(rows, seconds):
    print(f"{'method':<28}{'code':<10}{'n':>4}{'mean %':>10}{'SD %':>9}{'+-95% %':>9}{'own +- %':>10}"
          f"{'detects %':>11}  verdicts")
    for row in rows:
        verdicts = " ".join(f"{k} {v}" for k, v in sorted(row["verdicts"].items()))
        print(f"{row['method']:<28}{row['code']:<10}{row['n']:>4}{show(row['mean_pct'], '{:+.3f}'):>10}"
              f"{show(row['sd_pct']):>9}{show(row['half_width_pct']):>9}{show(row['own_half_width_pct']):>10}"
              f"{show(row['detectable_pct']):>11}  {verdicts}")
    print(f"each answer from {seconds:g} s; a verdict other than NEUTRAL or INCONCLUSIVE on identical code is false; "
          "detects: told from 0 with 90% power, 3.24 SD")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("harness")
    p.add_argument("bench")
    p.add_argument("out")
    p.add_argument("--seconds", type=float, default=15)
    p.add_argument("--repeats", type=int, default=10)
    p.add_argument("--gate", default="free-calls")
    args = p.parse_args()
    os.makedirs(args.out, exist_ok=True)
    m = Methods(args)
    out_library, in_library = m.variants()
    methods = {"paired, new layouts": m.paired_layouts, "paired, two libraries": m.paired,
               "the source's ten and ten": m.source, "ABBA medians of processes": m.abba}
    if shutil.which("hyperfine"):
        methods["hyperfine means"] = m.hyperfine
    else:
        print("bench_ab: hyperfine is not installed: left out", file=sys.stderr)
    answers = {}
    for repeat in range(args.repeats):
        jobs = [(name, code) for name in methods for code in ("identical", args.gate)]
        random.shuffle(jobs)
        for name, code in jobs:
            answer = methods[name](out_library, out_library if code == "identical" else in_library)
            if answer:
                answers.setdefault((name, code), []).append(answer)
        print(f"bench_ab: {repeat + 1} of {args.repeats}", file=sys.stderr)
    rows = []
    for (name, code), list_ in sorted(answers.items()):
        gains = [a[0] for a in list_]
        own = [a[2] for a in list_ if a[2] is not None]
        sd = spread(gains)
        verdicts = {}
        for a in list_:
            verdicts[a[1]] = verdicts.get(a[1], 0) + 1
        rows.append({"method": name, "code": code, "n": len(gains), "mean_pct": statistics.mean(gains), "sd_pct": sd,
                     "half_width_pct": None if sd is None else 1.96 * sd,
                     "own_half_width_pct": statistics.median(own) if own else None,
                     "detectable_pct": None if sd is None else 3.24 * sd, "verdicts": verdicts, "gains_pct": gains})
    with open(os.path.join(args.out, "bench-ab.json.tmp"), "w", encoding="utf-8") as f:
        json.dump({"schema": "hakmem.bench-ab/1", "seconds": args.seconds, "gate": args.gate, "rows": rows}, f,
                  indent=2)
    os.rename(os.path.join(args.out, "bench-ab.json.tmp"), os.path.join(args.out, "bench-ab.json"))
    table(rows, args.seconds)


if __name__ == "__main__":
    main()
