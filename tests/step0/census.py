#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""census.py HARNESS SOURCE_DIR SCRATCH: which lines of three programs run, as callgrind sees it, and
whether `verify --lines` denies any of them. Two witnesses that share nothing: callgrind runs the code on
a simulated CPU and reads the line table by itself."""
import collections, json, os, re, subprocess, sys

HARNESS, TOP, SCRATCH = sys.argv[1:4]
TARGETS = os.path.join(TOP, "tests", "step0", "targets")
PROGRAMS = [  # name, compiler, sources, arguments
    ("gcc", os.environ.get("CC", "cc"), ["census.c"], ["3"]),
    ("clang", "clang", ["census.c"], ["4"]),
    ("g++", "g++", ["census.cc"], ["5"]),
]


def executed_lines(program, args):
    """(file, line) -> instructions, of the program's own files."""
    out = os.path.join(SCRATCH, "callgrind.out")
    tool = ["valgrind", "--tool=callgrind", "--dump-instr=yes", "--dump-line=yes", "--callgrind-out-file=" + out]
    subprocess.run(tool + [program] + args, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    names, file, line, ran, skip = {}, None, 0, collections.Counter(), False
    for text in open(out):
        m = re.match(r"(fl|fi|fe|cfi|cfl)=(\(\d+\))(?: (.*))?", text)
        if m:
            if m.group(3):
                names[m.group(2)] = m.group(3).strip()
            if m.group(1)[0] == "f":
                file = names.get(m.group(2))
            continue
        if text.startswith("calls="):
            skip = True  # the next line is the cost of the call, on the caller's line, which has its own
            continue
        m = re.match(r"(?:0x[0-9a-f]+|[+-]\d+|\*) ([+-]?\d+|\*) (\d+)", text)
        if m:
            at = m.group(1)
            line = line if at == "*" else line + int(at) if at[0] in "+-" else int(at)
            if not skip and file and line > 0:
                ran[(file, line)] += int(m.group(2))
            skip = False
    return {(f, n): c for (f, n), c in ran.items() if os.path.basename(f) in OWN}


OWN = {"census.c", "census.cc"}
asked = denied = 0
for name, compiler, sources, args in PROGRAMS:
    main = sources[-1]
    program = os.path.join(SCRATCH, "census-" + name)
    # the valgrind of Debian 12 does not read DWARF 5 as clang writes it
    debug = "-gdwarf-4" if compiler == "clang" else "-g"
    subprocess.run([compiler, "-O2", debug, "-o", program, os.path.join(TARGETS, main)], check=True)
    lines = executed_lines(program, args)
    listed = os.path.join(SCRATCH, "lines")
    with open(listed, "w") as f:
        for file, n in sorted(lines):
            print(f"{file}:{n}", file=f)
    command = [HARNESS, "verify", "--json", "--quiet", "--out", os.path.join(SCRATCH, "r"), "--binary", program]
    command += ["--lines", listed, "--", program] + args
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if not run.stdout:
        print(run.stderr)
        sys.exit(1)
    result = json.loads(run.stdout)
    site = collections.Counter()
    for s in result["per_site"]:
        site[s["verdict"]] += 1
        if s["verdict"] in ("NOT_EXECUTED", "NO_SITE"):
            print(f"  {name}: denied: {s['name']}: {s['verdict']}: {s['reason']}")
            denied += 1
        elif s["verdict"] != "EXECUTED":
            print(f"  {name}: not known: {s['name']}: {s['reason']}")
    asked += len(lines)
    print(f"{name}: {len(lines)} lines that ran: {dict(site)}, by {result['method']}")
print(f"{asked} lines, {denied} denied")
sys.exit(1 if denied or asked < 250 else 0)
