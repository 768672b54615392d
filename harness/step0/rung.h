/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rung.h: one way to count executions, behind one small interface.
 *
 * The ladder is rungs.def. A rung is asked in this order:
 *
 *     prepare   before the workload's process exists (may be NULL)
 *     attach    the process exists, held before execve, or it runs (target.attached)
 *     released  it was let go (may be NULL); a ptrace rung traces in here until stop or end
 *     read      any time until detach
 *     detach    takes everything out of the kernel and the target; may be called at any time
 *               after prepare, also twice
 *
 * What is in scope: the process, its threads, and what it forks, through execve. A rung that
 * covers less says so in scope. */
#ifndef HARNESS_STEP0_RUNG_H
#define HARNESS_STEP0_RUNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "harness/core/child.h"
#include "harness/core/error.h"
#include "harness/step0/elf_object.h"
#include "harness/step0/insn.h"

/* One armed place. Several points may belong to one site (inlined copies). */
struct probe_point {
  const struct elf_object *object;
  struct elf_place place;
  struct insn insn;
  uint64_t hits;
  bool measured;          /* hits means something */
  const char *counter;    /* symbol of the compiled-in counter of this site, NULL: none */
  uint64_t counter_value; /* its value at the end, where a rung reads it (rung_watch) */
  bool moves;             /* a uprobe here is refused, or would change the target */
  bool has_moved;         /* this place runs as often, and carries one */
  struct elf_place moved;
  struct insn moved_insn;
};

struct probe_target {
  pid_t pid;
  bool attached;       /* it ran before we came (-p PID) */
  struct child *child; /* NULL where attached */
  double timeout_s;    /* 0: none */
};

/* What of the target the counts cover. */
struct rung_scope {
  char text[160];
  bool whole_machine; /* other processes count as well */
  bool blind_before;  /* what was there before is not seen (rung_counter) */
  unsigned unseen;    /* programs that the target started, and that never had the first object */
  int unseen_pid;     /* one of them */
  unsigned alive;     /* of the target, at the end */
  int alive_pid;
  unsigned replaced; /* programs that mapped other code over the first object's */
  int replaced_pid;
  unsigned weakened; /* programs that ran without their set-uid, set-gid or file capabilities, for being traced */
  int weakened_pid;
  bool lost; /* of what was started not all is known */
};

/* Who may use a rung: the advice for a refusal depends on it. */
enum rung_need { NEED_ROOT, NEED_UPROBE_MULTI, NEED_PTRACE, NEED_PARANOID };

struct rung {
  const char *name;
  /* state: whatever the rung needs, made by prepare or attach, freed by detach. points keep their
   * place until detach. */
  int (*prepare)(void **state, struct error *err);
  int (*attach)(void **state, struct probe_point *points, size_t count, const struct probe_target *target,
                struct rung_scope *scope, struct error *err);
  /* For rungs that must follow the target themselves: follows it until it ended (status), or
   * until enough() says so; then takes its breakpoints out and lets it go. */
  int (*follow)(void *state, const struct probe_target *target, bool (*enough)(void *), void *enough_context,
                bool *ended, int *status, struct error *err);
  int (*read)(void *state, struct error *err); /* into points[].hits */
  void (*detach)(void *state);
  enum rung_need need;
  size_t slots;    /* places that it has room for, 0: any number */
  bool sites_only; /* reads the counter of a site: no other place, and one place of each */
  bool uprobe;     /* the kernel's: not on every instruction */
};

/* Write watchpoints on the counters: not on the ladder, it corroborates. */
extern const struct rung rung_watch;
extern const struct rung *const rung_ladder[]; /* ended by NULL, best first */
const struct rung *rung_find(const char *name);
/* The same rung as it is used here: through the keeper where sudo started us (rung_kept.c). */
const struct rung *rung_here(const struct rung *rung);
/* Room for so many more descriptors, as far as it is permitted. The target has been started already: it
 * keeps its own limit. */
void rung_want_files(size_t count);
/* Advice for a refusal: who may use this rung, and what to do. */
int rung_refused(const struct rung *rung, int code, const char *what, struct error *err);
#define RUNG(file, name, needs, counts) extern const struct rung rung_##file;
#include "harness/step0/rungs.def"
#undef RUNG

#endif
