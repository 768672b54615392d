/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor.h: what this machine can measure, found by trying and not by asking for versions.
 *
 * Each check is one small function in the table of doctor.c; it fills one struct doctor_check
 * and leaves nothing behind. What a check finds is a judgement about the machine, never an
 * error of the harness. */
#ifndef HARNESS_DOCTOR_DOCTOR_H
#define HARNESS_DOCTOR_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/privilege_protocol.h"

enum doctor_status {
  DOCTOR_OK,
  DOCTOR_DEGRADED,    /* measurements work, with the limit that detail names */
  DOCTOR_UNAVAILABLE, /* this kind of measurement cannot be made here */
};

struct doctor_check {
  const char *name;
  enum doctor_status status;
  char detail[640]; /* what was found, with the errno of a refusal */
  char advice[640]; /* what to do about it; empty where there is nothing to do */
};

enum { DOCTOR_CHECKS_MAX = 48 };

/* Runs every check (about a second, most of it the noise measurement) into checks[]; returns
 * how many. */
size_t doctor_run(struct doctor_check *checks, size_t room);
const char *doctor_status_name(enum doctor_status status);

/* The checks among them that say whether times can be trusted (noise, load, steal, governor,
 * turbo, smt, cpu-quota, thp, aslr), the noise over 0.1 s only; for commands that measure. */
size_t doctor_run_conditions(struct doctor_check *checks, size_t room);

/* The times of a loop that touches no memory, pinned to the CPU that is measured on first. */
struct doctor_noise {
  double loop_ns;     /* median */
  double spread_pct;  /* from the 10% to the 90% quantile, by the median */
  double worst_ratio; /* the longest by the median */
  double lost_pct;    /* what all loops took beyond the median, by what they took */
  size_t loops;
};
void doctor_measure_noise(double seconds, struct doctor_noise *noise);
void doctor_judge_noise(const struct doctor_noise *noise, struct doctor_check *check);
/* Time of all CPUs since boot that the host gave to others, and all of it, in ticks; -errno. */
int doctor_read_steal(unsigned long long *steal, unsigned long long *total);

/* For the checks: sets status and detail; returns check, so that advice can follow. */
struct doctor_check *doctor_find(struct doctor_check *check, enum doctor_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_advise(struct doctor_check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* First line of a small file without its newline; -errno, else its length. */
int doctor_read_line(const char *path, char *buf, size_t size);
/* A refusal in words: "EACCES (Permission denied)"; error is positive. */
const char *doctor_errno_text(int error, char *buf, size_t size);

/* Where sudo started us the keeper finds it: true. false: nobody to ask, the check is made here. */
bool doctor_ask_keeper(enum privilege_finding_of which, struct doctor_check *c);

/* doctor_kernel.c: what the kernel lets this user do */
void doctor_check_pmu(struct doctor_check *c);
void doctor_check_rdpmc(struct doctor_check *c);
void doctor_check_sampling(struct doctor_check *c);
void doctor_check_paranoid(struct doctor_check *c);
void doctor_check_kptr(struct doctor_check *c);
void doctor_check_ptrace(struct doctor_check *c);
/* doctor_probes.c */
void doctor_check_uprobe(struct doctor_check *c);
void doctor_check_uprobe_multi(struct doctor_check *c);
void doctor_check_uprobe_nop(struct doctor_check *c);
/* doctor_machine.c: what makes time vary */
void doctor_check_cpus(struct doctor_check *c);
void doctor_check_virtual(struct doctor_check *c);
void doctor_check_clock(struct doctor_check *c);
void doctor_check_governor(struct doctor_check *c);
void doctor_check_turbo(struct doctor_check *c);
void doctor_check_smt(struct doctor_check *c);
void doctor_check_quota(struct doctor_check *c);
void doctor_check_thp(struct doctor_check *c);
void doctor_check_aslr(struct doctor_check *c);
/* doctor_noise.c */
void doctor_check_load(struct doctor_check *c);
void doctor_check_steal(struct doctor_check *c);
void doctor_check_noise(struct doctor_check *c);
/* doctor_core.c: another hardware thread on the core, which the guest cannot see as steal */
void doctor_check_core(struct doctor_check *c);
/* doctor_leftovers.c: what runs that were killed left behind, and optional programs */
void doctor_check_leftovers(struct doctor_check *c);
void doctor_check_leftover_probes(struct doctor_check *c); /* the parts that need root */
void doctor_check_leftover_programs(struct doctor_check *c);
void doctor_check_tool(struct doctor_check *c); /* the program after "tool:" in c->name */

#endif
