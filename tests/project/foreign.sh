#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Projects that nobody here wrote, in small: libtool, CMake, C++ with exceptions and -save-temps, generated sources,
# a server. Each from its file to Step 0 and pairs that were measured. Verdicts are asked for nowhere: how soon they
# come is the machine's.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool make
need_tool python3

cp -r "$top_srcdir/tests/project/foreign" "$scratch/a folder" || exit 99
chmod -R u+w "$scratch/a folder"
cd "$scratch/a folder" || exit 99
export XDG_CACHE_HOME="$scratch/cache"
unset COMPILER_PATH
sources() { find . -type f ! -path './results/*' -exec sha256sum {} + | sort; }
before=$(sources)

measured() { # PROJECT WHAT-DIFFERS, a function of it
  "$HARNESS" ab --project "$1.ab" --budget 4 --quiet --no-callgrind --json >"$scratch/out" 2>"$scratch/err"
  code=$?
  [ $code = 0 ] || [ $code = 3 ] || fail "$1: exit $code: $(cat "$scratch/err")"
  python3 - "$scratch/out" "$1" "$2" <<'PY' || fail "$1: $(cat "$scratch/err")"
import json, sys
r = json.load(open(sys.argv[1]))
s, where = r["subject"], sys.argv[2:]
assert sys.argv[3] in str(s["functions_differ"] + s["only_in"] + s["data"]), (where, s)
assert not s["lost"] and not s["identical"], (where, s)
assert r["step0"]["decision"] == "PROCEED", (where, r["step0"]["status"])
assert r["layouts"] >= 1 and r["layout_sampling"].startswith("a new random order"), (where, r["layout_sampling"])
assert not r["partial"], where
PY
}

need_tool libtool
measured libtool sum.c:sum_add
if have packages cmake; then measured cmake mix.c:mix; fi
measured cxx second.cc:_Z6secondi
measured generated walk.c:main
measured server serve.c:answer
[ "$before" = "$(sources)" ] || fail "the sources were written to"
exit 0
