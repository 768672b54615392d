#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `verify` on the built-in workload: every rung counts to the digit what the compiled-in counter
# and the workload itself count; the controls; each verdict's exit code; the JSON and the results.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
need_any_rung
slow_test
on=$scratch/on.so; off=$scratch/off.so
build_library "$on" FREE_TRACE FREE_CALLS
build_library "$off"

# --- the same number by every way of counting ------------------------------------------------
for threads in 1 4; do
  for method in $rungs; do
    # these two take seconds to close
    case $threads.$method in 1.perf-uprobe|1.tracefs-uprobe) continue ;; esac
    have_rung $method || continue
    verify 0 free-trace --lib "$on" --method $method --ops 3001 --threads $threads
    holds "r['verdict'] == 'EXECUTED' and r['decision'] == 'PROCEED' and r['method'] == '$method'"
    holds "r['hits'] == r['frees'] == r['tiny_frees'] and r['ops'] == $threads * 3001 and r['exact'] is True"
    holds "r['allocs'] >= r['frees'] > 0.3 * r['ops'] and 0.3 < r['hits_per_op'] < 0.7"
    holds "sum(c['hits'] for c in r['per_site'][0]['copies']) == r['hits'] and len(r['per_site'][0]['copies']) >= 1"
    # four debug registers have no room for the copies of the loop's marker, nor always for the controls
    if [ $method = hw-breakpoint ]; then
      holds "r['negative_control']['armed'] is False or r['negative_control']['hits'] == 0"
    else
      holds "r['negative_control']['hits'] == 0 and r['negative_control']['ok'] is True"
      holds "r['sentinel']['hits'] == r['ops'] == r['sentinel']['expected'] and r['sentinel']['ok']"
    fi
    holds "r['child_status'] == 'exit 0' and not r['partial']"
  done
  for i in 1 2 3; do # the leader of the process may end before or after its threads
    verify 0 free-trace --lib "$on" --method built-in-counter --ops 3001 --threads $threads
    holds "r['hits'] == r['frees'] and r['method'] == 'built-in-counter' and 0.3 < r['hits_per_op'] < 0.7"
    holds "r['sentinel']['armed'] is False and r['sentinel']['hits'] is None and r['negative_control']['hits'] is None"
  done
done

# Few slots: a marker of another workload's loop that took the last one does not speak against the count.
for workload in random_mixed larson churn; do
  have_rung hw-breakpoint || continue
  verify 0 free-trace --lib "$on" --method hw-breakpoint --ops 3001 -w $workload
  holds "r['verdict'] == 'EXECUTED' and r['sentinel']['ok'] is not False and r['sentinel']['hits'] != 0"
done

# Letting go in the midst of four threads that pass breakpoints: one that has run into a breakpoint
# and not reported it yet must not get the signal afterwards (it did so in one run of 15).
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  verify 0 free-trace --lib "$on" --method ptrace-int3 --ops 3001 --threads 4
done

# --- the group rule, and off -------------------------------------------------------------------
verify 0 tiny_free --lib "$on" --ops 3000
holds "site['free-trace']['hits'] == site['free-calls']['hits'] == r['frees'] and r['hits'] == 2 * r['frees']"
holds "site['debug-ring']['verdict'] == 'COMPILED_OUT' and site['debug-ring']['hits'] is None \
    and r['verdict'] == 'EXECUTED'"
verify 1 free-trace --lib "$off"
holds "r['verdict'] == 'COMPILED_OUT' and r['decision'] == 'SKIP' and r['hits'] is None and r['method'] is None"
holds "r['hits_per_op'] is None and r['proof_ms'] is None and r['exact'] is None and r['ops'] is None"
verify 1 block-header --lib "$off"
holds "r['verdict'] == 'NO_SITE' and r['decision'] == 'SKIP'"

# --- what cannot be concluded ------------------------------------------------------------------
# The loader only warns of a library that it cannot preload: its sites then do not run, which says
# nothing about them.
mkdir "$scratch/a blank"
cp "$on" "$scratch/a blank/libx.so"
verify 0 free-trace --lib "$scratch/a blank/libx.so" # its copy can be
holds "r['verdict'] == 'EXECUTED' and r['private_copy'] and r['object'].endswith('/a blank/libx.so')"
printf '$ORIGIN' >>"$scratch/a blank/libx.so" # wants what lies beside it: not copied
verify 3 free-trace --lib "$scratch/a blank/libx.so"
holds "r['verdict'] == 'INCONCLUSIVE' and r['decision'] is None and 'blank' in r['error']"
verify 2 free-trace --lib "$on" --threads 0
if [ -w /dev/full ]; then
  code=0
  "$HARNESS" verify free-trace --lib "$on" --json --out "$scratch/full" >/dev/full 2>"$scratch/full.err" || code=$?
  [ $code = 4 ] || fail "an answer lost to a full disk: exit $code"
fi
cat >"$scratch/crash.c" <<'C'
#include <signal.h>
#include <stdlib.h>
int main(int n, char **a) {
  for (int i = 0; i < 10; i++) free(malloc(100));
  if (n > 1) return atoi(a[1]);
  return raise(SIGSEGV);
}
C
"$CC" -O0 -fno-builtin -o "$scratch/crash" "$scratch/crash.c" || exit 99
verify 3 free-trace --lib "$on" -- "$scratch/crash"
holds "r['verdict'] == 'INCONCLUSIVE' and r['decision'] is None and 'SIGSEGV' in r['child_status'] and r['error']"
verify 3 free-trace --lib "$on" -- "$scratch/crash" 7
holds "r['verdict'] == 'INCONCLUSIVE' and r['child_status'] == 'exit 7'"
verify 0 free-trace --lib "$on" -- "$scratch/crash" 0
holds "r['hits'] == 10 and r['ops'] is None and r['hits_per_op'] is None and r['child_status'] == 'exit 0'"
verify 3 free-trace --lib "$on" -- sh -c 'kill -SEGV $$'
verify 3 free-trace --lib "$on" -- "$scratch/no-such-program"
verify 3 free-trace --lib "$on" --timeout 0.3 -- sleep 20
holds "r['verdict'] == 'INCONCLUSIVE'"
verify 0 free-trace --lib "$on" --runs 3 -- "$scratch/crash" 0
holds "r['hits'] == 30 and r['runs'] == 3"
verify 0 free-trace --lib "$on" --per malloc -- "$scratch/crash" 0
holds "r['hits'] == 10 and r['ops'] >= 10 and r['hits_per_op'] == r['hits'] / r['ops']"

# --- usage -------------------------------------------------------------------------------------
check_exit 2 "$HARNESS" verify free-tarce --out "$scratch/none"
grep -q 'free-trace' "$scratch/err" || fail "the near name is not given"
[ ! -s "$scratch/out" ] && [ ! -e "$scratch/none" ] || fail "a usage error writes results"
check_exit 2 "$HARNESS" verify free-trace --method bpf-uprobe
grep -q 'bpf-uprobe-multi' "$scratch/err" || fail "the near method is not given"
check_exit 2 "$HARNESS" verify free-trace --workload random_mixde
grep -q 'random_mixed' "$scratch/err" || fail "the near workload is not given"
check_exit 2 "$HARNESS" verify
check_exit 2 "$HARNESS" verify free-trace --with-env NOVALUE
check_exit 2 "$HARNESS" verify --symbol main
check_exit 2 "$HARNESS" verify --binary /bin/true --usdt nocolon -- true
check_exit 2 "$HARNESS" verify --binary /bin/true --line nonumber -- true

# --- results -----------------------------------------------------------------------------------
verify 0 free-trace --lib "$on" --ops 2000
cp "$scratch/out" "$scratch/first.json"
(cd "$scratch" && echo untouched >untouched)
for i in 1 2 3; do verify 0 free-trace --lib "$on" --ops 2000; done
python3 - "$scratch/first.json" "$scratch/out" "$scratch/r" <<'PY' || fail "the results folder"
import csv, hashlib, json, os, re, sys
first, last = (json.load(open(f)) for f in sys.argv[1:3])
keys = """verdict decision method refused object_hash build_id per_site hits ops allocs frees hits_per_op exact sentinel
negative_control env_gate samples proof_ms slowdown_pct child_status results_dir schema""".split()
for r in (first, last):
    for k in keys: assert k in r, k
    assert r["schema"] == "hakmem.verify/1"
    d = r["results_dir"]
    assert os.path.isabs(d) and re.match(r"^\d{8}T\d{6}Z-verify-free-trace(-\d+)?$", os.path.basename(d)), d
    saved = json.load(open(d + "/result.json"))
    assert saved["hits"] == r["hits"] and saved["machine"] and saved["verdict"] == r["verdict"]
    rows = list(csv.DictReader(open(d + "/hits.csv")))
    assert {x["role"] for x in rows} == {"site", "sentinel", "negative"}, rows
    assert sum(int(x["hits"]) for x in rows if x["role"] == "site") == r["hits"]
    assert not [f for f in os.listdir(d) if f.endswith(".tmp") or f.startswith(".")], os.listdir(d)
    assert r["object_hash"] == hashlib.sha256(open(r["object"], "rb").read()).hexdigest()
    for c in r["per_site"][0]["copies"]:
        assert re.match("^0x[0-9a-f]+$", c["pc"]) and c["offset"] > 0 and c["insn"] and c["hits"] >= 0
    assert r["proof_ms"] > 0
assert first["results_dir"] != last["results_dir"], "a folder was used twice"
assert first["hits"] == last["hits"], "the same seed, another count"
n = len(os.listdir(sys.argv[3]))
assert n >= 4, n
PY
# people get text; exactly the workload's own output is not mixed into the JSON
verify 0 free-trace --lib "$on" -- sh -c 'echo noise; exit 0'
check_exit 0 "$HARNESS" verify free-trace --lib "$on" --ops 2000 --quiet --out "$scratch/r"
grep -q 'EXECUTED, decision PROCEED' "$scratch/out" && [ ! -s "$scratch/err" ] || fail "the text"
# on a narrow screen nothing is wider, unless one word is
check_exit 0 env COLUMNS=40 TERM=dumb "$HARNESS" verify free-trace --lib "$on" --ops 2000 --quiet --out "$scratch/r"
awk 'length > 40 && NF > 1 { print; bad = 1 } END { exit bad }' "$scratch/out" || fail "wider than 40 columns"
exit 0
