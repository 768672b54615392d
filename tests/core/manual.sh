#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The man pages are well formed, and hakmem-harness(1) and --help name the same options.
. "${top_srcdir:-.}/tests/lib.sh"
page="$top_builddir/doc/hakmem-harness.1"
[ -s "$page" ] || skip manual "no man page in a cross build"
sed 's/\\-/-/g; s/\\fB//g; s/\\fI//g; s/\\fR//g' "$page" >"$scratch/page"
for command in $("$HARNESS" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
  sed -n "/^.SS $command\$/,/^.S[SH] /p" "$scratch/page" >"$scratch/section"
  [ -s "$scratch/section" ] || fail "no section for $command"
  "$HARNESS" "$command" --help >"$scratch/help"
  for option in $(grep -o -- '^ *\(-[a-z], \)\{0,1\}--[a-z-]*' "$scratch/help" | grep -o -- '--[a-z-]*' |
                  grep -vx -- --help); do
    grep -q -- "$option" "$scratch/section" || fail "$command: the man page lacks $option"
  done
  for option in $(grep -o -- '^\(-[a-z], \)\{0,1\}--[a-z-]*' "$scratch/section" | grep -o -- '--[a-z-]*'); do
    grep -q -- "$option" "$scratch/help" || fail "$command: --help lacks $option"
  done
done
grep -q hakmem_harness "$top_builddir/doc/completion/hakmem-harness" || fail "no bash completion"
bash -n "$top_builddir/doc/completion/hakmem-harness" || fail "the bash completion does not parse"
need_tool mandoc
for m in "$page" "$top_srcdir/doc/hakmem.3"; do
  mandoc -T lint -W error "$m" >"$scratch/lint" 2>&1 || { cat "$scratch/lint"; fail "$m"; }
done
exit 0
