#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Times of many threads, more than there are CPUs: the rounds together, on all CPUs, hold the CPU time
# that the process used in them. (A round whose clock is read by a thread that came late does not, by
# two orders of magnitude.) And that threads take turns is said. No time is asserted on, only that two
# accounts of the same run agree.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs

threads=$((2 * $(nproc)))
[ $threads -ge 8 ] || threads=8

# accounts JSON: CPU time of the rounds' window against what the rounds could hold at most
accounts() {
  python3 - "$1" $(nproc) <<'P' || fail "the rounds do not hold the CPU time that was used in them: $2"
import csv, json, os, sys
r = json.load(open(sys.argv[1]))
cpus = int(sys.argv[2])
wall = sum(int(x["ns"]) for x in csv.DictReader(open(os.path.join(r["results_dir"], "rounds.csv"))))
used = r["counters"]["task-clock"]["value"]
print("%s: rounds %.3f ms on %d CPUs, CPU time %.3f ms" % (r["workload"], wall / 1e6, cpus, used / 1e6))
# threads also spin between rounds, while thread 0 waits for its CPU: a factor of four for that
sys.exit(not used <= 4 * cpus * wall)
P
}

for workload in larson remote-free-50; do
  "$HARNESS" bench $workload --threads $threads --ops 200000 --json --quiet --out "$scratch" \
    >"$scratch/json" 2>"$scratch/err" ||
    { cat "$scratch/err"; fail "$workload in $threads threads"; }
  accounts "$scratch/json" $workload
  python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
assert r["threads"] > len(r["cpus"].split(",")) == int(sys.argv[2]), r
assert r["threads_take_turns"] is True, r' "$scratch/json" $(nproc) ||
    fail "more threads than CPUs is not said"
done
"$HARNESS" bench larson --threads $threads --ops 20000 --quiet --out "$scratch" 2>&1 | grep -q "take turns" ||
  fail "more threads than CPUs is not said in the text"
"$HARNESS" bench random_mixed --threads 1 --ops 20000 --quiet --out "$scratch" 2>&1 | grep "take turns" &&
  fail "one thread takes no turns"

# the same of a recorded program's threads
"$HARNESS" record -o "$scratch/trace" --quiet -- \
  "$top_builddir/hakmem-bench" larson threads=$threads ops=20000 >"$scratch/out" 2>&1 ||
  { cat "$scratch/out"; fail "record"; }
"$HARNESS" bench "replay:$scratch/trace" --json --quiet --out "$scratch" >"$scratch/json" 2>"$scratch/err" ||
  { cat "$scratch/err"; fail "replay"; }
accounts "$scratch/json" replay
exit 0
