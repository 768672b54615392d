#!/bin/sh
# SPDX-License-Identifier: MIT
# ci-gate.sh [-b SECONDS] BASE BUILD -- PROGRAM [ARGUMENT…]
#
# Is this commit slower than BASE? Builds BASE in a git worktree of its own and this tree where it stands, both by the
# shell command BUILD, and has hakmem-harness compare PROGRAM (a path below the top) of both.
#
# Exit 0: not slower, or told to be within the margin. 1: slower. 3: the budget did not tell, or nothing could be
# measured: give it more seconds (-b), or a longer run of PROGRAM. 2, 4: as hakmem-harness says.
# The results stay in results/, for the job to keep.
set -eu
budget=60
if [ "${1:-}" = -b ]; then budget=$2; shift 2; fi
[ $# -ge 4 ] && [ "$3" = -- ] || { sed -n '3,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
base=$1 build=$2 program=$4
shift 4
: "${HAKMEM_HARNESS:=hakmem-harness}"
work=$(mktemp -d)
end() { git worktree remove --force "$work/base" 2>/dev/null || :; rm -rf "$work"; }
trap end EXIT
trap 'exit 130' INT TERM HUP
git worktree add --quiet --detach "$work/base" "$base" || exit 2
for tree in "$work/base" .; do
  (cd "$tree" && sh -c "$build") >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    echo "no build in $tree" >&2
    exit 3
  }
done
words= # quoted for the harness, which splits them again
for word; do words="$words '$(printf %s "$word" | sed "s/'/'\\\\''/g")'"; done
code=0
"$HAKMEM_HARNESS" ab --cmd-a "$work/base/$program$words" --cmd-b "./$program$words" --budget "$budget" \
  --fail-on worse --json >"$work/ab.json" || code=$?
cat "$work/ab.json"
exit $code
