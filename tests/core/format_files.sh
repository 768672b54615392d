#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The C files that one formatter keeps, below the current folder, a line each. Not among them: programs
# whose lines a test knows by number or shape.
find harness src probes tests -type f -name '*.[ch]' \
  ! -path 'tests/audit/labelled/*' ! -path 'tests/*/fixture/*' ! -path '*/cases/*' | LC_ALL=C sort
