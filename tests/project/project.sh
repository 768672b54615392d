#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `project` on small programs with gates of each kind: what differs is found by meaning, sources are never
# written to, builds are used again and cleaned, and every failure says what to do.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool make
need_tool patch
need_tool git
. "$top_srcdir/tests/project/project_lib.sh"
project_copies counter counter.ab
before=$(find counter -type f -exec sha256sum {} + | sort)

check_exit 0 "$HARNESS" project check counter.ab --json
fits project check
python3 - out <<'PY' || fail "project check"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["schema"] == "hakmem.project/1" and r["units"] == 2, r
image = r["images"][0]
ours = {u["file"] + ":" + u["function"] for u in image["unmovable"]}
# start-up code stays; the program's own three functions can be moved
assert image["lost"] == [] and not {o for o in ours if o.startswith(("counter.c", "other.c"))}, ours
assert image["functions"] - len(ours) >= 2, image
assert r["build_s"] > 0
PY
check_exit 0 "$HARNESS" project check counter.ab --json
python3 -c 'import json; assert json.load(open("out"))["build_s"] is None' || fail "built twice for the same sources"

check_exit 0 "$HARNESS" project gates counter.ab --json
fits project gates
python3 - out <<'PY' || fail "project gates"
import json, sys
gate = {g["name"]: g for g in json.load(open(sys.argv[1]))["gates"]}
assert "counter.c:main" in gate["steps"]["functions_differ"], gate["steps"]
assert "other.c:other" not in str(gate["steps"]), gate["steps"]
assert gate["quiet"]["data_only"] and gate["quiet"]["data"] == ["counter.c:.bss", "counter.c:.data"], gate["quiet"]
assert gate["nothing"]["identical"], gate["nothing"]
# another number in one function, and nothing that moved because of it
assert gate["shift"]["functions_differ"] == ["other.c:other"] and gate["shift"]["data"] == [], gate["shift"]
assert not any(gate[g]["lost"] for g in gate)
PY
check_exit 0 "$HARNESS" project gates counter.ab nothing
grep -q 'identical' out || fail "identical code is not said"

# link-time optimisation, and arguments in a file: what is compared is what was linked
sed 's/CFLAGS="-O2 @gate@"/CFLAGS="-O2 -flto @gate@"/' counter.ab >lto.ab
check_exit 0 "$HARNESS" project gates lto.ab steps --json
python3 -c 'import json; g = json.load(open("out"))["gates"][0]
assert any(f.endswith(":main") for f in g["functions_differ"]) and not g["lost"], g' || fail "link-time optimisation"
cat >args.ab <<'AB'
source counter
build  echo "counter.o other.o -o counter" >args && cc -O2 @gate@ -c counter.c other.c && cc @args
image  counter
gate steps
  define COUNT_STEPS
AB
check_exit 0 "$HARNESS" project gates args.ab --json
python3 -c 'import json; g = json.load(open("out"))["gates"][0]
assert g["functions_differ"] == ["counter.c:main"] and not g["lost"], g' || fail "arguments in a file"
sed 's/&& cc @args/\&\& ar rcsT other.a other.o \&\& cc counter.o other.a -o counter/' args.ab >thin.ab
check_exit 0 "$HARNESS" project check thin.ab --json
python3 -c 'import json; i = json.load(open("out"))["images"][0]
assert i["functions"] >= 3 and not i["lost"], i' || fail "a thin archive"

# objects of other names
cat >names.ab <<'AB'
source counter
build  cc -O2 @gate@ -c counter.c -o counter.lo && cc -O2 -c other.c -o other.xyz && cc counter.lo other.xyz -o counter
image  counter
gate steps
  define COUNT_STEPS
AB
check_exit 0 "$HARNESS" project gates names.ab --json
python3 -c 'import json; g = json.load(open("out"))["gates"][0]
assert g["functions_differ"] == ["counter.c:main"] and not g["lost"], g' || fail "objects of other names"

# sources that changed are built anew
sed -i 's/x >> 3/x >> 4/' counter/other.c
check_exit 0 "$HARNESS" project check counter.ab --json
python3 -c 'import json; assert json.load(open("out"))["build_s"] > 0' || fail "changed sources were not built"
sed -i 's/x >> 4/x >> 3/' counter/other.c

# two commits
cp -r counter repo
git -C repo -c init.defaultBranch=main init -q
git -C repo add -A
git -C repo -c user.name=t -c user.email=t@example.org commit -qm one
sed -i 's/1664525u/22695477u/' repo/counter.c
git -C repo -c user.name=t -c user.email=t@example.org commit -qam two
printf 'source repo\nbuild make CFLAGS="-O2 @gate@"\nimage counter\ngate change\n  rev HEAD~1..HEAD\n' >rev.ab
check_exit 0 "$HARNESS" project gates rev.ab --json
python3 -c 'import json; g = json.load(open("out"))["gates"][0]
assert g["functions_differ"] == ["counter.c:main"], g' || fail "two commits"

# a branch that moved on is another commit; one that is not there is said, without git's words
sed 's/HEAD~1..HEAD/main~1..main/' rev.ab >branch.ab
check_exit 0 "$HARNESS" project gates branch.ab --json
git -C repo -c user.name=t -c user.email=t@example.org commit -q --allow-empty -m three
check_exit 0 "$HARNESS" project gates branch.ab --json
python3 -c 'import json; g = json.load(open("out"))["gates"][0]
assert g["identical"], g' || fail "a branch that moved on"
sed 's/HEAD~1..HEAD/nowhere..HEAD/' rev.ab >none.ab
check_exit 2 "$HARNESS" project gates none.ab
grep -q "none.ab:[0-9]*: no commit 'nowhere' in .*repo" err && grep -q 'wanted: A..B' err && ! grep -q fatal err ||
  fail "a missing commit: $(cat err)"
sed 's/source repo/source counter/' none.ab >git.ab
check_exit 2 "$HARNESS" project gates git.ab
grep -q 'is no git repository' err && ! grep -q fatal err || fail "no repository: $(cat err)"

# a build that fails shows its last lines and where the rest is
printf 'source counter\nbuild echo about to fail; exit 7 # @gate@\nimage counter\n' >bad.ab
check_exit 3 "$HARNESS" project check bad.ab
grep -q 'ended with 7: .*about to fail' err || fail "the build's last line is not shown"
log=$(sed -n 's/.*its whole output is in //p' err)
grep -q 'about to fail' "$log" || fail "no log at '$log'"
printf 'source counter\nbuild true\nimage missing\n' >bad.ab
check_exit 3 "$HARNESS" project check bad.ab
grep -q 'did not make missing' err || fail "a missing image is not named"
printf 'source counter\nbuild ln -s /bin/true counter\nimage counter\n' >bad.ab
check_exit 2 "$HARNESS" project check bad.ab

# files that are none
check_exit 2 "$HARNESS" project check absent.ab
check_exit 2 "$HARNESS" project chek counter.ab
grep -q 'check' err || fail "the near action is not named"
mkfifo pipe
check_exit 2 "$HARNESS" project check pipe
check_exit 2 "$HARNESS" project gates counter.ab stepz
grep -q 'steps' err || fail "the near gate is not named"

check_exit 0 "$HARNESS" project clean counter.ab --json
fits project clean
check_exit 0 "$HARNESS" project clean rev.ab
[ -z "$(find cache -type f)" ] || fail "clean left $(find cache -type f | head -n 3)"
[ "$before" = "$(find counter -type f -exec sha256sum {} + | sort)" ] || fail "the sources were written to"
exit 0
