/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracer.h: follows a process by ptrace(2) through threads, forks and execve, and knows where
 * objects are mapped in each.
 *
 * PTRACE_SEIZE is used for all: no SIGSTOPs that the target could see. Objects that come late
 * (libraries, dlopen) are noticed by a breakpoint on the dynamic linker's _dl_debug_state, which
 * it calls when the list of objects is consistent again and before constructors run. */
#ifndef HARNESS_STEP0_TRACER_H
#define HARNESS_STEP0_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "harness/core/error.h"
#include "harness/step0/memory_map.h"
#include "harness/step0/ptrace_arch.h"
#include "harness/step0/rung.h"

/* One address space: a process, or a vfork child until it calls execve. */
struct trace_space {
  unsigned id; /* never used twice, unlike its address */
  int users;   /* processes that share it */
  /* Places: that of point i stands at i, at i + the tracer's count where its object is mapped once more
   * (dlmopen), and so on. */
  size_t places;
  uint64_t *address; /* of each, 0: not mapped */
  uint64_t *saved;   /* the code beneath an inserted breakpoint */
  bool *inserted;
  uint64_t loader_address; /* of _dl_debug_state, 0: none (static, or not found) */
  uint64_t loader_saved;
  uint64_t *base_value; /* for the rung's own use */
  uint64_t *semaphore;  /* address of each point's that is raised, 0: none */
  uint64_t slot;        /* of 16 bytes behind the object's code, where instructions are run, 0: none */
  uint64_t slot_saved[2];
  size_t slot_place; /* whose instruction stands there; SIZE_MAX: none */
  unsigned version;  /* of the addresses: debug registers are set anew where a thread has another */
  pid_t process;
  bool executed; /* a program was started in it */
  bool seen;     /* the first point's object was mapped in it */
  struct tracer *tracer;
};

struct trace_thread {
  pid_t tid, tgid;
  struct trace_space *space; /* NULL: its maker's event has not come yet */
  bool stopped, pending;
  bool in_vfork; /* waits for its child's execve or end: runs nothing and cannot be stopped */
  bool vforked;  /* its maker waits for it */
  bool exiting;  /* runs nothing of its own any more */
  int pending_status;
  pid_t child;         /* that its last event of that kind told of */
  bool child_known;    /* and that is worked off already; the maker has still to go on */
  uint64_t counted_at; /* address whose hit is counted already (a signal came in between) */
  unsigned armed;      /* version of the space whose addresses are in its debug registers, 0: none */
};

struct tracer;
struct tracer_callbacks {
  bool insert_breakpoints;
  bool registers; /* debug registers, set in each thread */
  /* point has become mapped at address in the stopped thread's process; may be NULL */
  int (*mapped)(struct tracer *t, struct trace_thread *thread, size_t point, uint64_t address);
  /* space of a forked child was copied from its parent's */
  void (*forked)(struct tracer *t, struct trace_thread *child);
  /* a thread ends: for the last one of a process the last chance to look into its memory */
  void (*exiting)(struct tracer *t, struct trace_thread *thread);
  /* all is stopped that can be, and will be let go; may be NULL */
  void (*stopping)(struct tracer *t);
};

struct tracer {
  struct probe_point *points;
  size_t count;
  const struct tracer_callbacks *call;
  void *context;
  struct trace_thread **thread;
  size_t threads, room;
  pid_t root;
  bool attached;
  bool root_ended;
  int root_status;
  struct error error;
  struct rung_scope *scope; /* what was not seen is told there */
  size_t turn;              /* whose stop is looked at next */
  size_t registers_end;     /* the first point that some thread had no register for; SIZE_MAX: none */
};

int tracer_start(struct tracer *t, struct probe_point *points, size_t count, const struct probe_target *target,
                 const struct tracer_callbacks *call, void *context, struct rung_scope *scope, struct error *err);
/* Follows until the root process has ended, enough() is true, *stop is set, or the time is up.
 * Then all breakpoints are out and every thread runs untraced. -ETIMEDOUT, -EINTR (the target
 * that we started is killed then), or what went wrong. */
int tracer_follow(struct tracer *t, const struct probe_target *target, bool (*enough)(void *), void *context,
                  bool *ended, int *status, struct error *err);
/* Lets everything go; idempotent (tracer_stop.c). */
void tracer_stop(struct tracer *t);
/* Reads the target's memory; false where it is not there. */
bool tracer_peek(pid_t pid, uint64_t address, void *buf, size_t size);

/* tracer_break.c */
int trace_poke(pid_t tid, uint64_t address, uint64_t code, uint64_t *saved);
int trace_space_update(struct tracer *t, struct trace_thread *th);
void trace_space_remove(struct trace_space *s, pid_t tid);
/* The same where nobody can be stopped in that memory. */
void trace_space_remove_unstopped(struct trace_space *s, pid_t tid);
struct trace_space *trace_space_new(struct tracer *t, pid_t process);
/* Room for one more place of each point. -ENOMEM, -E2BIG. */
int trace_space_grow(struct trace_space *s);
struct trace_space *trace_space_copy(const struct trace_space *from, struct tracer *t, pid_t process);
void trace_space_drop(struct trace_space *s);
/* Is the SIGTRAP that the thread is stopped by of a debug register? The kernel hands one on where a
 * breakpoint was taken away just then. */
bool trace_hit_register(pid_t tid);
/* si_code of that SIGTRAP, 0: it is stopped by something else. */
int trace_trap_code(pid_t tid);
/* Takes the one at the dynamic linker out of a process that somebody else left it in. */
void trace_restore_loader(pid_t pid, int memory);
/* tracer_space.c: what else belongs to a memory. Is the count of a semaphore to be raised, or lowered? */
void trace_semaphore(struct trace_space *s, size_t place, pid_t tid, bool raise);
/* Finds the room behind the first object's code, where it is not known or has gone. */
void trace_find_slot(struct tracer *t, struct trace_space *s, const struct memory_map *map, size_t maps);
/* tracer_registers.c: into a stopped thread, where it has not the ones of its space. */
void trace_set_registers(struct tracer *t, struct trace_thread *th);
void trace_clear_registers(struct trace_thread *th);
/* Do they trap on this machine at all? Tried on a child of our own: some virtual machines take them and
 * never fire. */
bool trace_registers_work(void);
bool trace_count_register(struct tracer *t, struct trace_thread *th);
/* A signal is about to be delivered. Where it comes between a register's trap, which is counted, and the
 * instruction: RF in EFLAGS passes the trap once (Intel SDM 3B, 18.3.1.1), and a handler that changes where it
 * returns to (Go's preemption) loses it. Taken away here, so that the trap comes again whatever the handler does;
 * that one is not counted. */
void trace_signal_at_register(const struct tracer *t, struct trace_thread *th);
static inline struct probe_point *trace_point(const struct tracer *t, size_t place) {
  return &t->points[place % t->count];
}
/* Handles a stop by SIGTRAP: true if it was one of our breakpoints (the thread can go on). */
bool trace_hit(struct tracer *t, struct trace_thread *th);

/* tracer_wait.c: the list of threads and what they report. NULL: not followed (yet), no memory. */
struct trace_thread *trace_find(struct tracer *t, pid_t tid);
struct trace_thread *trace_add(struct tracer *t, pid_t tid);
void trace_forget(struct tracer *t, struct trace_thread *th);
/* Waits for anybody's next stop or end and notes it. -ETIMEDOUT once the clock passes the deadline (a
 * time of clock_monotonic_s, looked at every 20 ms while trace_ticks), -ECHILD where nobody is left. */
int trace_wait_any(struct tracer *t, double deadline_s);
/* Waits for one thread's, and notes all that come first. -ECHILD: it ends or has ended. */
int trace_wait_one(struct tracer *t, pid_t tid);
/* Wakes waits now and then, until the call with false; may be nested. */
void trace_ticks(bool on);
/* PTRACE_SEIZE, while trace_ticks. 0 or a negative errno. */
int trace_seize(struct tracer *t, pid_t tid, int options);
/* Stops what shares th's memory; th is stopped. */
void trace_stop_others(struct tracer *t, struct trace_thread *th);
/* Stops all; makers of vfork children where that can be. */
void trace_stop_all(struct tracer *t);
/* The thread or process that maker's PTRACE_EVENT_CLONE, _FORK or _VFORK tells of. */
void trace_new_child(struct tracer *t, struct trace_thread *maker, int event);
/* Does that for all such events that came in answer to trace_stop_all: then all these are stopped, too. */
void trace_await_new_children(struct tracer *t);
/* Stopped in its new program by execve: what memory it had before does not matter any more. */
static inline bool trace_in_exec(const struct trace_thread *th) {
  return th->pending && WIFSTOPPED(th->pending_status) && th->pending_status >> 16 == PTRACE_EVENT_EXEC;
}
static inline bool trace_has_ended(const struct trace_thread *th) {
  return th->pending && !WIFSTOPPED(th->pending_status);
}

#endif
