#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `ab --save NAME` and `ab --against NAME`: what is compared is the old program itself, measured anew; what has
# changed, or is of another machine or workload, is refused.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
slow_test
XDG_STATE_HOME=$scratch/state; export XDG_STATE_HOME
cd "$scratch" || exit 99
ab() { # ab WHAT…: exit 0 or 3, a tiny budget decides nothing for sure
  "$HARNESS" ab "$@" --json --quiet --budget 0.4 --out "$scratch/r" >out 2>err; got=$?
  case $got in 0|3) ;; *) cat out err; fail "exit $got: ab $*" ;; esac
}
python='import json, sys; r = json.load(open("out")); assert'

printf '#!/bin/sh\nexec sleep 0.01\n' >tool && chmod +x tool || exit 99
ab --cmd-a true --cmd-b ./tool --save tool
ab --cmd-b true --against tool
python3 -c "$python (r['baseline']['name'] == 'tool' and r['baseline']['measured_anew'] is True and
  r['baseline']['same_machine'] is True and r['a'] == './tool' and r['b'] == 'true'), r" || fail "a command: $(cat out)"
printf '# another one\n' >>tool
check_exit 2 "$HARNESS" ab --cmd-b true --against tool
grep -q 'is not what it was' err || fail "a program that was rebuilt: $(cat err)"
check_exit 2 "$HARNESS" ab --b none --against tool

kept="$XDG_STATE_HOME/hakmem/baselines"
lib="$top_builddir/.libs/libhakmem.so"
if [ -e "$lib" ] && LD_PRELOAD=$lib true 2>said && [ ! -s said ]; then
  cp "$lib" old.so
  ab --a none --b "$PWD/old.so" --save lib-1
  rm old.so # the baseline is a copy
  ab --b none --against lib-1
  python3 -c "$python r['a'].endswith('lib-1/library.so') and r['baseline']['ns_per_op_then'] > 0, r" ||
    fail "a library"
  check_exit 2 "$HARNESS" ab --b none --against lib-1 --workload churn
  grep -q 'of the workload random_mixed' err || fail "another workload: $(cat err)"
  ab --b none --against lib-1 --workload churn --anyway
  sed -i 's/"kernel": "[^"]*"/"kernel": "1.0"/' "$kept/lib-1/baseline.json"
  check_exit 2 "$HARNESS" ab --b none --against lib-1
  grep -q 'another machine' err || fail "another machine: $(cat err)"
  ab --b none --against lib-1 --anyway
  python3 -c "$python r['baseline']['same_machine'] is False, r" || fail "another machine, said"
  : >"$kept/lib-1/library.so"
  check_exit 2 "$HARNESS" ab --b none --against lib-1 --anyway
fi
printf '{' >"$kept/tool/baseline.json"
check_exit 2 "$HARNESS" ab --cmd-b true --against tool
grep -q 'baseline.json:1' err || fail "a damaged baseline: $(cat err)"
for wrong in '--against nothing --cmd-b true' '--against ../tool --cmd-b true' '--against tool' '--save x free-trace' \
  '--against tool --cmd-a true --cmd-b true' '--cmd-a true --cmd-b true --anyway' \
  '--save a/b --cmd-a true --cmd-b true'; do
  check_exit 2 "$HARNESS" ab $wrong
done
exit 0
