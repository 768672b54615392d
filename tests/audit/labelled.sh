#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# labelled.sh: the labelled programs. Each says in its comments
#   EXPECT variable CLASS   the worst class over the rows of a variable or location
#   EVERY variable CLASS    the class of each of its rows
#   ROW variable op CLASS   the class of each of its rows with that op
#   CALL variable LINE      one of its rows names this line of a call
#   ENV variable NAME       environment gate of one of its rows
#   GATE variable TEXT      compile gate of one of its rows
#   SAYS variable TEXT      the reason of one of its rows has the text, a word
#   WITH file               a further unit
#   SINK function[:arg]     --sink
#   FLAGS words             further words of its compile command
#   TWICE words             it is compiled a second time, with these
#   ONLY machine            where `uname -m` says something else, the program is left out
# A blank in a variable's name is written as _.
# One wrong TELEMETRY fails the suite, and so does any other difference.
. "${top_srcdir:-$(dirname "$0")/../..}/tests/lib.sh"
need_tool jq
"$HARNESS" audit --json >"$scratch/probe" 2>"$scratch/probe.err"
case $? in
  3) skip llvm "$(head -1 "$scratch/probe.err")" ;;
esac

set=$(cd "$top_srcdir/tests/audit/labelled" && pwd)
# of_rows NAME CONDITION: the rows of a variable or location for which the awk condition holds; fields: 1 variable,
# 2 location, 3 op, 4 class, 5 line, 6 lines of calls, 7 environment gate, 8 compile gate, 9 reason
of_rows() {
  awk -F'\t' -v name="$1" -v x="${3-}" -v y="${4-}" "(\$1 == name || \$2 == name) && ($2)" "$dir/rows"
}
differs() {
  wrong=$((wrong + 1))
  echo "$name: $1"
  of_rows "$2" 1 | cut -f3-
}
checked=0 wrong=0 dangerous=0
for program in "$set"/*.c; do
  name=$(basename "$program" .c)
  case $name in *.part) continue ;; esac
  only=$(sed -n 's|.*ONLY \([a-z0-9_]*\).*|\1|p' "$program")
  [ -z "$only" ] || [ "$only" = "$(uname -m)" ] || continue
  dir=$scratch/$name
  mkdir "$dir"
  files="$program $(sed -n "s|.*WITH \([a-z0-9_.]*\).*|$set/\1|p" "$program")"
  flags=$(sed -n 's|.*FLAGS \([^*]*\).*|\1|p' "$program")
  twice=$(sed -n 's|.*TWICE \([^*]*\).*|\1|p' "$program")
  entry='{directory: $d, file: $f,
    arguments: (["cc", "-std=gnu17", "-O2"] + ($w | split(" ") | map(select(. != ""))) + ["-c", $f])}'
  { for f in $files; do
      [ "$f" = "$program" ] && words=$flags || words=
      jq -n --arg d "$dir" --arg f "$f" --arg w "$words" "$entry"
    done
    [ -z "$twice" ] || jq -n --arg d "$dir" --arg f "$program" --arg w "$twice" "$entry"
  } | jq -s . >"$dir/compile_commands.json"
  sinks=$(sed -n 's|.*SINK \([a-z_:0-9]*\).*|--sink \1|p' "$program")
  "$HARNESS" audit "$dir" $sinks --json >"$dir/raw.json" 2>"$dir/err" || fail "$name: exit $?: $(cat "$dir/err")"
  jq -r '.atomics[] | [(.variable | gsub(" "; "_")), (.location | gsub(" "; "_")), .op, .class, .line,
      ",\(.calls | map(.line | tostring) | join(","))," , .env_gate.name, .compile_gate, .reason] | @tsv' \
      "$dir/raw.json" >"$dir/rows"
  sed -nE 's/.*(EXPECT|EVERY|ROW|CALL|ENV|GATE|SAYS) ([^ ]+) ([A-Za-z0-9_=-]+) ?([A-Z]*).*/\1 \2 \3 \4/p' \
      "$program" >"$dir/labels"
  while read -r what variable one two; do
    checked=$((checked + 1))
    case $what in
      EXPECT)
        got=$(of_rows "$variable" 1 | awk -F'\t' '{ is[$4] = 1 } END { print is["CORRECTNESS"] ? "CORRECTNESS" :
          is["UNKNOWN"] ? "UNKNOWN" : is["TELEMETRY"] ? "TELEMETRY" : "no row" }')
        [ "$got" = "$one" ] && continue
        [ "$got" = TELEMETRY ] && dangerous=$((dangerous + 1))
        differs "$variable is $got, labelled $one" "$variable"
        ;;
      EVERY)
        [ -n "$(of_rows "$variable" 1)" ] && [ -z "$(of_rows "$variable" '$4 != x' "$one")" ] ||
          differs "not every row of $variable is $one" "$variable"
        ;;
      ROW)
        [ -n "$(of_rows "$variable" '$3 == x' "$one")" ] &&
          [ -z "$(of_rows "$variable" '$3 == x && $4 != y' "$one" "$two")" ] ||
          differs "not every $one of $variable is $two" "$variable"
        ;;
      CALL)
        [ -n "$(of_rows "$variable" 'index($6, "," x ",")' "$one")" ] ||
          differs "no row of $variable names a call in line $one" "$variable"
        ;;
      SAYS)
        [ -n "$(of_rows "$variable" 'index($9, x)' "$one")" ] || differs "no row of $variable says $one" "$variable"
        ;;
      ENV) [ -n "$(of_rows "$variable" '$7 == x' "$one")" ] || differs "$variable has no gate $one" "$variable" ;;
      GATE)
        [ -n "$(of_rows "$variable" '$8 == x' "$one")" ] || differs "$variable has no compile gate $one" "$variable"
        ;;
    esac
  done <"$dir/labels"
done
echo "$checked labels checked, $wrong wrong, $dangerous wrongly TELEMETRY"
[ "$checked" -ge 401 ] || fail "only $checked labels found"
[ "$wrong" = 0 ] || fail "$wrong differences from the labels"
