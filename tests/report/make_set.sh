# SPDX-License-Identifier: GPL-3.0-or-later
# make_set.sh: sourced; make_set DIR writes a small record as `phases` does: a timed phase, one
# that Step 0 stopped, one for the audit, and all gates together. Numbers are from a fixed rule.
make_pairs() { # make_pairs FOLDER OUT_NS EFFECT
  awk -v ns="$2" -v effect="$3" 'BEGIN {
    print "pair,kind,first,elapsed_s,out_ns,in_ns,out_mean_ns,in_mean_ns,disturbed,left_out"
    x = 12345
    for (i = 1; i <= 80; i++) {
      x = (x * 1103 + 12345) % 65536; a = (x / 65536 - 0.5) * 0.02
      x = (x * 1103 + 12345) % 65536; b = (x / 65536 - 0.5) * 0.02
      control = i % 10 == 0
      out = ns * (1 + a); inn = ns * (1 + b) * (control ? 1 : 1 + effect / 100)
      printf "%d,%s,%d,%.2f,%.6g,%.6g,%.6g,%.6g,%d,0\n", i,
        control ? "control" : "test", i % 2, i * 0.05, out, inn,
        out * 1.001, inn * 1.001, i % 40 == 7
    }
    # the core was shared: no estimate may have them
    for (; i <= 84; i++) printf "%d,test,1,%.2f,%.6g,%.6g,%.6g,%.6g,0,1\n", i, i * 0.05, ns, ns * 1.5, ns, ns * 1.5
  }' >"$1/pairs.csv"
  awk -v ns="$2" -v effect="$3" 'BEGIN {
    print "pair,side,round,ns_per_op"
    x = 4321
    for (p = 1; p <= 9; p += 2) for (s = 0; s < 2; s++) for (r = 0; r < 12; r++) {
      x = (x * 1103 + 12345) % 65536
      printf "%d,%d,%d,%.4g\n", p, s, r, ns * (1 + s * effect / 100) * (1 + (x / 65536 - 0.5) * 0.03)
    } }' >"$1/rounds.csv"
}
ab_json() { # ab_json SUBJECT VERDICT
  cat <<EOF
{"schema": "hakmem.ab/1", "subject": "$1", "protocol": "paired", "workload": "random_mixed", "margin_pct": 0.5,
 "verdict": "$2", "reason": "the whole interval is above the margin", "needed_s": null, "budget_s": 15.0,
 "gain_pct": {"estimate": 1.0, "low": 0.7, "high": 1.3, "level": 0.95, "n": 72},
 "mean_gain_pct": {"estimate": 1.0, "low": 0.7, "high": 1.3, "level": 0.95, "n": 72},
 "control": {"estimate": 0.0, "low": -0.2, "high": 0.2, "level": 0.95, "n": 8, "pairs": 8},
 "build": {"gates": ["$1"], "object_hash_out": "00", "object_hash_in": "11",
  "functions_that_differ": ["hak_free"], "data_that_differs": []},
 "layouts": 80, "pairs": 72, "elapsed_s": 4.0, "threads": 1,
 "rounds": 24, "round_ops": 30000, "disturbed_pct": 2.5, "steal_pct": 0.0,
 "counters": {"cycles": {"out": null, "in": null}, "page-faults": {"out": 1e-05, "in": 1.1e-05},
  "migrations": {"out": 0.0, "in": 0.0}},
 "insns_per_op": {"out": 41.0, "in": 42.0},
 "direct_pct": null, "layout_pct": null, "expected_pct": null, "calibration": null,
 "step0": {"status": "PROCEED by bpf-uprobe, 0.5 executions for each operation",
  "decision": "PROCEED", "verdict": "EXECUTED", "method": "bpf-uprobe", "ops": 400000,
  "hits_per_op": 0.5, "object_hash": "11",
  "per_site": [{"name": "$1", "verdict": "EXECUTED", "hits": 200000, "hits_per_op": 0.5}]},
 "step1": {"class": "TELEMETRY", "source": "the gate table"},
 "machine": {"cpu": "Example", "cpus": 2, "kernel": "6.0"}}
EOF
}
record_json() { # record_json ID VERDICT AB
  cat <<EOF
{"schema": "hakmem.phase-record/1", "id": "$1", "verdict": "$2", "reason": "as the interval says",
 "budget_s": 15.0, "machine": {"cpu": "Example", "cpus": 2, "kernel": "6.0"}, "ab": $3}
EOF
}
make_set() {
  mkdir -p "$1/24" "$1/32" "$1/29" "$1/cumulative"
  make_pairs "$1/24" 9.5 1.2
  make_pairs "$1/32" 9.5 0.1
  make_pairs "$1/cumulative" 9.5 2.1
  record_json 24 GO "$(ab_json class-stats GO)" >"$1/24/record.json"
  record_json 32 NEUTRAL "$(ab_json free-calls NEUTRAL)" >"$1/32/record.json"
  record_json cumulative GO "$(ab_json all GO)" >"$1/cumulative/record.json"
  record_json 29 NO-OP null >"$1/29/record.json"
}
