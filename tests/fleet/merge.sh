#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# merge.sh: `merge` on fleets whose answer is known; what must not count does not, and is named.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
# the picture is drawn once, below: gnuplot takes longer than all the rest
mkdir "$scratch/bin"
printf '#!/bin/sh\nexit 1\n' >"$scratch/bin/gnuplot"
chmod +x "$scratch/bin/gnuplot"
PATH="$scratch/bin:$PATH" python3 "$top_srcdir/tests/fleet/merge.py" "$HARNESS" "$scratch" 2>"$scratch/why" ||
  { tail -n 5 "$scratch/why" | cut -c 1-2000; fail "merge.py"; }
need_tool gnuplot
python3 - "$top_srcdir/tests/fleet" "$scratch" <<'PY'
import sys
sys.path.insert(0, sys.argv[1])
from results import result, save
for i in range(4):
    save(f"{sys.argv[2]}/drawn-{i}", result(3 + i / 20, f"M'\"{i}", seed=i))
PY
check_exit 0 "$HARNESS" merge "$scratch"/drawn-* --json -q --out "$scratch/drawn"
for ending in svg png pdf; do [ -s "$scratch"/drawn/*/forest.$ending ] || fail "no forest.$ending"; done
grep -q 'that was not tried' "$scratch"/drawn/*/forest.svg || fail "the picture has no prediction"
grep -q 'forest.svg' "$scratch"/drawn/*/page.md || fail "the page shows no picture"
exit 0
