#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# doc/recipes on a small repository: a commit that is slower fails, one that only says it in other words does not.
. "${top_srcdir:-.}/tests/lib.sh"
slow_test
need_tool git
need_tool make
need_tool python3 programs
unset MAKEFLAGS MFLAGS MAKELEVEL
gate="$top_srcdir/doc/recipes/ci-gate.sh"
export HAKMEM_HARNESS="$HARNESS" HOME="$scratch" GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.invalid \
  GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.invalid
mkdir "$scratch/repo" && cd "$scratch/repo" && git init -q . || exit 99
cat >prog.c <<'C'
#include <stdlib.h>
int main(int argc, char **argv) {
  volatile unsigned long x = 0;
  for (unsigned long i = 0, n = strtoul(argv[argc - 1], 0, 10); i < n; i++) x += i;
  return 0;
}
C
printf 'prog: prog.c\n\tcc -O1 prog.c -o prog\n' >Makefile
echo prog >.gitignore; echo results >>.gitignore
git add -A && git commit -qm first || exit 99
sed -i 's/i < n;/i < 2 * n;/' prog.c && git commit -qam slower || exit 99
check_exit 1 sh "$gate" -b 10 HEAD~1 'make CC=cc' -- prog 'not a number' 3000000
grep -q '"verdict"' "$scratch/out" || fail "nothing is said of the verdict: $(cat "$scratch/out" "$scratch/err")"
[ -z "$(git worktree list | sed 1d)" ] || fail "the worktree is left behind"
echo '/* a comment */' >>prog.c && git commit -qam comment || exit 99
sh "$gate" -b 6 HEAD~1 make -- prog 3000000 >"$scratch/out" 2>"$scratch/err"; got=$?
# six seconds may leave it open, and must not call it slower
case $got in 0|3) ;; 1) grep -q '"verdict": "GO"' "$scratch/out" && fail "a comment is slower: $(cat "$scratch/out")" ;;
  *) cat "$scratch/err"; fail "exit $got" ;; esac
check_exit 3 sh "$gate" -b 6 HEAD~1 false -- prog 1
grep -q 'no build' "$scratch/err" || fail "a build that fails: $(cat "$scratch/err")"
check_exit 2 sh "$gate" -b 6 no-such-commit make -- prog 1
check_exit 2 sh "$gate" HEAD~1
# the fragment, and the jobs: they call the script with words that it takes
printf 'include %s/doc/recipes/slower.mk\nPROGRAM = prog\n' "$top_srcdir" >>Makefile
git commit -qam fragment || exit 99
make slower SLOWER_BASE=HEAD~2 SLOWER_SECONDS=10 SLOWER_ARGUMENTS=3000000 SLOWER_BUILD='make prog' \
  >"$scratch/out" 2>"$scratch/err"; got=$?
[ $got = 0 ] || [ $got = 2 ] || fail "make slower: exit $got"
grep -q '"verdict"' "$scratch/out" || { cat "$scratch/err"; fail "make slower prints no verdict"; }
for job in github-actions gitlab-ci; do
  grep -q 'sh /hakmem/doc/recipes/ci-gate.sh -b 120 "[^"]*" make -- prog input' "$top_srcdir/doc/recipes/$job.yml" ||
    fail "$job.yml calls something else"
done
exit 0
