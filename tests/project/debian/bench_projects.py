#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Campaigns of known answer on lua and sqlite: the same code on both sides, and a known effect put in by a patch.

usage: bench_projects.py HARNESS FOLDER CAMPAIGNS [--budget S] [--only PROJECT] [--out FILE]

Each campaign is one `ab --project`, with a seed of its own; kinds take turns, so that a machine that changes does so
for all of them. Of the same code every GO and NO-GO is false. What an effect is worth in percent is known of no machine
before: it is taken as the median of all campaigns' estimates, and a campaign found it where its interval holds that
value and its verdict is not the opposite. A line for each campaign is appended to --out."""
import argparse
import csv
import json
import os
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check  # noqa: E402

KINDS = [("lua", "same"), ("sqlite", "same"), ("lua", "nops"), ("sqlite", "locked")]
FIELDS = ["project", "kind", "verdict", "estimate", "low", "high", "pairs", "elapsed_s", "load"]


def campaign(args, folder, project, gate):
    load = round(os.getloadavg()[0], 2)
    result, code, err = check.measure(os.path.abspath(args.harness), folder, project, gate, args.budget,
                                      args.limit, ["--whole-budget", "--no-callgrind"])[2:]
    if not result or not result.get("gain_pct"):
        print(f"{project} {gate}: no campaign: {((result or {}).get('reason') or err or code)}", flush=True)
        return None
    gain = result["gain_pct"]
    return dict(zip(FIELDS, [project, gate, result["verdict"], gain["estimate"], gain["low"], gain["high"],
                             result["pairs"], result["elapsed_s"], load]))


def report(rows):
    for project, gate in KINDS:
        mine = [r for r in rows if (r["project"], r["kind"]) == (project, gate) and r["low"] is not None]
        if not mine:
            continue
        truth = 0.0 if gate == "same" else statistics.median(r["estimate"] for r in mine)
        held = sum(r["low"] <= truth <= r["high"] for r in mine)
        wrong = sum(r["verdict"] in (("GO", "NO-GO") if gate == "same" else ("NO-GO",) if truth > 0 else ("GO",))
                    for r in mine)
        half = statistics.median((r["high"] - r["low"]) / 2 for r in mine)
        print(f"{project:8} {gate:8} {len(mine):3} campaigns: {wrong} false verdicts, {held} intervals hold "
              f"{truth:+.2f}%, half-width {half:.2f}% (median), verdicts "
              + ", ".join(f"{v} {sum(r['verdict'] == v for r in mine)}" for v in sorted({r['verdict'] for r in mine})))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("harness")
    p.add_argument("folder")
    p.add_argument("campaigns", type=int)
    p.add_argument("--budget", type=float, default=30)
    p.add_argument("--limit", type=float, default=400)
    p.add_argument("--only", choices=["lua", "sqlite"])
    p.add_argument("--out", default="projects-known.csv")
    args = p.parse_args()
    folder = os.path.abspath(args.folder)
    kinds = [k for k in KINDS if args.only in (None, k[0])]
    check.place_files(folder)
    fetcher = check.Fetcher(folder)
    try:
        for project in sorted({k[0] for k in kinds}):
            check.sources(fetcher, folder, project)
    except check.Missing as e:
        print(f"skipped: {e}")
        return 77
    rows = []
    with open(args.out, "a", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, FIELDS, lineterminator="\n")
        if f.tell() == 0:
            out.writeheader()
        for _ in range(args.campaigns):
            for project, gate in kinds:
                row = campaign(args, folder, project, gate)
                if row:
                    rows.append(row)
                    out.writerow(row)
                    f.flush()
    report(rows)
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
