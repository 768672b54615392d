#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# labelled.sh: the labelled programs. Each says in its comments
#   EXPECT variable CLASS   the worst class over the rows of a variable or location
#   EVERY variable CLASS    the class of each of its rows
#   ROW variable op CLASS   the class of each of its rows with that op
#   CALL variable LINE      one of its rows names this line of a call
#   ENV variable NAME       environment gate of one of its rows
#   GATE variable TEXT      compile gate of one of its rows
#   WITH file               a further unit
#   SINK function           --sink
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
# the rows of the program at hand, these fields of each
rows() { jq -c "[.atomics[] | [$*]]" "$dir/out.json"; }
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
  sinks=$(sed -n 's|.*SINK \([a-z_]*\).*|--sink \1|p' "$program")
  "$HARNESS" audit "$dir" $sinks --json >"$dir/raw.json" 2>"$dir/err" || fail "$name: exit $?: $(cat "$dir/err")"
  jq '.atomics[] |= (.variable |= gsub(" "; "_") | .location |= gsub(" "; "_"))' "$dir/raw.json" >"$dir/out.json"
  while read -r variable class; do
    [ -n "$variable" ] || continue
    got=$(jq -r --arg v "$variable" '
      [.atomics[] | select((.variable == $v or .location == $v)) | .class] as $c
      | if $c | length == 0 then "no row" elif $c | any(. == "CORRECTNESS") then "CORRECTNESS"
        elif $c | any(. == "UNKNOWN") then "UNKNOWN" else "TELEMETRY" end' "$dir/out.json")
    checked=$((checked + 1))
    [ "$got" = "$class" ] && continue
    wrong=$((wrong + 1))
    [ "$got" = TELEMETRY ] && dangerous=$((dangerous + 1))
    echo "$name: $variable is $got, labelled $class"
    jq -r --arg v "$variable" \
        '.atomics[] | select((.variable == $v or .location == $v)) |
        "    \(.line) \(.op) \(.class): \(.reason)"' "$dir/out.json"
  done <<EOF
$(sed -n 's/.*EXPECT \([^ ]*\) \([A-Z]*\).*/\1 \2/p' "$program")
EOF
  while read -r variable class; do
    [ -n "$variable" ] || continue
    checked=$((checked + 1))
    jq -e --arg v "$variable" --arg c "$class" '[.atomics[] | select(.variable == $v or .location == $v)] |
        length > 0 and all(.class == $c)' "$dir/out.json" >/dev/null || {
      wrong=$((wrong + 1))
      echo "$name: not every row of $variable is $class: $(rows .line, .op, .class)"
    }
  done <<EOF
$(sed -n 's/.*EVERY \([^ ]*\) \([A-Z]*\).*/\1 \2/p' "$program")
EOF
  while read -r variable op class; do
    [ -n "$variable" ] || continue
    checked=$((checked + 1))
    jq -e --arg v "$variable" --arg o "$op" --arg c "$class" '[.atomics[] |
        select((.variable == $v or .location == $v) and .op == $o)] |
        length > 0 and all(.class == $c)' "$dir/out.json" >/dev/null || {
      wrong=$((wrong + 1))
      echo "$name: not every $op of $variable is $class: $(rows .line, .variable, .op, .class, .reason)"
    }
  done <<EOF
$(sed -n 's/.*ROW \([^ ]*\) \([a-z]*\) \([A-Z]*\).*/\1 \2 \3/p' "$program")
EOF
  while read -r variable line; do
    [ -n "$variable" ] || continue
    checked=$((checked + 1))
    jq -e --arg v "$variable" --argjson l "$line" \
        'any(.atomics[]; .variable == $v and any(.calls[]; .line == $l))' "$dir/out.json" >/dev/null || {
      wrong=$((wrong + 1))
      echo "$name: no row of $variable names a call in line $line: $(rows .line, .variable, .calls)"
    }
  done <<EOF
$(sed -n 's/.*CALL \([^ ]*\) \([0-9]*\).*/\1 \2/p' "$program")
EOF
  sed -n 's/.*ENV \([^ ]*\) \([A-Z_]*\).*/\1 \2/p' "$program" | while read -r variable env; do
    jq -e --arg v "$variable" --arg e "$env" \
        'any(.atomics[]; (.variable == $v or .location == $v) and .env_gate.name == $e)' "$dir/out.json" >/dev/null || {
      echo "$name: $variable has no gate $env"; exit 1; }
  done || wrong=$((wrong + 1))
  sed -n 's/.*GATE \([^ ]*\) \([A-Z_]*\).*/\1 \2/p' "$program" | while read -r variable gate; do
    jq -e --arg v "$variable" --arg g "$gate" \
        'any(.atomics[]; (.variable == $v or .location == $v) and .compile_gate == $g)' "$dir/out.json" >/dev/null || {
      echo "$name: $variable has no compile gate $gate"; exit 1; }
  done || wrong=$((wrong + 1))
done
echo "$checked labels checked, $wrong wrong, $dangerous wrongly TELEMETRY"
[ "$checked" -ge 100 ] || fail "only $checked labels found"
[ "$wrong" = 0 ] || fail "$wrong differences from the labels"
