#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The kinds of programs on which a verifier goes wrong, each by every method that this machine offers:
# right, or said to be unknown; no target harmed. cases.py has the table.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
need_any_rung
slow_test
python3 "$top_srcdir/tests/step0/cases.py" "$HARNESS" "$top_srcdir" >"$scratch/table" 2>&1; got=$?
grep -E 'WRONG|HARMED|wrong$|Error|^(left out|cannot build|FAIL|SKIP|methods)' "$scratch/table"
exit $got
