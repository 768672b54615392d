#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Library functions print nothing and never exit: only commands speak, exporters write into the
# FILE* that they are given. What may is named here with its reason.
. "${top_srcdir:-.}/tests/lib.sh"

# the commands' own machinery; the one object of --json; progress; the last words without memory
speakers='harness/core/command.c harness/core/json_out.c harness/core/progress.c harness/core/error.c'
# processes of their own, each a main with what it is made of
speakers="$speakers harness/counters/bench_counters.c harness/project/capture_hook.c harness/project/capture_real.c"
speakers="$speakers harness/project/project_run.c"
always='(^|[^A-Za-z0-9_])(printf|vprintf|puts|putchar|perror|psignal|warn|warnx|err|errx|exit|abort) *\('
into='(fprintf|vfprintf|fputs|fputc|putc|fwrite|fflush|json_dumpf)[^;]*[^A-Za-z0-9_"](stdout|stderr)[^A-Za-z0-9_"]'

complaints() { # complaints TREE: FILE:LINE of what speaks in it
  (cd "$1" && find harness -name '*.c' | sort | while read -r file; do
    case $file in harness/cmd/*|harness/runner/*|harness/workloads/*|harness/trace/recorder*) continue ;; esac
    case " $speakers " in *" $file "*) continue ;; esac
    # neither comments nor what stands in quotes
    sed -e 's/"\([^"\\]\|\\.\)*"/""/g' -e 's,/\*.*\*/,,' -e 's,^ *\*.*,,' -e 's,/\*.*,,' "$file" |
      grep -nE "$always|$into" | sed "s,^,$file:,"
  done)
}

mkdir -p "$scratch/harness/data"
cat >"$scratch/harness/data/bad.c" <<'C'
/* printf("no") */
void f(void) { g("printf(x)"); snprintf(b, 1, "x"); fprintf(out, "x"); spec.stdout_fd = 2; }
void a(void) { printf("x"); }
void b(void) { fputs("x", stderr); }
void c(void) { exit(4); }
C
complaints "$scratch" >"$scratch/said"
[ "$(cut -d: -f2 "$scratch/said" | tr '\n' ' ')" = "3 4 5 " ] ||
  { cat "$scratch/said"; fail "the check does not see what speaks"; }

found=$(complaints "$top_srcdir")
[ -z "$found" ] || { echo "$found"; fail "library functions print or exit"; }
exit 0
