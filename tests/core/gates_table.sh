#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The gate table's generator: every phase of the specification has its row, all outputs follow
# the table, and each kind of malformed line stops with FILE:LINE.
. "${top_srcdir:-.}/tests/lib.sh"
gen="$top_srcdir/probes/gen-gates.awk"
def="$top_srcdir/probes/gates.def"
AWK=${AWK:-awk}

rows=$(grep -cv '^[[:space:]]*\(#\|$\)' "$def")
for out in flags kinds registry m4 page; do
  $AWK -v out=$out -f "$gen" "$def" >"$scratch/$out" || fail "output $out"
done
[ "$(grep -c '^# define HAKMEM_.*_COMPILED 0$' "$scratch/flags")" = "$rows" ] ||
  fail "flags: not one default for each gate"
[ "$(grep -c '^{ .name' "$scratch/registry")" = "$rows" ] || fail "registry: not one row for each gate"
[ "$(grep -c 'AC_ARG_ENABLE' "$scratch/m4")" = $((rows + 1)) ] || fail "m4: not one option for each gate"
[ "$(grep -c '^| [a-z]' "$scratch/page")" = $((rows + 1)) ] || fail "page: not one row for each gate"
# each gate that a row of the source document names is in the table
phases="$top_srcdir/harness/phase/phases.def"
named=$(sed -n 's/^PHASE("[^"]*", "[^"]*", [A-Z_]*, "\([^"]*\)".*/\1/p' "$phases" | tr ',' '\n' | sort -u)
[ "$(echo $named | wc -w)" -ge 14 ] || fail "phases.def names only the gates: $named"
for gate in $named; do
  grep -q "^ *$gate *|" "$def" || fail "the table has no gate $gate"
done

good='x | X | - | f | HOT | TELEMETRY | - | ready | - | text'
try() { # try TEXT EXPECTED: line 2 of a table is TEXT
  printf '# table\n%s\n' "$1" >"$scratch/bad.def"
  if $AWK -v out=flags -f "$gen" "$scratch/bad.def" >/dev/null 2>"$scratch/err"; then fail "accepted: $1"; fi
  grep -q "bad.def:2: .*$2" "$scratch/err" || { cat "$scratch/err"; fail "no FILE:LINE and '$2' for: $1"; }
}
printf '%s\n' "$good" >"$scratch/good.def"
$AWK -v out=flags -f "$gen" "$scratch/good.def" >/dev/null || fail "the model line is refused"
try 'x | X | - | f | HOT | TELEMETRY | - | ready | -' 'ten fields'
try 'x | X | - | f | HOT | TELEMETRY | - | ready | | text' 'empty'
try 'X! | X | - | f | HOT | TELEMETRY | - | ready | - | t' 'gate name'
try 'x | x | - | f | HOT | TELEMETRY | - | ready | - | t' 'flag'
try 'x | X | - | F() | HOT | TELEMETRY | - | ready | - | t' 'function'
try 'x | X | - | f | LUKE | TELEMETRY | - | ready | - | t' 'HOT, WARM'
try 'x | X | - | f | HOT | CORRECTNESS | - | ready | - | t' 'TELEMETRY or FEATURE'
try 'x | X | - | f | HOT | TELEMETRY | PATH | ready | - | t' 'NAME=DEFAULT'
try 'x | X | - | f | HOT | TELEMETRY | - | ready | 3x | t' 'C symbol'
try 'x | X | - | f | HOT | TELEMETRY | - | ready | - | "quoted"' 'quote'
printf '%s\n%s\n' "$good" "$good" >"$scratch/bad.def"
$AWK -v out=flags -f "$gen" "$scratch/bad.def" >/dev/null 2>"$scratch/err" && fail "accepted a gate twice"
grep -q 'bad.def:2: .*twice' "$scratch/err" || fail "twice: no FILE:LINE"
echo 'x | X | - | f | HOT | TELEMETRY | - | needs y | - | text' >"$scratch/bad.def"
$AWK -v out=flags -f "$gen" "$scratch/bad.def" >/dev/null 2>"$scratch/err" &&
  fail "accepted a need for a gate that is not there"
grep -q 'bad.def:1: .*no gate' "$scratch/err" || fail "needs: no FILE:LINE"
: >"$scratch/empty.def"
$AWK -v out=flags -f "$gen" "$scratch/empty.def" >/dev/null 2>&1 && fail "accepted an empty table"

# and the running harness shows the same table
"$HARNESS" sites --json >"$scratch/sites.json" || fail "sites --json"
[ "$(grep -c '"option": "--enable-' "$scratch/sites.json")" = "$rows" ] || fail "sites does not show each gate"
exit 0
