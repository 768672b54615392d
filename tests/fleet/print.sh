#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# print.sh: `fleet --print`: the recipes are what their engines read, whatever the paths hold; that for GNU parallel
# runs.
. "${top_srcdir:-.}/tests/lib.sh"
export XDG_STATE_HOME="$scratch/state"
odd="$scratch/it's \"a\" \$(touch ran) folder"
mkdir "$odd"
cd "$odd" || exit 99
"$HARNESS" ab --cmd-a true --cmd-b true --budget 1 --pack p.hakpack -q --out "$scratch/made" >/dev/null ||
  fail "ab --pack"
for engine in parallel sbatch k8s; do
  check_exit 0 "$HARNESS" fleet p.hakpack --print $engine --nodes 3 --constraint avx2 --out results
  cp "$scratch/out" "$scratch/$engine"
  grep -q -- "$(sha256sum p.hakpack | cut -d ' ' -f 1)" "$scratch/$engine" || fail "$engine: no hash"
  [ $engine = k8s ] || sh -n "$scratch/$engine" || fail "$engine is no script"
done
check_exit 2 "$HARNESS" fleet p.hakpack --print mpi
check_exit 2 "$HARNESS" fleet
check_exit 2 "$HARNESS" fleet p.hakpack --resume .
[ ! -e results ] || fail "--print made something"
if python3 -c 'import yaml' 2>/dev/null; then
  python3 - "$scratch/k8s" "$odd" <<'PY' || fail "the Kubernetes recipe"
import sys, yaml
job = yaml.safe_load(open(sys.argv[1]))
spec = job["spec"]["template"]["spec"]
words = spec["containers"][0]["command"]
assert job["kind"] == "Job" and job["spec"]["completions"] == job["spec"]["parallelism"] == 3
assert words[1:3] == ["pack", "run"] and words[3] == sys.argv[2] + "/p.hakpack" and "--hash" in words
assert words[words.index("--out") + 1] == sys.argv[2] + "/results" and spec["nodeSelector"] == {"avx2": "true"}
PY
fi
need_tool parallel
parallel --help 2>/dev/null | grep -q sshlogin || skip parallel "this parallel is not GNU's"
echo : >"$scratch/nodes"
sh "$scratch/parallel" "$scratch/nodes" >"$scratch/said" 2>&1 </dev/null; code=$?
[ $code = 3 ] || [ $code = 0 ] || { cat "$scratch/said"; fail "the recipe for parallel: exit $code"; }
grep -q '1 result' "$scratch/said" || { cat "$scratch/said"; fail "the recipe for parallel merged nothing"; }
[ -z "$(find "$scratch" -name ran)" ] || fail "a path was run by a shell"
exit 0
