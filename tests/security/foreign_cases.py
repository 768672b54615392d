#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the foreign files of tests/security, and looks at what became of them."""
import html.parser
import json
import os
import pathlib
import resource
import struct
import subprocess
import sys
import zlib

TEXTS = {
    "newline": "a\n!id > PWN-{}\n#",
    "quote": "a'; system('id > PWN-{}'); b = \"`id > PWN-{}`\" . '",
    "markup": "<img src=x onerror=alert(1)>{}</pre><script>alert(2)</script>[x](javascript:alert(3))",
    "path": "../../PWN-{}/../x",
    "long": "x" * 3000 + "{}",
}
# what every number of a record becomes, one after the other: whole ones, others
NUMBERS = {
    "big": ([2**62, 2**53, 0, 1, 2**63 - 1], [1e308, -1e308, 1e200, 1e308]),
    "small": ([0, 1, 0, 0, 0], [5e-324, -0.0, 0.0, 1e-300]),
    "mixed": ([1, 7, 2**31, 0, 3], [-1.0, 1e18, 0.0, 1e-18]),
    "wrong": ([-1, 2**63 - 1, 1, -2**63], [1e308, -1.0]),
}


# Words of closed lists: another one is refused where the file is read, before anything is made of it.
WORDS = {"TELEMETRY", "CORRECTNESS", "UNKNOWN", "GO", "EXECUTED", "PROCEED", "alone", "paired"}


def spoil(value, text, counter):
    """Every free text of a record, and every second key of objects, becomes the text."""
    if isinstance(value, dict):
        return {k if k in KEEP or i % 2 or counter[1:] else text.format(counter, counter):
                v if k == "schema" else spoil(v, text, counter) for i, (k, v) in enumerate(value.items())}
    if isinstance(value, list):
        return [spoil(v, text, counter) for v in value]
    if counter[1:] and isinstance(value, (int, float)) and not isinstance(value, bool):
        counter[0] += 1
        some = counter[1][isinstance(value, float)]
        return some[counter[0] % len(some)]
    if isinstance(value, str) and value not in WORDS and not counter[1:]:
        counter[0] += 1
        return text.format(counter[0], counter[0])
    return value


KEEP = set("""ab allocator allocators atomics build class counters data_that_differs file function
functions_that_differ gain_pct hits hits_per_op id injected machine method name per_site reason rows
same_code schema step0 step1 subject verdict witness workload""".split())


def record(kind, where):
    text, counter = TEXTS.get(kind, "x{}"), [0] + ([NUMBERS[kind]] if kind in NUMBERS else [])
    row = {
        "schema": "hakmem.phase-record/1", "id": "31", "env": None, "with": "x", "workload": "random_mixed",
        "budget_s": 60.0,
        "step1": [{"gate": "free-trace", "class": "TELEMETRY", "reason": "because", "source": "audit"}],
        "verdict": "GO", "reason": "it is", "date": "2025-01-01",
        "machine": {"cpu": "a cpu", "kernel": "6"},
        "ab": {"schema": "hakmem.ab/1", "subject": "free-trace", "protocol": "paired", "workload": "random_mixed",
               "build": {"gates": ["free-trace"], "object_hash_out": "ba", "object_hash_in": "8e",
                         "functions_that_differ": ["f", "g"], "data_that_differs": [".data"]},
               "step0": {"method": "ptrace-int3", "workload": "random_mixed", "ops": 100, "decision": "PROCEED",
                         "per_site": [{"name": "free_trace", "verdict": "EXECUTED", "hits": 3, "hits_per_op": 0.5}]},
               "verdict": "GO", "reason": "it is",
               "gain_pct": {"estimate": 1.0, "low": 0.5, "high": 1.5, "level": 0.95, "n": 50},
               "counters": {"minor_faults": {"out": 1.0, "in": 2.0}, "cycles": {"reason": "no PMU"}},
               "core": {"state": "alone"}, "machine": {"cpu": "x"}}}
    def write(folder, name, value):
        d = pathlib.Path(where, folder)
        d.mkdir(parents=True, exist_ok=True)
        (d / name).write_text(json.dumps(value))
        return d
    pairs = "pair,kind,first,elapsed_s,out_ns,in_ns,out_mean_ns,in_mean_ns,disturbed,left_out\n" + "".join(
        f"{i},test,{i % 2},{i / 10:.2f},{7 + i % 5 / 50:.5f},{8 + i % 7 / 50:.5f},7.5,8.5,0,0\n" for i in range(1, 60))
    for folder, id_ in (("real", "31"), ("cumulative", "cumulative"), ("hostile", None)):
        one = spoil(row, text, counter)
        one["id"] = id_ if id_ else text.format("id", "id")
        (write(folder, "record.json", one) / "pairs.csv").write_text(pairs)
    write("verify", "result.json", dict(spoil(row["ab"]["step0"], text, counter), schema="hakmem.verify/1"))
    kinds = [{"name": "same", "estimate": 0.1, "low": -0.1, "high": 0.3, "true_pct": 0, "coverage": 1, "campaigns": 3,
              "verdicts": {"GO": 0}, "pairs": 30}]
    write("calibrate", "result.json", {"schema": "hakmem.calibrate/1", "date": text.format(1, 2), "campaigns": 3,
                                       "same_code": spoil(kinds, text, counter),
                                       "injected": spoil(kinds, text, counter)})
    spread = {"median": 1.0, "low": 1, "high": 2}
    hostile = text.format(7, 8)
    write("peers", "result.json", {"schema": "hakmem.peers/1", "rows": [{"name": hostile, "allocators": [
        {"allocator": name, "time_ns": spread, "peak_rss_bytes": spread} for name in ("hakmem", hostile)]}]})
    write("audit", "result.json", {"schema": "hakmem.audit/1", "atomics": spoil(
        [{"file": "a.c", "line": 3, "function": "f", "variable": "v", "op": "rmw", "order": "relaxed",
          "class": "TELEMETRY", "reason": "r", "witness": [{"file": "a.c", "line": 4, "what": "w"}],
          "compile_gate": "HAKMEM_FREE_TRACE_COMPILED"}],
        text, counter)})


class Page(html.parser.HTMLParser):
    """Elements and attributes that a report has no business with."""
    def __init__(self):
        super().__init__()
        self.bad = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src") and not (value or "").startswith(("#", "data:"))):
                self.bad.append((tag, name, value))
        if tag in ("script", "iframe", "object", "embed", "form"):
            self.bad.append((tag, None, None))


def inert(folder):
    bad = []
    for path in pathlib.Path(folder).rglob("*"):
        if path.suffix == ".html":
            page = Page()
            page.feed(path.read_text())
            bad += [(path.name, b) for b in page.bad]
        elif path.suffix == ".svg":  # opened by itself it is a page, too
            text = path.read_text(errors="replace")
            page = Page()
            page.feed(text)
            bad += [(path.name, b) for b in page.bad if b[0] in ("script", "img", "iframe") or b[1]]
        elif path.suffix == ".md":  # as a reader of Markdown that lets HTML through
            text = path.read_text()
            if "](javascript" in text.replace("]\\(", ""):
                bad.append((path.name, "link"))
            fenced = False
            for line in text.split("\n"):
                fenced ^= line.startswith("```")
                if not fenced and any(("<" + t) in line.replace("\\<", "") for t in ("img", "script", "/pre")):
                    bad.append((path.name, line[:80]))
    for b in bad:
        print(b)
    return 1 if bad else 0


def trace(field, source, target):
    d = bytearray(open(source, "rb").read())
    at, fmt = {"events": (16, "<Q"), "threads": (24, "<I"), "slots": (32, "<Q")}[field]
    value, = struct.unpack_from(fmt, d, at)
    struct.pack_into(fmt, d, at, value + 1)
    struct.pack_into("<I", d, 60, zlib.crc32(bytes(d[:60])))
    open(target, "wb").write(d)


def elf(kind, out):
    def header(shoff, shnum, strndx=0):
        rest = struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, shoff, 0, 64, 56, 1, 64, shnum, strndx)
        return b"\x7fELF\x02\x01\x01" + bytes(9) + rest
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 4096, 4096, 4096)

    def section(name, type_, flags, off, size, link=0, entry=0):
        return struct.pack("<IIQQQQIIQQ", name, type_, flags, 0, off, size, link, 0, 8, entry)
    with open(out, "wb") as f:
        if kind == "syms":  # 2000 headers of one symbol table
            body = (1 << 20) // 24 * 24
            f.write(header(4096 + body, 2000) + load)
            f.truncate(4096 + body)
            f.seek(4096 + body)
            f.write(section(0, 0, 0, 0, 0) + section(0, 2, 0, 4096, body, 1, 24) * 1999)
        elif kind == "sparse":  # one symbol table of 100 MB of nothing
            body = (100 << 20) // 24 * 24
            f.write(header(4096 + body, 200) + load)
            f.truncate(4096 + body)
            f.seek(4096 + body)
            f.write(section(0, 0, 0, 0, 0) + section(0, 2, 0, 4096, body, 1, 24) * 199)
        else:  # 4 GB of zeros as compressed DWARF
            c = zlib.compressobj(9)
            z = b"".join(c.compress(bytes(1 << 20)) for _ in range(4096)) + c.flush()
            names = b"\0.shstrtab\0.debug_info\0.debug_abbrev\0.debug_line\0"
            data = struct.pack("<IIQQ", 1, 0, 4 << 30, 1) + z
            names_at = 4096 + len(data)
            at = (names_at + len(names) + 7) // 8 * 8
            f.write(header(at, 5, 1) + load)
            f.seek(4096)
            f.write(data + names)
            f.seek(at)
            f.write(section(0, 0, 0, 0, 0) + section(1, 3, 0, names_at, len(names)) +
                    section(11, 1, 0x800, 4096, len(data)) + section(23, 1, 0x800, 4096, len(data)) +
                    section(37, 1, 0x800, 4096, len(data)))


def campaign(where, command):
    """The plan of two commands, as root, and samples files without samples."""
    plan = {"schema": "hakmem.ab-campaign/1", "gates": None, "with": [], "a": None, "b": None, "cmd_a": command,
            "cmd_b": "true", "protocol": "paired", "source_dir": None, "workload": "random_mixed", "threads": [1],
            "threads_given": False, "slots": 0, "seed": 1, "budget_s": 1, "margin_pct": 0.5, "level": 0.95,
            "no_direct": True, "whole_budget": False, "no_callgrind": True, "env": [], "user": "root", "timeout_s": 0}
    pathlib.Path(where, "campaign.json").write_text(json.dumps(plan))
    pathlib.Path(where, "rounds.csv").write_text(
        "pair,side,round,wall_ns,tsc,ops,allocs,frees,tiny_frees,minor_faults,major_faults,voluntary,involuntary,cpu,"
        "migrated,toggled,cycles,instructions,cache_misses,branch_misses,enabled_ns,running_ns,width,wait_ns\n")
    pathlib.Path(where, "processes.csv").write_text(
        "pair,side,kind,place,seed,run,rounds,complete,started_ns,ready_ns,ended_ns,cpu_ns,max_rss_bytes,steal_ticks,"
        "elapsed_s,pmu\n")


def peak(seconds, argv):
    try:
        code = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              timeout=float(seconds)).returncode
    except subprocess.TimeoutExpired:
        code = 124
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    what, args = sys.argv[1], sys.argv[2:]
    sys.exit({"record": record, "inert": inert, "trace": trace, "elf": elf, "campaign": campaign,
              "peak": lambda s, *argv: peak(s, argv)}[what](*args) or 0)
