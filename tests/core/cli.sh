#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line's contract that holds for every command: --help, usage errors are 2 with near
# names, and nothing is printed on stdout by an error.
. "${top_srcdir:-.}/tests/lib.sh"

check_exit 0 "$HARNESS" --help
check_exit 0 "$HARNESS" --version
if [ -c /dev/full ]; then # an answer that nobody got is none
  for words in --help --version help 'help ab' 'ab --help' 'sites' 'sites --json'; do
    "$HARNESS" $words >/dev/full 2>"$scratch/err"; got=$?
    [ $got = 4 ] || fail "exit $got, not 4, where the disk is full: $words"
    grep -q 'cannot write' "$scratch/err" || fail "a full disk is not named: $words"
  done
fi
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
# what is asked, said as it was asked
verify_says() { # TEXT WORD…
  text=$1; shift
  check_exit 2 "$HARNESS" verify "$@" --out "$scratch/none"
  grep -q -e "$text" "$scratch/err" || fail "verify $*: $(cat "$scratch/err")"
  [ ! -e "$scratch/none" ] || fail "verify $*: a folder without a result"
}
verify_says 'give a SITE'
verify_says '--symbol is empty' --binary /bin/true --symbol ''
verify_says '--line is empty' --binary /bin/true --line ''
verify_says 'the site is empty' ''
verify_says 'is a program' /bin/sh
verify_says 'not both' free-trace --all
verify_says 'what is asked of it' -p 1
check_exit 2 "$HARNESS" verify -- true
grep -q 'what is asked of the command' "$scratch/err" || fail "verify -- CMD: $(cat "$scratch/err")"
check_exit 3 "$HARNESS" verify --binary "$HARNESS" --symbol main --out "$scratch/none" -- /nonexistent/program
grep -q 'cannot run' "$scratch/err" || fail "a program that is not there: $(cat "$scratch/err")"
[ ! -e "$scratch/none" ] || fail "a folder for a program that was not there"
# a word that was given, or that a program said, writes nothing over a screen
odd=$(printf 'odd\033[2J')
for words in "$odd" "verify $odd" "audit --format $odd" "bench $odd" "sites --$odd"; do
  "$HARNESS" $words >"$scratch/out" 2>"$scratch/err"
  grep -q 'odd\\x1b' "$scratch/err" || fail "not shown: $(cat -v "$scratch/err")"
  ! cat "$scratch/out" "$scratch/err" | grep -q "$(printf '\033')" || fail "printed raw: $(cat -v "$scratch/err")"
done
# completion: commands, options, and the names that a command takes
complete() { # complete WORD…: what is offered for the last one
  bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hakmem_harness; printf "%s\n" "${COMPREPLY[@]}"' \
    sh "$top_builddir/doc/completion/hakmem-harness" hakmem-harness "$@"
}
offers() { # offers NAME WORD…
  name=$1; shift
  complete "$@" | grep -qx -e "$name" || fail "completion of '$*' does not offer $name"
}
if have programs bash; then
  offers calibrate cal
  offers --budget ab --bu
  offers free-calls verify free-c
  offers mid-size bench mid
  offers remote-free-50 ab free-calls -w rem
  offers remote-free-90 verify free-calls --workload rem
  offers 26A phase 26
  offers replay ab free-calls --workload rep
  [ "$(cd "$top_srcdir" && complete ab free-calls --workload replay : READ)" = README.md ] ||
    fail "completion of a trace's file"
  [ "$(cd "$top_srcdir" && complete audit READ)" = README.md ] || fail 'completion of files'
  [ "$(cd "$top_srcdir" && complete ab --a READ)" = README.md ] || fail "completion of an option's file"
fi
NO_COLOR= TERM=xterm check_exit 2 "$HARNESS" sites --bogus
grep -q "$(printf '\033')" "$scratch/err" && fail "colours although stderr is no terminal"
exit 0
