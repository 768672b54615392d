#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Foreign data is data: records with newlines, quotes, markup and paths in their texts, traces with
# wrong counts, files that make a reader allocate, pipes where files are wanted.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3
cases=$top_srcdir/tests/security/foreign_cases.py
limited() { # limited SECONDS COMMAND…: status in $got
  timeout "$@" >"$scratch/out" 2>"$scratch/err" </dev/null; got=$?
  [ $got -lt 124 ] || fail "exit $got (hangs, or dies): $*"
}

# records: a newline or a quote in any text, markup, an id that is a path
for kind in newline quote markup path long; do
  python3 "$cases" record $kind "$scratch/set-$kind" || exit 99
  mkdir "$scratch/in-$kind"
  (cd "$scratch/in-$kind" && HOME=$scratch/home && export HOME &&
      limited 300 "$HARNESS" report "$scratch/set-$kind" --to out --quiet
   echo $got >"$scratch/code")
  [ "$(cat "$scratch/code")" = 0 ] || fail "report of $kind: exit $(cat "$scratch/code"): $(cat "$scratch/err")"
  found=$(find "$scratch" -name 'PWN*' | head -n 1)
  [ -z "$found" ] || fail "$kind: a command was run, or a file written outside: $found"
  [ "$(ls "$scratch/in-$kind")" = out ] || fail "$kind: written beside the report: $(ls "$scratch/in-$kind")"
  python3 "$cases" inert "$scratch/in-$kind/out" || fail "$kind: live markup in the report"
done
# numbers that no measurement gives: pages and pictures, or a refusal, and what gnuplot cannot draw is said
for kind in big small mixed wrong; do
  python3 "$cases" record $kind "$scratch/set-$kind" || exit 99
  for command in report plots; do
    limited 300 "$HARNESS" $command "$scratch/set-$kind" --to "$scratch/to-$kind-$command" --quiet
    case $got in 0 | 3) ;; *) fail "$command of $kind: exit $got: $(cat "$scratch/err")" ;; esac
    if grep -qiwE '(-?inf|nan)' "$scratch/to-$kind-$command"/*.md 2>/dev/null; then
      fail "$kind: $(grep -iwE '(-?inf|nan)' "$scratch/to-$kind-$command"/*.md | head -n 3)"
    fi
  done
done
pairs=$scratch/numbers/pairs.csv
mkdir "$scratch/numbers" && cp "$scratch/set-long/real/record.json" "$scratch/numbers" || exit 99
for row in inf nan 0x1p3 1e308 -1 0 1e-310 '' ' 7' 7,7; do
  head -n 1 "$scratch/set-long/real/pairs.csv" >"$pairs"
  for i in 1 2 3; do echo "$i,test,0,0.01,$row,8,$row,8,0,0" >>"$pairs"; done
  limited 100 "$HARNESS" plots "$scratch/numbers" --to "$scratch/numbers/p" --quiet
  [ $got = 3 ] || fail "a time of '$row': exit $got: $(cat "$scratch/err")"
done
for row in 7,7,7,7 1e-9,1e29,1,1 1,1e-20,1e-20,1e29; do # what can be drawn is, what cannot is named
  head -n 1 "$scratch/set-long/real/pairs.csv" >"$pairs"
  for i in 1 2 3 4 5 6; do echo "$i,test,0,0.01,$row,0,0" >>"$pairs"; done
  limited 100 "$HARNESS" plots "$scratch/numbers" --to "$scratch/numbers/p" --quiet
  case $got in 0 | 3) ;; *) fail "times of $row: exit $got: $(cat "$scratch/err")" ;; esac
done
if have gnuplot gnuplot; then
  # the user's start file is none of ours
  mkdir "$scratch/home" && echo "set print '$scratch/PWN-home'; print 1" >"$scratch/home/.gnuplot" || exit 99
  (cd "$scratch" && HOME=$scratch/home timeout 300 "$HARNESS" plots "$scratch/set-newline" --to "$scratch/plots" \
    --quiet) \
    >"$scratch/out" 2>"$scratch/err" </dev/null || fail "plots: $(cat "$scratch/err")"
  found=$(find "$scratch" -name 'PWN*' | head -n 1)
  [ -z "$found" ] || fail "gnuplot: $found"
fi

# pipes where files are read
mkdir "$scratch/fifo" && mkfifo "$scratch/fifo/record.json" "$scratch/fifo/result.json" || exit 99
limited 100 "$HARNESS" report "$scratch/fifo" --to "$scratch/r" --pages-only
[ $got != 0 ] || fail "a pipe as record.json is taken"
limited 100 "$HARNESS" ab --cmd-a true --cmd-b true --budget 0.2 --quiet --out "$scratch/o" --no-callgrind
dir=$(ls -d "$scratch"/o/*)
python3 - "$dir" <<'END' || exit 99
import json, os, sys
d = sys.argv[1]
r = json.load(open(d + "/result.json")); r["partial"] = True
json.dump(r, open(d + "/result.json", "w"))
END
for f in looks.csv processes.csv rounds.csv inflight.rec chosen.json campaign.json; do
  [ -e "$dir/$f" ] || continue
  mv "$dir/$f" "$scratch/kept" && mkfifo "$dir/$f" || exit 99
  limited 100 "$HARNESS" ab --resume "$dir" --quiet
  rm "$dir/$f" && mv "$scratch/kept" "$dir/$f"
  [ $got != 0 ] || [ $f = inflight.rec ] || fail "a pipe as $f is taken"
done
mkfifo "$scratch/pipe" || exit 99
limited 100 "$HARNESS" bench "replay:$scratch/pipe" --quiet --out "$scratch/o"
[ $got = 3 ] || [ $got = 2 ] || fail "a pipe as a trace: exit $got"
limited 100 "$HARNESS" verify --binary "$scratch/pipe" --symbol main --quiet --out "$scratch/o"
[ $got != 0 ] || fail "a pipe as a program"
for list in "$scratch/pipe" /dev/zero; do
  limited 20 "$HARNESS" verify --binary /bin/true --lines "$list" --quiet --out "$scratch/o"
  [ $got = 2 ] || fail "$list as a list of places: exit $got"
done
mkdir "$scratch/sources" && ln -s /dev/zero "$scratch/sources/zero" || exit 99
for patch in "$scratch/pipe" zero; do
  (cd "$scratch/sources" && HOME=$scratch/home && export HOME &&
      limited 100 "$HARNESS" ab --source . --build true --image zero --patch "$patch" -q --out "$scratch/o" -- true
   echo $got >"$scratch/code")
  [ "$(cat "$scratch/code")" = 2 ] || fail "$patch as a patch: exit $(cat "$scratch/code"): $(cat "$scratch/err")"
done

# a trace whose header names more blocks than are used, more threads, another count of events
"$HARNESS" record -o "$scratch/ok.hkt" --quiet -- /bin/echo >/dev/null 2>&1 || fail "record"
limited 60 "$HARNESS" bench "replay:$scratch/ok.hkt" --quiet --out "$scratch/o" --ops 1
for field in slots threads events; do
  python3 "$cases" trace $field "$scratch/ok.hkt" "$scratch/bad.hkt" || exit 99
  limited 60 "$HARNESS" bench "replay:$scratch/bad.hkt" --quiet --out "$scratch/o"
  [ $got = 3 ] || [ $got = 2 ] || fail "trace with one more of $field: exit $got"
  grep -q 'damaged at byte' "$scratch/err" || fail "trace with one more of $field: $(cat "$scratch/err")"
done

# ELF files that make a reader allocate: ended, with a sentence
for kind in syms sparse zip; do
  python3 "$cases" elf $kind "$scratch/bomb" || exit 99
  peak=$(python3 "$cases" peak 200 "$HARNESS" verify --binary "$scratch/bomb" --symbol main --quiet \
      --out "$scratch/o" 2>"$scratch/err")
  got=$?
  [ $got != 0 ] && [ $got -lt 124 ] || fail "ELF $kind: exit $got: $(cat "$scratch/err")"
  echo "ELF $kind: exit $got, $((peak / 1024)) MB: $(head -n 1 "$scratch/err" | cut -c 1-160)"
  [ "$peak" -lt 800000 ] || fail "ELF $kind: $peak kB"
  rm "$scratch/bomb"
done

# debug files that a program names, and that are pipes: not waited for
if have compilers objcopy && have compilers "${CC%% *}"; then
  echo 'int hot(int x) { return x + 1; } int main(int n, char **v) { return hot(n) != 2; }' >"$scratch/d.c"
  mkdir "$scratch/d" && "$CC" -g -o "$scratch/d/whole" "$scratch/d.c" && (
    cd "$scratch/d" && objcopy --only-keep-debug whole t.debug &&
      objcopy --strip-debug --add-gnu-debuglink=t.debug whole t && rm t.debug && mkfifo t.debug &&
      printf 'pipe\0aaaaaaaaaaaaaaaaaaaa' >link && mkfifo pipe &&
      objcopy --add-section .gnu_debugaltlink=link whole alt) || exit 99
  limited 60 "$HARNESS" verify --binary "$scratch/d/t" --symbol hot --quiet --out "$scratch/o"
  limited 60 "$HARNESS" verify --binary "$scratch/d/t" --symbol hot --corroborate --quiet --out "$scratch/o" \
    -- "$scratch/d/t"
  limited 60 "$HARNESS" verify --binary "$scratch/d/alt" --symbol hot --quiet --out "$scratch/o"
  [ $got = 3 ] && grep -q 'debug file, which is none' "$scratch/err" || fail "a pipe as the other debug file: exit $got"
  # the rest of a unit, or of all
  for version in 4 5; do
    (cd "$scratch/d" && cp ../d.c . && "$CC" -O1 -g -gdwarf-$version -gsplit-dwarf -o split d.c && ls ./*.dwo) \
      >/dev/null 2>&1 || { echo "no split DWARF $version here"; continue; }
    for trap in $(cd "$scratch/d" && ls ./*.dwo) split.dwp; do
      rm -f "$scratch/d/split.dwp" "$scratch/d/$trap"
      mkfifo "$scratch/d/$trap" || exit 99
      limited 60 "$HARNESS" verify --binary "$scratch/d/split" --symbol hotter --quiet --out "$scratch/o"
      grep -q 'is not a file' "$scratch/out" "$scratch/err" || fail "DWARF $version, a pipe as $trap: it is not said"
      limited 60 "$HARNESS" verify --binary "$scratch/d/split" --symbol hot --corroborate --quiet --out "$scratch/o" \
        -- "$scratch/d/split"
    done
    rm -f "$scratch/d"/*.dwo "$scratch/d/split.dwp"
  done
  limited 200 "$HARNESS" audit --binary "$scratch/pipe" --quiet
  [ $got != 0 ] || fail "a pipe as the audit's binary"
fi
exit 0
