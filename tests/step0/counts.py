#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""counts.py HARNESS SCRATCH FIRST COUNT: programs made at random, whose functions count themselves, through
compilers that inline, unroll and merge them. A count that is said to be exact must be the program's own,
and no function that ran may be denied. Seeds FIRST, FIRST + 1, …; longer than the test does:
counts.py ./hakmem-harness /tmp/x 100 200"""
import json, os, random, subprocess, sys

HARNESS, SCRATCH = os.path.abspath(sys.argv[1]), sys.argv[2]
FUNCTIONS = 10
KINDS = ["static inline __attribute__((always_inline))", "static inline", "static", "static", "static inline",
         "static __attribute__((noinline))"]
COMPILERS = [(os.environ.get("CC", "cc"), f) for f in ("-O1", "-O2", "-O3", "-Os")]
COMPILERS += [("clang", f) for f in ("-O1", "-O2", "-Os")]


def body(rnd, i):
    yield f"  cnt[{i}]++;" if rnd.random() < 0.75 else f"  __atomic_fetch_add(&cnt[{i}], 1, __ATOMIC_RELAXED);"
    for _ in range(rnd.randint(1, 4)):
        other = f"f{rnd.randrange(i)}" if i else "same"
        yield rnd.choice([
            "  if (x & 1) return y;",
            "  for (int i = 0; i < (x & 7); i++) y += word[(x + i) & 255];",
            "  word[x & 255] = y; ga += x;",
            "  shown += y;",
            "  while (y > 1000) y /= 2;",
            "  switch (x & 3) { case 0: y++; break; case 1: y ^= x; break; case 2: gb++; break; default: y--; }",
            f"  y += {other}(x + 1, y);",
            f"  if (x % 3 == {rnd.randrange(3)}) y += {other}(x, y ^ 3);",
            f"  for (int i = 0; i < {rnd.choice([2, 4, 8])}; i++) y += {other}(i, y);"])


def program(rnd):
    lines = ["#include <stdio.h>", f"long cnt[{FUNCTIONS}]; volatile int shown; int word[256], ga, gb;",
             "static int same(int x, int y) { return x ^ y; }"]
    for i in range(FUNCTIONS):
        lines += [f"{rnd.choice(KINDS)} int f{i}(int x, int y) {{", *body(rnd, i), "  return y + x;", "}"]
    lines.append("int main(int argc, char **argv) { (void)argv; int s = argc;")
    lines += [f"  for (int i = 0; i < {rnd.choice([3, 8, 17, 30])}; i++) s += f{i}(i, s);"
              for i in range(FUNCTIONS) if rnd.random() < 0.6]
    lines.append(f'  for (int i = 0; i < {FUNCTIONS}; i++) fprintf(stderr, "%ld ", cnt[i]);')
    return "\n".join(lines + ["  return 0; }", ""])


def main():
    first, count = int(sys.argv[3]), int(sys.argv[4])
    tally = dict.fromkeys(("exact", "not exact", "honest", "absent", "wrong"), 0)
    source, binary = os.path.join(SCRATCH, "random.c"), os.path.join(SCRATCH, "random")
    names = sum((["--symbol", f"f{i}"] for i in range(FUNCTIONS)), [])
    for seed in range(first, first + count):
        with open(source, "w", encoding="utf-8") as f:
            f.write(program(random.Random(seed)))
        for compiler, flags in COMPILERS:
            subprocess.run([compiler, flags, "-g", "-w", "-o", binary, source], check=True)
            command = [HARNESS, "verify", "--json", "--quiet", "--out", os.path.join(SCRATCH, "r"), "--binary", binary]
            run = subprocess.run(command + names, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
            counts, sites = run.stderr.split(), json.loads(run.stdout)["per_site"]
            for i, site in enumerate(sites):
                true = int(counts[i])
                verdict = site["verdict"]
                denied = true > 0 and verdict in ("NOT_EXECUTED", "NO_SITE")
                exact = verdict == "EXECUTED" and all(c["exact"] for c in site["copies"])
                if denied or (exact and site["hits"] != true):
                    tally["wrong"] += 1
                    print(f"seed {seed}, {compiler} {flags}: f{i} {verdict} {site['hits']}, truly {true}")
                elif exact:
                    tally["exact"] += 1
                else:
                    word = {"EXECUTED": "not exact", "INCONCLUSIVE": "honest"}.get(verdict, "absent")
                    tally[word] += 1
    print(tally)
    return 1 if tally["wrong"] or not tally["exact"] else 0


sys.exit(main())
