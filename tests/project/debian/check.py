#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that nobody here wrote, from Debian's source packages, each to a verdict.

usage: check.py HARNESS FOLDER [--only PROJECT[:GATE],…] [--budget S] [--limit S] [--data FILE]

Sources are fetched once into FOLDER by apt-get, with the machine's own package sources as deb-src in a folder of their
own; nothing is installed. Where a row cannot be measured here (a package or a tool that is missing) it says why and
counts as skipped; everything else that ends without a verdict is a failure. INCONCLUSIVE and DEPENDS are answers of the
machine, not failures. The table is printed; --data writes it as CSV, each row into FILE.part as soon as it is known:
the same command goes on behind them, where it is the same machine and kernel."""
import argparse
import csv
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# project file: source package, its folder beside the file, upstream's version that the file was written for
PACKAGES = {
    "lua": ("lua5.4", "5.4.4"),
    "zlib": ("zlib", "1.2.13"),
    "sqlite": ("sqlite3", "3.40.1"),
    "jemalloc": ("jemalloc", "5.3.0"),
    "mimalloc": ("mimalloc", "2.0.9"),
    "redis": ("redis", "7.0.15"),
    "memcached": ("memcached", "1.6.18"),
    "nginx": ("nginx", "1.22.1"),
    "haproxy": ("haproxy", "2.6.12"),
}
# whose own build does not go through libtool and Debian's paths
WITHOUT_PATCHES = {"lua"}
ROWS = [
    ("lua", "apicheck"), ("lua", "assert"), ("zlib", "unaligned"), ("sqlite", "memstatus"), ("sqlite", "scanstatus"),
    ("jemalloc", "stats"), ("redis", "counters"), ("memcached", "assert"), ("nginx", "stub-status"),
    ("mimalloc", "stat1"), ("mimalloc", "stat2"), ("haproxy", "mem-stats"),
]
# a pair takes longer: a server is started, warmed and ended
SLOW = {"redis", "memcached", "nginx", "haproxy"}
# headers that a build wants: unpacked beside the sources, not installed
LIBRARIES = {"memcached": ["libevent-dev", "libevent-2.1-7"]}


class Missing(Exception):
    """Why a project cannot be looked at on this machine."""


def run(command, cwd=None, env=None, timeout=600):
    done = subprocess.run(command, cwd=cwd, env=env, timeout=timeout, capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["it said nothing"]
        raise Missing(f"{command[0]}: {re.sub(r'https?://[^ /]+', '', last[0])[:160]}")
    return done.stdout


class Fetcher:
    """apt-get with a list of source packages of its own."""

    def __init__(self, folder):
        self.folder, self.env = os.path.join(folder, "apt"), None

    def prepare(self):
        if self.env:
            return
        if not shutil.which("apt-get") or not shutil.which("dpkg-source"):
            raise Missing("no apt-get and dpkg-source: these are Debian's source packages")
        parts = os.path.join(self.folder, "parts")
        for name in ("parts", "lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(self.folder, name), exist_ok=True)
        files = glob.glob("/etc/apt/sources.list.d/*.sources") + glob.glob("/etc/apt/sources.list.d/*.list")
        for path in files + glob.glob("/etc/apt/sources.list"):
            with open(path, encoding="utf-8") as f:
                text = f.read()
            if path.endswith(".sources"):
                text = re.sub(r"(?m)^Types:.*$", "Types: deb deb-src", text)
            else:
                lines = [l for l in text.splitlines() if l.startswith("deb ")]
                text = "".join(l + "\n" + re.sub(r"^deb ", "deb-src ", l) + "\n" for l in lines)
            with open(os.path.join(parts, os.path.basename(path)), "w", encoding="utf-8") as f:
                f.write(text)
        conf = os.path.join(self.folder, "apt.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "{parts}";\n'
                    f'Dir::State::lists "{self.folder}/lists";\nDir::Cache "{self.folder}/cache";\n'
                    'APT::Sandbox::User "root";\nAcquire::Retries "2";\n')
        self.env = dict(os.environ, APT_CONFIG=conf, LC_ALL="C")
        run(["apt-get", "update", "-q"], env=self.env)

    def versions(self, package):
        """The newest first: what an index lists may have left the archive."""
        text = run(["apt-cache", "showsrc", package], env=self.env)
        found = []
        for block in text.split("\n\n"):
            names = dict(re.findall(r"(?m)^(Package|Version): (.*)$", block))
            if names.get("Package") == package and names["Version"] not in found:
                found.append(names["Version"])
        def newer(a, b):
            return -1 if subprocess.run(["dpkg", "--compare-versions", a, "gt", b], check=False).returncode == 0 else 1
        import functools
        return sorted(found, key=functools.cmp_to_key(newer))

    def source(self, package, upstream, to, patches):
        self.prepare()
        work = to + ".part"
        why = f"{package} {upstream} is not in this machine's package sources"
        for version in self.versions(package):
            if not re.sub(r"^\d+:", "", version).startswith(upstream):
                continue
            shutil.rmtree(work, ignore_errors=True)
            os.makedirs(work)
            try:
                run(["apt-get", "source", "-q", "--download-only", f"{package}={version}"], cwd=work, env=self.env)
                dsc = glob.glob(os.path.join(work, "*.dsc"))[0]
                how = [] if patches else ["--skip-patches"]
                run(["dpkg-source", "--no-check", *how, "-x", dsc, to], cwd=work)
                with open(to + ".version", "w", encoding="utf-8") as f:
                    f.write(version + "\n")
                return
            except Missing as e:
                why = str(e)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        raise Missing(why)

    def libraries(self, packages, to):
        """Headers and libraries as TO/include and TO/lib."""
        if os.path.isdir(to):
            return
        self.prepare()
        work = to + ".part"
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(work)
        for package in packages:
            run(["apt-get", "download", "-q", package], cwd=work, env=self.env)
        for deb in glob.glob(os.path.join(work, "*.deb")):
            run(["dpkg", "-x", deb, os.path.join(work, "x")])
        os.makedirs(os.path.join(work, "to"))
        shutil.move(os.path.join(work, "x/usr/include"), os.path.join(work, "to/include"))
        triplet = glob.glob(os.path.join(work, "x/usr/lib/*-linux-gnu"))[0]
        shutil.move(triplet, os.path.join(work, "to/lib"))
        os.rename(os.path.join(work, "to"), to)
        shutil.rmtree(work)


def place_files(folder):
    """The project files and what belongs to them, beside the sources."""
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(HERE):
        if not name.endswith((".py", ".mk")) and os.path.isfile(os.path.join(HERE, name)):
            shutil.copy(os.path.join(HERE, name), folder)


def sources(fetcher, folder, project):
    package, upstream = PACKAGES[project]
    tree = os.path.join(folder, package)
    if not os.path.isdir(tree):
        fetcher.source(package, upstream, tree, project not in WITHOUT_PATCHES)
    if project in LIBRARIES:
        fetcher.libraries(LIBRARIES[project], os.path.join(folder, LIBRARIES[project][0].split("-")[0]))


def command_of(project, gate, budget):
    return ["ab", "--project", f"{project}.ab", gate, "--budget", f"{budget:g}"]


def shown(command):
    return "hakmem-harness " + " ".join(command)


def measure(harness, folder, project, gate, budget, limit, more=()):
    """One row: the command, what it took, the result or None, what it said."""
    command = command_of(project, gate, budget)
    began = time.monotonic()
    with subprocess.Popen([harness, *command, "--json", "--quiet", *more], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as p:
        try:
            out, err = p.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            p.send_signal(2)
            try:
                out, err = p.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                p.kill()
                out, err = p.communicate()
            err = f"not done within {limit} s\n" + err
    took = time.monotonic() - began
    try:
        result = json.loads(out)
    except ValueError:
        result = None
    return command, took, result, p.returncode, err.strip()


def number(value, form="{:.3g}"):
    return "-" if value is None else form.format(value)


def row_of(project, gate, folder, command, took, result, load):
    gain, insns, s = result.get("gain_pct"), result.get("insns_per_op"), result.get("subject") or {}
    lines = [l for l in s.get("lines") or [] if l["has_code"]]
    machine = result.get("machine") or {}
    out = {
        "project": project, "gate": gate, "version": open(os.path.join(folder, PACKAGES[project][0] + ".version"),
                                                          encoding="utf-8").read().strip(),
        "verdict": result["verdict"],
        "gain_pct": gain and gain.get("estimate"), "low": gain and gain.get("low"), "high": gain and gain.get("high"),
        "pairs": result.get("pairs"), "layouts": result.get("layouts"),
        "functions": s.get("functions"),
        "functions_differ": sum(len(s.get(k) or []) for k in ("functions_differ", "only_in", "only_out")),
        "lines_with_code": len(lines), "lines_run": sum(l["executed"] is True for l in lines),
        "hits_per_op": (result.get("step0") or {}).get("hits_per_op"),
        "insns_out": insns and insns["out"], "insns_in": insns and insns["in"],
        "core": (result.get("core") or {}).get("state"), "reason": result.get("reason"), "seconds": round(took, 1),
        "load": load, "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": machine.get("cpu"), "cpus": machine.get("cpus"), "kernel": machine.get("kernel"),
        "command": shown(command),
    }
    return out


def kept_rows(path):
    """What a run that was interrupted has measured here, by project and gate."""
    if not path or not os.path.exists(path):
        return {}
    cpus, kernel = str(os.cpu_count()), os.uname().release
    with open(path, encoding="utf-8", newline="") as f:
        return {(r["project"], r["gate"]): r for r in csv.DictReader(f) if r["cpus"] == cpus and r["kernel"] == kernel}


def write_rows(path, rows):
    with open(path + ".new", "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, rows[0].keys(), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    os.rename(path + ".new", path)


class Progress:
    """Which row it is, and how long the others will take: by what those before took of their budgets' time."""

    def __init__(self, budgets):
        self.left, self.rows, self.row, self.took, self.of = list(budgets), len(budgets), 0, 0.0, 0.0

    def next(self, project, gate):
        self.row += 1
        about = sum(self.left) * (self.took / self.of if self.of else 1.5)
        print(f"{self.row} of {self.rows}: {project} {gate}; about {max(1, round(about / 60))} min left",
              file=sys.stderr, flush=True)

    def done(self, took, measured=True):
        budget = self.left.pop(0)
        if measured:
            self.took, self.of = self.took + took, self.of + budget


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("harness")
    p.add_argument("folder")
    p.add_argument("--only", default="")
    p.add_argument("--budget", type=float, default=30, help="seconds of measuring; servers have twice as many")
    p.add_argument("--limit", type=float, default=300, help="seconds of one row, both builds included")
    p.add_argument("--data")
    p.add_argument("--prepare", action="store_true", help="fetch and build both ways, and time nothing")
    args = p.parse_args()
    harness, folder = os.path.abspath(args.harness), os.path.abspath(args.folder)
    place_files(folder)
    wanted = [w for w in args.only.split(",") if w]
    rows = [r for r in ROWS if not wanted or r[0] in wanted or ":".join(r) in wanted]
    rows += [tuple(w.split(":")) for w in wanted if ":" in w and tuple(w.split(":")) not in rows]
    fetcher, measured, skipped, failed = Fetcher(folder), [], [], []
    part = args.data + ".part" if args.data and not args.prepare else None
    kept = kept_rows(part)
    if not args.prepare:
        print(f"{'project':10} {'gate':12} {'verdict':13} {'gain %':>8} {'low':>8} {'high':>8} {'insns %':>8} "
              f"{'lines run':>10} {'s':>6}", flush=True)
    progress = Progress([args.budget * (2 if project in SLOW else 1) for project, _ in rows])
    for project, gate in rows:
        progress.next(project, gate)
        began = time.monotonic()
        try:
            sources(fetcher, folder, project)
        except (Missing, subprocess.TimeoutExpired, OSError) as e:
            skipped.append((project, gate))
            print(f"{project:10} {gate:12} skipped: {e}", flush=True)
            progress.done(0, False)
            continue
        if args.prepare:
            code = subprocess.run([harness, "project", "gates", f"{project}.ab", gate, "--quiet"], cwd=folder,
                                  stdout=subprocess.DEVNULL, check=False).returncode
            (measured if code == 0 else failed).append({"project": project, "gate": gate})
            progress.done(time.monotonic() - began)
            print(f"{project:10} {gate:12} {'built' if code == 0 else 'FAILED'} {time.monotonic() - began:.0f} s",
                  flush=True)
            continue
        budget = args.budget * (2 if project in SLOW else 1)
        row = kept.get((project, gate))
        if row and row["command"] == shown(command_of(project, gate, budget)):
            measured.append(row)
            progress.done(0, False)
            print(f"{project:10} {gate:12} {row['verdict']:13} kept from {part}", flush=True)
            continue
        load = round(os.getloadavg()[0], 2)
        command, took, result, code, err = measure(harness, folder, project, gate, budget, args.limit)
        progress.done(took)
        known = result and result.get("verdict") in ("GO", "NEUTRAL", "NO-GO", "NO-OP", "INCONCLUSIVE", "DEPENDS")
        # nothing was timed and nothing was proved: that is no answer
        if not known or (result["verdict"] == "INCONCLUSIVE" and not result.get("pairs")):
            failed.append((project, gate))
            why = (result or {}).get("reason") or (result or {}).get("error") or err or f"exit {code}"
            print(f"{project:10} {gate:12} FAILED after {took:.0f} s: {str(why)[:300]}", flush=True)
            continue
        row = row_of(project, gate, folder, command, took, result, load)
        measured.append(row)
        if part:
            write_rows(part, measured)
        insns = None if not row["insns_out"] else 100 * (row["insns_in"] / row["insns_out"] - 1)
        print(f"{project:10} {gate:12} {row['verdict']:13} {number(row['gain_pct']):>8} {number(row['low']):>8} "
              f"{number(row['high']):>8} {number(insns):>8} {row['lines_run']:>4}/{row['lines_with_code']:<5} "
              f"{row['seconds']:>6}", flush=True)
    # with a row that failed the part stays, for the next run to try that one alone
    if part and measured and not failed:
        write_rows(args.data, measured)
        if os.path.exists(part):
            os.unlink(part)
    elif part and measured:
        print(f"{args.data} is as it was: the rows are in {part}, and the same command tries what failed again")
    print(f"{len(measured)} {'built' if args.prepare else 'passed'}, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed else 77 if not measured else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
