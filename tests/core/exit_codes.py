# SPDX-License-Identifier: GPL-3.0-or-later
"""exit_codes.py HARNESS SCRATCH: doc/exit-codes.md, command by command.

Each row is a way to fail and the exit code that tells whose it is: 2 a wrong word or name of the
user, 3 a tool that is missing, a permission, something that cannot be measured, 4 no memory or
disk, 130 a Ctrl-C. Permissions are tried as an ordinary user where the test runs as root."""
import os, pathlib, shutil, signal, stat, subprocess, sys, time

harness, scratch = sys.argv[1], pathlib.Path(sys.argv[2])
NOBODY = 65534
os.chmod(scratch, 0o755)
out = scratch / "out"
only = sys.argv[3] if len(sys.argv) > 3 else ""  # for whoever mends a row: those that have this in them
empty, no_tools, here, there = (scratch / name for name in ("empty", "no-tools", "here", "there"))
for folder in (empty, no_tools, here, there, out):
    folder.mkdir()
    folder.chmod(0o777)
empty.chmod(0o755)  # one that others may write to is not gone on with
locked, text, library = scratch / "locked", scratch / "text", scratch / "locked.so"
locked.mkdir()
text.write_text("neither a program nor a trace\n")
shutil.copy("/bin/true", library)
(locked / "trace").write_text("")
none = scratch / "not-there"

# What fails in each command: exit code, words that the message must have, arguments.
ROWS = [
    (2, "surplus", "doctor surplus"),
    (2, "surplus", "sites surplus"),
    (3, "no such file", f"sites --binary {none}"),
    (3, "not an ELF", f"sites --binary {text}"),
    (2, "near: free-trace", "verify free-tarce"),
    (2, "near: ptrace-int3", "verify free-trace --method ptrace-int4"),
    (2, "near: random_mixed", "verify free-trace --workload random_mxied"),
    (2, "no user", "verify free-trace --user no-such-user"),
    (2, "threads", "verify free-trace --threads none"),
    (3, "no such file", f"verify --binary {none} --symbol main -- true"),
    (3, "cannot run", f"verify free-trace -- {none}"),
    (2, "not a folder", f"verify free-trace --out {text}"),
    (2, "format", "audit --format xml"),
    (2, "fail-on", "audit --fail-on nothing"),
    (2, "near", "audit --gate free-tarce"),
    (2, "no feature gate", "audit --feature free-trace"),
    (2, "surplus", "candidates surplus"),
    (2, "near: random_mixed", "bench random_mxied"),
    (2, "no library", f"bench random_mixed --lib {none}"),
    (3, "shared library", f"bench random_mixed --lib {text}"),
    (2, "no event", "bench random_mixed --lib none --events cycels"),
    (2, "no user", "bench random_mixed --lib none --user no-such-user"),
    (2, "wants a file", "bench replay"),
    (3, "no such file", f"bench replay:{none}"),
    (3, "damaged", f"bench replay:{text}"),
    (2, "which program", "record"),
    (2, "no user", f"record -o {out}/t --user no-such-user -- true"),
    (3, "cannot run", f"record -o {out}/t -- {none}"),
    (3, "ended with exit 1", f"record -o {out}/t -- sh -c 'exit 1'"),
    (3, "no such file", f"record -o {none}/t -- true"),
    (3, "no such file", f"record --dump {none}"),
    (3, "damaged", f"record --dump {text}"),
    (2, "no row", "peers --rows none-such"),
    (2, "near: mimalloc", "peers --peers mimaloc"),
    (2, "no library", f"peers --lib {none}"),
    (2, "no library", f"peers --also mine={none}"),
    (2, "NAME of letters", f"peers --also 'a,b={none}'"),
    (2, "near: check", "cache chekc"),
    (2, "belongs to clean", "cache list --all"),
    (2, "one of", "cache clean --all --older 3"),
    (2, "whole number", "cache clean --older soon"),
    (2, "no such file", f"cache clean --project {none}"),
    (2, "from 1 to 4194304, not '0'", "verify free-trace -p 0"),
    (2, "from 1 to 4194304", "verify --symbol main -p 99999999999"),
    (2, "from 1 to 1000000000, not '0'", "verify free-trace --runs 0 -- true"),
    (2, "from 1 to 1000000000000, not '0'", "bench random_mixed --slots 0"),
    (2, "seconds above 0 and up to 31536000, not '1e9'", "ab free-trace --budget 1e9"),
    (2, "percent above 0 and up to 1000, not '-1'", "ab free-trace --margin -1"),
    (2, "near: gates", "project gatse x"),
    (2, "near: free-trace", "ab free-tarce"),
    (2, "no gate", "ab free-trace --with free-tarce"),
    (2, "near: random_mixed", "ab free-trace --workload random_mxied"),
    (2, "no library", f"ab --a {none} --b none"),
    (3, "shared library", f"ab --a {text} --b none"),
    (2, "open '", "ab --cmd-a \"'\" --cmd-b true"),
    (2, "protocol", "ab free-trace --protocol other"),
    (2, "threads", "ab free-trace --threads none"),
    (2, "cannot find the sources", f"ab free-trace --source {none}"),
    (2, "source of the allocator is missing", f"ab free-trace --source {empty}"),
    (2, "no such file", f"ab --resume {none}"),
    (2, "campaign|no such file", f"ab --resume {empty}"),
    (2, "campaigns", "calibrate --campaigns 0"),
    (2, "cannot find the sources", f"calibrate --source {none}"),
    (2, "near: 24", "phase 2A4"),
    (2, "no such file", f"phase --resume {none}"),
    (2, "no such file", f"phases --resume {empty}"),
    (2, "near: run", "pack rum x"),
    (2, "no such file", f"pack show {none}"),
    (2, "no pack|not a pack", f"pack run {text}"),
    (2, "64 hex digits", f"pack run {text} --hash 12"),
    (2, "is no pack", f"ab --cmd-a true --cmd-b true --pack {text}"),
    (2, "paired protocol", f"ab --cmd-a true --cmd-b true --protocol source --pack {out}/p"),
    (2, "no such file", f"merge {none}"),
    (2, "no result of pack run", f"merge {empty}"),
    (3, "", f"merge {text}"),
    (2, "64 hex digits", f"merge {text} --hash 12"),
    (2, "no such file", f"fleet {none}"),
    (2, "not a pack", f"fleet {text}"),
    (2, "no such file|cannot", f"fleet --resume {none}"),
    (3, "nothing recorded", f"plots {empty} --to {out}/p"),
    (3, "nothing recorded", f"report {empty} --to {out}/p"),
]
# The same with nothing in PATH: tools are missing.
NO_TOOLS = [
    (3, "cannot run", "ab free-trace --budget 2"),
    (3, "cannot run", "calibrate --campaigns 1 --budget 1"),
    (3, "cannot run", f"record -o {out}/t -- no-such-program"),
    (3, "cannot run", "verify free-trace -- no-such-program"),
]
# As an ordinary user: locked files and folders.
LOCKED = [
    (3, "permission denied", f"sites --binary {library}"),
    (3, "permission denied", f"verify --binary {library} --symbol main -- true"),
    (3, "permission denied", f"verify free-trace --lib {library}"),
    (3, "permission denied", f"verify free-trace -- {library}"),
    (3, "without being root", "verify free-trace --user root"),
    (3, "permission denied", f"bench random_mixed --lib {library}"),
    (3, "permission denied", f"bench replay:{locked}/trace"),
    (3, "without being root", "bench random_mixed --lib none --user root"),
    (3, "permission denied", f"record --dump {locked}/trace"),
    (3, "permission denied", f"record -o {locked}/t -- true"),
    (3, "permission denied", f"audit {locked}"),
    (3, "permission denied", f"peers --lib {library}"),
    (3, "permission denied", f"ab --a {library} --b none"),
    (3, "permission denied", f"plots {locked} --to {out}/q"),
    (3, "permission denied", f"report {locked} --to {out}/q"),
] + [
    (3, "permission denied", f"{words} --out {locked}/results")
    for words in ("verify free-trace", "bench random_mixed --lib none --no-callgrind --ops 1000",
                  "peers --rows random_mixed-400 --budget 1", "ab --a none --b none --budget 1",
                  "calibrate --campaigns 1 --budget 1", "phase 24 --budget 1")
] + [(3, "permission denied", f"{words} --to {locked}/here") for words in ("plots", "report")]
# Long work that is interrupted.
LONG = [
    (130, "", "bench random_mixed --lib none --ops 100000000000"),
    (130, "", f"record -o {out}/long -- sleep 100"),
    (130, "", "verify free-trace -- sleep 100"),
    (130, "", "peers --rows larson --budget 100"),
    (130, "", "ab --a none --b none --budget 100"),
    (130, "", "phase 24 --budget 100"),
]

failed = 0


def split(words):
    import shlex
    return shlex.split(words)


def complain(row, code, err):
    global failed
    failed += 1
    print(f"exit {code}, not {row[0]}{' with ' + repr(row[1]) if row[1] else ''}: {row[2]}\n    {err.strip()[-300:]}")


def chosen(rows):
    return [row for row in rows if only in row[2]]


def judge(row, code, err):
    low = err.lower()
    if code != row[0] or (row[1] and not any(w.lower() in low for w in row[1].split("|"))) or "nobody said why" in low:
        complain(row, code, err)


def as_user(user):
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def environment(**more):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "SUDO_"))}
    env.update(XDG_CACHE_HOME=str(scratch / "cache"), XDG_STATE_HOME=str(scratch / "state"), HOME=str(scratch))
    env.update(NO_COLOR="1", LC_ALL="C", **more)
    return env


def run(row, env, user=None):
    p = subprocess.run([harness, *split(row[2])], cwd=there if user else here, env=env, stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, errors="replace", timeout=300, **as_user(user))
    judge(row, p.returncode, p.stderr)


for row in chosen(ROWS):
    run(row, environment())
for row in chosen(NO_TOOLS):
    run(row, environment(PATH=str(no_tools)))
for words in ("sites", "sites --json", "doctor --json"):
    with open("/dev/full", "w") as full:
        p = subprocess.run([harness, *split(words)], cwd=here, env=environment(), stdout=full,
                           stderr=subprocess.PIPE, text=True)
    judge((4, "disk", words + " >/dev/full"), p.returncode, p.stderr)

def own_folders(user):
    """Cache and state of nobody else: those of another user are not believed."""
    for name in ("cache", "state"):
        shutil.rmtree(scratch / name, ignore_errors=True)
        (scratch / name).mkdir(mode=0o700)
        if user:
            os.chown(scratch / name, user, user)


(locked / "trace").chmod(0)
library.chmod(0)
locked.chmod(0)
user = NOBODY if os.geteuid() == 0 else None
can = subprocess.run([harness, "--version"], capture_output=True, **as_user(user))
own_folders(user)
if can.returncode == 0:
    for row in chosen(LOCKED):
        run(row, environment(), user)
else:
    print("permissions not tried: the build folder is closed to other users")
locked.chmod(stat.S_IRWXU)
own_folders(None)

for row in chosen(LONG):
    name, *words = split(row[2])
    p = subprocess.Popen([harness, name, "--quiet", *words], cwd=here, env=environment(), stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
    time.sleep(2)
    p.send_signal(signal.SIGINT)
    try:
        _, err = p.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        p.kill()
        _, err = p.communicate()
    judge(row, p.returncode, err)
sys.exit(1 if failed else 0)
