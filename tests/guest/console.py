#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""console.py COMMANDS CONSOLE: judges what the guest said (protocol: init.c).

Every command of the list must have run and ended; most with exit code 0. Those with a check
below are judged by what they printed.
"""
import json
import re
import sys


def only_object(text):
    start, end = text.index("{"), text.rindex("}")
    return json.loads(text[start:end + 1])


def check_bench(text):
    """Real cycles and instructions; what the PMU lacks is null with a reason, never 0."""
    r = only_object(text)
    assert r["ops"] == 100000 and r["allocs"] + r["frees"] == 100000, "operation counts"
    for name in "cycles", "instructions":
        c = r["counters"][name]
        assert c["value"] and c["value"] > 10 * r["ops"] and not c["suspicious"], (name, c)
        assert c["per_op"] and c["running_ns"] == c["enabled_ns"], (name, c)
        assert c["source"].startswith("perf_event"), (name, c)
    away = {u["name"]: u["reason"] for u in r["unavailable"]}
    assert "ENOENT" in away["cache-misses"], away
    assert r["counters"]["cache-misses"]["value"] is None, "cache-misses has a value"
    assert r["counters"]["cache-misses"]["per_op"] is None, "cache-misses has a value"
    i, c = (r["counters"][n]["per_op"] for n in ("instructions", "cycles"))
    return f"{i:.2f} instructions/op, {c:.2f} cycles/op; cache-misses: {away['cache-misses']}"


def check_refused(text):
    """An ordinary user at perf_event_paranoid 3: every hardware event refused, and said so."""
    r = only_object(text)
    away = {u["name"]: u for u in r["unavailable"]}
    for name in "cycles", "instructions", "cache-misses":
        assert r["counters"][name]["value"] is None, (name, r["counters"][name])
        assert re.match("EACCES|EPERM", away[name]["reason"]), away[name]
        assert away[name]["advice"], away[name]
    assert r["ops"] == 20000 and r["ns_per_op"] > 0
    return away["cycles"]["reason"]


def check_pmu(text):
    """The test judges itself: here only what it measured is repeated."""
    assert "[  PASSED  ]" in text and "FAILED" not in text
    return "".join("\n    " + line.strip() for line in text.splitlines() if line.startswith("  "))


def check_doctor(text):
    """Its lines on counters and probes, which no other machine of ours may have."""
    for name in "pmu", "rdpmc", "uprobe", "sampling":
        assert re.search(rf"^ok +{name}$|^ok +{name} ", text, re.M), name
    return re.search(r"^ok +pmu\s+(.*)$", text, re.M)[1]  # on a narrow console in the line below


def verified(text, method):
    """EXECUTED by this method, with both controls, and as many hits as frees."""
    r = only_object(text)
    assert (r["verdict"], r["decision"]) == ("EXECUTED", "PROCEED"), (r["verdict"], r["reason"])
    assert r["method"] == method and r["exact"] is True, (r["method"], r["scope"], r["refused"])
    assert r["hits"] == r["tiny_frees"] > 0, (r["hits"], r["tiny_frees"])
    assert 0.4 < r["hits_per_op"] < 0.6, r["hits_per_op"]  # about every second step frees
    assert r["sentinel"]["ok"] and r["sentinel"]["hits"] == r["ops"], r["sentinel"]
    assert r["negative_control"]["ok"] and r["negative_control"]["hits"] == 0, r["negative_control"]
    return r


def check_breakpoint(text):
    """The tracer sets debug registers of x86-64 alone: said, and no count."""
    r = only_object(text)
    assert (r["verdict"], r["hits"], r["decision"]) == ("INCONCLUSIVE", None, None), r["verdict"]
    assert "x86-64 alone" in r["error"], r["error"]
    return "refused: " + r["error"]


def told(r):
    return f"{r['verdict']} by {r['method']}, {r['hits']} hits for {r['tiny_frees']} tiny frees, {r['scope']}"


def check_verify(text):
    """The ladder's best rung on this kernel, real uprobes; uprobe_multi is younger and refused."""
    r = verified(text, "perf-uprobe")
    assert r["samples"]["event"] == "cycles" and r["samples"]["in_function"] > 0, r["samples"]
    assert [x["method"] for x in r["refused"]] == ["bpf-uprobe-multi"], r["refused"]
    return told(r)


def check_verify_user(text):
    """At perf_event_paranoid 3 an ordinary user is left with ptrace, and told why."""
    r = verified(text, "ptrace-int3")
    away = {x["method"]: x["errno"] for x in r["refused"]}
    assert away == {"bpf-uprobe-multi": 1, "perf-uprobe": 13, "tracefs-uprobe": 13}, away
    assert all(x["advice"] for x in r["refused"]), r["refused"]
    return told(r)


def check_command(text):
    """A program that nobody prepared: the entry of a function, once."""
    r = only_object(text)
    said = (r["verdict"], r["method"], r["hits"])
    assert said == ("EXECUTED", "perf-uprobe", 1), said
    assert r["ops"] is None and r["hits_per_op"] is None, "operations of a command nobody counted"
    assert r["sentinel"]["ok"] and r["negative_control"]["ok"], (r["sentinel"], r["negative_control"])
    return f"{r['hits']} hit"


def check_absent(text):
    r = only_object(text)
    assert (r["verdict"], r["decision"], r["hits"]) == ("COMPILED_OUT", "SKIP", None), r["verdict"]
    return r["reason"]


EXITS = {"verify-absent": "exit=1", "verify-breakpoint": "exit=3"}  # all others: exit=0
CHECKS = {"verify": check_verify,
          "verify-tracefs": lambda text: told(verified(text, "tracefs-uprobe")),
          "verify-breakpoint": check_breakpoint,
          "verify-command": check_command,
          "verify-user": check_verify_user, "verify-absent": check_absent,
          "doctor": check_doctor, "pmu": check_pmu, "bench": check_bench, "bench-user": check_bench,
          "bench-refused": check_refused}


def same_counts(first, second):
    """Two processes of two users count the same, but for a user-space read that was interrupted
    and had to be repeated (test_pmu's own loop repeats to the digit)."""
    for name in "cycles", "instructions":
        a, b = (only_object(text)["counters"][name]["raw"] for text in (first, second))
        if abs(a - b) > a / 10000:
            return f"{name}: {a}, then {b}"
    return None


def parse(console):
    """{name: (end, output)}, count of @@done or None."""
    ran, name, body, done = {}, None, [], None
    for line in console.splitlines():
        line = line.rstrip("\r")
        if m := re.match(r"@@begin (\S+)$", line):
            name, body = m[1], []
        elif m := re.match(r"@@end (\S+) (.+)$", line):
            ran[m[1]] = (m[2], "\n".join(body))
            name = None
        elif m := re.match(r"@@done (\d+)$", line):
            done = int(m[1])
        elif name is not None:
            body.append(line)
    if name is not None:
        ran[name] = ("never ended", "\n".join(body))
    return ran, done


def judge(name, end, output):
    """None where all is well and nothing is to be said, else (good, text)."""
    if end != EXITS.get(name, "exit=0"):
        return False, f"{end}\n{output}"
    if name not in CHECKS:
        return True, ""
    try:
        return True, CHECKS[name](output)
    except (AssertionError, ValueError, KeyError, TypeError) as e:
        return False, f"{type(e).__name__}: {e}\n{output}"


def main():
    commands, console = (open(f, encoding="utf-8", errors="replace").read() for f in sys.argv[1:3])
    wanted = [line.split()[0] for line in commands.splitlines() if line.strip() and not line.startswith("#")]
    ran, done = parse(console)
    bad = 0
    for name in wanted:
        good, text = judge(name, *ran[name]) if name in ran else (False, "did not run")
        bad += not good
        print(f"{'PASS' if good else 'FAIL'}: guest: {name}{': ' + text if text else ''}")
    if not bad and (difference := same_counts(ran["bench"][1], ran["bench-user"][1])):
        print(f"FAIL: guest: counts do not repeat: {difference}")
        bad += 1
    if done != len(wanted):
        print(f"FAIL: guest: it ended after {done} of {len(wanted)} commands")
        bad += 1
    return 1 if bad else 0


sys.exit(main())
