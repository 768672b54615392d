#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bench_pack.sh HARNESS [BUDGET]: what packs cost: the seconds that a pack takes once its variants are built, the
# half-width of `ab` and of `pack run` after the same budget (in turns), and a merge of a million pairs. For a quiet
# machine; prints, and judges nothing.
set -eu
harness=$1 budget=${2:-20}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
here=$(cd "$(dirname "$0")" && pwd)
cd "$scratch"
seconds() { python3 -c 'import subprocess, sys, time
t = time.time()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False)
print("%.2f" % (time.time() - t))' "$@"; }
half() { python3 -c 'import json, sys; g = json.load(open(sys.argv[1]))["gain_pct"]
print("no interval" if g is None else "%.4f%%" % ((g["high"] - g["low"]) / 2))' "$1"; }
"$harness" ab free-calls --pack warm.hakpack -q --out r >/dev/null
echo "pack of free-calls, variants built: $(seconds "$harness" ab free-calls --pack p.hakpack -q --out r) s," \
  "$(wc -c <p.hakpack) bytes"
echo "  of it Steps 0 and 1, as ab does them too"
for i in 1 2 3; do
  "$harness" ab free-calls --budget "$budget" --whole-budget --no-direct --no-callgrind -q --json --out r >ab.json || :
  "$harness" pack run p.hakpack --budget "$budget" -q --json --out r >run.json || :
  echo "half-width after $budget s: ab $(half ab.json), pack run $(half run.json)"
done
python3 -c 'import sys; sys.path.insert(0, sys.argv[1])
from results import result, save
save("big.jsonl", result(3, n=1000000))' "$here"
echo "merge of 10^6 pairs: $(seconds "$harness" merge big.jsonl -q --json --out r) s"
