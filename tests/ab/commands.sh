#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `ab --cmd C --cmd C…`: a table of any number of commands, with hooks, parameters, input, output and exports.
# Structure and order of what runs are asserted; of times only that a sleep is a sleep.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
slow_test
cd "$scratch" || exit 99
python='import json, sys; r = json.load(open("out")); assert'
ab() { "$HARNESS" ab "$@" --quiet --out "$scratch/r"; }

# three that are told apart, and two that are the same
check_exit 0 ab --cmd true --cmd 'sleep 0.05' --cmd 'sleep 0.2' --name nothing --runs 42 --seed 1 --json
python3 - <<'PY' || fail "the table: $(cat out)"
import csv, json
r = json.load(open("out"))
assert r["schema"] == "hakmem.ab/1" and r["verdict"] is None and "nothing is the fastest of 3" == r["reason"], r
arms = {a["name"]: a for a in r["arms"]}
assert list(arms) == ["nothing", "sleep 0.05", "sleep 0.2"]
assert [(a["rank_first"], a["rank_last"]) for a in r["arms"]] == [(1, 1), (2, 2), (3, 3)]
for a in r["arms"]:
    assert a["runs"] == 42 and a["failures"] == 0 and a["failure"] is None
    assert a["min_ns"] <= a["median_ns"] <= a["max_ns"] and a["low"] <= a["ns_per_op"] <= a["high"]
    assert a["max_rss_bytes"] > 1e5 and a["user_ns"] >= 0 and a["system_ns"] >= 0, a
assert arms["sleep 0.2"]["min_ns"] >= 0.2e9 and arms["sleep 0.05"]["min_ns"] >= 0.05e9
assert [(p["a"], p["b"]) for p in r["pairs"]] == [("nothing", "sleep 0.05"), ("nothing", "sleep 0.2"),
                                                 ("sleep 0.05", "sleep 0.2")]
for p in r["pairs"]: assert p["verdict"] == "GO" and p["gain_pct"]["low"] > 0, p
rows = list(csv.DictReader(open(r["results_dir"] + "/timings.csv")))
assert len(rows) == 126
orders = {tuple(x["arm"] for x in rows if x["block"] == str(b)) for b in range(42)}
# the seed draws the order; every 350th leaves one of the six out in 42 blocks
assert len(orders) == 6 and all(sorted(o) == ["0", "1", "2"] for o in orders), orders
PY
check_exit 0 ab --cmd 'sleep 0.01' --cmd 'sleep 0.01' --runs 8 --json
python3 -c "$python r['arms'][1]['name'] == 'sleep 0.01 (2)' and r['pairs'][0]['verdict'] == 'INCONCLUSIVE', r" ||
  fail "few runs of the same: $(cat out)"

# hooks: once for each around all, and around each run, with name and number
check_exit 0 ab --cmd 'sh -c "echo run {w} >>log"' -P w=x,y --name 'word {w}' --runs 3 --warmup 1 \
  --setup 'echo setup "$AB_SIDE" {w} >>log' --prepare 'echo prepare $AB_SIDE $AB_RUN >>log' \
  --conclude 'echo conclude >>log' --cleanup 'echo cleanup {w} >>log' --json
python3 - <<'PY' || fail "hooks: $(cat log)"
import json
log = open("log").read().splitlines()
assert sorted(log[:2]) == ["setup word x x", "setup word y y"] and sorted(log[-2:]) == ["cleanup x", "cleanup y"], log
runs = log[2:-2]
assert len(runs) == 3 * 8, runs # one of warm-up, three that are timed, of each
for a, b, c in zip(runs[::3], runs[1::3], runs[2::3]):
    w = b.split()[1]
    assert a.startswith("prepare word " + w) and b == "run " + w and c == "conclude", (a, b, c)
assert {l.split()[-1] for l in runs if l.startswith("prepare")} == {"0", "1", "2"}
r = json.load(open("out"))
assert [a["parameters"] for a in r["arms"]] == [[{"name": "w", "value": "x"}], [{"name": "w", "value": "y"}]]
PY
# what --setup starts stays until --cleanup has run, and is no stray
check_exit 0 ab --cmd 'kill -0 $(cat pid)' --cmd 'kill -0 $(cat pid) ' --shell sh --runs 3 --json \
  --setup 'sleep 7654 & echo $! >pid'
python3 -c "$python 'strays' not in r, r" || fail "what --setup started counts as left behind"
kill -0 "$(cat pid)" 2>/dev/null && fail "what --setup started is still there"

# scans, input, output, exit codes
check_exit 0 ab --cmd 'true {n}' -P n=1..2..0.5 --runs 2 --json
python3 -c "$python [a['command'] for a in r['arms']] == ['true 1.0', 'true 1.5', 'true 2.0'], r" || fail "a scan"
echo hello >input
check_exit 0 ab --cmd 'grep -q hello' --cmd 'grep -c hello' --stdin input --stdout output --runs 2
[ "$(cat output)" = 1 ] || [ ! -s output ] || fail "--stdin, --stdout: $(cat output)"
check_exit 0 ab --cmd 'seq 200000' --cmd 'seq 100000' --stdout pipe --runs 3
check_exit 3 ab --cmd 'grep -q hello' --cmd true --runs 3 --json
python3 -c "$python (r['arms'][0]['failures'] == 1 and r['arms'][0]['mean_ns'] is None and
  'exit 1' in r['arms'][0]['failure'] and r['arms'][1]['runs'] == 3), r" || fail "a command that fails: $(cat out)"
check_exit 0 ab --cmd 'grep -q hello' --cmd true --runs 3 --ignore-failure=1
check_exit 0 ab --cmd 'sh -c "exit 9"' --cmd true --runs 3 -i
check_exit 3 ab --cmd 'sh -c "kill -9 $$"' --cmd true --runs 3 -i
check_exit 3 ab --cmd 'sleep 5' --cmd true --runs 3 -i --timeout 1
grep -q 'did not end within 1 s' out || fail "a time-out was ignored"
check_exit 3 ab --cmd true --cmd false --runs 3 --prepare 'echo no >&2; exit 4'
grep -q -- '--prepare: no' out || fail "the hook that failed is not named: $(cat out)"
ab --cmd-a 'grep -q hello' --cmd-b 'cat' --stdin input --prepare 'echo $AB_SIDE >>sides' --budget 0.5 >out 2>err; got=$?
[ $got = 0 ] || [ $got = 3 ] || { cat err; fail "two commands with an input: exit $got"; }
[ "$(sort -u sides | tr '\n' ' ')" = "a b " ] && grep -q pairs out || fail "hooks of two commands"

# exports
check_exit 0 ab --cmd 'true {n}' -P n=1,2 --name 'a|b {n}' --runs 3 --export-markdown t.md --export-csv t.csv \
  --export-json t.json --export-hyperfine h.json --export-google-benchmark g.json
python3 - <<'PY' || fail "exports: $(cat t.md t.csv)"
import csv, json
md = open("t.md").read().splitlines()
assert len(md) == 4 and md[2].startswith("| `a\\|b 1` | ") and " ± " in md[2] and md[2].count("|") - 1 == 9, md
rows = list(csv.DictReader(open("t.csv")))
assert [x["parameter_n"] for x in rows] == ["1", "2"] and float(rows[0]["mean_ns"]) > 0 and rows[0]["runs"] == "3", rows
assert json.load(open("t.json"))["schema"] == "hakmem.ab/1"
h = json.load(open("h.json"))["results"]
assert [x["command"] for x in h] == ["a|b 1", "a|b 2"] and h[0]["parameters"] == {"n": "1"}
for x in h:
    assert len(x["times"]) == 3 == len(x["exit_codes"]) and abs(sum(x["times"]) / 3 - x["mean"]) < 1e-6, x
    assert x["min"] == min(x["times"]) and x["max"] == max(x["times"]) and x["user"] >= 0, x
g = json.load(open("g.json"))["benchmarks"]
for x in h:
    mine = [b for b in g if b["name"] == x["command"]]
    assert [b["repetition_index"] for b in mine] == [0, 1, 2] and all(b["time_unit"] == "ns" for b in mine), mine
    assert [round(b["real_time"]) for b in mine] == [round(t * 1e9) for t in x["times"]], (mine, x)
PY

# a table that is done is not gone on with
check_exit 0 "$HARNESS" ab --cmd true --cmd true --cmd true --runs 3 --quiet --out "$scratch/done"
check_exit 2 "$HARNESS" ab --resume "$scratch/done"/*
grep -q 'has its table' "$scratch/err" || fail "a table that is done: $(cat "$scratch/err")"

# the gate of a CI: the first is what the others are compared with
check_exit 1 ab --cmd true --cmd 'sleep 0.05' --runs 42 --fail-on worse
check_exit 0 ab --cmd true --cmd 'sleep 0.05' --runs 42 --fail-on better
check_exit 1 ab --cmd 'sleep 0.05' --cmd true --runs 42 --fail-on better --fail-on unresolved
check_exit 1 ab --cmd true --cmd true --runs 5 --fail-on unresolved
check_exit 3 ab --cmd true --cmd true --runs 3 --fail-on worse
check_exit 3 ab --cmd true --cmd false --runs 3 --fail-on worse

# any number of libraries; screens; what is wrong is said before anything runs
check_exit 0 ab --lib none --lib none --lib none --budget 1 --json
python3 -c "$python len(r['arms']) == 3 and len(r['pairs']) == 3 and r['round_ops'] > 0, r" || fail "libraries"
for columns in 40 80 120; do
  COLUMNS=$columns TERM=dumb check_exit 0 ab --cmd 'true and a name that is as long as this one is' --cmd true --runs 3
  awk -v n=$columns 'length($0) > n { print; bad = 1 } END { exit bad }' out || fail "wider than $columns columns"
  COLUMNS=$columns ab --cmd-a true --cmd-b 'sleep 0.01' --budget 0.3 >out 2>err
  grep -q 'true vs sleep' out || fail "no answer: $(cat out err)"
  awk -v n=$columns 'length($0) > n { print; bad = 1 } END { exit bad }' out || fail "two sides: wider than $columns"
done
# the words of an answer are the glossary's, and only those that stand in it are explained
sed -n 's/^WORD\(_OF([A-Z]*, \|(\)"\(.*\)", "\(.*\)")$/\3/p' "$top_srcdir/harness/ab/ab_words.def" >meanings
[ "$(wc -l <meanings)" -gt 10 ] || fail "ab_words.def cannot be read"
sed -n 's/^\*\*[^*]*\*\*: //p' "$top_srcdir/doc/glossary.md" >glossary
while IFS= read -r meaning; do
  grep -qxF "$meaning" glossary || fail "not in the glossary: $meaning"
done <meanings
check_exit 0 ab --cmd true --cmd true --runs 3 --explain --verbose
grep -q '^rank: ' out && ! grep -q '^GO: ' out || fail "--explain: $(cat out)"
grep -q 'page faults' out && grep -q 'hardware counters\|instructions' out || fail "--verbose: $(cat out)"
COLUMNS=120 ab --cmd-a true --cmd-b 'sleep 0.01' --budget 0.3 --explain >out 2>err
grep -q '^gain: how much more time b' out && ! grep -qE 'compiled out|variant' out ||
  fail "--explain of commands: $(cat out)"
check_exit 0 ab --cmd true --cmd true --runs 3
! grep -q 'page faults\|^rank: ' out || fail "the answer alone: $(cat out)"
grep -q '^the order and than first: by medians' out || fail "of which statistic the ratios are: $(cat out)"
check_exit 0 ab --cmd true --cmd true --runs 41
grep -q '^the order and than first: by means without' out || fail "of which statistic the ratios are: $(cat out)"
ab --cmd-a true --cmd-b 'sleep 0.01' --budget 0.3 --verbose >out 2>err
grep -q 'ordinary mean' out && grep -q 'page-faults .*/run' out && grep -q seed out ||
  fail "two sides, --verbose: $(cat out)"
# in colour on a terminal that has some, and nowhere else
if have programs script; then
  coloured() {
    script -qec "$HARNESS ab --cmd true --cmd 'sleep 0.1' --runs 7 -q --out $scratch/r" /dev/null </dev/null >out 2>&1
  }
  unset NO_COLOR
  TERM=xterm coloured
  grep -q "$(printf '\033\[32m')true is the fastest" out || fail "no colour on a terminal: $(cat out)"
  TERM=dumb coloured; ! grep -q "$(printf '\033')" out || fail "colour on a dumb terminal"
  TERM=xterm NO_COLOR=1 coloured; ! grep -q "$(printf '\033')" out || fail "colour in spite of NO_COLOR"
fi
for wrong in '--cmd true -P x=1' '--cmd true -P x' '--cmd true{x} -P x=3..1' '--cmd true --name a --name b' \
  '--cmd true --stdin /nonexistent' '--cmd true --ignore-failure=300' '--cmd @true' '--a none --b none --prepare true' \
  '--lib none --lib none --shell sh' '--cmd "" --cmd true' '--cmd true --cmd true --runs 0' \
  '--cmd true --cmd true -w churn' '--cmd true --cmd true --slots 4' \
  '--cmd-a true --cmd-b true --ops 4' '--cmd true --cmd true --with block-header' '--cmd true{x} -P x=1..5000' \
  '--cmd true{x} -P x=1..65' '--cmd true{x} -P x=1 -P x=2' '--cmd true{x} -P x$=1' \
  '--cmd-a true --cmd-b true --runs 3 --save mine' '--cmd true --cmd true --stdout /nonexistent/f' \
  '--cmd true --cmd true --export-csv /nonexistent/f' '--cmd true --cmd true --export-csv .' \
  '--cmd true --cmd true --export-csv same --export-markdown same' '--cmd true --cmd true --export-csv -' \
  '--lib none --lib none --export-hyperfine h' '--a none --b none --runs 3 --export-hyperfine h'; do
  check_exit 2 ab $wrong --json
  python3 -c "$python r['schema'] == 'hakmem.ab/1' and r['error'], r" || fail "no JSON for: $wrong"
done
[ ! -e same ] || fail "a file for nothing"
# a thousand values of each of three are refused at once, not after a walk through a thousand million
timeout 20 "$HARNESS" ab --cmd 'true {a}{b}{c}' -P a=1..1000 -P b=1..1000 -P c=1..1000 -q >out 2>err; got=$?
[ $got = 2 ] || fail "exit $got, not 2: too many combinations"

# what cannot be run is said before anything is made
for missing in '--cmd no-such-program --cmd true' '--cmd-a true --cmd-b no-such-program' '--cmd-a true --cmd-b ./none' \
  '--cmd-a true --cmd-b /' '--cmd true --cmd true --shell no-such-program'; do
  check_exit 3 "$HARNESS" ab $missing --runs 3 -q --out "$scratch/none"
  [ ! -e none ] || fail "a folder for: $missing"
done
check_exit 3 "$HARNESS" ab --cmd true --cmd no-such-program -q --out "$scratch/none" --env PATH=/nonexistent
grep -q "no program 'true'" err || fail "PATH of --env: $(cat err)"
# but where a hook may make it: then it is the run that says so
check_exit 0 ab --cmd ./made --cmd true --setup 'echo "#!/bin/sh" >made; chmod 755 made' --runs 3
rm -f made
check_exit 3 ab --cmd ./made --cmd true --prepare true --runs 3
grep -q "exit 127: cannot run './made': No such file" out || fail "a program that is not there: $(cat out)"
check_exit 3 ab --cmd-a true --cmd-b true --setup 'echo sad >&2; exit 7' --budget 1
grep -q 'exit 7: --setup: sad' err || fail "a hook of two sides: $(cat err)"

# notes on what is not as somebody may think
check_exit 0 "$HARNESS" ab --cmd 'true {y}' --cmd 'true {x}' -P x=1 --runs 2 --out r
grep -q '^{y} stands in a command' err || fail "a name without a list: $(cat err)"
check_exit 3 "$HARNESS" ab --cmd true --cmd true --runs 3 --fail-on worse --out r
grep -q '3 runs of each give no interval.*6 at least' err || fail "too few runs for a gate: $(cat err)"
grep -q -- '--fail-on worse: not known; .*6 of each at least' err || fail "a gate without an answer: $(cat err)"
check_exit 3 "$HARNESS" ab --cmd 'true {x}' -P x=1..8 --runs 3 --fail-on worse --out r
grep -q '3 runs of each give no interval.*11 at least' err || fail "of eight combinations: $(cat err)"
check_exit 1 "$HARNESS" ab --cmd true --cmd 'sleep 0.1' --runs 10 --fail-on worse --out r
grep -q -- '--fail-on worse: yes; sleep 0.1 takes' err || fail "a gate of ten runs: $(cat err)"
check_exit 0 ab --cmd true --cmd 'sleep 0.1' --runs 10 --fail-on better

# whichever is sooner
check_exit 0 ab --cmd 'sleep 0.2' --cmd 'sleep 0.2' --runs 1000 --budget 2 --json
python3 -c "$python 1 <= r['arms'][0]['runs'] < 20, r" || fail "--runs with --budget: $(cat out)"

# two sides, and two libraries, with the habits of a table
check_exit 0 ab --cmd-a true --cmd-b 'sleep 0.1' --runs 7 --warmup 1 --name A --name B --export-csv two.csv --json
python3 - <<'PY' || fail "two sides as a table: $(cat out)"
import csv, json
r = json.load(open("out"))
assert [(a["name"], a["runs"], a["rank_first"]) for a in r["arms"]] == [("A", 7, 1), ("B", 7, 2)], r["arms"]
assert r["gain_pct"]["low"] > 0 and [x["name"] for x in csv.DictReader(open("two.csv"))] == ["A", "B"]
PY
check_exit 0 ab --a none --b none --runs 3 --name x --name y --export-markdown two.md
grep -q '^| `y` |' two.md || fail "two libraries as a table: $(cat two.md)"

# names are somebody's: no byte of them moves a screen; stdout is of one
escape=$(printf 'a\033[31mb\033[0m`')
check_exit 3 ab --cmd true --cmd false --name "$escape" --runs 2 --export-markdown e.md --export-csv e.csv
for f in out err e.md e.csv; do ! grep -q "$(printf '\033')" $f || fail "an escape in $f"; done
grep -qF '| `` a\x1b[31mb\x1b[0m` `` |' e.md || fail "Markdown: $(cat e.md)"
"$HARNESS" ab --cmd true --cmd true --runs 2 --out r --export-csv - >out 2>err || fail "--export-csv -"
[ "$(wc -l <out)" = 3 ] && head -1 out | grep -q '^name,command,' || fail "not the table alone on stdout: $(cat out)"
grep -q 'fastest' err || fail "the answer beside an export to stdout"
echo old >kept.csv
check_exit 3 ab --cmd no-such-program --cmd true --runs 2 --export-csv kept.csv --export-markdown new.md
[ "$(cat kept.csv)" = old ] && [ ! -e new.md ] || fail "files were touched though nothing was measured"

check_exit 2 ab --cmd true --margin -1 --json
grep -q 'percent' out && python3 -c "$python r['error'], r" || fail "units of --margin: $(cat out)"
check_exit 2 ab --cmd true --budget 1e9
grep -q 'seconds above 0 and up to 31536000, not .1e9' err || fail "the limit of --budget: $(cat err)"

# a run that was cut off is none that failed; and a full disk is said, though the verdict is none
"$HARNESS" ab --cmd 'sleep 600' --cmd true --quiet --json --out "$scratch/r" >cut 2>log3 & pid=$!
for i in $(seq 600); do
  pgrep -P $pid >/dev/null && [ -n "$(ls -d r/*sleep_600* 2>/dev/null)" ] && break
  sleep 0.05
done
sleep 1
kill -INT $pid; wait $pid; got=$?
[ $got = 130 ] || { cat log3; fail "Ctrl-C in the first run: exit $got"; }
python3 -c 'import json; r = json.load(open("cut"))
assert r["partial"] and [(a["failures"], a["failure"]) for a in r["arms"]] == [(0, None), (0, None)], r' ||
  fail "what was cut off counts as failed: $(cat cut)"
if [ -w /dev/full ]; then
  ab --cmd-a true --cmd-b true --budget 1 --fail-on worse >/dev/full 2>err; got=$?
  [ $got = 4 ] && grep -q 'cannot write the output' err || fail "a full disk: exit $got: $(cat err)"
fi

# cut off: nothing is lost, the runs go on, and --cleanup has run
"$HARNESS" ab --cmd true --cmd 'sleep 0.02' --runs 100000 --cleanup 'echo cleaned >>cleaned' --quiet \
  --out "$scratch/r" >log2 2>&1 & pid=$!
for i in $(seq 600); do
  [ "$(cat r/*sleep_0.02/timings.csv 2>/dev/null | wc -l)" -gt 10 ] && break
  sleep 0.05
done
kill -INT $pid; wait $pid; got=$?
[ $got = 130 ] || { cat log2; fail "Ctrl-C: exit $got"; }
[ "$(wc -l <cleaned)" = 2 ] || fail "--cleanup after Ctrl-C"
dir=$(echo r/*sleep_0.02)
sed -i 's/"runs": 100000/"runs": 60/' "$dir/campaign.json"
before=$(wc -l <"$dir/timings.csv")
printf '9,0,0,12' >>"$dir/timings.csv"
check_exit 0 "$HARNESS" ab --resume "$dir" --json
python3 -c "$python min(a['runs'] for a in r['arms']) >= 59 and not r['partial'], r" || fail "--resume: $(cat out)"
[ "$(wc -l <"$dir/timings.csv")" -ge "$before" ] || fail "--resume begins anew"
exit 0
