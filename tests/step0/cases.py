#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""cases.py: kinds of programs on which a verifier goes wrong, each by every method of this machine.

cases.py HARNESS SOURCE_DIR [CASE…]: builds the targets, runs `verify` on each and compares with the
count that the target itself knows. Prints a table: "right" (the count or the verdict), "honest" (it
said that it does not know, with a reason), or what was wrong. Exit 1 where anything was wrong."""
import atexit, json, os, re, shutil, signal, subprocess, sys, tempfile, time

HARNESS, TOP = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
WANTED = sys.argv[3:]
SOURCES = os.path.join(TOP, "tests", "step0", "targets")
with open(os.path.join(TOP, "harness", "step0", "rungs.def"), encoding="utf-8") as f:
    METHODS = [m for m in re.findall(r'^RUNG\(\w+, "([^"]+)"', f.read(), re.M) if m != "built-in-counter"]
UPROBES = METHODS[:3]
CC = os.environ.get("CC", "cc")
scratch = tempfile.mkdtemp(prefix="hakmem-cases.")
atexit.register(shutil.rmtree, scratch, ignore_errors=True)
rows, wrong, left_out = [], 0, set()


def have(word, tool):
    """Whether it is installed, as have() of tests/lib.sh: a case that needs one that is not is left out, which is
    said (once), and which a machine that has to have it (REQUIRE has the word) takes for a failure."""
    if shutil.which(tool):
        return True
    if word in os.environ.get("REQUIRE", "").split():
        sys.exit(f"FAIL: '{word}' is required here, and {tool} is not installed")
    if tool not in left_out:
        print(f"left out: {word}: {tool} is not installed")
        left_out.add(tool)
    return False


def build(name, compiler, flags, *sources, out=None):
    path = os.path.join(scratch, out or name)
    command = [compiler] + flags.split() + ["-I", SOURCES, "-o", path]
    command += [s if os.path.isabs(s) else os.path.join(SOURCES, s) for s in sources] + ["-lpthread", "-ldl"]
    # gcc leaves .dwo files where it runs
    run = subprocess.run(command, stderr=subprocess.PIPE, text=True, cwd=scratch)
    if run.returncode:
        print(f"cannot build {name}: {run.stderr[:300]}")
        return None
    return path


def verify(args, timeout=60, env=None):
    command = [HARNESS, "verify", "--json", "--quiet", "--out", os.path.join(scratch, "results")] + args
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         env={**os.environ, **(env or {})}, start_new_session=True)
    try:
        out, err = p.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        p.communicate()
        return None, None, "no end"
    try:
        return p.returncode, json.loads(out), err
    except ValueError:
        return p.returncode, None, err


def methods_here():
    probe = build("probe", CC, "-O2 -g", "server.c")
    found = []
    for m in METHODS:
        code, r, _ = verify(["--binary", probe, "--symbol", "serve", "--method", m, "--", "/bin/true"])
        if r is not None and r.get("method") == m:
            found.append(m)
    return found


def note(case, method, said, ok):
    global wrong
    wrong += not ok
    rows.append((case, method, said))
    print(f"{case:34} {method:18} {said}", flush=True)


def honest(code, r):
    if r is None or code != 3 or r["verdict"] != "INCONCLUSIVE":
        return False
    return r["hits"] in (0, None) and bool(r["reason"])


def brief(code, r, err):
    if r is None:
        return f"WRONG: exit {code}, {(err or '').strip().splitlines()[-1:]}"
    return f"WRONG: exit {code} {r['verdict']} hits={r['hits']} exact={r['exact']}, {str(r.get('reason'))[:90]}"


def right(r, hits, named):
    if r is None or r["verdict"] != "EXECUTED" or (hits is not None and r["hits"] != hits):
        return False
    return not named or named in json.dumps(r["per_site"])


def count(case, args, hits, methods, named=None, harmless=None, timeout=60, inexact_is_honest=True):
    """hits: the count, or None: executed. harmless: words that the target prints when it is well."""
    for m in methods:
        if WANTED and case not in WANTED:
            return
        code, r, err = verify(["--method", m] + args, timeout)
        if harmless and harmless not in (err or ""):
            note(case, m, "HARMED: " + " ".join((err or "no word of it").split())[-80:], False)
        elif right(r, hits, named):
            note(case, m, "right" if r["exact"] else "right (said to be not exact)", True)
        elif honest(code, r):
            note(case, m, "honest: " + r["reason"][:70], True)
        elif r is not None and r["verdict"] == "EXECUTED" and r["exact"] is False and inexact_is_honest:
            note(case, m, f"honest: executed, {r['hits']} and not exact", True)
        elif code == 3 and r is not None and r["method"] is None and r["refused"]:
            note(case, m, "refused: " + r["refused"][-1]["reason"][:70], True)
        else:
            note(case, m, brief(code, r, err), False)


def verdict(case, args, wanted, methods, words=""):
    """Exactly this verdict, and these words in its reason."""
    for m in methods:
        code, r, err = verify(["--method", m] + args)
        ok = r is not None and r["verdict"] == wanted and words in (r["reason"] or "")
        note(case, m, "right: " + wanted if ok else brief(code, r, err), ok)


def place(binary, kind, what):
    return ["--binary", binary, "--" + kind, what]


def line(source, word):
    for i, text in enumerate(open(os.path.join(SOURCES, source)), 1):
        if word in text:
            return f"{source}:{i}"
    raise SystemExit(f"no {word} in {source}")


def case_quiet(ms):
    b = build("quiet", CC, "-O2 -g -fcf-protection=none -DLOOPED", "quiet_zone.c")
    for name in ("one", "three", "five", "five_prefixed", "nine", "ten"):
        args = place(b, "usdt", "quiet:" + name) + ["--", b, "3000"]
        count("quiet " + name, args, 3000, ms, harmless="wrong=0", inexact_is_honest=False)
    args = place(b, "line", line("quiet_zone.c", "LEAF(five,")) + ["--", b, "30"]
    count("quiet, a line", args, None, [m for m in ms if m != "hw-breakpoint"], harmless="wrong=0")


def case_rows(ms):
    b = build("branches", CC, "-O2 -g", "branches.c")
    for word in ("LINE-JOINED", "LINE-FORKED", "LINE-HEAD", "LINE-BODY"):
        count("rows " + word, place(b, "line", line("branches.c", word)) + ["--", b, "1"], None, ms)
    for m in ms:
        code, r, err = verify(["--method", m] + place(b, "line", line("branches.c", "LINE-NEVER")) + ["--", b, "1"])
        ok = r is not None and (r["verdict"] == "NOT_EXECUTED" or honest(code, r))
        note("rows LINE-NEVER", m, "right" if ok else brief(code, r, err), ok)


def case_half(ms):
    """Some of the program has no debug information: a line of a file that two units have may run there."""
    objects = {n: build(n, CC, "-O2 -c" + flags, source, out=n + ".o")
               for n, flags, source in (("a", " -g", "half_a.c"), ("b", "", "half_b.c"),
                                        ("again", " -DAGAIN", "half_a.c"), ("told", " -g", "half_b.c"))}
    b = build("half", CC, "", objects["a"], objects["b"])
    without = "half_other …) was compiled without it"
    verdict("half, its header", place(b, "line", line("half.h", "LINE-BOTH")) + ["--", b], "INCONCLUSIVE", ms, without)
    verdict("half, its header's symbol", place(b, "symbol", "half_poke") + ["--", b], "INCONCLUSIVE", ms, without)
    verdict("half, its source", place(b, "line", line("half_a.c", "LINE-OWN")) + ["--", b], "NOT_EXECUTED", ms)
    b = build("half-again", CC, "", objects["a"], objects["again"])
    args = place(b, "line", line("half_a.c", "LINE-OWN")) + ["--", b]
    verdict("half, its source twice", args, "INCONCLUSIVE", ms, without)
    b = build("half-told", CC, "", objects["a"], objects["told"])
    count("whole, its header", place(b, "line", line("half.h", "LINE-BOTH")) + ["--", b], None, ms)


def case_folded(ms):
    """A hit of code that two functions share is of either."""
    said = "cannot be told"
    builds = [("gcc", " -DFOLDED_HIDDEN")]
    builds += [(linker, f" -ffunction-sections -fuse-ld={linker} -Wl,--icf=all") for linker in ("lld", "gold")]
    for linker, flags in builds:
        if linker != "gcc" and not have("compilers", "ld." + linker):
            continue
        for debug in (" -g", ""):
            b = build("folded", CC, "-O2" + debug + flags, "folded.c", out="folded-" + linker + debug.strip())
            name = f"folded, {linker}{debug}"
            for one in ("quiet_one", "called_one"):
                verdict(f"{name} {one}", place(b, "symbol", one) + ["--", b], "INCONCLUSIVE", ms, said)
            if debug:
                verdict(f"{name} idle", place(b, "symbol", "idle_one") + ["--", b], "NOT_EXECUTED", ms)
                for one in ("proper", "other_name"):
                    count(f"{name} {one}", place(b, "symbol", one) + ["--", b], 4, ms, inexact_is_honest=False)
                    verdict(f"{name} {one}", place(b, "symbol", one) + ["--", b], "EXECUTED", ms[:1])
                for word in ("LINE-QUIET", "LINE-CALLED"):
                    args = place(b, "line", line("folded.c", word)) + ["--", b]
                    verdict(f"{name} {word}", args, "INCONCLUSIVE", ms[:1])


def case_gone(ms):
    b = build("gone", CC, "-O2 -g -ffunction-sections -Wl,--gc-sections", "gone.c")
    removed = "the linker removed it"
    verdict("removed by the linker", place(b, "symbol", "gone_dead") + ["--", b], "NO_SITE", ms[:1], removed)
    verdict("a line of it", place(b, "line", line("gone.c", "LINE-GONE")) + ["--", b], "NO_SITE", ms[:1])
    verdict("no such name", place(b, "symbol", "gone_none") + ["--", b], "NO_SITE", ms[:1], "no function of this name")
    cold = place(b, "symbol", "gone_walk.cold") + ["--", b]
    count("part .cold", cold + ["20"], 13, ms, named="gone_walk.cold", inexact_is_honest=False)
    verdict("part .cold, not reached", cold + ["3"], "NOT_EXECUTED", ms)


def case_versioned(ms):
    """Named in the dynamic table alone, with a version that has dots, as glibc's have."""
    with open(os.path.join(scratch, "again.map"), "w", encoding="ascii") as f:
        f.write("AGAIN_1.2.3 { global: one_way; };\n")
    b = build("versioned", CC, "-O2 -s -rdynamic -Wl,--version-script=again.map", "again.c")
    for name in ("one_way", "one_way@@AGAIN_1.2.3", "one_way@AGAIN_1.2.3"):
        code, r, err = verify(["--method", ms[0]] + place(b, "symbol", name) + ["--", b])
        ok = right(r, 10, None)
        note("versioned " + name, ms[0], "right" if ok else brief(code, r, err), ok)


def case_again(ms):
    b = build("again", CC, "-O2 -g", "again.c")
    for m in ms:
        code, r, err = verify(["--method", m] + place(b, "symbol", "again_loop") + ["--", b])
        ok = r is not None and r["verdict"] == "EXECUTED" and (r["hits"] == 10 or not r["exact"])
        note("loop at the entry", m, "right" if ok else brief(code, r, err), ok)
    count("loop behind the entry", place(b, "symbol", "one_way") + ["--", b], 10, ms, inexact_is_honest=False)


def case_names(ms):
    b = build("twins", CC, "-O2 -g", "twins_a.c", "twins_b.c")
    count("same name", place(b, "symbol", "twin") + ["--", b], 17, ms, inexact_is_honest=False)
    count("clones", place(b, "symbol", "scale") + ["--", b], 9, ms, inexact_is_honest=False)
    count("aliases", place(b, "symbol", "base") + ["--", b], 10, ms, inexact_is_honest=False)
    b = build("parted", CC, "-Os -g", "parted.c")
    count("parts -Os -g", place(b, "symbol", "walk") + ["--", b], 21, ms, inexact_is_honest=False)
    b = build("parted-bare", CC, "-Os", "parted.c")
    count("parts, no -g", place(b, "symbol", "walk") + ["--", b], 21, ms)


def case_copies(ms):
    c = os.path.join(scratch, "copies.c")
    shutil.copy(os.path.join(SOURCES, "copies.cc"), c)
    want = sum(n + n // 2 for n in [i % 6 for i in range(90)])
    for compiler in [CC] + (["clang"] if have("compilers", "clang") else []):
        b = build("copies", compiler, "-O2 -g", c, out="copies-" + compiler)
        count(f"inlined, {compiler} -O2 -g", place(b, "symbol", "poke") + ["--", b], want, ms, inexact_is_honest=False)
        b = build("copies", compiler, "-O2", c, out="copies-bare-" + compiler)
        count(f"inlined, {compiler} -O2", place(b, "symbol", "poke") + ["--", b], want, ms)
        b = build("copies", compiler, "-O2 -g -gsplit-dwarf", c, out="copies-split-" + compiler)
        count(f"inlined, {compiler} -gsplit-dwarf", place(b, "symbol", "poke") + ["--", b], want, ms)
    if have("compilers", "g++"):
        b = build("copies", "g++", "-O2 -g", "copies.cc", out="copies-cc")
        for name in ("_Z4pokei", "poke", "poke(int)"):
            count("C++ " + name, place(b, "symbol", name) + ["--", b], want, ms, inexact_is_honest=False)


def case_loops(ms):
    for compiler in [CC] + (["clang"] if have("compilers", "clang") else []):
        for level in ("-O2", "-Os"):
            b = build("loops", compiler, level + " -g", "loops.c", out=f"loops-{compiler}{level}")
            for name, hits in (("length", 120), ("total", 120), ("between", 240)):
                count(f"loop {name}, {compiler} {level}", place(b, "symbol", name) + ["--", b], hits, ms)


def case_turns(ms):
    for compiler, flags in ((CC, "-O2"), (CC, "-O3 -funroll-loops"), ("clang", "-O2"),
                            ("clang", "-O3 -mllvm -unroll-runtime -mllvm -unroll-count=4")):
        if not have("compilers", compiler):
            continue
        b = build("turns", compiler, flags + " -g", "turns.c", out="turns-" + compiler + str(len(flags)))
        for name, hits in (("poke", 8), ("mix", 37), ("pick", 23), ("square", 64)):
            count(f"turns {name}, {compiler} {flags[:9]}", place(b, "symbol", name) + ["--", b], hits, ms[:1])
        args = place(b, "line", line("turns.c", "LINE-SQUARE")) + ["--", b]
        count(f"turns, a line, {compiler} {flags[:9]}", args, 64, ms[:1])


def case_ifunc(ms):
    b = build("chosen", CC, "-O2", "chosen.c")
    if b:
        count("IFUNC", place(b, "symbol", "chosen") + ["--", b], 700, ms, named="plain_way")


def case_semaphores(ms):
    for linker in ("", "lld", "mold"):
        if linker and not have("compilers", "ld." + linker):
            continue
        b = build("sems", CC, "-O2" + (f" -fuse-ld={linker}" if linker else ""), "sems.c", out="sems-" + linker)
        if b:
            count(f"semaphores {linker or 'ld'}", place(b, "usdt", "sems:place") + ["--", b], 125, ms)


def case_separate(ms):
    b = build("shadow", CC, "-O2 -g", "shadow.c")
    debug, bare = os.path.join(scratch, "shadow.debug"), os.path.join(scratch, "shadow-bare")
    shutil.copy(b, os.path.join(scratch, "shadow-stripped"))
    subprocess.run(["objcopy", "--only-keep-debug", b, debug], check=True)
    subprocess.run(["objcopy", "--strip-all", "--add-gnu-debuglink=" + debug, b, bare], check=True)
    for name, hits in (("unseen", 35), ("melted", 14)):
        count(f"debuglink {name}", place(bare, "symbol", name) + ["--", bare], hits, ms, inexact_is_honest=False)
    stripped = os.path.join(scratch, "shadow-stripped")
    subprocess.run(["strip", "-s", stripped], check=True)
    count("stripped", place(stripped, "symbol", "unseen") + ["--", stripped], 35, ms)
    if have("programs", "xz"):
        mini, packed = os.path.join(scratch, "mini"), os.path.join(scratch, "shadow-mini")
        shutil.copy(b, mini)
        subprocess.run(["strip", "-g", mini], check=True)
        subprocess.run(["xz", "-k", "-f", mini], check=True)
        subprocess.run(["objcopy", "--add-section", ".gnu_debugdata=" + mini + ".xz", stripped, packed], check=True)
        count("debugdata", place(packed, "symbol", "unseen") + ["--", packed], 35, ms)


def case_daemon(ms):
    b = build("server", CC, "-O2 -g", "server.c")
    for m in ms:
        code, r, err = verify(["--method", m] + place(b, "symbol", "serve") + ["--", b, "3"])
        ok = r is not None and (r["hits"] == 37 or honest(code, r))
        said = "right" if ok and r["hits"] == 37 else "honest: " + r["reason"][:70] if ok else brief(code, r, err)
        note("daemon", m, said, ok)
    for m in ms:
        code, r, err = verify(["--method", m] + place(b, "symbol", "serve") + ["--", b, "80"])
        ok = honest(code, r)
        note("daemon that stays", m, "honest: " + r["reason"][:70] if ok else brief(code, r, err), ok)


def case_bare(ms):
    b = build("bare", CC, "-O2", "bare.c")
    prog = build("ticker", CC, "-O2 -g", "ticker.c")
    for m in ms + ["built-in-counter"]:
        code, r, err = verify(["free-trace", "--method", m, "--", b, prog, "1"])
        if r is not None and r["verdict"] == "COMPILED_OUT":
            return
        ok = honest(code, r)
        note("preload dropped", m, "honest: " + r["reason"][:70] if ok else brief(code, r, err), ok)


def case_crowd(ms):
    b = build("crowd", CC, "-O2 -g", "crowd.c")
    for threads in (16, 64):
        args = place(b, "symbol", "meet") + ["--", b, str(threads), "100"]
        count(f"threads {threads}", args, threads * 100, ms, timeout=60)


def case_opener(ms):
    b = build("opener", CC, "-O2 -g", "opener.c")
    lib = build("opener", CC, "-O2 -g -fPIC -shared", "opener_lib.c", out="libopened.so")
    for how, hits, times in (("threads", 600, 3), ("forks", 45, 2), ("spawns", 80, 3), ("spaces", 22, 1)):
        for _ in range(times):
            args = place(lib, "symbol", "opened_entry") + ["--", b, how, lib]
            count("dlopen " + how, args, hits, ms, harmless=f"calls={hits}")


def looked_at(target, method):
    command = [HARNESS, "verify", "-p", str(target.pid), "--symbol", "tick", "--method", method, "--quiet",
               "--timeout", "20", "--out", os.path.join(scratch, "results")]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def case_signals(ms):
    b = build("ticker", CC, "-O2 -g", "ticker.c")
    names = [(n, after) for after in (0.15, 0.4) for n in ("HUP", "USR1", "TERM", "INT", "KILL", "QUIT")]
    for m in ms:
        pairs = []  # all at once: each takes as long as its target
        for name, after in names:
            target = subprocess.Popen([b, "12"], stdout=subprocess.PIPE, text=True)
            pairs.append((name, after, target, looked_at(target, m), time.monotonic()))
        for name, after, _, h, started in pairs:
            time.sleep(max(0, started + after - time.monotonic()))
            h.send_signal(getattr(signal, "SIG" + name))
        for name, after, target, h, _ in pairs:
            said = target.communicate()[0].strip()
            h.wait()
            ok = target.returncode == 0 and said == "ticks=480"
            note(f"signal {name} {after}", m, "right" if ok else f"HARMED: status {target.returncode}, {said}", ok)


def guard_of(pid):
    """The process of the run that the harness pid has started."""
    for _ in range(200):
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
                for child in f.read().split():
                    with open(f"/proc/{child}/comm", encoding="ascii") as comm:
                        if comm.read().strip() == "step0-guard":
                            return int(child)
        except OSError:
            pass
        time.sleep(0.01)
    return None


def case_guard(ms):
    """The process that measures is killed itself: the harness takes back what it had set. Calls are rare: who
    runs into a breakpoint between its end and that is lost."""
    b = build("ticker", CC, "-O2 -g", "ticker.c")
    for m in ms:
        target = subprocess.Popen([b, "1", "100000"], stdout=subprocess.PIPE, text=True)
        time.sleep(0.1)
        command = [HARNESS, "verify", "-p", str(target.pid), "--symbol", "tick", "--method", m, "--quiet",
                   "--timeout", "20", "--out", os.path.join(scratch, "results")]
        h = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             text=True)
        guard = guard_of(h.pid)
        time.sleep(0.4)
        with open(f"/proc/{guard}/cmdline", "rb") as f:
            hidden = b"verify" not in f.read()
        os.kill(guard, signal.SIGKILL)
        err = h.communicate()[1]
        said = target.communicate()[0].strip()
        ok = target.returncode == 0 and said == "ticks=40" and h.returncode == 3 and "taken back" in err and hidden
        note("guard killed", m, "right" if ok else f"HARMED: status {target.returncode}, {said}, {h.returncode} {err}",
             ok)


def case_dotted(ms):
    """Names with dots of a program's own, as Go's are: functions of their own, and no clones of another."""
    b = build("dotted", CC, "-O2 -g", "dotted.c")
    for name, hits in (("box.part", 3), ("box.exit", 5), ("box.clone", 7)):
        count("dotted " + name, place(b, "symbol", name) + ["--", b], hits, ms, named='"kind": "function"')
    verdict("dotted, what stands before", place(b, "symbol", "box") + ["--", b], "NO_SITE", ms)
    b = build("dotted", CC, "-O2 -g -DSAME", "dotted.c", out="dotted-same")
    verdict("dotted, folded", place(b, "symbol", "box.part") + ["--", b], "INCONCLUSIVE", ms[:1], "cannot be told")


def case_named(ms):
    """The source's name of a function is not the symbol's."""
    b = build("named", "g++", "-O2 -g", "named.cc") if have("compilers", "g++") else None
    calls = {"outer::inner::plain": 3, "inner::plain": 3, "plain": 3, "inner::labelled": 5, "the_label": 5,
             "box::member": 7, "outer::inner::box::member": 7}
    for name, hits in calls.items() if b else ():
        count("named " + name, place(b, "symbol", name) + ["--", b], hits, ms[:1], inexact_is_honest=False)
    for name in ("outer::plain", "other::plain", "inner::the_label") if b else ():
        verdict("named " + name, place(b, "symbol", name) + ["--", b], "NO_SITE", ms[:1])
    if have("compilers", "gfortran"):
        b = build("module", "gfortran", "-O1 -g -fno-inline", "module.f90")
        for name, wanted in (("work", "EXECUTED"), ("steps::work", "EXECUTED"), ("never", "NOT_EXECUTED")):
            verdict("Fortran " + name, place(b, "symbol", name) + ["--", b], wanted, ms[:1])


def case_preempt(ms):
    """Signals come between the trap and the instruction, and the handler changes where it returns to."""
    b = build("preempt", CC, "-O2 -g -D_GNU_SOURCE", "preempt.c")
    args = place(b, "symbol", "work") + ["--", b, "20000"]
    for m in ms:
        for how in ([], ["plain"]):
            code, r, err = verify(["--method", m] + args + how)
            told = re.search(r"calls=(\d+)", err or "")
            calls = int(told[1]) if told else -1
            ok = r is not None and (r["hits"] == calls if r["exact"] else r["hits"] is not None or honest(code, r))
            said = ("right" if r["exact"] else "honest: not exact") if ok else f"{calls} calls, {brief(code, r, err)}"
            note(" ".join(["preempt"] + how), m, said, ok)


def case_locked(ms):
    b = build("locked", CC, "-O2 -g", "locked.c")
    args = place(b, "usdt", "locked:*") + ["--", b]
    count("one place is locked", args, 39, ms, harmless="no=33 yes=6", inexact_is_honest=False)


def main():
    ms = methods_here()
    if not ms:
        print("SKIP: ptrace: no method is permitted here")
        return 77
    only = os.environ.get("METHODS", "").split()
    ms = [m for m in ms if not only or m in only]
    print("methods:", " ".join(ms))
    groups = [v for k, v in globals().items() if k.startswith("case_")]
    for g in groups:
        if WANTED and g.__name__[5:] not in WANTED:
            continue
        saved = WANTED[:]
        WANTED.clear()
        g(ms)
        WANTED.extend(saved)
    print(f"{len(rows)} cases, {wrong} wrong")
    return 1 if wrong else 0


sys.exit(main())
