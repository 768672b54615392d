#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command line of the texts and of the man page is run, or where it cannot be, what it names must be there.

claims.py SOURCE BUILD PLAYGROUND: reads the indented blocks and the code spans of README.md, CONTRIBUTING.md
and doc/*.md.

A line of a block that calls hakmem-harness is run in the playground, with small budgets; what is printed below
a "$ " line must have the shape of what it prints: the same first words in the same order, numbers apart. make's
targets, the options of configure and bootstrap, and commands in code spans (which may have placeholders) must be
there. Exit 1 with all that is wrong."""
import os
import re
import shlex
import subprocess
import sys

source, build, playground = sys.argv[1:4]
harness = os.path.join(build, "hakmem-harness")
USUAL = {"all", "check", "install", "distcheck", "clean"}
# hours: only their options are looked at
LONG = {"phases", "calibrate"}
QUICK = {"ab": "--budget 2 --no-callgrind", "bench": "--no-callgrind --ops 20000", "peers": "--budget 1"}
# what an answer may be: 0 where it is 0 on any machine that is able to; 1 where a claim need not hold (NO-OP; of verify
# only a gate that this build leaves out), 3 where two seconds do not tell
MAY = {"ab": {0, 1, 3}, "merge": {0, 3}, "pack": {0, 3}}
# what a folder cannot have: a cluster (tests/fleet/slurm.sh starts one), records of machines of the past
# (tests/fleet/from_record.py makes them from the history), Debian's sources
ELSEWHERE = {"fleet", "intel-all.jsonl", "bzip2.ab"}
ELSEWHERE |= {name for name in os.listdir(os.path.join(source, "tests/project/debian")) if name.endswith(".ab")}

wrong = []


def output(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def targets():
    found = set(USUAL)
    for line in output("make", "-s", "-C", build, "help").splitlines():
        m = re.match(r"^  ([a-z][a-z0-9_-]*) ", line)
        if m:
            found.add(m.group(1))
    return found


MAKE = targets()
CONFIGURE = output(os.path.join(source, "configure"), "--help")
BOOTSTRAP = output(os.path.join(source, "bootstrap"), "--help")
HELP = {}


def help_of(command):
    if command not in HELP:
        run = subprocess.run([harness, command, "--help"], capture_output=True, text=True)
        HELP[command] = run.stdout if run.returncode == 0 else None
    return HELP[command]


def complain(where, line, why):
    wrong.append(f"{where}: {line}\n    {why}")


def look(where, line, words):
    """What it names is there."""
    if len(words) < 2 or not re.match(r"^[a-z]+$", words[1]):
        return
    text = help_of(words[1])
    if text is None:
        complain(where, line, f"there is no command {words[1]}")
        return
    for word in words[2:]:
        if word == "--":
            break
        option = re.match(r"^(--[a-z][a-z-]*)", word)
        if option and not re.search(re.escape(option.group(1)) + r"\b", text):
            complain(where, line, f"{words[1]} --help does not know {option.group(1)}")


def shape(text):
    found = []
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        first = re.sub(r"[0-9]+", "N", words[0])
        if not found or found[-1] != first:
            found.append(first)
    return found


def run(where, line, command, below):
    words = shlex.split(command, comments=True)
    look(where, line, words)
    if len(words) < 2 or words[1] in LONG or ELSEWHERE.intersection(words):
        return
    quick = QUICK.get(words[1], "") if "--resume" not in words else ""
    quick += " --out results" if "--out DIR" in (help_of(words[1]) or "") else ""
    command = re.sub(r"--budget [0-9]+", "", command)
    command = re.sub(r"^\S+\s+" + words[1] + r"\b", f"{shlex.quote(harness)} {words[1]} {quick}", command)
    try:
        done = subprocess.run(["bash", "-c", command], cwd=playground, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=300)
    except subprocess.TimeoutExpired:
        complain(where, line, "it does not end")
        return
    may = MAY.get(words[1], {0}) | ({3} if os.geteuid() != 0 else set())
    left_out = words[1] == "verify" and done.returncode == 1 and ": COMPILED_OUT" in done.stdout
    if done.returncode not in may and not left_out:
        complain(where, line, f"exit {done.returncode}: {done.stderr.strip()[-400:]}")
    elif done.returncode == 3 and below:  # the seconds did not tell here: its reason is not that of the text
        if shape(done.stdout)[:1] != shape(below)[:1] or "INCONCLUSIVE" not in done.stdout:
            complain(where, line, f"is not known, and prints {done.stdout[:400]}")
    elif below and shape(done.stdout) != shape(below):
        complain(where, line, f"prints {shape(done.stdout)}\n    the text has {shape(below)}")


def one(where, line, below, block):
    text = line[2:] if line.startswith("$ ") else line
    for part in re.split(r" && ", re.sub(r"\s+# .*$", "", text)):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            continue
        if not words:
            continue
        name = os.path.basename(words[0])
        if name == "hakmem-harness" and "sudo" not in part:
            if block and "…" not in part:
                run(where, line, part, below)
            else:
                look(where, line, words)
        elif name == "make":
            for word in words[1:]:
                if re.match(r"^[a-z][a-z0-9_-]*$", word) and word != "build" and word not in MAKE:
                    complain(where, line, f"make has no target {word}")
        elif words[0] in ("./configure", "./bootstrap"):
            for word in words[1:]:
                option = re.match(r"^--[a-z-]+", word)
                known = CONFIGURE if words[0] == "./configure" else BOOTSTRAP
                if option and option.group(0) not in known:
                    complain(where, line, f"{words[0]} has no option {option.group(0)}")


def texts():
    yield "README.md"
    yield "CONTRIBUTING.md"
    for name in sorted(os.listdir(os.path.join(source, "doc"))):
        if name.endswith(".md"):
            yield "doc/" + name


def man_page():
    """The commands of hakmem-harness(1), EXAMPLES."""
    name = "doc/hakmem-harness.1.tail"
    with open(os.path.join(source, name), encoding="utf-8") as f:
        lines = f.read().splitlines()
    inside, count = False, 0
    for i, line in enumerate(lines):
        inside = (inside or line == ".EX") and line != ".EE"
        if inside and line != ".EX":
            one(f"{name}:{i + 1}", line.replace("\\-", "-").replace("\\(aq", "'").strip(), "", True)
            count += 1
    return count


def main():
    commands = 0
    for name in texts():
        with open(os.path.join(source, name), encoding="utf-8") as f:
            lines = f.read().splitlines()
        for i, line in enumerate(lines):
            where = f"{name}:{i + 1}"
            if line.startswith("    ") and not line.startswith("     "):
                below = []
                for other in lines[i + 1:] if line.startswith("    $ ") else []:
                    if not other.startswith("    ") or other.startswith("    $ "):
                        break
                    below.append(other[4:])
                one(where, line.strip(), "\n".join(below), True)
                commands += 1
            for span in re.findall(r"`([^`]+)`", line):
                if re.match(r"^(\./)?(build/)?hakmem-harness |^make [a-z]|^\./configure |^\./bootstrap ", span):
                    one(where, span, "", False)
                    commands += 1
    examples = man_page()  # behind the texts, which name the results of their own commands by a pattern
    if examples < 8:
        sys.exit("the man page's examples were not read")
    commands += examples
    if wrong:
        sys.exit("\n".join(wrong))
    if commands < 40:
        sys.exit(f"only {commands} lines were found: the texts are not read")


main()
