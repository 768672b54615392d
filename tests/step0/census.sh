#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Lines that callgrind saw run in three programs (gcc, clang, g++; -O2 -g): `verify --lines` denies none.
. "${top_srcdir:-.}/tests/step0/verify_lib.sh"
need_any_rung
need_tool valgrind
need_tool clang compilers
need_tool g++ compilers
slow_test
python3 "$top_srcdir/tests/step0/census.py" "$HARNESS" "$top_srcdir" "$scratch"
