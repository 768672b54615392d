#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `record` and `bench replay:FILE`: a program's calls are recorded as they were made, threads,
# forks and failures included; a replay makes the same calls; damage is refused with its offset.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
bench="$top_builddir/hakmem-bench" target="$top_builddir/tests/counters/trace_target"
recorder="$top_builddir/.libs/libhakmem-record.so"
[ -e "$recorder" ] || skip shared-library "no .libs/libhakmem-record.so here (built with --disable-shared?)"
LD_PRELOAD="$recorder" true 2>"$scratch/preload" && [ ! -s "$scratch/preload" ] ||
  skip preload "the recorder cannot be preloaded: $(head -n 1 "$scratch/preload")"
cd "$scratch" || exit 99
trace="$scratch/t.trace"
dump() { "$HARNESS" record --dump "$1"; }
sizes() { dump "$1" | awk '$2 != "free" { print $2, $3 }'; }

# the target's own account against the trace
for how in return _exit; do
  check_exit 0 "$HARNESS" record --json -o "$trace" -- "$target" $how
  cp "$scratch/out" json
  sed '/^pairs/d' err | grep -E '^(malloc|calloc|realloc|memalign|free)' >expected
  dump "$trace" >dumped || fail "--dump"
  python3 - expected dumped json <<'PY' || fail "the trace of a known program ($how)"
import collections, json, sys
expected = [l.split() for l in open(sys.argv[1])]
rows = [l.split() for l in open(sys.argv[2])]
j = json.load(open(sys.argv[3]))
assert j["schema"] == "hakmem.record/1" and j["complete"] and j["events"] == len(rows), j
assert j["failed"] == 2, j                       # malloc and realloc that returned NULL
live, main, threads, worker, short = {}, [], set(), collections.Counter(), collections.Counter()
for thread, op, size, block in rows:
    threads.add(thread)
    size = int(size) if size != "-" else live.pop(block)
    if op == "free": entry = (op, "0")
    else:
        assert op == "realloc" or block not in live
        live[block] = size
        entry = (op, str(size))
    assert not 100000 <= size < 110000, "a forked child is in the trace"
    if 80000 <= size < 80010: worker[op] += 1
    elif size == 90000: short[op, thread] += 1
    elif 70000 < size < 80000: main.append(entry)
want = [tuple(e) for e in expected]
assert main == want, (main, want)
assert worker == {"malloc": 2000, "free": 2000}, worker
assert len(short) == 2 and set(short.values()) == {200}, short  # 50 threads, 4 each, one number
assert len(threads) == j["threads"] <= 6, threads
PY
done

# the same calls by as many threads, on any malloc
for lib in none ""; do
  check_exit 0 "$HARNESS" bench replay:t.trace ${lib:+--lib $lib} --json --quiet
  python3 - out json <<'PY' || fail "bench replay"
import json, sys
b, r = (json.load(open(f)) for f in sys.argv[1:])
assert b["threads"] == r["threads"] and b["ops"] == r["events"] * b["rounds"], b
assert b["allocs"] == b["frees"] > 0 and b["ns_per_op"] > 0 and b["cpus"], b
assert b["insns_per_op"] is None and "thread" in b["insns_reason"], b
PY
done

# a real program: what the replay allocates is what the program allocated
for program in sqlite3 python3; do
  have programs $program || continue
  case $program in
    sqlite3) set -- sqlite3 :memory: 'create table t(a,b);
               with recursive c(x) as (select 1 union all select x+1 from c where x<3000)
               insert into t select x, hex(x*7919) from c; create index i on t(b); select count(*), max(b) from t;' ;;
    python3) set -- env PYTHONMALLOC=malloc python3 -S -c \
        'import json; print(len(json.dumps([{str(i): [i] * 3} for i in range(500)])))' ;;
  esac
  "$@" >plain || skip programs "$program does not run here"
  check_exit 0 "$HARNESS" record -o real.trace -- "$@"
  sed '$d' out | cmp -s - plain || grep -qxF "$(cat plain)" out ||
    fail "$program behaves differently while it is recorded"
  check_exit 0 "$HARNESS" record -o again.trace -- "$bench" replay file=real.trace rounds=1
  sizes real.trace >a
  sizes again.trace >b
  [ "$(wc -l <a)" -gt 500 ] || fail "$program: too few calls to show anything"
  cmp -s a b || { diff a b | head; fail "$program: the replay's sizes differ from the recorded ones"; }
done
check_exit 0 "$HARNESS" bench replay:real.trace --lib none --json --quiet
if have valgrind valgrind; then
  python3 -c 'import json; r=json.load(open("out")); assert (r["insns_per_op"] or 0) > 10, r["insns_reason"]' ||
    fail "instructions of a replay"
fi

# limits, ends, refusals
check_exit 0 "$HARNESS" record --json --events 100 -o limited.trace -- "$target"
python3 -c 'import json; r=json.load(open("out")); assert 0 < r["events"] <= 100 and not r["complete"], r' ||
  fail "--events"
check_exit 0 "$bench" replay file=limited.trace
check_exit 3 "$HARNESS" record --json -o killed.trace -- "$target" abort
grep -q SIGABRT err &&
  python3 -c 'import json; r=json.load(open("out")); assert r["complete"] and r["events"] >= 9, r' ||
  fail "a program that aborts loses its trace"
sizes killed.trace | tail -n 2 | grep -qx 'memalign:64 70048' || fail "the last calls before an abort"
check_exit 3 "$HARNESS" record -o none.trace -- /nonexistent
# what the program became did not take the library: its calls are not those of `env`
check_exit 0 "$HARNESS" record --json -o lost.trace -- env -i "$target"
python3 -c 'import json; j = json.load(open("out")); assert not j["complete"] and j["end_seen"] is False, j' ||
  fail "env -i"
check_exit 0 "$HARNESS" record -o lost.trace -- env -i "$target"
grep -q 'became another program' out || fail "env -i: $(cat out)"
# a static program takes no library: what it starts is not taken for it
printf '%s\n' '#include <sys/wait.h>' '#include <unistd.h>' 'int main(int n, char **a) {' \
  '  if (n > 1 && vfork() == 0) { execv(a[1], a + 1); _exit(9); }' \
  '  int status = 0; wait(&status); return status != 0; }' >starts.c
if "$CC" -static starts.c -o starts 2>why; then
  check_exit 3 "$HARNESS" record -o none.trace -- ./starts "$target"
  grep -q 'nothing was recorded' err || fail "what a static program starts: $(cat out err)"
else
  left_out "a static program" "no static libc: $(head -n 1 why)"
fi
for how in env 'sh -c' 'bash -c' 'sh -c exec'; do
  command=$target
  case $how in *exec) how='sh -c' command="exec $target" ;; esac
  check_exit 0 "$HARNESS" record --json -o became.trace -- $how "$command"
  python3 -c 'import json; j = json.load(open("out")); assert j["complete"] and j["end_seen"], j' ||
    fail "$how $command"
done
check_exit 3 "$HARNESS" record -o nothing.trace -- env true
check_exit 3 "$HARNESS" record --timeout 0.3 -o late.trace -- sleep 5
# what was recorded before a time-out or Ctrl-C is kept
check_exit 3 "$HARNESS" record --timeout 2 -o cut.trace -- "$bench" random_mixed rounds=1000000
"$HARNESS" record --dump cut.trace >cut.txt && [ -s cut.txt ] || fail "a time-out throws the trace away: $(cat err)"
"$HARNESS" record -q -o int.trace -- "$bench" random_mixed rounds=1000000 >out 2>err & pid=$!
for i in $(seq 600); do [ "$(cat int.trace.raw.* 2>/dev/null | wc -c)" -gt 100000 ] && break; sleep 0.05; done
kill -INT $pid; wait $pid; got=$?
[ $got = 130 ] || { cat err; fail "record, Ctrl-C: exit $got"; }
"$HARNESS" record --dump int.trace >cut.txt && [ -s cut.txt ] || fail "Ctrl-C throws the trace away: $(cat err)"
check_exit 2 "$HARNESS" record
[ -z "$(find . -name 'none.trace*' -o -name '*.raw.*' -o -name '*.new.*')" ] || fail "files are left behind: $(ls)"
check_exit 0 "$HARNESS" record --quiet -- ls
check_exit 0 "$HARNESS" record --quiet -- ls
[ -f ls.trace ] && [ -f ls-1.trace ] || fail "the default name goes over an existing file"
check_exit 3 "$HARNESS" bench replay:nothing --lib none
check_exit 3 "$bench" replay
for command in bench 'verify tiny_free --workload' 'ab free-trace --workload'; do
  check_exit 2 "$HARNESS" $command replay
  grep -q 'wants a' err || fail "$command replay does not say what it wants"
done

# damage: every place is found, and the offset told is that of its chunk
cat >damage.py <<'PY'
import random, re, struct, subprocess, sys
bench, harness, name = sys.argv[1:]
data = open(name, "rb").read()
chunks, at = [(0, 64)], 64
while at < len(data):
    n = 16 + struct.unpack_from("<I", data, at + 4)[0]
    chunks.append((at, at + n)); at += n
assert at == len(data) and len(chunks) >= 3
def refused(mutant, low, high, what):
    open("damaged.trace", "wb").write(mutant)
    commands = [[bench, "replay", "file=damaged.trace"]]
    if random.random() < 0.1: commands.append([harness, "record", "--dump", "damaged.trace"])
    for command in commands:
        r = subprocess.run(command, capture_output=True, text=True)
        found = re.search(r"damaged at byte (\d+): \w+", r.stderr)
        assert r.returncode == 3 and found, (what, command, r.returncode, r.stderr)
        assert low <= int(found[1]) <= high, (what, r.stderr, low, high)
random.seed(5)
places = list(range(0, 64, 7)) + list(range(64, 80))
places += list(range(len(data) - 16, len(data))) + random.sample(range(len(data)), 40)
for place in places:
    mutant = bytearray(data)
    mutant[place] ^= 1 << random.randrange(8)
    start, end = next(c for c in chunks if c[0] <= place < c[1])
    refused(bytes(mutant), start, end, f"byte {place}")
ends = [len(data) - 17, len(data) - 16, len(data) - 1]
for length in [0, 1, 8, 63, 64, 70, 80] + ends + random.sample(range(len(data)), 10):
    refused(data[:length], 0 if length < 64 else max(s for s, e in chunks if s <= length), length, f"cut to {length}")
refused(data + b"x", len(data), len(data) + 1, "something behind the end")
PY
python3 damage.py "$bench" "$HARNESS" real.trace || fail "damage is not refused"
exit 0
