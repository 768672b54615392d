#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# doc/exit-codes.md, command by command: the rows are in exit_codes.py.
. "${top_srcdir:-.}/tests/lib.sh"
slow_test
need_tool python3
python3 "$top_srcdir/tests/core/exit_codes.py" "$HARNESS" "$scratch" || fail "exit codes"
exit 0
