#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `verify` on programs that nobody of this project wrote: known totals over threads, forks,
# constructors, execve, vfork, inlined copies, dlopen, static and static-pie, by USDT note,
# symbol and line, on every rung, to the digit.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
need_any_rung
slow_test
here=$top_srcdir/tests/step0/targets
build() { "$CC" -std=gnu17 -O2 -g "$@" 2>"$scratch/cc.err" || { cat "$scratch/cc.err"; return 1; }; }
pie=$scratch/known-pie
build -fPIE -pie -o "$pie" "$here/known.c" -lpthread -ldl || exit 99
build -fPIC -shared -o "$scratch/plugin.so" "$here/plugin.c" || exit 99
kinds=$pie
build -fno-pie -no-pie -o "$scratch/known-fixed" "$here/known.c" -lpthread -ldl && kinds="$kinds $scratch/known-fixed"
build -DKNOWN_STATIC -static -o "$scratch/known-static" "$here/known.c" -lpthread &&
  kinds="$kinds $scratch/known-static"
build -DKNOWN_STATIC -static-pie -fPIE -o "$scratch/known-static-pie" "$here/known.c" -lpthread &&
  kinds="$kinds $scratch/known-static-pie"
cp "$pie" "$scratch/known-stripped" && strip --strip-all "$scratch/known-stripped" &&
  kinds="$kinds $scratch/known-stripped"

# constructor 7, threads 4 x 9, forks 3 x 9
for method in $rungs; do
  have_rung $method || continue
  for binary in $kinds; do
    case $method in perf-uprobe|tracefs-uprobe) # seconds each
      case $binary in *-pie|*-static) ;; *) continue ;; esac ;;
    esac
    verify 0 --binary "$binary" --usdt known:tick --method $method -- "$binary" rounds=9
    holds "r['hits'] == 7 + 4 * 9 + 3 * 9 and r['exact'] is True \
        and r['method'] == '$method' and r['child_status'] == 'exit 0'"
    holds "r['sentinel']['ok'] is True and r['sentinel']['hits'] == 1"
    case $binary in *stripped) ;; *) holds "r['negative_control']['hits'] == 0" ;; esac
  done
  verify 0 --binary "$pie" --usdt known:inl --method $method -- "$pie" rounds=5
  holds "r['hits'] == 30 and sorted(c['hits'] for c in r['per_site'][0]['copies']) == [5, 10, 15]"
  verify 0 --binary "$scratch/plugin.so" --usdt 'plugin:turn' --method $method -- "$pie" rounds=5 \
      "plugin=$scratch/plugin.so"
  holds "r['hits'] == 10 and r['sentinel']['hits'] == 2"
  # execve: the whole chain is in scope
  verify 0 --binary "$pie" --usdt known:tick --method $method -- "$pie" rounds=3 exec
  holds "r['hits'] == 3 * 7 + 7 * 3 and r['sentinel']['hits'] == 3"
  # through a shell that starts it, several at once
  verify 0 --binary "$pie" --usdt known:tick --method $method -- sh -c "for i in 1 2 3; do '$pie' rounds=6 & done; wait"
  holds "r['hits'] == 3 * (7 + 7 * 6) and r['sentinel']['hits'] == 3 and r['exact']"
done

# --- the other ways to name a place, on the best rung and on ptrace ------------------------------
line=$(grep -n LINE-INL "$here/known.c" | cut -d: -f1)
for method in "" "--method ptrace-int3"; do
  for binary in $kinds; do
    case $binary in *stripped) continue ;; esac
    verify 0 --binary "$binary" --symbol known_called $method -- "$binary" rounds=4
    holds "r['hits'] == 7 + 7 * 4 and r['exact']"
    verify 0 --binary "$binary" --line "known.c:$line" $method -- "$binary" rounds=4
    holds "r['hits'] == 24 and len(r['per_site'][0]['copies']) == 3"
    verify 0 --binary "$binary" --symbol known_inlined $method -- "$binary" rounds=4
    holds "r['hits'] == 24"
  done
  verify 1 --binary "$pie" --symbol known_dead $method -- "$pie" rounds=4
  holds "r['verdict'] == 'NOT_EXECUTED' and r['decision'] == 'SKIP' and r['hits'] == 0 \
      and r['sentinel']['ok'] and r['negative_control']['ok']"
  verify 1 --binary "$pie" --usdt known:dead $method -- "$pie"
  holds "r['verdict'] == 'NOT_EXECUTED'"
  verify 1 --binary "$pie" --usdt known:none $method -- "$pie"
  holds "r['verdict'] == 'NO_SITE' and r['hits'] is None"
  verify 1 --binary "$pie" --symbol known_none $method -- "$pie"
  holds "r['verdict'] == 'NO_SITE'"
  # a place in an object that the command never loads proves nothing
  verify 3 --binary "$scratch/plugin.so" --usdt plugin:turn $method -- "$pie"
  holds "r['verdict'] == 'INCONCLUSIVE' and 'sentinel' in r['reason']"
  verify 0 --binary "$pie" --usdt 'known:*' $method -- "$pie" rounds=2
  holds "r['hits'] == 7 + 7 * 2 + 6 * 2"
  verify 0 --binary "$pie" --all $method -- "$pie" rounds=2
  holds "[site['known:' + n]['hits'] for n in ('tick', 'inl', 'dead')] == [21, 12, 0] and r['verdict'] == 'EXECUTED'"
  verify 0 --binary "$scratch/plugin.so" --usdt plugin:start $method -- "$pie" "plugin=$scratch/plugin.so"
  holds "r['hits'] == 2"
done
# names and paths are anybody's: nothing in them may write over a screen, or be taken for a line of the answer
odd=$(printf 'known\033[2J\nfree: EXECUTED, \302\233x')
cp "$pie" "$scratch/$(printf 'odd\033[1m')"
for kind in symbol line; do
  case $kind in line) place="$odd.c:7" ;; *) place=$odd ;; esac
  "$HARNESS" verify --binary "$scratch"/odd* --$kind "$place" --quiet --out "$scratch/r" >"$scratch/out" 2>&1 </dev/null
  got=$?
  [ $got = 1 ] || { cat -v "$scratch/out"; fail "exit $got, not 1: an odd name"; }
  ! grep -q "$(printf '\033')" "$scratch/out" || fail "an escape is printed raw"
  ! grep -q '^free: EXECUTED' "$scratch/out" || fail "a name writes a line of its own"
  grep -q 'known\\x1b\[2J\\x0afree: EXECUTED, \\xc2\\x9bx' "$scratch/out" ||
    { cat -v "$scratch/out"; fail "no \\xHH"; }
done
# … nor end a field of hits.csv
odd=$(printf 'q"u,o\033[1mte.c')
echo 'int main(void) { return 0; }' >"$scratch/$odd"
(cd "$scratch" && "$CC" -g -o quoted "$odd") || exit 99
verify 0 --binary "$scratch/quoted" --line "$odd:1" -- "$scratch/quoted"
python3 - "$scratch/out" <<'PY' || fail "hits.csv of an odd name"
import csv, json, sys
r = json.load(open(sys.argv[1]))
rows = [x for x in csv.DictReader(open(r["results_dir"] + "/hits.csv")) if x["role"] == "site"]
assert rows and {x["name"] for x in rows} == {'q"u,o\\x1b[1mte.c:1'} and max(int(x["hits"]) for x in rows) == 1, rows
PY
# a locked instruction: the function that holds one is counted at its entry; ptrace steps over it
verify 0 --binary "$pie" --symbol known_locked --method ptrace-int3 -- "$pie" rounds=11
holds "r['hits'] == 11"
# a library that can also be started by itself (glibc's) is not entered where it is loaded
libc=$(ldd "$pie" | sed -n 's|.*libc.so.6 => \([^ ]*\) .*|\1|p')
verify 0 --binary "$libc" --symbol malloc -- ls /
holds "r['hits'] >= 1 and r['sentinel']['hits'] == 1"
# and what was given several names (free, cfree, __libc_free, hidden ones in its debug file) is not folded code
verify 0 --binary "$libc" --symbol free -- ls /
holds "r['verdict'] == 'EXECUTED' and r['hits'] >= 1"
# somebody else's processes do not count
"$pie" rounds=100000 & noise=$!
verify 0 --binary "$pie" --usdt known:tick -- "$pie" rounds=2
holds "r['hits'] == 21"
kill $noise 2>/dev/null
wait $noise 2>/dev/null
exit 0
