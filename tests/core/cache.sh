#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `cache`: what is kept is listed, checked and removed; what is damaged is said and built anew; what a harness uses
# stays; the bound lets what was not used for the longest time go.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3
need_tool make
need_tool flock
export XDG_CACHE_HOME="$scratch/cache" XDG_STATE_HOME="$scratch/state"
cp -r "$top_srcdir/tests/project/counter" "$top_srcdir/tests/project/counter.ab" "$scratch/" || exit 99
chmod -R u+w "$scratch/counter" && cd "$scratch" || exit 99
holds() { # holds EXPRESSION WHAT: of the answer r, and its entries by kind
  python3 -c 'import json, sys; r = json.load(open("out")); e = r["entries"]
assert eval(sys.argv[1]), json.dumps(r, indent=1)' "$1" || fail "$2"
}
"$HARNESS" cache --help | grep -q 'HAKMEM_CACHE_MAX' || fail "--help does not say what bounds it"

# nothing there: nothing is made either
check_exit 0 "$HARNESS" cache --json
holds 'e == [] and r["bytes"] == 0 and len(r["folders"]) == 2' "an empty cache"
[ ! -e cache ] || fail "list made a cache"

check_exit 0 "$HARNESS" project gates counter.ab steps
check_exit 0 "$HARNESS" cache list --json
holds 'len(e) == 2 and all(x["kind"] == "project" and x["state"] == "whole" for x in e)' "two builds"
holds 'not any(x["in_use"] for x in e)' "used by nobody"
holds 'sorted(x["what"].split("counter")[-1] for x in e) == [", with steps", ", without steps"]' "what they are"
check_exit 0 "$HARNESS" cache check
check_exit 0 "$HARNESS" project check counter.ab --json # nothing with or without: as without steps
find cache -name counter -type f >images
[ "$(wc -l <images)" = 2 ] || fail "images: $(cat images)"

# damaged: said, and built anew at the next use; of what a build wrote beside, nothing depends on it
image=$(head -n 1 images)
printf x >>"$image"
check_exit 1 "$HARNESS" cache check --json
holds 'r["damaged"] == 1 and [x["state"] for x in e].count("damaged") == 1' "a changed image"
check_exit 1 "$HARNESS" cache check
grep -q 'damaged' out || fail "cache check does not say what is damaged"
check_exit 0 "$HARNESS" project gates counter.ab steps --json
python3 -c 'import json; g = json.load(open("out"))["gates"][0]
assert g["functions_differ"] == ["counter.c:main"], g' || fail "a damaged build was used"
check_exit 0 "$HARNESS" cache check
object=$(find cache -path '*capture/keep/*' -type f -size +0 | head -n 1)
[ -n "$object" ] || fail "nothing kept"
truncate -s 10 "$object"
check_exit 1 "$HARNESS" cache check
check_exit 0 "$HARNESS" cache clean --json
holds 'r["removed"] == 1 and [x["removed"] for x in e if x["state"] == "damaged"] == [True]' "clean of a damaged one"
check_exit 0 "$HARNESS" project gates counter.ab steps
echo 'made by the program' >"$(dirname "$(head -n 1 images)")/note"
check_exit 0 "$HARNESS" cache check

# a seal that names what lies outside is none
seal=$(find cache -name seal | head -n 1)
cp "$seal" kept.seal
for part in ../../../../counter.ab /etc/passwd 'tree/../../x'; do
  echo "$part" >>"$seal"
  check_exit 1 "$HARNESS" cache check
  cp kept.seal "$seal"
done

# what was left by one that was killed goes, by clean alone
mkdir "$(dirname "$(dirname "$seal")")/scratch-left" && mkdir -p cache/hakmem-harness/build.ABCdef
check_exit 0 "$HARNESS" cache --json
holds '[x["kind"] for x in e].count("work") == 2' "work folders"
check_exit 0 "$HARNESS" cache clean --json
holds 'r["removed"] == 2 and all(x["kind"] == "work" for x in e if x["removed"])' "clean of what was left"

# used by a harness, which holds a lock on it: stays, whatever is asked for
entry=$(dirname "$seal")
mkfifo gate
flock -s "$entry" sh -c 'echo >gate; read -r x <gate' &
holder=$!
read -r x <gate
for how in --all '--max 0' '--older 0' '--project counter.ab'; do
  check_exit 0 "$HARNESS" cache clean $how --json
  holds 'sum(x["in_use"] for x in e) == 1 and not any(x["in_use"] and x["removed"] for x in e)' "clean $how"
done
[ -d "$entry" ] || fail "what is used was removed"
check_exit 0 "$HARNESS" project clean counter.ab
grep -q 'a harness that runs uses it: 1' err || fail "project clean: $(cat err)"
[ -d "$entry" ] || fail "project clean removed what is used"
echo >gate; wait $holder
check_exit 0 "$HARNESS" cache clean --all --json
[ -z "$(find cache/hakmem/projects -mindepth 1)" ] || fail "clean --all left $(find cache/hakmem/projects -mindepth 1)"

# a harness that measures holds its builds itself
printf 'workload long\n  run sh -c "sleep 60"\n' >long.part
sed '/^workload/,$d' counter.ab >long.ab && cat long.part >>long.ab
"$HARNESS" ab --project long.ab steps --budget 30 --quiet --out results >log 2>&1 &
running=$!
for i in $(seq 600); do
  find cache -name 'scratch-??????' | grep -q . && break
  kill -0 $running 2>/dev/null || break
  sleep 0.05
done
check_exit 0 "$HARNESS" cache clean --all --json
holds 'r["removed"] == 0 and len(e) == 3 and all(x["in_use"] for x in e)' "beside a harness that measures"
kill -INT $running; wait $running
check_exit 0 "$HARNESS" cache --json
holds 'not any(x["in_use"] or x["kind"] == "work" for x in e)' "after it"

# age and the bound: what was not used for the longest time goes first; a use renews it
check_exit 0 "$HARNESS" cache clean --all
check_exit 0 "$HARNESS" project gates counter.ab steps
for d in cache/hakmem/projects/*/*; do touch -d '10 days ago' "$d"; done
check_exit 0 "$HARNESS" project check counter.ab # as without steps
check_exit 0 "$HARNESS" cache clean --older 11 --json
holds 'r["removed"] == 0' "--older 11"
check_exit 0 "$HARNESS" cache clean --older 9 --json
holds '[x["what"].split(", ")[-1] for x in e if x["removed"]] == ["with steps"]' "--older 9"
check_exit 0 "$HARNESS" project gates counter.ab steps
for d in cache/hakmem/projects/*/*; do touch -d '10 days ago' "$d"; done
check_exit 0 env HAKMEM_CACHE_MAX=1k "$HARNESS" project gates counter.ab shift
check_exit 0 "$HARNESS" cache --json
holds 'not any("steps" in x["what"] for x in e if x["unused_s"] > 86400)' "HAKMEM_CACHE_MAX"
check_exit 2 env HAKMEM_CACHE_MAX=much "$HARNESS" project check counter.ab
grep -q 'HAKMEM_CACHE_MAX' err || fail "a wrong bound: $(cat err)"
check_exit 0 "$HARNESS" project gates counter.ab steps
check_exit 0 "$HARNESS" cache clean --max 0 --json
holds 'r["bytes"] == 0 and r["removed"] == len(e) > 0' "--max 0"

# what cannot be removed keeps nothing else, and is told
for n in 1 2 3; do
  d=cache/hakmem-harness/${n}123456789abcdef0123456789abcdef
  mkdir -p $d/sub && echo x >$d/file
done
touch -d '10 days ago' cache/hakmem-harness/1*
if unshare -rm mount -t tmpfs none cache/hakmem-harness/1*/sub 2>why; then
  check_exit 3 unshare -rm sh -c 'mount -t tmpfs none cache/hakmem-harness/1*/sub
    touch -d "10 days ago" cache/hakmem-harness/1* && exec "$@"' sh "$HARNESS" cache clean --max 0
  grep -q '/1123.*sub: ' err || fail "what cannot be removed is not told: $(cat err)"
  [ "$(ls cache/hakmem-harness)" = 1123456789abcdef0123456789abcdef ] || fail "left: $(ls cache/hakmem-harness)"
  check_exit 3 unshare -rm sh -c 'mount -t tmpfs -o size=1m none cache && head -c 2m /dev/zero 2>&- >cache/fill
    exec "$@"' sh "$HARNESS" project check counter.ab
  grep -q 'the disk is full' err || fail "a full disk: $(cat err)"
else
  left_out "what cannot be removed, and a full disk" "no mount in a namespace: $(cat why)"
fi
check_exit 0 "$HARNESS" cache clean --all

# a link is followed nowhere, also where one project is asked for
check_exit 0 "$HARNESS" project check counter.ab
folder=$(find cache/hakmem/projects -mindepth 1 -maxdepth 1)
mv "$folder" elsewhere && ln -s "$PWD/elsewhere" "$folder"
for project in '' '--project counter.ab'; do
  check_exit 0 "$HARNESS" cache clean --all $project --json
  holds 'e == [] and len(r["left_alone"]) == 1' "a link, $project"
done
[ -n "$(ls elsewhere)" ] || fail "clean removed what a link leads to"
rm "$folder"

# names are somebody's: no control characters on the screen, and no wider than it
check_exit 0 "$HARNESS" project check counter.ab
mkdir "cache/hakmem-harness/$(printf 'a\033[2Jb')" "cache/hakmem-harness/$(printf 'build.\033[2J')"
check_exit 0 env COLUMNS=40 "$HARNESS" cache
grep -q "$(printf '\033')" out && fail "a control character"
grep -q 'left alone' out || fail "what is no entry is not named"
awk 'length > 40 && split($0, w, " ") > 1 { exit 1 }' out || fail "wider than 40 columns: $(cat out)"
exit 0
