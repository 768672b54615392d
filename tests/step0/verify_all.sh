#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# 500 sites at once: one table, sorted by how often each is hit, every count exact. And the gates
# that an environment variable opens: shut they are ENV_GATED, opened they are EXECUTED.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
need_any_rung
slow_test
# site k of 500 is passed k % 23 times, and every tenth never
python3 - "$scratch/many.c" <<'PY' || exit 99
import sys
with open(sys.argv[1], "w") as f:
    f.write("#include <sys/sdt.h>\nstatic volatile int x;\n")
    for k in range(500):
        f.write(f"__attribute__((noinline)) static void s{k}(void) {{ STAP_PROBE(many, site{k}); x++; }}\n")
    f.write("int main(void) {\n")
    for k in range(500):
        f.write(f"  for (int i = 0; i < {k % 23}; i++) s{k}();\n" if k % 10 and k % 23 else f"  if (x < 0) s{k}();\n")
    f.write("  return 0;\n}\n")
PY
"$CC" -O2 -o "$scratch/many" "$scratch/many.c" || exit 99
for method in bpf-uprobe-multi ptrace-int3; do
  have_rung $method || continue
  verify 0 --binary "$scratch/many" --all --method $method
  holds "len(r['per_site']) == 500 and r['verdict'] == 'EXECUTED' and r['exact']"
  holds "all(site['many:site%d' % k]['hits'] == (k % 23 if k % 10 else 0) for k in range(500))"
  holds "all(site['many:site%d' % k]['verdict'] == ('EXECUTED' if k % 10 and k % 23 \
      else 'NOT_EXECUTED') for k in range(500))"
  holds "r['hits'] == sum(k % 23 for k in range(500) if k % 10)"
done
check_exit 0 "$HARNESS" verify --binary "$scratch/many" --all --quiet --out "$scratch/r"
python3 - "$scratch/out" <<'PY' || fail "the table is not sorted"
import re, sys
rows = [int(m.group(1)) for m in (re.match(r"\s+many:site\d+\s+\S+\s+(\d+)", l) for l in open(sys.argv[1])) if m]
assert len(rows) == 500 and rows == sorted(rows, reverse=True), rows[:10]
PY

# --- gates with an environment variable, everything compiled in -------------------------------
build_library "$scratch/all.so" $(telemetry_gates)
verify 0 --all --lib "$scratch/all.so" --ops 6000
# with the block header the largest of the sizes is no longer tiny
holds "0.9 * r['frees'] < site['free-trace']['hits'] == site['debug-ring']['hits'] \
    <= r['frees'] and r['sentinel']['ok']"
holds "site['pool-hotbox-v2-stats']['verdict'] == 'ENV_GATED' and site['warm-pool-logs']['verdict'] == 'ENV_GATED'"
holds "all(s['hits_per_op'] is not None for s in r['per_site'] if s['copies'])"
gate() { # gate NAME VARIABLE WORKLOAD: shut by default, opened by =1
  verify 1 $1 --lib "$scratch/all.so" --workload $3 --ops 6000
  holds "r['verdict'] == 'ENV_GATED' and r['decision'] == 'SKIP' and r['hits'] == 0"
  holds "r['env_gate'] == {'name': '$2', 'default': '0', 'value': None, 'open': False} and '$2=1' in r['reason']"
  verify 0 $1 --lib "$scratch/all.so" --workload $3 --ops 6000 --with-env $2=1
  holds "r['verdict'] == 'EXECUTED' and r['hits'] > 0 \
      and r['env_gate']['value'] == '1' and r['env_gate']['open'] is True"
  verify 1 $1 --lib "$scratch/all.so" --workload $3 --ops 6000 --with-env $2=0
  holds "r['verdict'] == 'ENV_GATED' and r['env_gate']['value'] == '0'"
}
gate pool-hotbox-v2-stats HAKMEM_POOL_V2_ENABLED mid-size
gate warm-pool-logs HAKMEM_TINY_WARM_LOG churn
verify 0 debug-ring --lib "$scratch/all.so" --ops 3000
holds "r['verdict'] == 'EXECUTED' and r['hits'] > 0.9 * r['frees'] \
    and r['env_gate']['default'] == '1' and r['env_gate']['open'] is True"
verify 1 debug-ring --lib "$scratch/all.so" --ops 3000 --with-env HAKMEM_TINY_DEBUG_RING=0
holds "r['verdict'] == 'ENV_GATED' and r['env_gate']['open'] is False"
# what the harness's own environment holds does not reach the workload
HAKMEM_POOL_V2_ENABLED=1; export HAKMEM_POOL_V2_ENABLED
verify 1 pool-hotbox-v2-stats --lib "$scratch/all.so" --workload mid-size --ops 6000
holds "r['verdict'] == 'ENV_GATED'"
exit 0
