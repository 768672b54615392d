#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# pack_project.sh: packs of gates of somebody's project: a program, one with a driver and an input, a server under a
# client. Run where neither the sources, nor what was built of them, nor a compiler or linker is; a plan that could
# leave its folder or set what is not its own is refused.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool make
need_tool python3 programs
slow_test
. "$top_srcdir/tests/project/project_lib.sh"
project_copies counter counter.ab foreign/server foreign/server.ab
export XDG_STATE_HOME="$scratch/state"
ab() { "$HARNESS" ab "$@" -q --json --out results; }

slow_gates
cat >>counter.ab <<'AB'
workload input
  run   env @image@ 2000 made.txt note.txt
  stdin note.txt
  clock wall
AB
sed -i 's/^image .*/&\ndriver echo "made for @build@" >made.txt/' counter.ab
echo note >note.txt
echo secret >unnamed.txt
# what decides nothing is not packed
check_exit 1 ab --project counter.ab unused --workload main --pack unused.hakpack
[ ! -e unused.hakpack ] || fail "a gate that never runs was packed"
check_exit 0 ab --project counter.ab slow --workload main --budget 4 --pack slow.hakpack
cp out made.json
check_exit 0 ab --project counter.ab slow --workload input --budget 2 --pack input.hakpack
check_exit 0 ab --project server.ab count --budget 4 --pack server.hakpack
check_exit 0 ab --source counter --build 'make CFLAGS="-O2 @gate@"' --image counter --define 'WORK=4000 | WORK=1' \
  --budget 4 --pack short.hakpack -- counter 2000
python3 - made.json slow.hakpack input.hakpack server.hakpack <<'PY' || fail "what ab --pack says"
import json, sys, tarfile
made = json.load(open(sys.argv[1]))
assert made["step0"]["decision"] == "PROCEED" and made["subject"]["gate"] == "slow", made
plans = []
for file in sys.argv[2:]:
    with tarfile.open(file) as tar:
        names = set(tar.getnames())
        plan = json.load(tar.extractfile("pack.json"))["project"]
        data = b"".join(tar.extractfile(n).read() for n in names)
    assert b"secret" not in data, "a file that nothing names was packed"
    assert {"runner", "project-run", "proof.0", "l0.a0", "l0.b0", f"l{plan['layouts'] - 1}.b0"} <= names, names
    plans.append(plan)
slow, given, server = plans
assert slow["layouts"] == 40 and [f["name"] for f in slow["files"]] == ["made.txt"] and slow["needs"] == [], slow
files = {f["name"]: (f["member_a"], f["member_b"]) for f in given["files"]}
assert set(files) == {"made.txt", "note.txt"} and files["made.txt"][1] and not files["note.txt"][1], files
assert given["input"] and given["needs"] == ["env"], given
assert [f["name"] for f in server["files"]] == ["ask.py"] and server["needs"] == ["python3"], server
PY

# nothing of it is there any more, and no tool either but what the plan names
rm -rf counter counter.ab server server.ab cache note.txt results
mkdir bin
ln -s "$(command -v env)" bin/
printf '#!/bin/sh\nexec %s "$@"\n' "$(python3 -c 'import sys; print(sys.executable)')" >bin/python3
chmod +x bin/python3
bare() { PATH="$scratch/bin" "$HARNESS" "$@"; }
for pack in slow short input server; do
  bare pack run $pack.hakpack --budget 4 -q --json --out run-$pack >json 2>err; code=$?
  case $code in 0|3) ;; *) cat err; fail "$pack: exit $code" ;; esac
  python3 - json $pack <<'PY' || { cat json err; fail "pack run of $pack"; }
import json, statistics, sys
o, pack = json.load(open(sys.argv[1])), sys.argv[2]
head, *pairs, end = map(json.loads, open(o["result_file"]))
assert o["kind"] == "project" and o["layouts"] == head["layouts"] >= 1 and o["pairs"] > 0, o
if pack in ("slow", "short"): # hundreds of percent on every machine, however few pairs a busy one has time for
    ratios = [p["log_ratio"][0] for p in pairs if p["kind"] == "test"]
    assert statistics.median(ratios) > 0.2 and o["verdict"] in ("GO", "INCONCLUSIVE"), (ratios, o)
    assert o["verdict"] == "GO" or o["pairs"] < 40 or o["disturbed_pct"] > 10, o
PY
done
find . -name unpacked | grep -q . && fail "what was unpacked is still there"
"$HARNESS" merge run-slow -q --json --out results >json
python3 -c 'import json; o = json.load(open("json"))
few = o["left_out"] and "fewer than 40" in o["left_out"][0]["why"]
assert few or o["layouts"] == 40 and o["machines"] and not o["left_out"], o
print("few" if few else "enough")' >enough || { cat json; fail "merge"; }
! grep -q enough enough || grep -q "^Layouts: 40" results/*/page.md ||
  fail "the page does not say that the layouts came with the pack"
# what it needs and is not there is named
rm bin/python3
check_exit 3 bare pack run server.hakpack --budget 1 -q --out results
grep -q 'python3, which is not on this machine' err || fail "what is missing is not named"

# plans with all hashes right
python3 - "$top_srcdir/tests/fleet" server.hakpack hostile >list <<'PY' || fail "the packs could not be made"
import pathlib, sys
sys.path.insert(0, sys.argv[1])
sys.argv = ["", sys.argv[2], sys.argv[3]]
import hostile_packs as h # prints those of any pack
def change(what):
    def of(plan):
        what(plan["project"])
    return of
def word(old, new):
    return lambda p: p["words"].__setitem__([w.startswith(old) for w in p["words"]].index(True), new)
for name, what in (
    ("images", lambda p: p.update(images=[])), ("image-up", lambda p: p["images"][0].update(name="../x")),
    ("image-dot", lambda p: p["images"][0].update(name="..")),
    ("soname", lambda p: p["images"][0].update(soname="a/b")),
    ("proof", lambda p: p["images"][0].update(proof="none")), ("layouts", lambda p: p.update(layouts=0)),
    ("layouts-many", lambda p: p.update(layouts=41)), ("layouts-huge", lambda p: p.update(layouts=2**62)),
    ("root", lambda p: p.update(root=None)), ("file-up", lambda p: p["files"][0].update(name="../../x")),
    ("file-none", lambda p: p["files"][0].update(member_a=None)), ("input", lambda p: p.update(input="x")),
    ("word-images", lambda p: p["words"].append("images=/tmp")), ("word-cwd", lambda p: p["words"].append("cwd=/")),
    ("word-job", lambda p: p["words"].append("job=1:1")),
    ("word-env", lambda p: p["words"].append("env=LD_PRELOAD=/x")),
    ("word-image", word("image=", "image=/bin/sh")), ("word-preload", lambda p: p["words"].append("preload=x")),
    ("word-none", lambda p: p.update(words=[])), ("needs", lambda p: p.update(needs=[None])),
    ("line", lambda p: p["subject"]["lines"][0].update(line=-1)),
    ("lines", lambda p: p["subject"]["lines"][0].update(file=None)),
    ("project", None)):
    h.save("project-" + name, h.with_plan(change(what) if what else lambda p: p.update(project=None)))
PY
grep project- list >ours
while read -r name; do
  timeout 20 "$HARNESS" pack show "hostile/$name" >out 2>err; code=$?
  [ $code = 2 ] || { cat out err; fail "hostile/$name: exit $code"; }
  grep -q '^error: ' err || fail "hostile/$name: no reason"
done <ours
[ "$(wc -l <ours)" -ge 23 ] || fail "too few hostile packs"
exit 0
