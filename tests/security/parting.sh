#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Started by sudo, the harness is the user from the start, and a keeper has what needs root: the
# workload's user and environment, who owns the processes, the rungs through the keeper.
. "${top_srcdir:-.}/tests/security/security_lib.sh"
need_tool "$CC" cc
cat >"$scratch/t.c" <<'END'
#include <stdio.h>
__attribute__((noinline)) int hot(int x) { __asm__ volatile("" : "+r"(x)); return x + 1; }
int main(int argc, char **argv) {
  int s = 0;
  for (int i = 0; i < 1000; i++) s = hot(s);
  if (argc > 1) fopen(argv[1], "r");
  return s != 1000;
}
END
"$CC" -O1 -g -o "$scratch/t" "$scratch/t.c" || exit 99

# who the workload is, and what it is told: it says so in a file, since a command's output is not shown
mkdir -m 777 "$scratch/said" || exit 99
chmod 777 "$scratch/said"
said=$scratch/said/sudo
as_sudo "$HARNESS" ab --cmd-a "sh -c 'exec >>$said; id -ru; id -u; id -g; env'" --cmd-b true \
    --budget 0.2 --no-callgrind --quiet \
  >"$scratch/out" 2>"$scratch/err" </dev/null
[ -s "$said" ] || fail "the workload said nothing: $(cat "$scratch/err")"
sed -n 1,3p "$said" | tr '\n' ' ' | grep -q "^$user $user $group $" ||
    fail "the workload's ids: $(head -n 3 "$said")"
grep -qx 'USER=nobody' "$said" && grep -qx 'LOGNAME=nobody' "$said" ||
    fail "USER and LOGNAME of the workload"
grep -qx "HOME=$(getent passwd nobody | cut -d: -f6)" "$said" || fail "HOME of the workload"
if grep -q 'ROOT_SECRET\|^SUDO_\|=/root$' "$said"; then fail "root's environment reached the workload"; fi
nothing_of_roots "ab of commands"

# --user, which only the command line may say
said=$scratch/said/daemon
as_sudo "$HARNESS" ab --cmd-a "sh -c 'exec >>$said; id -u; echo in \$(pwd -P); env'" --cmd-b true \
    --budget 0.2 --no-callgrind --quiet --user daemon \
  >"$scratch/out" 2>"$scratch/err" </dev/null
grep -qx "$(id -u daemon)" "$said" || fail "--user daemon under sudo: $(cat "$said")"
grep -qx 'USER=daemon' "$said" || fail "environment of --user daemon"
grep -qx "in $(cd "$theirs" && pwd -P)" "$said" || fail "--user daemon starts elsewhere: $(grep '^in ' "$said")"
nothing_of_roots "--user"
# by root itself: another user gets none of root's environment either
said=$scratch/said/root
ROOT_SECRET=x HOME=/root "$HARNESS" ab --cmd-a "sh -c 'exec >>$said; id -u; env'" --cmd-b true \
    --budget 0.2 --no-callgrind --quiet --user nobody \
  --out "$scratch/own" >"$scratch/out" 2>"$scratch/err" </dev/null
grep -qx "$user" "$said" && grep -qx USER=nobody "$said" || fail "--user by root"
if grep -q 'ROOT_SECRET\|=/root$' "$said"; then fail "root's environment reached --user nobody"; fi

# each rung of the kernel's, where root itself has it, through the keeper: the same count
for method in bpf-uprobe-multi perf-uprobe tracefs-uprobe; do
  env -u SUDO_UID "$HARNESS" verify --binary "$scratch/t" --symbol hot --method $method --json --quiet \
      --out "$scratch/own" \
    >"$scratch/out" 2>"$scratch/err" </dev/null || { echo "$method cannot be had here"; continue; }
  check_sudo 0 verify --binary "$scratch/t" --symbol hot --method $method --json --quiet
  holds "r['method'] == '$method' and r['hits'] == 1000 and r['verdict'] == 'EXECUTED' and r['exact']"
  rungs=${rungs:-}$method,
done
echo "through the keeper: ${rungs:-none}"
check_sudo 0 verify --binary "$scratch/t" --symbol hot --json --quiet --method ptrace-int3
holds "r['hits'] == 1000"
nothing_of_roots verify

# where the user is refused perf events, the samples and the watchpoints beside a proof come through the keeper, too
cat >"$scratch/refuse.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>
long syscall(long n, ...) {
  long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall"), x[6];
  va_list a;
  va_start(a, n);
  for (int i = 0; i < 6; i++) x[i] = va_arg(a, long);
  va_end(a);
  if (n == SYS_perf_event_open && geteuid() != 0) { errno = EACCES; return -1; }
  return real(n, x[0], x[1], x[2], x[3], x[4], x[5]);
}
END
"$CC" -shared -fPIC -o "$scratch/refuse.so" "$scratch/refuse.c" -ldl || exit 99
witnessed="r['samples'] and r['samples']['total'] > 0 and r['watchpoint'] and r['watchpoint']['hits'] is not None"
as_sudo "$HARNESS" verify free-trace --json --quiet >"$scratch/out" 2>"$scratch/err" </dev/null
if python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$scratch/out" \
    "$witnessed" 2>/dev/null; then
  as_sudo env LD_PRELOAD="$scratch/refuse.so" "$HARNESS" verify free-trace --json --quiet >"$scratch/out" \
    2>"$scratch/err" </dev/null
  holds "$witnessed"
  nothing_of_roots "perf events through the keeper"
else
  echo "no samples or no watchpoints here"
fi

# who runs while it runs: one process of the user's that no process of the user's may look into, one keeper
mkfifo "$theirs/go" && chown nobody "$theirs/go" || exit 99
as_sudo "$HARNESS" verify --binary "$scratch/t" --symbol hot --method tracefs-uprobe --json --quiet \
    -- "$scratch/t" "$theirs/go" \
  >"$scratch/out" 2>"$scratch/err" </dev/null &
sleep 1
for p in $(pgrep -x hakmem-harness); do
  [ "$(readlink "/proc/$p/cwd")" = "$theirs" ] && ours=$p
done
[ -n "${ours:-}" ] || { echo x >"$theirs/go"; fail "the harness is not there: $(cat "$scratch/err")"; }
grep -q "^Uid:	$user	$user	$user	$user$" "/proc/$ours/status" ||
    fail "the harness's user ids: $(grep Uid "/proc/$ours/status")"
grep -q '^CapPrm:	0*$' "/proc/$ours/status" || fail "the harness has capabilities: $(grep Cap "/proc/$ours/status")"
as_user cat "/proc/$ours/environ" >/dev/null 2>&1 && fail "the user's processes can look into the harness"
keeper=$(pgrep -P "$ours" -x hakmem-keeper)
[ -n "$keeper" ] || fail "there is no keeper"
[ "$(readlink "/proc/$keeper/cwd")" = / ] || fail "the keeper stands in $(readlink "/proc/$keeper/cwd")"
# killed: the keeper takes out what is in the kernel, and goes
kill -9 "$ours"
for i in 1 2 3 4 5 6 7 8 9 10; do [ -d "/proc/$keeper" ] || break; sleep 0.3; done
[ -d "/proc/$keeper" ] && fail "the keeper stayed when the harness was killed"
timeout 2 sh -c "echo x >'$theirs/go'" 2>/dev/null
rm -f "$theirs/go"
if [ -r /sys/kernel/tracing/uprobe_events ] && grep -q "hakmem_*$keeper/" /sys/kernel/tracing/uprobe_events; then
  fail "a killed run left probes"
fi

# SUDO_UID that is none
(cd "$theirs" && SUDO_UID=x "$HARNESS" sites >"$scratch/out" 2>"$scratch/err") && fail "SUDO_UID=x is taken"
grep -q 'not a number' "$scratch/err" || fail "SUDO_UID=x: $(cat "$scratch/err")"
# 0 is root itself
SUDO_UID=0 SUDO_GID=0 "$HARNESS" sites >/dev/null || fail "SUDO_UID=0"
exit 0
