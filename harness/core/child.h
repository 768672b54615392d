/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child.h: starting a workload.
 *
 * Owns fork, the clean environment (HAKMEM_* removed unless asked for), the change to another
 * user (--user), LD_PRELOAD, redirections, time-outs and the wait status. No shell is
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
  bool bare_env;                      /* inherit PATH and the language alone */
  bool no_new_privs;                  /* PR_SET_NO_NEW_PRIVS: for tools, not for workloads, which may be set-uid */
  uint64_t memory_max, cpu_max_s;     /* RLIMIT_AS, RLIMIT_CPU; 0: as ours */
  const char *preload;                /* library to put first in LD_PRELOAD, or NULL */
  const char *user;                   /* run as this user; NULL: as we are */
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
  bool others;  /* another user's, started by the keeper: we may not signal it */
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

/* uid and gid that a workload runs as: those of `user` if given, else our own, which are the
 * invoking user's where sudo started us (privilege.h). */
int child_resolve_user(const char *user, uid_t *uid, gid_t *gid, struct error *err);

/* All that a child does between fork and execve, made ready before fork. */
struct child_launch {
  const char *path;
  char *const *argv, *const *env;
  bool change_user;
  uid_t uid;
  gid_t gid, groups[256];
  int group_count;
  struct child_fd {
    int fd, as; /* the same: close-on-exec is cleared */
  } fd[64];
  size_t fd_count;
  int cpu;
  bool no_aslr, traceme, new_session, die_with_parent, no_new_privs;
  uint64_t memory_max, cpu_max_s;
  int hold_fd, error_fd;
  int folder_fd; /* that it starts in, -1: ours */
  int ready_fd;  /* is closed once the child may be traced; -1: nobody waits for that */
};
/* Of the user that is to be changed to; false: no such user. */
bool child_launch_user(struct child_launch *launch, uid_t uid, gid_t gid);
/* In the child: async-signal-safe work alone. execve's errno goes to error_fd. */
_Noreturn void child_run(const struct child_launch *launch);

#endif
