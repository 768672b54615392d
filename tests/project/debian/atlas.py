#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page, and the picture's data, of what published gates are worth: from the rows that check.py --data wrote.

usage: atlas.py ROWS.csv PAGE.md PLOTS PICTURE     PICTURE without .svg; gnuplot draws it where it is installed"""
import csv
import os
import shutil
import subprocess
import sys
import tempfile

# What is claimed of a gate, in the words of whoever claims it, and where. Nothing: no claim was found.
CLAIMS = {
    ("lua", "apicheck"): ("“Define it as a help when debugging C code.”", "lua 5.4.4, src/luaconf.h"),
    ("lua", "assert"): (None, None),
    ("zlib", "unaligned"): ("“This is not always beneficial. Try with and without -DUNALIGNED_OK to check.”",
                            "zlib 1.2.13, deflate.c"),
    ("sqlite", "memstatus"): ("“helps the sqlite3_malloc() routines run much faster”, of switching it off",
                              "https://www.sqlite.org/compile.html, Recommended Compile-time Options"),
    ("sqlite", "scanstatus"): (None, None),
    ("jemalloc", "stats"): ("“a ~10% speedup” of binary trees without (2016, jemalloc 4); “basically no difference” "
                            "(2017)", "https://github.com/chapel-lang/chapel/pull/4180, "
                            "https://github.com/cms-sw/cmsdist/pull/2988"),
    ("redis", "counters"): ("“lock add and lock sub, they are expensive instructions” (of the same counters in valkey)",
                            "https://github.com/valkey-io/valkey/pull/674"),
    ("memcached", "assert"): (None, None),
    ("nginx", "stub-status"): (None, None),
    ("mimalloc", "stat1"): ("statistics are kept; no cost is named", "mimalloc 2.0.9, include/mimalloc-types.h"),
    ("mimalloc", "stat2"): ("“detailed statistics (but costs some performance)”",
                            "mimalloc 2.0.9, include/mimalloc-types.h"),
    ("haproxy", "mem-stats"): ("“When pools are enabled (default), such calls are rare”",
                               "haproxy 2.6.12, doc/internals/api/pools.txt"),
}
# what it changes, where the name does not say it
WHAT = {
    "apicheck": "checks of the C API", "assert": "assertions", "unaligned": "16-bit reads in longest_match",
    "memstatus": "memory statistics at run time", "scanstatus": "counters of each loop of a statement",
    "stats": "statistics of arenas and bins", "counters": "bytes in use, two atomic additions a block",
    "stub-status": "counters of connections and requests", "stat1": "statistics", "stat2": "detailed statistics",
    "mem-stats": "statistics of each place that allocates",
}


def value(row, key):
    return float(row[key]) if row[key] else None


def instructions(row):
    out, inside = value(row, "insns_out"), value(row, "insns_in")
    return None if not out else 100 * (inside / out - 1)


def signed(x, digits=2):
    return "-" if x is None else f"{x:+.{digits}f}"


def executed(row):
    if row["verdict"] == "NO-OP":
        return f"never ({row['lines_with_code']} places)"
    if row["lines_with_code"] == "0":
        return "no place of its own"
    text = f"{row['lines_run']} of {row['lines_with_code']} places"
    hits = value(row, "hits_per_op")
    return text if hits is None else f"{text}, {hits:.3g} for each request"


def verdict(row):
    """How the row ended, in a sentence."""
    v = row["verdict"]
    text = {"GO": "it costs that much", "NO-GO": "faster with it", "NEUTRAL": "no difference of 0.5% or more",
            "NO-OP": "never runs here: nothing was timed"}.get(v, "not concluded: " + row["reason"])
    if v == "NEUTRAL" and not row["pairs"]:
        text = "nothing differs in the machine code: nothing was timed"
    return f"**{v}** {text}"


def page(rows):
    machine = rows[0]
    loads = [float(r["load"]) for r in rows]
    out = ["# What published gates are worth", "",
           "<!-- made by `make atlas` from doc/atlas/rows.csv; edit tests/project/debian/atlas.py -->", "",
           "Programs as Debian ships their sources, each gate compiled in and out, measured as",
           "[projects.md](projects.md) says: places proved to run first, a new layout for each pair, CPU time.",
           "The gain is how much faster the build without the gate is; instructions are what the gate adds to one",
           "run, by callgrind, as evidence beside. “Claimed” is in the words of its source, which stands below.", "",
           "![gain of each gate with its interval](pictures/atlas.svg)", "",
           f"Machine: {machine['machine']}, {machine['cpus']} CPUs, Linux {machine['kernel']}, on {machine['date']}; "
           f"load {min(loads):.1f} to {max(loads):.1f} when a row began.", ""]
    if max(loads) > float(machine["cpus"]):
        out += ["**Preliminary: others computed on this machine meanwhile.** Intervals are wide for that reason;",
                "`make atlas` on a machine at rest replaces this page.", ""]
    out += ["| program | gate | what it is | claimed | runs | functions that differ | instructions % | gain % "
            "| verdict | core |",
            "|---|---|---|---|---|---|---|---|---|---|"]
    notes = []
    for r in rows:
        claim, source = CLAIMS.get((r["project"], r["gate"]), (None, None))
        mark = ""
        if source:
            if source not in notes:
                notes.append(source)
            mark = f" [{notes.index(source) + 1}]"
        gain = value(r, "gain_pct")
        interval = "-" if gain is None else f"{gain:+.2f} [{value(r, 'low'):+.2f}, {value(r, 'high'):+.2f}]"
        cells = [f"{r['project']} {r['version']}", r["gate"], WHAT.get(r["gate"], ""),
                 (claim or "nothing found") + mark, executed(r),
                 f"{r['functions_differ']} of {r['functions']}", signed(instructions(r)), interval,
                 verdict(r), r["core"] or "-"]
        out.append("| " + " | ".join(cells) + " |")
    out += [""] + [f"{i + 1}. {s}" for i, s in enumerate(notes)]
    out += ["", "Each row by one command, in the folder `~/.cache/hakmem/debian` that `make check-projects` fills:", ""]
    out += [f"    {r['command']}" for r in rows]
    out += ["", "All numbers: [atlas/rows.csv](atlas/rows.csv). Workloads are small ones of our own, in",
            "`tests/project/debian`: another workload may run other places as often as it likes, and has another",
            "answer.", ""]
    return "\n".join(out)


def draw(rows, plots, picture):
    timed = [r for r in rows if value(r, "gain_pct") is not None]
    if not timed or not shutil.which("gnuplot"):
        print("no picture: " + ("nothing was timed" if not timed else "gnuplot is not installed"))
        return
    ends = [value(r, k) for r in timed for k in ("low", "high")]
    ends += [i for i in map(instructions, timed) if i is not None]
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "rows")
        with open(data, "w", encoding="utf-8") as f:
            for i, r in enumerate(timed):
                insns = instructions(r)
                f.write(f'{i} "{r["project"]} {r["gate"]}" {r["gain_pct"]} {r["low"]} {r["high"]} '
                        f'{"NaN" if insns is None else insns} "{r["verdict"]}"\n')
        subprocess.run(["gnuplot", "-e",
                        f'fmt="svg"; out="{picture}"; data="{data}"; plots="{plots}"; margin=0.5; '
                        f"lines={len(timed)}; left={min(ends + [-1])}; right={max(ends + [1])}",
                        os.path.join(plots, "atlas.gp")], check=True)


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        f.write(page(rows))
    draw(rows, os.path.abspath(sys.argv[3]), os.path.abspath(sys.argv[4]))


if __name__ == "__main__":
    main()
