#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One style: every C file is as clang-format leaves it (.clang-format), and no line of code, script or
# build file is wider than 120 columns. Labelled programs and fixtures of tests keep the shape they need.
. "${top_srcdir:-.}/tests/lib.sh"
cd "$top_srcdir" || exit 99
format=${CLANG_FORMAT:-clang-format-14}
need_tool "$format" clang-format

sh tests/core/format_files.sh >"$scratch/files"
[ "$(wc -l <"$scratch/files")" -gt 200 ] || fail "format_files.sh names only $(wc -l <"$scratch/files") files"
xargs "$format" --dry-run -Werror <"$scratch/files" 2>"$scratch/err" ||
  { grep -c error: "$scratch/err"; grep error: "$scratch/err" | head -n 10; fail "run: make format"; }

find harness src probes plots m4 tests bootstrap configure.ac Makefile.am -type f ! -path '*/seeds/*' \
  \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name '*.awk' -o -name '*.gp' -o -name '*.m4' \
     -o -name '*.mk' -o -name '*.am' -o -name '*.ac' -o -name bootstrap \) ! -name 'l*tool.m4' ! -name 'lt*.m4' |
  LC_ALL=C xargs awk 'length > 120 { print FILENAME ":" FNR ": " length " columns"; n++ } END { exit n > 0 }' \
    >"$scratch/wide" || { head -n 20 "$scratch/wide"; fail "$(wc -l <"$scratch/wide") lines over 120 columns"; }
exit 0
