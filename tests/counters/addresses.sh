#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Addresses that the kernel does not draw (setarch -R) are said by ab, verify, bench and doctor, and stand in their
# records; a filter of system calls that refuses personality(2) ends nothing, and doctor says it.
. "${top_srcdir:-.}/tests/lib.sh"
: "${CC:=cc}"
need_tool python3 programs
need_tool setarch programs
[ "$(cat /proc/sys/kernel/randomize_va_space 2>/dev/null)" = 2 ] || skip aslr "kernel.randomize_va_space is not 2"
setarch -R true 2>/dev/null || skip aslr "personality(2) is refused here"
XDG_STATE_HOME=$scratch/state; export XDG_STATE_HOME
cat >"$scratch/filter.c" <<'C'
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int n, char **a) {
  struct sock_filter f[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_personality, 0, 1),
                             BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                             BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
  struct sock_fprog p = { 4, f };
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p) != 0) return 125;
  execvp(a[1], a + 1);
  return 126;
}
C
"$CC" -o "$scratch/filter" "$scratch/filter.c" || exit 99
setarch -R "$scratch/filter" true || skip seccomp "no filter can be set here"

# says STATE WORDS COMMAND…: the record's, and what is printed
says() {
  state=$1 words=$2; shift 2
  "$@" --json -q --out "$scratch/r" >"$scratch/out" 2>"$scratch/err"; got=$?
  case $got in 0 | 3) ;; *) cat "$scratch/err"; fail "exit $got: $*" ;; esac
  python3 -c 'import json, sys
a = json.load(open(sys.argv[1]))["machine"]["addresses"]
sys.exit(not a.startswith(sys.argv[2]) and a)' "$scratch/out" "$state" || fail "the record of $*"
  "$@" -q --out "$scratch/r" >"$scratch/out" 2>"$scratch/err"
  if [ -n "$words" ]; then grep -q "$words" "$scratch/out" || { cat "$scratch/out"; fail "$* does not say: $words"; }
  else ! grep -q 'addresses  *\(fixed\|unknown\)' "$scratch/out" || { cat "$scratch/out"; fail "$* says it"; }; fi
}
fixed='addresses *fixed: the personality is ADDR_NO_RANDOMIZE'
verify='verify free-trace' # where this build has that gate
"$HARNESS" $verify -q --out "$scratch/r" >"$scratch/out" 2>&1
! grep -q COMPILED_OUT "$scratch/out" || { verify=; echo "left out: verify: $(head -1 "$scratch/out")"; }
for command in 'ab --a none --b none --budget 1' 'ab --cmd true --cmd true --runs 6' ${verify:+"$verify"}; do
  says random '' "$HARNESS" $command
  says fixed "$fixed" setarch -R "$HARNESS" $command
  says random '' "$scratch/filter" "$HARNESS" $command
  says fixed "$fixed" setarch -R "$scratch/filter" "$HARNESS" $command
done
says fixed 'not quiet: aslr: fixed: the personality is ADDR_NO_RANDOMIZE' setarch -R "$HARNESS" bench random_mixed \
  --ops 2000 --no-callgrind
"$scratch/filter" "$HARNESS" doctor >"$scratch/out" 2>"$scratch/err"
grep 'aslr' "$scratch/out" | grep -q 'cannot be fixed for callgrind.*Operation not permitted' ||
  { cat "$scratch/out"; fail "doctor does not say that personality(2) is refused"; }
! "$HARNESS" doctor 2>&1 | grep aslr | grep -q 'cannot be fixed' || fail "doctor says it where it is not so"
exit 0
