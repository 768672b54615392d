#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# pack.sh: `ab … --pack`, `pack show`, `pack run`: a pack holds what it says, runs without what it was made from, and
# one that is hostile is refused before anything of it is run or written.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
export XDG_STATE_HOME="$scratch/state"
cd "$scratch" || exit 99
run() { "$HARNESS" "$@" --out "$scratch/results"; }

# two commands, and a file that one of them reads
printf '#!/bin/sh\ncat "$1" >/dev/null; : >>"%s"\n' "$scratch/was-run" >a.sh
printf '#!/bin/sh\nexec true\n' >b.sh
chmod +x a.sh b.sh
echo text >input
check_exit 0 run ab --cmd-a './a.sh input' --cmd-b ./b.sh --budget 1 --pack p.hakpack -q --json
python3 - "$scratch/out" p.hakpack <<'PY' || fail "what ab --pack says"
import hashlib, json, sys
o = json.load(open(sys.argv[1]))
data = open(sys.argv[2], "rb").read()
assert o["verdict"] is None and o["pack"]["bytes"] == len(data)
assert o["pack"]["hash"] == hashlib.sha256(data).hexdigest()
assert {m["name"] for m in o["pack"]["members"]} == {"runner", "a0", "a1", "b0"}, o["pack"]
PY
[ ! -e was-run ] || fail "ab --pack ran the command"
[ "$(tar tf p.hakpack | sort | tr '\n' ' ')" = "a0 a1 b0 pack.json runner seal " ] || fail "tar tf"
hash=$(sha256sum p.hakpack | cut -d ' ' -f 1)

# what it was made from is gone, and is not needed
rm a.sh b.sh input
check_exit 0 "$HARNESS" pack show p.hakpack
grep -q "$hash" out || fail "pack show does not show the hash"
[ ! -e was-run ] || fail "pack show ran something"
run pack run p.hakpack --budget 1 -q --json >out 2>err; code=$?
case $code in 0|3) ;; *) cat err; fail "pack run: exit $code" ;; esac
[ -e was-run ] || fail "pack run did not run the command"
python3 - out "$hash" <<'PY' || fail "what pack run writes"
import hashlib, json, sys, zlib
o = json.load(open(sys.argv[1]))
lines = open(o["result_file"]).read().splitlines(keepends=True)
head, *pairs, end = map(json.loads, lines)
assert head["schema"] == "hakmem.pack-run/1" and head["pack"] == sys.argv[2] and head["machine"]["cpu"]
assert end["schema"] == "hakmem.pack-end/1" and end["pairs"] == len(pairs) > 0 and end["verdict"] == o["verdict"]
assert end["sha256"] == hashlib.sha256("".join(lines[:-1]).encode()).hexdigest()
crc = 0
for line in lines:
    crc = zlib.crc32(line[:line.rindex(',"crc"')].encode(), crc)
    assert json.loads(line)["crc"] == f"{crc:08x}"
assert [p["pair"] for p in pairs] == sorted({p["pair"] for p in pairs})
PY
find results -name unpacked | grep -q . && fail "what was unpacked is still there"

# one that nobody vouches for is not run; with its hash it is; with another's it is not
rm -rf state was-run
check_exit 3 run pack run p.hakpack --budget 1 -q
grep -q -- "--hash $hash" err || fail "the advice names no hash"
[ ! -e was-run ] || fail "an unknown pack was run"
check_exit 2 run pack run p.hakpack --budget 1 -q --hash "$(printf '%064d' 0)"
check_exit 2 run pack run p.hakpack --budget 1 -q --hash short
[ ! -e was-run ] || fail "a pack of another hash was run"
run pack run p.hakpack --budget 1 -q --hash "$hash" >out 2>err
[ -e was-run ] || { cat err; fail "a pack was not run though its hash was given"; }

# cut off: what is said is true, and the result says what disturbed it
"$HARNESS" pack run p.hakpack --budget 60 -q --json --hash "$hash" --out "$scratch/cut" >out 2>err & pid=$!
for i in $(seq 600); do
  [ "$(cat cut/*/pairs.jsonl 2>/dev/null | wc -l)" -gt 5 ] && break
  sleep 0.05
done
kill -INT $pid; wait $pid; code=$?
[ $code = 130 ] || { cat err; fail "Ctrl-C: exit $code"; }
grep -q resume out && fail "it speaks of --resume, which pack has not"
python3 - out <<'PY' || fail "what is said of disturbance"
import json, sys
o = json.load(open(sys.argv[1]))
end = json.loads(open(o["result_file"]).read().splitlines()[-1])
assert end["partial"] and "interrupted" in end["reason"], end
assert 0 <= end["others_pct"] <= 100 and ("waiting_pct" not in end or 0 <= end["waiting_pct"] <= 100), end
PY

# what is there is not overwritten, unless it is a pack
echo mine >mine
check_exit 2 run ab --cmd-a true --cmd-b true --pack mine -q
[ "$(cat mine)" = mine ] || fail "a file was overwritten"
check_exit 0 run ab --cmd-a true --cmd-b true --pack p2.hakpack -q
check_exit 0 run ab --cmd-a true --cmd-b true --pack p2.hakpack -q
two="--cmd-a true --cmd-b true"
for wrong in "--resume $scratch/results" "$two --protocol source" "$two --threads 1,2"; do
  check_exit 2 run ab $wrong --pack p3.hakpack -q
done

# hostile ones: refused with a reason by show and by run, nothing run, nothing written
rm -rf was-run results
mkfifo "$scratch/pipe"
check_exit 2 "$HARNESS" pack show "$scratch/pipe"
# what never was a pack is not one that was cut short
not_one() { # WHAT IS SAID
  check_exit 2 "$HARNESS" pack show "$scratch/other"
  grep -q "is not a pack: $1" "$scratch/err" || fail "pack show: $(cat "$scratch/err")"
}
head -c 5000 "$HARNESS" >"$scratch/other"; not_one 'it does not begin as one'
head -c 5120 "$HARNESS" >"$scratch/other"; not_one 'it does not begin as one'
: >"$scratch/other"; not_one 'it is empty'
echo hello >"$scratch/other"; not_one 'it is too short'
python3 "$top_srcdir/tests/fleet/hostile_packs.py" p.hakpack hostile >list || fail "the packs could not be made"
before=$(ls -A | sort)
while read -r name; do
  for words in show "run --hash $(sha256sum "hostile/$name" | cut -d ' ' -f 1) -q --out $scratch/results"; do
    more=$(echo "$words" | cut -s -d ' ' -f 2-)
    timeout 20 "$HARNESS" pack ${words%% *} "hostile/$name" $more >out 2>err; code=$?
    [ $code = 2 ] || { cat out err; fail "hostile/$name: pack ${words%% *}: exit $code"; }
    grep -q '^error: ' err || fail "hostile/$name: no reason"
  done
done <list
[ "$(wc -l <list)" -ge 50 ] || fail "too few hostile packs"
[ "$(ls -A | sort)" = "$before" ] || fail "something was written: $(ls -A)"
for left in was-run results ../up /tmp/hakmem-hostile; do [ ! -e "$left" ] || fail "a hostile pack left $left"; done
exit 0
