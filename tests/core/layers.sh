#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The includes of harness/ and src/ keep to the tables of doc/architecture.md.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3
check="$top_srcdir/tests/core/layers.py"

# a small tree in which each rule is broken once: the check must see it
mkdir -p "$scratch/doc" "$scratch/harness/low" "$scratch/harness/high" "$scratch/src/base" "$scratch/src/top"
cat >"$scratch/doc/architecture.md" <<'MD'
## The allocator, `src/`

| layer | modules | what it owns |
|---|---|---|
| `top/` | `t.h` | |
| `base/` | `b.h` | |

## The harness, `harness/`

| folder | holds |
|---|---|
| `low/` | |
| `high/` | |

These include each other:

- `high/c` and `high/d`: a reason
MD
cd "$scratch" || exit 99
: >harness/low/a.h; : >harness/low/b.h; : >src/base/b.h
echo '#include "harness/low/a.h"' >harness/high/e.h
echo '#include "harness/high/d.h"' >harness/high/c.h
echo '#include "harness/high/c.h"' >harness/high/d.h
echo '#include "base/b.h"' >src/top/t.h
python3 "$check" . >said || { cat said; fail "a tree without a fault"; }
refused() { # refused PATTERN FILE TEXT: FILE with TEXT is complained about
  cp "$2" kept; echo "$3" >"$2"
  python3 "$check" . >said && fail "not seen: $2: $3"
  grep -q "$1" said || { cat said; fail "no word of '$1'"; }
  cp kept "$2"
}
refused 'high is higher' harness/low/a.h '#include "harness/high/e.h"'
echo '#include "harness/low/a.h"' >harness/low/b.h
refused 'include each other: low/a low/b' harness/low/a.h '#include "harness/low/b.h"'
refused 'do not include each other' harness/high/d.h '/* nothing */'
refused 'top is higher' src/base/b.h '#include "top/t.h"'
refused 'share the gate table alone' harness/low/a.h '#include "base/b.h"'
refused 'share the gate table alone' harness/low/a.h '#include "src/base/b.h"'
mkdir harness/new; : >harness/new/n.h
python3 "$check" . >said && fail "a folder in no table"
grep -q 'harness/new stands in no table' said || fail "the folder is not named"

python3 "$check" "$top_srcdir" >said || { cat said; fail "includes against doc/architecture.md"; }
exit 0
