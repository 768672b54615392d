#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line's contract that holds for every command: --help, usage errors are 2 with near
# names, and nothing is printed on stdout by an error.
. "${top_srcdir:-.}/tests/lib.sh"

check_exit 0 "$HARNESS" --help
check_exit 0 "$HARNESS" --version
check_exit 2 "$HARNESS"
[ ! -s "$scratch/out" ] || fail "usage error on stdout"
check_exit 2 "$HARNESS" stes
grep -q 'sites' "$scratch/err" || fail "the near command is not named"
commands=$("$HARNESS" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ -n "$commands" ] || fail "no commands in --help"
for command in $commands; do
  check_exit 0 "$HARNESS" "$command" --help
  grep -q "^usage: hakmem-harness $command" "$scratch/out" || fail "$command --help has no usage line"
  grep -q -- '--help' "$scratch/out" || fail "$command --help does not name --help"
  check_exit 2 "$HARNESS" "$command" --no-such-option
  [ ! -s "$scratch/out" ] || fail "$command: usage error on stdout"
  grep -q -- '--help' "$scratch/err" || fail "$command: a usage error does not point to --help"
done
check_exit 2 "$HARNESS" sites surplus
check_exit 2 "$HARNESS" sites -- true
NO_COLOR= TERM=xterm check_exit 2 "$HARNESS" sites --bogus
grep -q "$(printf '\033')" "$scratch/err" && fail "colours although stderr is no terminal"
exit 0
