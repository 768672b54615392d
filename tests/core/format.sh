#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One style. Every C file is as clang-format leaves it (.clang-format), but for those that format_files.sh
# leaves out: labelled programs and fixtures of tests keep the shape they need. And no line is over 120
# columns in what people write: C files (these included), shell, Python, awk, gnuplot, m4, Makefile and
# configure fragments, bootstrap and .ci/run. Left out are tables of plain lines (*.def), recorded data,
# prose, and what is generated in m4/.
. "${top_srcdir:-.}/tests/lib.sh"
cd "$top_srcdir" || exit 99
format=${CLANG_FORMAT:-clang-format-14}
need_tool "$format" clang-format

sh tests/core/format_files.sh >"$scratch/files"
[ "$(wc -l <"$scratch/files")" -gt 200 ] || fail "format_files.sh names only $(wc -l <"$scratch/files") files"
xargs "$format" --dry-run -Werror <"$scratch/files" 2>"$scratch/err" ||
  { grep -c error: "$scratch/err"; grep error: "$scratch/err" | head -n 10; fail "run: make format"; }

find harness src probes plots m4 doc tests $(ls -d .ci 2>/dev/null) bootstrap configure.ac Makefile.am \
  -type f ! -path 'tests/*/seeds/*' \
  \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name '*.awk' -o -name '*.gp' -o -name '*.m4' \
     -o -name '*.mk' -o -name '*.am' -o -name '*.ac' -o -name '*.in' -o -name bootstrap -o -path .ci/run \) \
  ! -name libtool.m4 ! -name 'lt*.m4' ! -name hakmem_gates.m4 >"$scratch/files"
[ "$(wc -l <"$scratch/files")" -gt 400 ] || fail "only $(wc -l <"$scratch/files") files are looked at for their width"
# a column is a character: the bytes that go on with one do not count
LC_ALL=C xargs awk '{ gsub(/[\200-\277]/, "") } length > 120 { print FILENAME ":" FNR ": " length " columns"; n++ }
  END { exit n > 0 }' <"$scratch/files" >"$scratch/wide" ||
  { head -n 20 "$scratch/wide"; fail "$(wc -l <"$scratch/wide") lines over 120 columns"; }
exit 0
