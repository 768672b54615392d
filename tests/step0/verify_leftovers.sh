#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `verify` leaves nothing in the kernel and nothing in the target: after success, an error, an
# interrupt, the target's death and its own, by SIGKILL too.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
need_any_rung
slow_test
"$CC" -std=gnu17 -O2 -g -o "$scratch/loop" "$top_srcdir/tests/step0/targets/loop.c" -lpthread || exit 99
tracing=/sys/kernel/tracing; [ -r $tracing/uprobe_events ] || tracing=/sys/kernel/debug/tracing
private=
if [ ! -r $tracing/uprobe_events ] && [ "$(id -u)" = 0 ] && mkdir "$scratch/tracing" &&
  mount -t tracefs tracefs "$scratch/tracing" 2>/dev/null; then
  tracing=$scratch/tracing; private=yes
fi
finish() { end_target; [ -z "$private" ] || umount "$scratch/tracing"; cleanup; }
target=
trap finish EXIT
groups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)

# traces PID: what is in the kernel of a harness with this pid
traces() {
  [ ! -r $tracing/uprobe_events ] || grep "hakmem_step0_" $tracing/uprobe_events | grep -E "_($1|${guard:-none})/"
}
# clean NAME PID: nothing of the harness PID, and no group of its target
clean() {
  [ -z "$(traces "$2")" ] || fail "$1: left in uprobe_events: $(traces "$2")"
  [ -z "$groups" ] || [ -z "$3" ] || [ ! -d "$groups/hakmem-step0-$3" ] || fail "$1: left: $groups/hakmem-step0-$3"
}
start_target() { # a target that goes on until it is killed; its pid in $target
  mkfifo "$scratch/in"
  "$scratch/loop" 0 <"$scratch/in" >"$scratch/said" & target=$!
  echo go >"$scratch/in"
  while [ ! -s "$scratch/said" ]; do sleep 0.05; done
  rm "$scratch/in"
}
end_target() {
  [ -n "$target" ] || return 0
  pkill -KILL -P $target 2>/dev/null; kill -KILL $target 2>/dev/null; wait $target 2>/dev/null; target=
}
# below: what the harness $harness has started: $guard, the process of its run, and $child, the command
below() {
  n=0 guard='' child=''
  until [ -n "$child" ]; do
    sleep 0.05; n=$((n + 1)); [ $n -lt 400 ] || fail "it starts no command"
    guard=$(pgrep -P $harness | head -n 1)
    [ -z "$guard" ] || child=$(pgrep -P $guard | head -n 1)
  done
}
# interrupt: once the harness $harness catches it
interrupt() {
  n=0
  until [ $((0x$(awk '/^SigCgt/ { print substr($2, 15) }' /proc/$harness/status) & 2)) != 0 ]; do
    sleep 0.05; n=$((n + 1)); [ $n -lt 400 ] || fail "it catches no interrupt"
  done
  sleep 0.4
  guard=$(pgrep -P $harness | head -n 1)
  child=$([ -z "$guard" ] || pgrep -P $guard | head -n 1)
  kill -INT $harness
}
# the target's function as it is in the file, in each of its processes
code_of() {
  python3 - "$1" "$scratch/loop" <<'PY'
import subprocess, sys
pid, path = sys.argv[1:]
symbols = [l.split() for l in subprocess.check_output(["nm", path], text=True).splitlines()]
address = [int(s[0], 16) for s in symbols if s[-1] == "loop_turn"][0]
try:
    maps = [l.split() for l in open(f"/proc/{pid}/maps") if l.rstrip().endswith("/loop")]
except FileNotFoundError:
    sys.exit(0)  # a child of the target, which has ended since it was listed
if not maps:
    sys.exit(0)
base = min(int(m[0].split("-")[0], 16) for m in maps)
with open(f"/proc/{pid}/mem", "rb") as mem, open(path, "rb") as file:
    mem.seek(base + address); file.seek(address)
    sys.exit(0 if mem.read(16) == file.read(16) else 1)
PY
}

for method in $rungs; do
  have_rung $method || continue
  case $method in perf-uprobe|tracefs-uprobe) ;; *) # these two take seconds to close
  # success on a running target; its code is as it was
  start_target
  "$HARNESS" verify -p $target --usdt loop:turn --method $method --quiet --out "$scratch/r" >"$scratch/out" 2>&1 \
      </dev/null & harness=$!
  wait $harness || { cat "$scratch/out"; fail "$method: -p"; }
  clean "$method: success" $harness $target
  for p in $target $(pgrep -P $target); do code_of $p || fail "$method: the code of process $p was left changed"; done
  grep -q 'TracerPid:.0$' /proc/$target/status || fail "$method: still traced"
  # interrupted while it looks at a running target: that goes on
  "$HARNESS" verify -p $target --symbol main --method $method --quiet --timeout 60 --out "$scratch/r" >"$scratch/out" \
      2>&1 </dev/null & harness=$!
  interrupt
  wait $harness; got=$?
  [ $got = 130 ] || { cat "$scratch/out"; fail "$method: interrupted: exit $got"; }
  clean "$method: interrupt of -p" $harness $target
  kill -0 $target 2>/dev/null || fail "$method: an interrupt took the attached target along"
  code_of $target || fail "$method: interrupt: code left changed"
  end_target
  esac
  # interrupted with a command of its own: that ends with it
  "$HARNESS" verify --binary "$scratch/loop" --usdt loop:turn --method $method --quiet --out "$scratch/r" \
    -- "$scratch/loop" 0 >"$scratch/out" 2>&1 <"$top_srcdir/tests/lib.sh" & harness=$!
  interrupt
  wait $harness; got=$?
  [ $got = 130 ] || { cat "$scratch/out"; fail "$method: a command interrupted: exit $got"; }
  clean "$method: interrupt" $harness "$child"
  [ -z "$child" ] || ! kill -0 $child 2>/dev/null || fail "$method: the command goes on after an interrupt"
  # the target is killed, while it is counted: on a busy machine that begins late
  for after in 0.7 2 5 10; do
    "$HARNESS" verify --binary "$scratch/loop" --usdt loop:turn --method $method --json --quiet --out "$scratch/r" \
      -- "$scratch/loop" 0 >"$scratch/out" 2>"$scratch/err" <"$top_srcdir/tests/lib.sh" & harness=$!
    below
    sleep $after
    pkill -KILL -P $child 2>/dev/null; kill -KILL $child
    wait $harness; got=$?
    [ $got = 3 ] || { cat "$scratch/err"; fail "$method: target killed: exit $got"; }
    grep -q '"child_status": null' "$scratch/out" || break
  done
  holds "r['verdict'] == 'INCONCLUSIVE' and 'SIGKILL' in r['child_status']"
  clean "$method: target killed" $harness "$child"
  # the harness is killed: its command goes with it, and doctor finds what the kernel keeps
  "$HARNESS" verify --binary "$scratch/loop" --usdt loop:turn --method $method --quiet --out "$scratch/r" \
    -- "$scratch/loop" 0 >"$scratch/out" 2>&1 <"$top_srcdir/tests/lib.sh" & harness=$!
  below
  sleep 0.7
  kill -KILL $harness
  wait $harness 2>/dev/null
  n=0 # what it had open is closed by the process of its run, and that takes a while
  while kill -0 $guard 2>/dev/null && [ $n -lt 300 ]; do sleep 0.1; n=$((n + 1)); done
  ! kill -0 $guard 2>/dev/null || fail "$method: the run of a killed harness goes on"
  ! kill -0 $child 2>/dev/null || fail "$method: the command of a killed harness goes on"
  clean "$method: killed" $guard "$child"
done
# an error after arming: the program cannot be executed
printf '\177ELF broken' >"$scratch/broken"; chmod 755 "$scratch/broken"
"$HARNESS" verify --binary "$scratch/loop" --usdt loop:turn --quiet --out "$scratch/r" -- "$scratch/broken" \
    >"$scratch/out" 2>&1 & harness=$!
wait $harness && fail "a program that cannot be executed"
clean "error" $harness ""
exit 0
