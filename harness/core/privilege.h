/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privilege.h: who we are where sudo started us (doc/security.md).
 *
 * Owns the parting at the start of main: this process becomes the invoking user for good, a second
 * one, the keeper, keeps root and answers the few requests of privilege_protocol.h. Owns the
 * environment that goes with a change of user. */
#ifndef HARNESS_CORE_PRIVILEGE_H
#define HARNESS_CORE_PRIVILEGE_H

#include <linux/perf_event.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "harness/core/error.h"
#include "harness/core/privilege_protocol.h"

/* What the keeper may do, fixed before the parting. */
struct privilege_terms {
  int socket;
  uid_t uid;        /* whose processes may be examined */
  pid_t pid;        /* and this one, named by -p on the command line; 0: none */
  const char *user; /* named by --user; NULL: none */
};

/* First in main. Where sudo started us: forks the keeper, which runs keep() and exits, and returns in
 * a process that is the user's. Elsewhere it does nothing. */
int privilege_part(int argc, char **argv, void (*keep)(const struct privilege_terms *terms), struct error *err);

/* Is there a keeper to ask? */
bool privilege_kept(void);

/* Asks the keeper: request, then `size` more bytes, with `fds` beside it. The answer, with up to
 * `room` more bytes into `more` (NULL: none); *fd_out, where not NULL, is the descriptor that came
 * beside it, or -1. Returns answer->value; -EPIPE: the keeper is gone. */
int privilege_ask(const struct privilege_request *request, const void *data, size_t size, const int *fds,
                  size_t fd_count, struct privilege_answer *answer, void *more, size_t room, int *fd_out);

/* perf_event_open(2); what the user is refused is asked of the keeper. A descriptor, or -1 with errno. */
int privilege_perf_event_open(const struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags);

/* After fork, before execve, in what becomes another program: cannot ask any more, and may be traced. */
void privilege_forget(void);

/* One message with its descriptors, for both ends. Length or -errno; 0 is the end. Descriptors that
 * do not fit are closed and make it -EMSGSIZE. */
ssize_t privilege_send(int socket, const void *head, size_t head_size, const void *data, size_t size, const int *fds,
                       size_t fd_count);
ssize_t privilege_receive(int socket, void *head, size_t head_size, void *data, size_t room, int *fds,
                          size_t *fd_count);

/* The environment for this user out of `from`, as doc/security.md says; NULL-terminated, every entry and
 * the list allocated. NULL: no memory. */
char **privilege_environment(char *const *from, const struct passwd *user);

#endif
