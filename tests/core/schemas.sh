#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What each command prints with --json fits its schema, errors included, and no schema lets an unknown
# key pass. The runs stand in commands.def: a new command brings its own.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
python3 -c 'import jsonschema' 2>/dev/null || skip python "python3-jsonschema is not installed"
schemas="$top_srcdir/doc/schemas"
table="$top_srcdir/harness/cmd/commands.def"
judge() { python3 -W ignore "$top_srcdir/tests/core/schemas.py" "$@"; }
commands=$("$HARNESS" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
judge check "$schemas" $commands || fail "doc/schemas"

# calibrate of one campaign is not to stand for this machine, nor what this machine keeps for a command
export XDG_STATE_HOME="$scratch/state" XDG_CACHE_HOME="$scratch/cache"
# Of the runs, out is the folder of results, scratch one for anything else.
out="$scratch/results"
for command in $commands; do
  sed -n "/^COMMAND($command)/,/^COMMAND/"'s|^ */\* \([0-9 ]*\): \(.*\) \*/$|\1	\2|p' "$table" >"$scratch/tests"
  [ -s "$scratch/tests" ] || fail "$command has no run in commands.def"
  while IFS='	' read -r codes words; do
    # --json at once after the command: what comes after -- is another's
    eval "\"\$HARNESS\" ${words%% *} --json ${words#"$command"}" >"$scratch/json" 2>"$scratch/err" </dev/null; got=$?
    case " $codes " in *" $got "*) ;; *) cat "$scratch/err"; fail "exit $got, not $codes: $words --json" ;; esac
    judge fit "$schemas" "$command" "$scratch/json" $got >"$scratch/why" 2>&1 ||
      { head -c 3000 "$scratch/json"; fail "$words --json: $(tail -n 3 "$scratch/why")"; }
  done <"$scratch/tests"
  # what does not parse: either nothing, or an error object
  "$HARNESS" "$command" --json --no-such-option >"$scratch/json" 2>/dev/null
  [ ! -s "$scratch/json" ] || judge fit "$schemas" "$command" "$scratch/json" 2 || fail "$command --no-such-option"
done
for dir in "$out"/*/; do [ -s "$dir/result.json" ] || fail "$dir has no result.json"; done
exit 0
