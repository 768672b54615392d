#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""bench_verify.py HARNESS SRCDIR CC [ROUNDS]: what Step 0 costs, beside bpftrace, perf probe +
perf stat and gdb, all measured in turn in the same rounds; the goals and whether they are met.
Medians. Run as root; the machine should be quiet."""
import json, os, re, shutil, signal, statistics, subprocess, sys, tempfile, time

harness, srcdir, cc = sys.argv[1:4]
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
tmp = tempfile.mkdtemp(prefix="hakmem-bench-verify.")
hot, many = tmp + "/hot", tmp + "/many"
FOREVER, SHORT, PROOF = "2000000000", "100000", "5000000"


def run(argv, **kw):
    t = time.monotonic()
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, **kw)
    return (time.monotonic() - t) * 1e3, p


def build():
    subprocess.check_call([cc, "-O2", "-g", "-o", hot, srcdir + "/tests/step0/targets/hot.c"])
    with open(many + ".c", "w") as f:
        f.write("#include <sys/sdt.h>\nint main(int n, char **a) {\n  (void)a;\n")
        for k in range(500):
            f.write(f"  if (n > {k + 1}) STAP_PROBE(many, site{k});\n")
        f.write("  return 0;\n}\n")
    subprocess.check_call([cc, "-O2", "-g", "-o", many, many + ".c"])


def verify(*args):
    wall, p = run([harness, "verify", "--json", "--quiet", "--out", tmp + "/r", *args])
    try:
        r = json.loads(p.stdout)
    except ValueError:
        raise SystemExit("verify failed: " + p.stderr)
    m = re.search(r"hot-ns (\d+)", p.stderr)
    return wall, r, int(m.group(1)) if m else None


class Running:
    """A target that is attached to; the same for all."""
    def __enter__(self):
        self.p = subprocess.Popen([hot, FOREVER], stdout=subprocess.DEVNULL)
        time.sleep(0.05)
        return str(self.p.pid)

    def __exit__(self, *a):
        self.p.send_signal(signal.SIGKILL)
        self.p.wait()


def peer_bpftrace(pid):
    return run(["bpftrace", "-p", pid, "-e", f"usdt:{hot}:hot:turn {{ @n++; if (@n >= 1000) {{ exit(); }} }}"])


def peer_gdb(pid):
    return run(["gdb", "-nx", "-batch", "-p", pid, "-ex", "break hot_turn", "-ex", "continue", "-ex", "detach"])


def peer_perf(pid):
    t = time.monotonic()
    run(["perf", "probe", "-q", "-x", hot, "bench_hot=hot_turn"])
    _, p = run(["perf", "stat", "-e", "probe_hot:bench_hot", "-p", pid, "sleep", "0.05"])
    run(["perf", "probe", "-q", "-d", "probe_hot:bench_hot"])
    return (time.monotonic() - t) * 1e3, p


seen = {}


def note(name, value):
    if value is not None:
        seen.setdefault(name, []).append(value)


def per_hit(ns_armed, ns_alone):
    return (ns_armed - ns_alone) / int(SHORT)


def alone(n):
    return int(re.search(r"hot-ns (\d+)", run([hot, n])[1].stdout).group(1))


def long_turns():
    if "turns" not in seen:
        seen["turns"] = [int(1e9 * int(PROOF) / alone(PROOF))]
    return str(seen["turns"][0])


def one_round():
    with Running() as pid:
        wall, r, _ = verify("-p", pid, "--usdt", "hot:turn", "--proof")
        note("proof, whole command", wall)
        note("proof", r["proof_ms"])
    for name, peer in (("bpftrace", peer_bpftrace), ("gdb", peer_gdb), ("perf", peer_perf)):
        if shutil.which(name):
            with Running() as pid:
                wall, p = peer(pid)
                if p.returncode == 0:
                    note("proof " + name, wall)
    _, r, _ = verify("--binary", many, "--all", "--proof", "--", many)
    note("500 sites", r["proof_ms"])
    _, r, _ = verify("--binary", hot, "--usdt", "hot:turn", "--method", "ptrace-int3", "--proof", "--", hot, PROOF)
    note("ptrace proof", r["proof_ms"])
    before = alone(PROOF)
    _, r, ns = verify("--binary", hot, "--usdt", "hot:turn", "--proof", "--", hot, PROOF)
    note("slowdown", 100 * (2 * ns / (before + alone(PROOF)) - 1))
    # the same on a workload of about 1 s: what a proof costs is paid once
    before = alone(long_turns())
    _, r, ns = verify("--binary", hot, "--usdt", "hot:turn", "--proof", "--", hot, long_turns())
    note("slowdown 1 s", 100 * (2 * ns / (before + alone(long_turns())) - 1))
    base = alone(SHORT)
    _, r, ns = verify("--binary", hot, "--usdt", "hot:turn", "--", hot, SHORT)
    assert r["hits"] == int(SHORT), r["hits"]
    note("per hit", per_hit(ns, base))
    if shutil.which("bpftrace"):
        _, p = run(["bpftrace", "-c", f"{hot} {SHORT}", "-e", f"usdt:{hot}:hot:turn {{ @n++; }}"])
        m = re.search(r"hot-ns (\d+)", p.stdout)
        note("per hit bpftrace", per_hit(int(m.group(1)), base) if m else None)


def value(name):
    return statistics.median(seen[name]) if name in seen else None


def text(name, unit):
    v = value(name)
    return "unavailable" if v is None else f"{v:.1f} {unit}"


def row(what, name, unit, goal, peers=""):
    v = value(name)
    if goal is None:
        met = "-"
    elif v is None:
        met = "unavailable"
    else:
        met = "met" if v <= goal else f"missed by {v - goal:.1f} {unit}"
    wanted = "-" if goal is None else f"<= {goal:.0f} {unit}"
    print(f"{what:<38} {text(name, unit):>14} {wanted:>12}  {met:<22} {peers}")


def main():
    build()
    for _ in range(rounds):
        one_round()
    print(f"{'median of ' + str(rounds) + ' interleaved rounds':<38} {'measured':>14} {'goal':>12}")
    peers = ", ".join(f"{n} {text('proof ' + n, 'ms')}" for n in ("gdb", "bpftrace", "perf"))
    row("proof, attach and detach included", "proof", "ms", 100, peers)
    row("  the same, the whole command", "proof, whole command", "ms", None)
    row("slowdown of the workload by a proof", "slowdown", "%", 3)
    row("  of a workload of 1 s", "slowdown 1 s", "%", 3)
    row("500 sites, start, attach and detach", "500 sites", "ms", 100)
    row("ordinary user: proof by ptrace", "ptrace proof", "ms", 10)
    b = value("per hit bpftrace")
    row("per hit", "per hit", "ns", b if b is not None else 920, "bpftrace " + text("per hit bpftrace", "ns"))


try:
    main()
finally:
    shutil.rmtree(tmp)
