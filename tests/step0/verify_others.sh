#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Other users of the files that verify arms: beside the built-in workload, which runs from copies, they run on
# without a probe; where a command is verified they are named before it is armed. Their hits are nobody's.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
"$HARNESS" sites | grep -q '^free-trace .* yes ' || skip gates "free-trace is not compiled in"
methods=
for m in perf-uprobe tracefs-uprobe bpf-uprobe-multi; do ! have_rung $m || methods="$methods $m"; done
[ -n "$methods" ] || skip uprobe "no uprobes are permitted here"
library=$(realpath "$top_builddir/.libs/libhakmem.so") bench=$(realpath "$top_builddir/hakmem-bench")
{ cat "$library"; printf '$ORIGIN'; } >"$scratch/beside.so" # looks as if it wanted what lies beside it
chmod +x "$scratch/beside.so"

cat >"$scratch/beside.py" <<'PY'
import json, os, subprocess, sys, time
harness, bench, library, beside, scratch = sys.argv[1:6]
def bystander(lib):
    p = subprocess.Popen([bench, "random_mixed", "rounds=1000000", "ops=100000"], env={"LD_PRELOAD": lib},
                         stdout=subprocess.DEVNULL)
    for _ in range(1000):
        base = [l.split("-")[0] for l in open(f"/proc/{p.pid}/maps") if l.rstrip().endswith(lib)]
        if base: return p, int(base[0], 16)
        time.sleep(0.01)
    sys.exit("the bystander has no library")
def byte(p, address):
    with open(f"/proc/{p.pid}/mem", "rb", buffering=0) as f:
        f.seek(address)
        return f.read(1)[0]
def verify(p, base, pcs, *words):
    """What it answered, what it said, and what stood at the sites of the bystander meanwhile."""
    v = subprocess.Popen([harness, "verify", "free-trace", "--json", "--out", scratch, *words],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seen = set()
    while v.poll() is None:
        seen |= {byte(p, base + pc) for pc in pcs}
        time.sleep(0.001)
    out, err = v.communicate()
    assert v.returncode == 0, (words, err)
    assert p.poll() is None, "the bystander was ended"
    # a probe is taken out of the others behind our back
    for _ in range(1000):
        if 0xCC not in [byte(p, base + pc) for pc in pcs]: break
        time.sleep(0.01)
    else: sys.exit("a probe stays in the bystander")
    return json.loads(out), err, 0xCC in seen
def sites(r): return [c["pc"] for s in r["per_site"] for c in s["copies"]]
def one(r): return r["per_site"][0]

p, base = bystander(library)
first = json.loads(subprocess.run([harness, "verify", "free-trace", "--json", "-q", "--out", scratch],
                                  capture_output=True, text=True).stdout)
pcs = [int(pc, 16) if isinstance(pc, str) else pc for pc in sites(first)]
assert pcs, first
loop = [bench, "random_mixed", "ops=2000000"]
for m in sys.argv[6:]:
    # copies of its own
    r, err, probed = verify(p, base, pcs, "--method", m, "--ops", "2000000")
    assert r["private_copy"] is True and r["disturbs"] == [] and r["disturbs_unseen"] == 0, (r["disturbs"], err)
    assert not probed, f"{m}: the bystander was probed"
    assert r["object"] == library, r["object"]
    assert r["exact"] and one(r)["hits"] == r["tiny_frees"], (m, one(r), r["tiny_frees"])
    assert "other process" not in err, err
    # a command: probed with the rest, and named
    r, err, probed = verify(p, base, pcs, "--method", m, "--", *loop)
    assert r["private_copy"] is False and probed, (m, probed)
    assert [d for d in r["disturbs"] if d["pid"] == p.pid and d["object"] == library], (p.pid, r["disturbs"])
    assert f"{p.pid} (hakmem-bench)" in err and err.index(str(p.pid)) < err.index("tiny_frees="), err
    said = dict(w.split("=") for w in [l for l in err.splitlines() if l.startswith("ops=")][0].split())
    assert r["exact"] and one(r)["hits"] == int(said["tiny_frees"]), (m, one(r), said)
    text = subprocess.run([harness, "verify", "free-trace", "-q", "--method", m, "--out", scratch, "--", "true"],
                          capture_output=True, text=True)
    assert f"disturbs   1 other process" in text.stdout and f"{p.pid} (hakmem-bench)" in text.stdout, text
# breakpoints of a tracer are in its own target's memory alone
r, err, probed = verify(p, base, pcs, "--method", "ptrace-int3", "--", bench, "random_mixed", "ops=2000")
assert r["disturbs"] is None and r["disturbs_unseen"] is None and not probed and str(p.pid) not in err, err
p.kill(); p.wait()
# what may look for its neighbours is not copied
p, base = bystander(beside)
r, err, probed = verify(p, base, pcs, "--method", sys.argv[6], "--lib", beside)
assert r["private_copy"] is False and [d["pid"] for d in r["disturbs"]] == [p.pid], (r["disturbs"], err)
assert f"{p.pid} (hakmem-bench)" in err, err
p.kill(); p.wait()
PY
python3 "$scratch/beside.py" "$HARNESS" "$bench" "$library" "$(realpath "$scratch/beside.so")" "$scratch" $methods ||
  fail "beside another user of the library"
exit 0
