#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `verify` as an ordinary user, at perf_event_paranoid 2 and 3: what is refused is listed with
# its errno and advice, and ptrace proves all the same. Started by root for a user, the workload
# runs as that user.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
[ "$(id -u)" = 0 ] || skip root "only root can become another user and set kernel.perf_event_paranoid"
id nobody >/dev/null 2>&1 || skip root "there is no user nobody"
need_tool runuser
need_any_rung
slow_test
paranoid=/proc/sys/kernel/perf_event_paranoid
before=$(cat $paranoid)
restore() { echo "$before" >$paranoid 2>/dev/null; cleanup; }
trap restore EXIT
# the build may lie in a folder that nobody else may enter: what is needed goes to one of its own
chmod 755 "$scratch"
build_library "$scratch/lib.so" FREE_TRACE
install=$scratch/build
mkdir "$install" "$scratch/nr" && chown nobody "$scratch/nr" || exit 99
cp "$HARNESS" "$top_builddir/hakmem-bench" "$install/" && : >"$install/config.status" || exit 99
their=$install/hakmem-harness
runuser -u nobody -- "$their" --version >/dev/null 2>"$scratch/err" ||
  skip root "nobody cannot run what lies in $scratch: $(head -n 1 "$scratch/err")"

verify_as_nobody() {
  wanted=$1; shift
  (cd / && runuser -u nobody -- "$their" verify --json --quiet --out "$scratch/nr" "$@") >"$scratch/out" \
      2>"$scratch/err" </dev/null; got=$?
  [ $got = "$wanted" ] ||
    { head -c 2000 "$scratch/out"; sed 's/^/  | /' "$scratch/err" | tail -n 20;
    fail "exit $got, not $wanted: as nobody: verify $*"; }
}

for level in 2 3; do
  echo $level >$paranoid 2>/dev/null && [ "$(cat $paranoid)" = $level ] ||
    { echo "perf_event_paranoid cannot be set to $level here"; continue; }
  verify_as_nobody 0 free-trace --lib "$scratch/lib.so" --ops 3000
  holds "r['method'] == 'ptrace-int3' and r['verdict'] == 'EXECUTED' \
      and r['hits'] == r['frees'] and r['exact'] and r['sentinel']['ok']"
  holds "[x['method'] for x in r['refused']] == ['bpf-uprobe-multi', 'perf-uprobe', 'tracefs-uprobe']"
  holds "all(x['errno'] in (1, 2, 13) and x['reason'] and x['advice'] for x in r['refused'])"
  holds "any('sudo' in x['advice'] for x in r['refused'])"
  for method in bpf-uprobe-multi perf-uprobe tracefs-uprobe; do
    verify_as_nobody 3 free-trace --lib "$scratch/lib.so" --ops 3000 --method $method
    holds "r['verdict'] == 'INCONCLUSIVE' and r['refused'][0]['method'] == '$method' \
        and r['hits'] is None and r['method'] is None"
  done
  verify_as_nobody 0 free-trace --lib "$scratch/lib.so" --ops 3000 --method ptrace-int3 --proof -- /bin/sh -c \
      'for i in 1 2 3; do /bin/true; done'
  # uprobes were refused: nobody is disturbed, and nobody is told so
  verify_as_nobody 1 free-trace --lib "$scratch/lib.so" -- /bin/true
  holds "r['method'] == 'ptrace-int3' and r['disturbs'] is None and r['disturbs_unseen'] is None"
  if have_rung hw-breakpoint && [ $level = 2 ]; then
    verify_as_nobody 0 free-trace --lib "$scratch/lib.so" --ops 3000 --method hw-breakpoint
    holds "r['hits'] == r['frees']"
  fi
  [ "$(find "$scratch/nr" ! -user nobody | wc -l)" = 0 ] || fail "results that do not belong to the user"
done
echo "$before" >$paranoid

# started by root, as somebody else: who the workload is, and whose the results are
verify 0 free-trace --lib "$scratch/lib.so" --user nobody -- /bin/sh -c "id -un >&2"
grep -qx nobody "$scratch/err" || fail "the workload did not run as nobody"
mkdir "$scratch/sudo" && chown nobody "$scratch/sudo" || exit 99 # root's rights make no folder
SUDO_UID=$(id -u nobody) SUDO_GID=$(id -g nobody) "$HARNESS" verify free-trace --lib "$scratch/lib.so" --json --quiet \
  --out "$scratch/sudo" -- /bin/sh -c 'id -un >&2' >"$scratch/out" 2>"$scratch/err" </dev/null || fail "as sudo"
grep -qx nobody "$scratch/err" || fail "under sudo the workload did not run as the invoking user"
[ "$(find "$scratch/sudo" ! -user nobody | wc -l)" = 0 ] || fail "results of a sudo run that do not belong to the user"
# a program that changes its user would not do so under an ordinary tracer: that is no proof of it
echo 'int main(void) { return 0; }' | "$CC" -x c -o "$scratch/rights" - && chmod 4755 "$scratch/rights" || exit 99
verify_as_nobody 3 --binary "$scratch/rights" --symbol main
grep -q 'set-uid' "$scratch/err" && grep -q sudo "$scratch/err" || fail "a set-uid target: $(cat "$scratch/err")"
verify 0 --binary "$scratch/rights" --symbol main --method ptrace-int3 --user nobody
holds "r['hits'] == 1"
# somebody else's process, somebody else's file
sleep 30 & other=$!
verify_as_nobody 3 -p $other --symbol main --binary "$scratch/rights" --timeout 0.2
grep -qi 'permi' "$scratch/err" || fail "somebody else's process: $(cat "$scratch/err")"
kill $other
chmod 4711 "$scratch/rights"
verify_as_nobody 3 --binary "$scratch/rights" --symbol main
grep -qi 'permission denied' "$scratch/err" || fail "a file that may not be read: $(cat "$scratch/err")"
exit 0
