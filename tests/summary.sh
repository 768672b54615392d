#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# summary.sh [--skips 'word word'] BUILD_DIR: what the last `make check` there said, each skip with
# its reason, and a closing line with the counts. Exit 1 if a test failed or none ran, and with
# --skips if one was skipped for any other word than these.
set -eu
all=yes words=
if [ "${1:-}" = --skips ]; then all=no words=$2; shift 2; fi
cd "$1"
passed=0 failed=0 skipped=0 refused=0
for trs in $(find tests -name '*.trs' 2>/dev/null | sort); do
  log=${trs%.trs}.log
  case "$(sed -n 's/^:global-test-result: //p' "$trs")" in
    PASS|XFAIL) passed=$((passed + 1)) ;;
    SKIP) skipped=$((skipped + 1))
          why=$(sed -n 's/^SKIP: //p' "$log" | head -n 1)
          printf 'skipped %s: %s\n' "${trs%.trs}" "$why"
          case " $words " in
            *" ${why%%:*} "*) ;;
            *) [ $all = yes ] || { refused=$((refused + 1)); printf 'REFUSED: this skip is not allowed here\n'; } ;;
          esac ;;
    *) failed=$((failed + 1))
       printf 'FAILED %s\n' "${trs%.trs}"
       tail -n 15 "$log" | sed 's/^/    /' ;;
  esac
done
printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
[ $failed -eq 0 ] && [ $passed -gt 0 ] && [ $refused -eq 0 ]
