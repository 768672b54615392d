#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Killed at random moments, `ab --project` of a server leaves no process, no probe and no mount behind, and what it kept
# on disk goes with the next run. KILLS=20 for more of them (make check-kills).
. "${top_srcdir:-.}/tests/lib.sh"
need_tool make
need_tool python3
. "$top_srcdir/tests/project/project_lib.sh"
project_copies foreign/server foreign/server.ab

left() { # processes whose program, or whose folder, is in our cache
  for p in /proc/[0-9]*; do
    case $(readlink "$p/exe" 2>/dev/null) in "$scratch/cache"*) echo "${p#/proc/}" ;; esac
    case $(readlink "$p/cwd" 2>/dev/null) in "$scratch/cache"*) echo "${p#/proc/}" ;; esac
  done
}
traces() { # probes in our files, and what is mounted on them
  cat /proc/self/mounts /sys/kernel/tracing/uprobe_events 2>/dev/null | grep -F "$scratch"
}
# moments are taken from the whole of a run, builds included the first times
python3 - "${KILLS:-4}" >moments <<'PY'
import random, sys
n, seed = int(sys.argv[1]), random.randrange(10**6)
print("seed", seed, file=sys.stderr)
random.seed(seed)
# in strata: some in the build, in Step 0, among the pairs
for i in range(n): print(round(0.2 + 9 * (i + random.random()) / n, 2))
PY
done=0
while read -r delay; do
  "$HARNESS" ab --project server.ab --budget 30 --whole-budget --quiet >out 2>&1 &
  pid=$!
  sleep "$delay"
  kill -9 $pid
  wait $pid 2>/dev/null
  code=$?
  [ $code = 137 ] || { cat out; fail "it had ended after $delay s: exit $code"; }
  i=0
  while [ -n "$(left)" ] && [ $i -lt 50 ]; do
    sleep 0.2
    i=$((i + 1))
  done
  for p in $(left); do tr '\0' ' ' <"/proc/$p/cmdline"; echo; done
  [ -z "$(left)" ] || fail "killed after $delay s: left behind"
  [ -z "$(traces)" ] || fail "killed after $delay s: left behind: $(traces)"
  done=$((done + 1))
done <moments
[ $done = "${KILLS:-4}" ] || fail "$done kills"
"$HARNESS" ab --project server.ab --budget 1 --quiet >out 2>&1
case $? in 0|3) ;; *) cat out; fail "the run behind the kills" ;; esac
no_scratch
exit 0
