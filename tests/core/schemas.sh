#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Real output of the commands validates against the schemas, and a broken one does not.
. "${top_srcdir:-.}/tests/lib.sh"
python3 -c 'import jsonschema' 2>/dev/null || skip python "python3-jsonschema is not installed"

cat >"$scratch/validate.py" <<'PY'
import json, sys, jsonschema
schema, path, want = json.load(open(sys.argv[1])), sys.argv[2], sys.argv[3]
value = json.load(open(path))
jsonschema.Draft7Validator.check_schema(schema)
errors = [e.message for e in jsonschema.Draft7Validator(schema).iter_errors(value)]
if want == "valid" and errors: sys.exit("%s: %s" % (path, errors[0]))
for key in schema["required"]:
    broken = dict(value); broken.pop(key)
    if not list(jsonschema.Draft7Validator(schema).iter_errors(broken)):
        sys.exit("%s: passes without %s" % (path, key))
PY
try() { # try NAME CODES COMMAND…
  name=$1 codes=$2; shift 2
  command=$1; shift
  "$HARNESS" "$command" --json "$@" >"$scratch/$name.json" 2>"$scratch/err"; got=$?
  case " $codes " in *" $got "*) ;; *) cat "$scratch/err"; fail "exit $got: $command $*" ;; esac
  python3 "$scratch/validate.py" "$top_srcdir/doc/schemas/$name.json" "$scratch/$name.json" valid || fail "$name"
}
out="$scratch/results"
try sites 0 sites
try doctor 0 doctor
try bench 0 bench random_mixed --ops 20000 --no-callgrind -q --out "$out"
[ ! -e "$top_builddir/.libs/libhakmem-record.so" ] || try record 0 record -q -o "$scratch/trace" -- ls
try verify '0 1 3' verify tiny_free -q --out "$out"
try verify '0 1 3' verify tiny_free -q --out "$out" -- true
try verify 1 verify ss-os-stats -q --out "$out"
try ab '0 1 3' ab free-trace --budget 1 -q --out "$out"
try peers 0 peers --rows random_mixed-400 --peers glibc --budget 1 --min-repetitions 1 -q --out "$out"
if "$HARNESS" audit --gate free-trace >/dev/null 2>&1; then # else LLVM is not there
  try audit 0 audit
  try candidates 0 candidates --results "$out"
fi
try_as() { # try_as SCHEMA COMMAND…: exit 0
  name=$1; shift
  "$HARNESS" "$@" --json >"$scratch/$name.json" 2>"$scratch/err" || { cat "$scratch/err"; fail "$*"; }
  python3 "$scratch/validate.py" "$top_srcdir/doc/schemas/$name.json" "$scratch/$name.json" valid || fail "$name"
}
try_as phases phase warm-pool-logs -q --out "$out"
set=$(echo "$out"/*-phase-*)
try_as report report "$set" --pages-only --to "$scratch/report"
command -v gnuplot >/dev/null 2>&1 && try_as plots plots "$set" -q --to "$scratch/plots"
for dir in "$out"/*/; do [ -s "$dir/result.json" ] || fail "$dir has no result.json"; done
exit 0
