#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# slurm.sh: `fleet` on a real Slurm: a node that dies in the middle, --resume, a damaged result, a duplicate, a partial
# one, Ctrl-C, and the recipe of --print sbatch. Two nodes of one host are one kind of machine: what is tested is the
# way of the data, not the statistics.
. "${top_srcdir:-.}/tests/lib.sh"
slow_test
need_tool python3 programs
. "$top_srcdir/tests/fleet/slurm_cluster.sh"
cluster_needs
trap 'cluster_stop; cleanup' EXIT
export XDG_STATE_HOME="$scratch/state"
out="$scratch/results"
cluster_start
cd "$scratch" || exit 99
"$HARNESS" ab --cmd-a true --cmd-b true --budget 4 --pack p.hakpack -q --out "$out" >/dev/null || fail "ab --pack"
ask() { python3 -c "import json, sys; o = json.load(open('$scratch/json')); $1" || { cat json err; fail "$2"; }; }
lines() { cat "$scratch"/fleets/*-fleet-*/element-*/*/pairs.jsonl 2>/dev/null | grep -c '^{"pair"'; }
of_node() { grep -l "\"node\":\"$1\"" "$scratch"/fleets/*-fleet-*/element-*/*/pairs.jsonl 2>/dev/null; }
has_pairs() { f=$(of_node "$1") && [ "$(grep -c '^{"pair"' "$f")" -ge 60 ]; }

# 1. a node is killed in the middle: it is named, and what it had measured counts
"$HARNESS" fleet p.hakpack --budget 12 --json -q --out fleets >json 2>err &
fleet=$!
wait_until 40 has_pairs n2 || { cat err; tail -n 3 slurm/*.out; fail "n2 measures nothing"; }
cluster_kill_node n2
wait $fleet; code=$?
[ $code = 3 ] || { cat json err; fail "fleet: exit $code"; }
ask 'n = {x["name"]: x for x in o["nodes"]}; assert set(n) == {"n1", "n2"} and n["n1"]["state"] == "done", n
assert n["n2"]["state"] == "partial" and "cut off after" in n["n2"]["reason"], n
assert len(o["partial"]) == 1 and not o["left_out"]
assert o["summary"]["kinds"] == 1 and o["machines"][0]["n"] == 2 and o["summary"]["verdict"] == "INCONCLUSIVE"' \
  "a node that was killed"
dir=$(ls -d fleets/*-fleet-*)
[ -s "$dir/page.md" ] && [ -s "$dir/result.json" ] || fail "no page"

# 2. what is missing is submitted again, and nothing else
slurmd_start n2
wait_until 40 cluster_idle || { sinfo -N; fail "n2 does not come back"; }
"$HARNESS" fleet --resume "$dir" --json -q >json 2>err; code=$?
[ $code = 3 ] || { cat json err; fail "--resume: exit $code"; }
ask 'assert [x["state"] for x in o["nodes"]] == ["done"] * 2 or len(o["partial"]) == 1, o["nodes"]
assert sum(len(m["results"]) for m in o["machines"]) == 3' "--resume"
whole=$(grep -l hakmem.pack-end "$dir"/element-*/*/pairs.jsonl | wc -l)
[ "$whole" = 2 ] || fail "$whole whole results after --resume, not 2"
[ "$(python3 -c "import json; print(len(json.load(open('$dir/fleet.json'))['jobs']))")" = 2 ] || fail "jobs"

# 3. one damaged, one a duplicate, one partial, one of another pack: named by merge
mkdir set
n=0
for f in $(grep -l hakmem.pack-end "$dir"/element-*/*/pairs.jsonl); do n=$((n + 1)); cp "$f" "set/whole-$n"; done
cp set/whole-1 set/duplicate
sed '20s/ratio":\[/ratio":[1/' set/whole-2 >set/damaged
head -c 12000 set/whole-2 >set/partial
rm set/whole-2
"$HARNESS" merge set/* --json -q --out "$out" >json 2>err; code=$?
[ $code = 3 ] || fail "merge: exit $code"
ask 'out = {x["file"]: x["why"] for x in o["left_out"]}
assert "damaged" in out["set/damaged"] and len(out) == 2 and "duplicate" in str(out), out
assert [x["file"] for x in o["partial"]] == ["set/partial"]' "damaged, duplicate, partial"

# 4. a damaged result is no result: its element is measured again
f=$(grep -l hakmem.pack-end "$dir"/element-1/*/pairs.jsonl | head -n 1)
sed -i '20s/ratio":\[/ratio":[1/' "$f"
"$HARNESS" fleet --resume "$dir" --json -q >json 2>err
ask 'assert o["job"] and any("damaged" in x["why"] for x in o["left_out"]), o["left_out"]
assert o["nodes"][0]["state"] == "done", o["nodes"]' "--resume with a damaged result"

# 5. a constraint chooses one node; Ctrl-C cancels, and what there is is merged
"$HARNESS" fleet p.hakpack --constraint left --partition all --budget 60 --json -q --out cut >json 2>err &
fleet=$!
cut_pairs() { [ "$(cat cut/*-fleet-*/element-1/*/pairs.jsonl 2>/dev/null | grep -c '^{"pair"')" -ge 60 ]; }
wait_until 40 cut_pairs || { cat err; fail "nothing is measured under --constraint"; }
kill -INT $fleet
wait $fleet; code=$?
[ $code = 130 ] || { cat json err; fail "Ctrl-C: exit $code"; }
ask 'n = o["nodes"]
assert [x["name"] for x in n] == ["n1"] and o["interrupted"] and n[0]["state"] == "partial", o' "Ctrl-C"
none_left() { [ -z "$(squeue -h)" ]; }
wait_until 20 none_left || fail "the job was not cancelled"
check_exit 3 "$HARNESS" fleet p.hakpack --constraint nowhere -q --out cut
check_exit 2 "$HARNESS" fleet p.hakpack --constraint 'a;b' -q --out cut
check_exit 3 "$HARNESS" fleet p.hakpack --partition nowhere -q --out cut

# 6. the recipe of --print runs as it stands
check_exit 0 "$HARNESS" fleet p.hakpack --print sbatch --nodes 2 --budget 2 --out "$scratch/printed's"
cp out recipe.sh
sbatch --wait --output=printed-%a.log recipe.sh >out 2>err; code=$? # of the worse element: INCONCLUSIVE is 3
[ $code = 0 ] || [ $code = 3 ] || { cat err printed-*.log; fail "the printed recipe: exit $code"; }
"$HARNESS" merge "$scratch/printed's" --json -q --out "$out" >json 2>err
ask 'assert o["machines"][0]["n"] == 2 and not o["left_out"]' "what the printed recipe measured"
exit 0
