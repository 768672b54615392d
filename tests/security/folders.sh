#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Folders of the user's that are not what they seem, as by sudo: links where results, caches and
# plots go; a campaign that says what is to run, and as whom.
. "${top_srcdir:-.}/tests/security/security_lib.sh"

# results: a link into root's folder; the user may not go there, so nobody does
ln -s "$roots" "$theirs/results" && chown -h nobody "$theirs/results" || exit 99
as_sudo "$HARNESS" sites --json --quiet >/dev/null 2>&1
as_sudo timeout 100 "$HARNESS" ab --cmd-a true --cmd-b true --budget 0.2 --quiet \
    >"$scratch/out" 2>"$scratch/err" </dev/null &&
  fail "results went through the link"
nothing_of_roots "results is a link"
for out in report plots; do
  as_sudo timeout 200 "$HARNESS" $out --to "$theirs/results/$out" >/dev/null 2>"$scratch/err" &&
      fail "$out through the link"
  nothing_of_roots "$out through a link"
done
rm "$theirs/results"
# single files of the pages and plots: links that are there are not written through
as_user mkdir -p "$theirs/report/plots/data" "$theirs/pictures/data" || exit 99
echo "the user's other file" >"$theirs/other" && chown nobody "$theirs/other" || exit 99
for f in report.html CUMULATIVE_SUMMARY.md plots/forest.svg plots/data/forest.gp plots/data/forest.dat \
         plots/data/forest.run; do
  as_user ln -s "$theirs/other" "$theirs/report/$f" || exit 99
done
as_sudo timeout 300 "$HARNESS" report --quiet >"$scratch/out" 2>"$scratch/err" </dev/null
[ "$(cat "$theirs/other")" = "the user's other file" ] || fail "report wrote through a link"
nothing_of_roots report

# --out in root's folder: root's rights do not help
as_sudo "$HARNESS" ab --cmd-a true --cmd-b true --budget 0.2 --quiet \
    --out "$roots/x" >/dev/null 2>"$scratch/err" </dev/null &&
  fail "--out in root's folder"
grep -qi 'permission denied' "$scratch/err" || fail "--out in root's folder: $(cat "$scratch/err")"
nothing_of_roots --out

# the cache's folder of a build is replaced by a link while the compiler runs, and fails
as_user mkdir -p "$theirs/cache/hakmem-harness" || exit 99
cat >"$scratch/swap.py" <<'END'
import os, sys, time
cache, target, until = sys.argv[1], sys.argv[2], time.time() + 60
while time.time() < until:
    for name in os.listdir(cache):
        path = os.path.join(cache, name)
        if name.startswith("build.") and not os.path.islink(path) and not name.endswith(".old"):
            os.rename(path, path + ".old")
            os.symlink(target, path)
            sys.exit(0)
END
as_user python3 "$scratch/swap.py" "$theirs/cache/hakmem-harness" "$roots" 2>/dev/null &
swap=$!
as_sudo timeout 200 "$HARNESS" ab free-trace --budget 0.2 --no-callgrind --quiet \
    >"$scratch/out" 2>"$scratch/err" </dev/null
kill $swap 2>/dev/null
wait $swap
nothing_of_roots "the cache's build folder was a link"
# the same into another folder of the user's: nothing comes into it, nothing leaves it, and no link is believed to be
# a variant
mkdir "$theirs/precious" && echo keep >"$theirs/precious/a.o" && chown -R "$user:$group" "$theirs/precious" || exit 99
rm -rf "$theirs/cache/hakmem-harness" && as_user mkdir "$theirs/cache/hakmem-harness" || exit 99
as_user python3 "$scratch/swap.py" "$theirs/cache/hakmem-harness" "$theirs/precious" 2>/dev/null &
swap=$!
as_sudo timeout 200 "$HARNESS" ab free-trace --budget 0.2 --no-callgrind --quiet \
    >"$scratch/out" 2>"$scratch/err" </dev/null && fail "a build folder that was replaced is taken"
kill $swap 2>/dev/null
wait $swap
if ls -d "$theirs/cache/hakmem-harness/"build.*.old >/dev/null 2>&1; then
  grep -q 'in the place of' "$scratch/err" || fail "a replaced build folder: $(cat "$scratch/err")"
fi
[ "$(cat "$theirs/precious/a.o")" = keep ] || fail "the user's other folder was written to"
find "$theirs/cache/hakmem-harness" -type l ! -name 'build.*' | grep . && fail "a link became a variant"
# results through the link of yet another user
mkdir "$scratch/shared" "$scratch/elsewhere" && chmod 777 "$scratch/shared" "$scratch/elsewhere" || exit 99
ln -s "$scratch/elsewhere" "$scratch/shared/results" && chown -h daemon "$scratch/shared/results" || exit 99
(cd "$scratch/shared" && runuser -u nobody -- "$HARNESS" ab --cmd-a true --cmd-b true --budget 0.2 --quiet \
    >"$scratch/out" 2>"$scratch/err" </dev/null) && fail "another user's link as the results folder"
[ -z "$(ls -A "$scratch/elsewhere")" ] || fail "results went through another user's link"
grep -q "another user's link" "$scratch/err" || fail "another user's link: $(cat "$scratch/err")"

# a campaign's plan in another user's folder: by root it is refused, by sudo it runs as the user, shown first
mkdir "$theirs/campaign" || exit 99
python3 "$top_srcdir/tests/security/foreign_cases.py" campaign "$theirs/campaign" \
  "sh -c 'id -u >> $theirs/whoami'" || exit 99
chown -R "$user:$group" "$theirs/campaign"
env -u SUDO_UID "$HARNESS" ab --resume "$theirs/campaign" >/dev/null 2>"$scratch/err" </dev/null &&
    fail "root resumed another user's folder"
grep -q 'not yours' "$scratch/err" || fail "another user's folder: $(cat "$scratch/err")"
[ ! -e "$theirs/whoami" ] || fail "a command of another user's folder was run"
as_sudo "$HARNESS" ab --resume campaign >/dev/null 2>"$scratch/err" </dev/null && fail "the folder's user was believed"
grep -q "user 'root'" "$scratch/err" || fail "the folder's user: $(cat "$scratch/err")"
[ ! -e "$theirs/whoami" ] || fail "a command ran as the folder wants"
sed -i 's/"user": "root"/"user": null/' "$theirs/campaign/campaign.json"
as_sudo timeout 100 "$HARNESS" ab --resume campaign >"$scratch/out" 2>"$scratch/err" </dev/null
grep -q 'goes on as user nobody' "$scratch/err" && grep -q "command a: sh -c 'id -u" "$scratch/err" ||
  fail "what is resumed is not shown: $(cat "$scratch/err")"
[ "$(sort -u "$theirs/whoami")" = "$user" ] || fail "resumed as $(sort -u "$theirs/whoami")"
nothing_of_roots "resume by sudo"
# a folder whose plan anybody may write to
chmod 666 "$theirs/campaign/campaign.json"
as_sudo "$HARNESS" ab --resume campaign >/dev/null 2>"$scratch/err" </dev/null &&
    fail "a plan that everybody can write to"

# root without sudo: a cache that another user has, has above it, or that everybody may write to is not used
mkdir -p "$scratch/c1/hakmem-harness" "$scratch/c2/in/hakmem-harness" "$scratch/c3/hakmem-harness" || exit 99
chown nobody "$scratch/c1/hakmem-harness" && chown daemon "$scratch/c2" && chmod 777 "$scratch/c3/hakmem-harness" ||
  exit 99
for cache in c1 c2/in c3; do
  env -u SUDO_UID XDG_CACHE_HOME="$scratch/$cache" "$HARNESS" ab free-trace --budget 0.2 --no-callgrind --quiet \
      --out "$scratch/own" >/dev/null 2>"$scratch/err" </dev/null && fail "the cache $cache was used"
  grep -q 'is not used' "$scratch/err" || fail "the cache $cache: $(cat "$scratch/err")"
  [ -z "$(ls -A "$scratch/$cache/hakmem-harness")" ] || fail "something was written into the cache $cache"
done
# nor is it listed or cleaned; of a cache of root's own, links and what others put there are left alone
for cache in c1 c2/in c3; do
  echo kept >"$scratch/$cache/hakmem-harness/kept"
  for action in list check 'clean --all'; do
    env -u SUDO_UID XDG_CACHE_HOME="$scratch/$cache" "$HARNESS" cache $action >"$scratch/out" 2>"$scratch/err" &&
      fail "cache $action of $cache"
    grep -q 'is not used' "$scratch/err" || fail "cache $action of $cache: $(cat "$scratch/err")"
  done
  [ -s "$scratch/$cache/hakmem-harness/kept" ] || fail "cache clean --all in $cache"
done
hash=0123456789abcdef0123456789abcdef
mkdir -p "$scratch/c5/hakmem-harness/$hash" "$scratch/c5/hakmem" "$scratch/precious" || exit 99
echo keep >"$scratch/precious/a.o" && ln -s "$scratch/precious" "$scratch/c5/hakmem-harness/f${hash#0}" &&
  ln -s "$scratch/precious" "$scratch/c5/hakmem-harness/$hash/inside" &&
  mkdir "$scratch/c5/hakmem-harness/e${hash#0}" && chown nobody "$scratch/c5/hakmem-harness/e${hash#0}" || exit 99
XDG_CACHE_HOME=$scratch/c5 "$HARNESS" cache clean --all --json >"$scratch/out" 2>"$scratch/err" ||
  fail "cache clean of one's own: $(cat "$scratch/err")"
holds 'r["removed"] == 1 and len(r["left_alone"]) == 2'
[ "$(cat "$scratch/precious/a.o")" = keep ] || fail "cache clean followed a link"
[ -d "$scratch/c5/hakmem-harness/e${hash#0}" ] || fail "cache clean removed another user's folder"
# by sudo it is the user's cache, and the user's rights
ln -s "$roots" "$theirs/cache/hakmem-harness/$hash" && chown -h nobody "$theirs/cache/hakmem-harness/$hash" || exit 99
check_sudo 0 cache clean --all --json
holds 'any(p.endswith("'$hash'") for p in r["left_alone"])'
nothing_of_roots "cache clean"
# without HOME the account's is taken (nobody has none), and not a folder that everybody may make
rm -rf "$scratch/own"
(cd "$theirs" && runuser -u nobody -- env -u HOME -u XDG_CACHE_HOME "$HARNESS" ab free-trace --budget 0.2 \
    --no-callgrind --quiet >/dev/null 2>"$scratch/err" </dev/null) && fail "a cache without a home"
[ ! -e /tmp/.cache/hakmem-harness ] || fail "a cache in /tmp"

# leftovers that somebody else made up: their names do not get into the command that removes them
mkdir "$scratch/tmp" "$scratch/tmp/hakmem-\$(id).abcdef" "$scratch/tmp/hakmem-x;id.abcdef" || exit 99
ln -s / "$scratch/tmp/hakmem-ab.abcdef" && touch -h -d '2 days ago' "$scratch"/tmp/* || exit 99
TMPDIR=$scratch/tmp "$HARNESS" doctor >"$scratch/out" 2>"$scratch/err"
grep -q 'abcdef' "$scratch/out" && fail "doctor: $(grep abcdef "$scratch/out")"
mkdir "$scratch/tmp/hakmem-audit.ABCdef" && touch -d '2 days ago' "$scratch/tmp/hakmem-audit.ABCdef"
TMPDIR=$scratch/tmp "$HARNESS" doctor >"$scratch/out" 2>"$scratch/err"
grep -q 'rm -r .*hakmem-audit.ABCdef' "$scratch/out" || fail "doctor does not see an old folder"
# of several, and of builds that were killed, the command removes all, and nothing else
work="$scratch/c4/hakmem-harness/build.ABCdef $scratch/c4/hakmem/projects/0123456789abcdef/scratch-ABCdef"
mkdir -p "$scratch/tmp/hakmem-audit.GHIjkl" "$scratch/tmp/hakmem-audit.NEWnew" $work || exit 99
touch -d '2 days ago' "$scratch"/tmp/hakmem-audit.[AG]* || exit 99
XDG_CACHE_HOME=$scratch/c4 TMPDIR=$scratch/tmp "$HARNESS" doctor >"$scratch/out" 2>"$scratch/err"
grep -q '2 work folders of a killed harness in the cache' "$scratch/out" || fail "doctor does not see a killed build"
grep -q 'hakmem-harness cache clean' "$scratch/out" || fail "doctor does not say how they go"
XDG_CACHE_HOME=$scratch/c4 "$HARNESS" cache clean >"$scratch/clean" 2>"$scratch/err" ||
  fail "cache clean: $(cat "$scratch/err")"
ls -d $work 2>/dev/null && fail "doctor's command for the cache leaves these"
command=$(grep -o "find $scratch/tmp -maxdepth [^+]*+60 -exec rm -r {} +" "$scratch/out" | head -n 1)
[ -n "$command" ] || fail "doctor has no command for several folders"
sh -c "$command" || fail "doctor's command fails: $command"
[ "$(ls -d "$scratch"/tmp/hakmem-audit.*)" = "$scratch/tmp/hakmem-audit.NEWnew" ] ||
  fail "doctor's command leaves or takes: $(ls "$scratch/tmp")"
# a folder that a command would have to quote, or whose path it would cut off: no command
long=$(printf '%0101d' 0)
for odd in 'a b' 'x;id' "$long"; do
  mkdir -p "$scratch/odd/$odd/hakmem-audit.ABCdef" &&
    touch -d '2 days ago' "$scratch/odd/$odd/hakmem-audit.ABCdef" || exit 99
  TMPDIR=$scratch/odd/$odd "$HARNESS" doctor --json >"$scratch/out" 2>"$scratch/err"
  grep -q 'remove them by hand' "$scratch/out" || fail "doctor says nothing of a folder in '$odd'"
  grep -qE "(rm -r|find) [^;\"]*$(basename "$scratch")/odd" "$scratch/out" && fail "doctor has a command for '$odd'"
done
exit 0
