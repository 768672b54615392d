/* SPDX-License-Identifier: GPL-3.0-or-later */
/* noplace.c: a kernel where nothing can be mapped at an address of one's own choice (emulators; few address bits),
 * and few addresses: `noplace KB BYTES` starts itself anew so, takes blocks until there are no more, and prints how
 * many KB they were. Exit 77: no filter can be set. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIXED_NOREPLACE = 0x100000 };

static int count(size_t bytes) {
  size_t n = 0;
  for (char *p; (p = malloc(bytes)) != NULL; n++) memset(p, 1, bytes);
  if (errno != ENOMEM) return 1;
  char line[64];
  int length = snprintf(line, sizeof line, "%zu\n", n * bytes >> 10);
  return write(STDOUT_FILENO, line, (size_t)length) != length;
}

int main(int argc, char **argv) {
  if (argc == 2) return count(strtoul(argv[1], NULL, 10));
  if (argc != 3) return 99;
  struct sock_filter code[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3])),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, FIXED_NOREPLACE, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EEXIST),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = { sizeof code / sizeof code[0], code };
  rlim_t bytes = (rlim_t)strtoul(argv[1], NULL, 10) << 10;
  struct rlimit limit = { bytes, bytes };
  const char *library = getenv("NOPLACE_PRELOAD");
  if (library != NULL) setenv("LD_PRELOAD", library, 1);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) return 77;
  if (setrlimit(RLIMIT_AS, &limit) != 0) return 99;
  execl("/proc/self/exe", argv[0], argv[2], NULL);
  return 99;
}
