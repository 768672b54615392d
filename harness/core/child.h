/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child.h: starting a workload.
 *
 * Owns fork, the clean environment (HAKMEM_* removed unless asked for), the drop of privileges
 * to the invoking user, LD_PRELOAD, redirections, time-outs and the wait status. No shell is
 * involved. A child is created held: it exists (its pid is known, probes can be attached for
 * it, it can be ptraced) but has not called execve; child_release() lets it go. */
#ifndef HARNESS_CORE_CHILD_H
#define HARNESS_CORE_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "harness/core/error.h"

struct child_spec {
  char *const *argv;                  /* argv[0] is looked up in the caller's PATH */
  char *const *env_set;               /* NAME=VALUE…, NULL-terminated; may be NULL */
  bool keep_hakmem_env;               /* do not remove inherited HAKMEM_* */
  const char *preload;                /* library to put first in LD_PRELOAD, or NULL */
  const char *user;                   /* run as this user; NULL: the invoking user (SUDO_UID), else as is */
  int stdin_fd, stdout_fd, stderr_fd; /* -1: inherit */
  const int *keep_fds;                /* further fds (close-on-exec is cleared), ended by -1; may be NULL */
  int cpu;                            /* pin to this CPU, -1: no */
  bool no_aslr;                       /* ADDR_NO_RANDOMIZE */
  bool traceme;                       /* PTRACE_TRACEME before execve */
  bool new_session;                   /* own process group, so that a time-out kills the tree */
  bool die_with_parent;               /* PR_SET_PDEATHSIG SIGKILL */
};

struct child {
  pid_t pid;
  int hold_fd;  /* write end of the hold pipe, -1 once released */
  int error_fd; /* execve's errno arrives here */
};

#define CHILD_SPEC_INIT \
 { .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1, .cpu = -1, .die_with_parent = true }

/* Creates the child, held before execve. */
int child_spawn_held(const struct child_spec *spec, struct child *child, struct error *err);
/* Lets it call execve and waits until that succeeded or failed (-ENOENT, -EACCES …). With
 * traceme the caller must not wait here: use child_release_nowait. */
int child_release(struct child *child, struct error *err);
int child_release_nowait(struct child *child, struct error *err);
/* Reaps it; *status as from waitpid. timeout_s 0: no limit. On time-out or when
 * interrupt_pending() the process group is killed and -ETIMEDOUT or -EINTR returned. */
int child_wait(struct child *child, double timeout_s, int *status, struct rusage *usage, struct error *err);
void child_kill(struct child *child);

/* Says a wait status in words ("exit 3", "killed by SIGSEGV"), into buf. */
const char *child_describe_status(int status, char *buf, size_t size);

/* The environment a child would get, NULL-terminated, to be freed with child_free_env. */
char **child_make_env(const struct child_spec *spec);
void child_free_env(char **env);

/* uid and gid that a workload runs as: those of `user` if given, else the invoking user's
 * (SUDO_UID, SUDO_GID) when started by sudo, else our own. */
int child_resolve_user(const char *user, uid_t *uid, gid_t *gid, struct error *err);

#endif
