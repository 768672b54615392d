#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Random programs through several compilers: no count that is called exact is wrong, no function that ran is denied.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
need_any_rung
need_tool clang compilers
slow_test
python3 "$top_srcdir/tests/step0/counts.py" "$HARNESS" "$scratch" 1 4 || fail "a wrong count"
exit 0
