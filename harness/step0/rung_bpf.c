/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rung_bpf.c: BPF uprobe_multi: all points of an object attached by one call, counted in the
 * kernel with an atomic add, read through mapped memory. Needs Linux 6.6, CAP_BPF and CAP_PERFMON. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/step0/bpf_code.h"
#include "harness/step0/rung.h"

enum { TASKS_MAX = 32768, LINKS_MAX = 64, COUNTS_MAX = 65536 };

struct bpf_state {
  struct probe_point *points;
  size_t count;
  int tasks, counts, hit, fork_program, exit_program, fork_link, exit_link;
  int link[LINKS_MAX];
  size_t link_count;
  volatile uint64_t *value; /* count + 1 of them: the last is the overflow of the task map */
  size_t mapped;
};

static int open_state(struct bpf_state *s) {
  int fd;
  s->tasks = s->counts = s->hit = s->fork_program = s->exit_program = s->fork_link = s->exit_link = -1;
  s->tasks = bpf_map_tasks(TASKS_MAX);
  if (s->tasks < 0) return s->tasks;
  if ((fd = bpf_program_seed(s->tasks)) < 0) return fd;
  int rc = bpf_run_once(fd);
  close(fd);
  return rc;
}

static void *close_one(void *fd) {
  close((int)(intptr_t)fd);
  return NULL;
}

/* Closing a link waits for the kernel's grace periods, 30 to 60 ms each; waiting for all of them
 * at once takes as long as for one. */
static void close_together(const int *fds, size_t count) {
  pthread_t thread[LINKS_MAX + 2];
  size_t started = 0;
  for (size_t i = 0; i < count; i++) {
    if (fds[i] < 0) continue;
    if (pthread_create(&thread[started], NULL, close_one, (void *)(intptr_t)fds[i]) == 0) started++;
    else close(fds[i]);
  }
  for (size_t i = 0; i < started; i++) pthread_join(thread[i], NULL);
}

static void bpf_detach(void *state) {
  struct bpf_state *s = state;
  if (s == NULL) return;
  int links[LINKS_MAX + 2];
  memcpy(links, s->link, s->link_count * sizeof *links);
  links[s->link_count] = s->fork_link;
  links[s->link_count + 1] = s->exit_link;
  close_together(links, s->link_count + 2);
  const int fds[] = { s->fork_program, s->exit_program, s->hit, s->counts, s->tasks };
  if (s->value != NULL) munmap((void *)s->value, s->mapped);
  for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
    if (fds[i] >= 0) close(fds[i]);
  free(s);
}

static int bpf_prepare(void **state, struct error *err) {
  struct bpf_state *s = calloc(1, sizeof *s);
  *state = NULL;
  if (s == NULL) return error_set_errno(err, -ENOMEM, "bpf-uprobe-multi");
  int rc = open_state(s);
  /* the fork program has to be there before the workload's process is; the index of its overflow
   * slot is 0: points follow */
  if (rc == 0 && (s->counts = bpf_map_counts(COUNTS_MAX)) < 0) rc = s->counts;
  if (rc == 0 && (s->fork_program = bpf_program_fork(s->tasks, s->counts, 0, NULL)) < 0) rc = s->fork_program;
  if (rc == 0 && (s->exit_program = bpf_program_exit(s->tasks)) < 0) rc = s->exit_program;
  if (rc == 0 && (s->fork_link = bpf_attach_raw_tracepoint(s->fork_program, "sched_process_fork")) < 0)
    rc = s->fork_link;
  if (rc == 0 && (s->exit_link = bpf_attach_raw_tracepoint(s->exit_program, "sched_process_exit")) < 0)
    rc = s->exit_link;
  if (rc != 0) {
    bpf_detach(s);
    return rung_refused(&rung_bpf, rc, "BPF programs", err);
  }
  *state = s;
  return 0;
}

/* All points of one object by one call. */
static int attach_object(struct bpf_state *s, const struct elf_object *object, struct error *err) {
  uint64_t *offsets = calloc(3 * s->count, sizeof *offsets);
  if (offsets == NULL) return error_set_errno(err, -ENOMEM, "bpf-uprobe-multi");
  uint64_t *cookies = offsets + s->count, *semaphores = cookies + s->count;
  bool any_semaphore = false;
  unsigned n = 0;
  for (size_t i = 0; i < s->count; i++) {
    if (s->points[i].object != object) continue;
    offsets[n] = s->points[i].place.offset;
    semaphores[n] = s->points[i].place.semaphore_offset;
    any_semaphore |= semaphores[n] != 0;
    cookies[n++] = i + 1;
  }
  int fd = bpf_attach_uprobes(s->hit, object->path, offsets, any_semaphore ? semaphores : NULL, cookies, n);
  free(offsets);
  if (fd < 0) return rung_refused(&rung_bpf, fd, object->path, err);
  s->link[s->link_count++] = fd;
  return 0;
}

/* What a process that runs already will fork from now on is in scope. */
static int follow_process(struct bpf_state *s, pid_t pid, struct bpf_process *process) {
  int rc = bpf_process_find(pid, process);
  if (rc != 0) return rc;
  close(s->fork_link);
  close(s->fork_program);
  s->fork_link = -1;
  s->fork_program = bpf_program_fork(s->tasks, s->counts, 0, process);
  if (s->fork_program < 0) return s->fork_program;
  s->fork_link = bpf_attach_raw_tracepoint(s->fork_program, "sched_process_fork");
  return s->fork_link;
}

static int bpf_attach(void **state, struct probe_point *points, size_t count, const struct probe_target *target,
                      struct rung_scope *scope, struct error *err) {
  struct bpf_state *s = *state;
  s->points = points;
  s->count = count;
  if (count + 1 > COUNTS_MAX)
    return error_raise(err, ERROR_REFUSED, -E2BIG, "bpf-uprobe-multi: %zu places are more than %d", count,
                       COUNTS_MAX - 1);
  /* from here on what this process starts is not in scope */
  int fd = bpf_program_unseed(s->tasks);
  if (fd >= 0) {
    bpf_run_once(fd);
    close(fd);
  }
  s->mapped = COUNTS_MAX * sizeof(uint64_t);
  void *map = mmap(NULL, s->mapped, PROT_READ, MAP_SHARED, s->counts, 0);
  if (map == MAP_FAILED) return rung_refused(&rung_bpf, -errno, "map", err);
  s->value = map;
  struct bpf_process process;
  if (target->attached && (fd = follow_process(s, target->pid, &process)) < 0)
    return rung_refused(&rung_bpf, fd, "BPF programs for a process", err);
  s->hit = bpf_program_hit(s->tasks, s->counts, target->attached ? &process : NULL);
  if (s->hit < 0) return rung_refused(&rung_bpf, s->hit, "BPF program", err);
  for (size_t i = 0; i < count; i++) {
    bool seen = false;
    for (size_t k = 0; k < i && !seen; k++) seen = points[k].object == points[i].object;
    if (seen) continue;
    if (s->link_count == LINKS_MAX)
      return error_raise(err, ERROR_UNMEASURED, -E2BIG, "bpf-uprobe-multi: more than %d objects", LINKS_MAX);
    int rc = attach_object(s, points[i].object, err);
    if (rc != 0) return rc;
  }
  strcpy(scope->text, target->attached ? "the process, its threads, and what it starts from now on"
                                       : "the process, its threads, and all that it starts");
  return 0;
}

static int bpf_read(void *state, struct error *err) {
  struct bpf_state *s = state;
  if (s->value[0] != 0)
    return error_raise(err, ERROR_UNMEASURED, -EOVERFLOW,
                       "more than %d processes and threads at once: counts would be short", TASKS_MAX);
  for (size_t i = 0; i < s->count; i++) {
    s->points[i].hits = s->value[i + 1];
    s->points[i].measured = true;
  }
  return 0;
}

const struct rung rung_bpf = {
  .name = "bpf-uprobe-multi",
  .need = NEED_UPROBE_MULTI,
  .uprobe = true,
  .prepare = bpf_prepare,
  .attach = bpf_attach,
  .read = bpf_read,
  .detach = bpf_detach,
};
