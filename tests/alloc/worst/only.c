/* SPDX-License-Identifier: GPL-3.0-or-later */
/* only.c: runs a command with the system calls of allowed.inc alone, killed by any other, as systemd's
 * SystemCallFilter= does. usage: only COMMAND [ARGUMENT...]; 77 where no filter can be set */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const unsigned allowed[] = {
#include "allowed.inc"
};

int main(int count, char **argument) {
  enum { CALLS = sizeof allowed / sizeof *allowed };
  static struct sock_filter f[2 * CALLS + 2];
  unsigned short n = 0;
  if (count < 2) return 99;
  f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (unsigned i = 0; i < CALLS; i++) {
    f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }
  f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  struct sock_fprog program = { n, f };
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    return 77;
  execvp(argument[1], argument + 1);
  perror(argument[1]);
  return 99;
}
