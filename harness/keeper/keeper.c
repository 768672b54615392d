/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keeper.c: see keeper.h. The loop, who may be examined, and the requests of one call. */
#include "harness/keeper/keeper.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/doctor/doctor.h"
#include "harness/keeper/keeper_internal.h"

int keeper_refuse(struct keeper *k, int code, const char *why) {
  k->answer.value = error_raise(&k->answer.error, ERROR_REFUSED, code, "the privileged helper refuses: %s", why);
  return code;
}

/* Real, effective, saved and file system user id of a process or thread. */
static bool belongs_to(pid_t pid, uid_t uid) {
  char path[64], line[256];
  unsigned id[4] = { 0 };
  bool found = false;
  snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
  FILE *f = fopen(path, "re");
  while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
    found = sscanf(line, "Uid: %u %u %u %u", &id[0], &id[1], &id[2], &id[3]) == 4;
  if (f != NULL) fclose(f);
  return found && id[0] == uid && id[1] == uid && id[2] == uid && id[3] == uid;
}

int keeper_check_process(const struct keeper *k, pid_t pid) {
  if (pid <= 0) return -EPERM;
  if (pid == k->terms->pid || keeper_started(pid) || belongs_to(pid, k->terms->uid)) return 0;
  return -EPERM;
}

static const char *perf_fault(const struct perf_event_attr *a) {
  bool plain = a->type == PERF_TYPE_HARDWARE || a->type == PERF_TYPE_SOFTWARE || a->type == PERF_TYPE_HW_CACHE ||
               a->type == PERF_TYPE_RAW || a->type == PERF_TYPE_BREAKPOINT;
  if (!plain || a->size > sizeof *a) return "an event of that type";
  if (!a->exclude_kernel || !a->exclude_hv) return "what the kernel does";
  if (a->bpf_event || a->ksymbol || a->text_poke || a->context_switch) return "records of the whole machine";
  if ((a->sample_type & PERF_SAMPLE_PHYS_ADDR) != 0 ||
      (a->branch_sample_type & (PERF_SAMPLE_BRANCH_KERNEL | PERF_SAMPLE_BRANCH_HV)) != 0)
    return "the kernel's addresses";
  return NULL;
}

static void perf_event(struct keeper *k) {
  struct perf_event_attr *a = &k->request.perf.attr;
  const char *fault = perf_fault(a);
  bool grouped = k->request.perf.group != 0;
  if (fault != NULL) keeper_refuse(k, -EACCES, fault);
  else if ((k->request.perf.flags & ~(uint64_t)PERF_FLAG_FD_CLOEXEC) != 0) keeper_refuse(k, -EACCES, "these flags");
  else if (grouped != (k->fds == 1)) keeper_refuse(k, -EINVAL, "a group without its leader");
  else if (keeper_check_process(k, k->request.perf.pid) != 0)
    keeper_refuse(k, -EACCES, "an event of somebody else's process");
  else {
    long fd = syscall(SYS_perf_event_open, a, k->request.perf.pid, k->request.perf.cpu, grouped ? k->fd[0] : -1,
                      PERF_FLAG_FD_CLOEXEC);
    k->answer.value = fd < 0 ? -errno : 0;
    k->reply_fd = (int)fd;
  }
}

static void doctor(struct keeper *k) {
  static void (*const check[PRIVILEGE_FINDINGS])(struct doctor_check *) = {
    [PRIVILEGE_FINDING_UPROBE] = doctor_check_uprobe,
    [PRIVILEGE_FINDING_UPROBE_MULTI] = doctor_check_uprobe_multi,
    [PRIVILEGE_FINDING_UPROBE_NOP] = doctor_check_uprobe_nop,
    [PRIVILEGE_FINDING_PROBES] = doctor_check_leftover_probes,
    [PRIVILEGE_FINDING_PROGRAMS] = doctor_check_leftover_programs,
  };
  struct privilege_finding *to = &k->answer.finding;
  struct doctor_check c = { .name = "" };
  if (k->request.finding >= PRIVILEGE_FINDINGS) {
    keeper_refuse(k, -EINVAL, "an unknown check");
    return;
  }
  check[k->request.finding](&c);
  to->status = (int32_t)c.status;
  snprintf(to->detail, sizeof to->detail, "%s", c.detail);
  snprintf(to->advice, sizeof to->advice, "%s", c.advice);
}

static void answer(struct keeper *k) {
  switch ((enum privilege_op)k->request.op) {
  case PRIVILEGE_RUNG_PREPARE: keeper_rung_prepare(k); return;
  case PRIVILEGE_RUNG_ATTACH: keeper_rung_attach(k); return;
  case PRIVILEGE_RUNG_READ: keeper_rung_read(k); return;
  case PRIVILEGE_RUNG_DETACH: keeper_rung_detach(k); return;
  case PRIVILEGE_PERF_EVENT: perf_event(k); return;
  case PRIVILEGE_START: keeper_start(k); return;
  case PRIVILEGE_SIGNAL: keeper_signal(k); return;
  case PRIVILEGE_DOCTOR: doctor(k); return;
  }
  keeper_refuse(k, -EINVAL, "an unknown request");
}

void keeper_serve(const struct privilege_terms *terms) {
  static struct keeper k;
  k.terms = terms;
  k.more = malloc(KEEPER_MESSAGE_ROOM);
  k.reply = malloc(KEEPER_MESSAGE_ROOM);
  while (k.more != NULL && k.reply != NULL) {
    k.fds = PRIVILEGE_FDS_MAX;
    ssize_t n =
        privilege_receive(terms->socket, &k.request, sizeof k.request, k.more, KEEPER_MESSAGE_ROOM, k.fd, &k.fds);
    if (n == 0 || (n < 0 && n != -EMSGSIZE)) break;
    memset(&k.answer, 0, sizeof k.answer);
    k.reply_size = 0;
    k.reply_fd = -1;
    if (n < (ssize_t)sizeof k.request) keeper_refuse(&k, -EINVAL, "a request of another size");
    else {
      k.more_size = (size_t)n - sizeof k.request;
      answer(&k);
    }
    n = privilege_send(terms->socket, &k.answer, sizeof k.answer, k.reply, k.reply_size, &k.reply_fd, k.reply_fd >= 0);
    if (k.reply_fd >= 0) close(k.reply_fd);
    for (size_t i = 0; i < k.fds; i++)
      if (k.fd[i] >= 0) close(k.fd[i]);
    if (n < 0) break;
  }
  keeper_rungs_end();
  keeper_launch_end();
}
