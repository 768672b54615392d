/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keeper_internal.h: what the parts of the keeper share. */
#ifndef HARNESS_KEEPER_KEEPER_INTERNAL_H
#define HARNESS_KEEPER_KEEPER_INTERNAL_H

#include "harness/core/privilege.h"

enum { KEEPER_MESSAGE_ROOM = PRIVILEGE_MESSAGE_MAX };

struct keeper {
  const struct privilege_terms *terms;
  struct privilege_request request;
  char *more; /* what followed the request */
  size_t more_size;
  int fd[PRIVILEGE_FDS_MAX]; /* what came beside it; closed after the answer, -1 where kept */
  size_t fds;
  struct privilege_answer answer;
  char *reply; /* what follows the answer, KEEPER_MESSAGE_ROOM bytes */
  size_t reply_size;
  int reply_fd; /* goes beside it and is closed then; -1: none */
};

/* 0, or -EPERM: may this process be examined? */
int keeper_check_process(const struct keeper *k, pid_t pid);
/* Fills the answer: value, and what it means. */
int keeper_refuse(struct keeper *k, int code, const char *why);

/* keeper_rungs.c; each fills k->answer */
void keeper_rung_prepare(struct keeper *k);
void keeper_rung_attach(struct keeper *k);
void keeper_rung_read(struct keeper *k);
void keeper_rung_detach(struct keeper *k);
void keeper_rungs_end(void);

/* keeper_launch.c */
void keeper_start(struct keeper *k);
void keeper_signal(struct keeper *k);
bool keeper_started(pid_t pid);
void keeper_launch_end(void);

#endif
