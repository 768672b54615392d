#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs that fail, hang or leave processes behind, a campaign cut off before anything was timed, and damaged folders:
# nothing of it is timed, forgotten, or made a verdict of.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
slow_test
fixture=$(cd "$top_srcdir/tests/ab/fixture" && pwd)
XDG_CACHE_HOME=$scratch/cache; XDG_STATE_HOME=$scratch/state; export XDG_CACHE_HOME XDG_STATE_HOME
python='import json, sys; r = json.load(open(sys.argv[1])); assert'
folder() { echo "$1"/*-ab-*; }

cat >"$scratch/now_and_then" <<'EOF'
#!/bin/sh
# each fourth run fails
n=$(($(cat "$1" 2>/dev/null || echo 0) + 1)); echo $n >"$1"
[ $((n % 4)) != 0 ] || { echo "first line" >&2; echo "boom, on run $n" >&2; exit 7; }
EOF
chmod +x "$scratch/now_and_then"
check_exit 3 "$HARNESS" ab --cmd-a true --cmd-b "$scratch/now_and_then $scratch/n" --budget 20 --quiet \
  --out "$scratch/f"
grep -q 'command b: run [0-9]*: exit 7: .*boom, on run 4' "$scratch/err" ||
  fail "the failing run, its status or what it said is not named: $(cat "$scratch/err")"
runs=$(folder "$scratch/f")/runs.csv
[ "$(head -n 1 "$runs")" = pair,side,place,exit_code,signal,elapsed_s,output ] || fail "the head of runs.csv"
grep -q '^[0-9]*,1,[01],7,,.*boom, on run 4$' "$runs" || fail "runs.csv: $(cat "$runs")"
[ ! -e "$(folder "$scratch/f")/result.json" ] || fail "a result in spite of a failing run"
check_exit 3 "$HARNESS" ab --resume "$(folder "$scratch/f")" --quiet
grep -q 'command b: run [0-9]*: exit 7' "$scratch/err" || fail "--resume forgot the failing run"

check_exit 3 "$HARNESS" ab --cmd-a true --cmd-b "sh -c 'kill -9 \$\$'" --budget 2 --quiet --out "$scratch/k"
grep -q 'killed by SIGKILL' "$scratch/err" || fail "a killed run is not named"
check_exit 3 "$HARNESS" ab --cmd-a true --cmd-b "sh -c 'trap \"\" ALRM TERM; while :; do sleep 1000; done'" \
  --timeout 1 --budget 2 --quiet --out "$scratch/t"
grep -q 'did not end within 1 s' "$scratch/err" || fail "a time-out was ignored: $(cat "$scratch/err")"

# a process that a run left behind, in a session of its own
long=$((90000 + $$ % 9999))
"$HARNESS" ab --cmd-a true --cmd-b "sh -c 'setsid sleep $long & exit 0'" --margin 0.5 --budget 1 --quiet \
  --json --out "$scratch/s" >"$scratch/out" 2>"$scratch/err"
ps -eo args | grep -v grep | grep -q "sleep $long" && fail "a process that was left behind still runs"
python3 -c "$python r['strays'] > 0" "$scratch/out" || fail "who was left behind is not reported"

# no more is handed over than the budget has room for
"$HARNESS" ab --cmd-a 'sleep 0.6' --cmd-b 'sleep 0.6' --budget 1 --quiet --out "$scratch/b" >"$scratch/out" 2>&1
[ "$(wc -l <"$(folder "$scratch/b")/processes.csv")" = 3 ] || fail "more than one pair in a budget of less than one"

# Ctrl-C before anything was timed
"$HARNESS" ab free-trace --source "$fixture" --budget 1 --seed 3 --no-direct --no-callgrind --quiet \
  --out "$scratch/early" >"$scratch/log" 2>&1 & pid=$!
for i in $(seq 3000); do
  [ -e "$(folder "$scratch/early")/build.json" ] && break
  kill -0 $pid 2>/dev/null || break
  sleep 0.02
done
kill -INT $pid; wait $pid; got=$?
[ $got = 130 ] || { cat "$scratch/log"; fail "Ctrl-C in Step 0: exit $got"; }
python3 -c "$python r['partial'] is True" "$(folder "$scratch/early")/result.json" || fail "not partial"
"$HARNESS" ab --resume "$(folder "$scratch/early")" --quiet >"$scratch/out" 2>"$scratch/err"; got=$?
[ $got = 0 ] || [ $got = 3 ] || { cat "$scratch/err"; fail "--resume after an early Ctrl-C: exit $got"; }
grep -q 'has its verdict' "$scratch/err" && fail "an interruption became a verdict"

# a variant of the cache that was cut or changed is built anew
find "$XDG_CACHE_HOME" -name image.so >"$scratch/images"
[ -s "$scratch/images" ] || fail "no cached variant: $(find "$XDG_CACHE_HOME" | head)"
while read -r image; do head -c 3000 "$image" >"$scratch/cut" && cat "$scratch/cut" >"$image"; done <"$scratch/images"
"$HARNESS" ab free-trace --source "$fixture" --budget 1 --no-direct --no-callgrind --quiet --out "$scratch/again" \
  >"$scratch/out" 2>"$scratch/err"; got=$?
[ $got = 0 ] || [ $got = 3 ] || { cat "$scratch/err"; fail "a damaged cache: exit $got"; }

# damaged campaigns: refused with the file and line, nothing is begun anew
"$HARNESS" ab --a none --b none --margin 0.000001 --budget 30 --seed 7 --quiet --out "$scratch/d" >"$scratch/log" 2>&1 &
pid=$!
for i in $(seq 600); do
  [ "$(cat "$(folder "$scratch/d")/processes.csv" 2>/dev/null | wc -l)" -gt 10 ] && break
  sleep 0.02
done
kill -INT $pid; wait $pid
damaged() { # damaged FILE WORDS: a copy, damaged by the commands on stdin
  rm -rf "$scratch/copy"; cp -r "$(folder "$scratch/d")" "$scratch/copy"
  (cd "$scratch/copy" && sh)
  "$HARNESS" ab --resume "$scratch/copy" --quiet >"$scratch/out" 2>"$scratch/err"; got=$?
  [ $got = 2 ] || [ $got = 3 ] || { cat "$scratch/err"; fail "$1: exit $got"; }
  grep -q "$1.*$2" "$scratch/err" || fail "$1: $(cat "$scratch/err")"
}
echo ': >processes.csv' | damaged processes.csv 'not the head'
echo ': >rounds.csv' | damaged rounds.csv 'not the head'
echo ': >looks.csv' | damaged looks.csv 'not the head'
echo 'head -c 4096 /dev/zero >rounds.csv' | damaged rounds.csv 'not the head'
echo 'sed -i "3s/.*/x/" rounds.csv' | damaged rounds.csv:3 ''
echo 'awk -F, -v OFS=, "NR == 2 { \$15 = \"inf\" } { print }" processes.csv >x && mv x processes.csv' |
  damaged processes.csv:2 ''
echo "sed -i 's/\"a\": \"none\"/\"a\": null/' campaign.json" | damaged campaign.json lacks
echo "sed -i 's/\"kernel\": \"[^\"]*\"/\"kernel\": \"1.0\"/' chosen.json" | damaged copy 'another machine'
exit 0
