#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# sample.sh AUDIT.json [SEED [COUNT]]: draws rows of an audit's JSON to be judged by hand: those with
# the least SHA-256 of "SEED file:line:column function variable op", which anybody can repeat. One
# row a line, tab-separated: place, function, variable, op, class, reason. doc/audit-samples.md has
# the judgements.
set -euo pipefail
audit=${1:?usage: sample.sh AUDIT.json [SEED [COUNT]]} seed=${2:-20261123} count=${3:-20}
jq -r '.atomics[] | ["\(.file):\(.line):\(.column)", .function, .variable, .op, .class, .reason] | @tsv' "$audit" |
  while IFS=$'\t' read -r place function variable op class reason; do
    hash=$(printf '%s %s %s %s %s' "$seed" "$place" "$function" "$variable" "$op" | sha256sum)
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "${hash%% *}" "$place" "$function" "$variable" "$op" "$class" "$reason"
  done | LC_ALL=C sort | head -n "$count" | cut -f2- | LC_ALL=C sort -t: -k1,1 -k2,2n
