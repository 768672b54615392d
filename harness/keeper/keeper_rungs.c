/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keeper_rungs.c: arms the rungs of the ladder that count in the kernel. Where they arm comes as a
 * descriptor and an offset: no ELF file is read here, and no path followed. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/keeper/keeper_internal.h"
#include "harness/step0/rung.h"

static const struct rung *const rungs[PRIVILEGE_RUNGS] = { &rung_bpf, &rung_perf, &rung_tracefs };

enum { ARMED_MAX = 8 };

static struct armed {
  const struct rung *rung; /* NULL: free */
  void *state;
  struct probe_point *point;
  size_t count;
  struct elf_object object[PRIVILEGE_FDS_MAX];
  char path[PRIVILEGE_FDS_MAX][32];
  size_t objects;
} armed[ARMED_MAX];

static struct armed *find(struct keeper *k, int32_t handle) {
  if (handle >= 0 && handle < ARMED_MAX && armed[handle].rung != NULL) return &armed[handle];
  keeper_refuse(k, -EINVAL, "an unknown rung");
  return NULL;
}

static void disarm(struct armed *a) {
  if (a->rung == NULL) return;
  a->rung->detach(a->state);
  for (size_t i = 0; i < a->objects; i++) close(a->object[i].fd);
  free(a->point);
  memset(a, 0, sizeof *a);
}

void keeper_rungs_end(void) {
  for (size_t i = 0; i < ARMED_MAX; i++) disarm(&armed[i]);
}

void keeper_rung_prepare(struct keeper *k) {
  int32_t i = 0;
  while (i < ARMED_MAX && armed[i].rung != NULL) i++;
  if (k->request.rung.rung >= PRIVILEGE_RUNGS || i == ARMED_MAX) {
    keeper_refuse(k, -EINVAL, "one more rung");
    return;
  }
  const struct rung *rung = rungs[k->request.rung.rung];
  int rc = rung->prepare != NULL ? rung->prepare(&armed[i].state, &k->answer.error) : 0;
  if (rc == 0) armed[i].rung = rung;
  k->answer.value = rc == 0 ? i : rc;
}

/* What the user could not read he may not have armed either. */
static const char *file_fault(int fd, struct stat *st) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_PATH) != 0 || (flags & O_ACCMODE) == O_WRONLY)
    return "a file that is not open for reading";
  if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode)) return "what is no regular file";
  return NULL;
}

static const char *take_points(struct keeper *k, struct armed *a) {
  const struct privilege_point *from = (const struct privilege_point *)(const void *)k->more;
  size_t count = k->request.attach.count;
  off_t size[PRIVILEGE_FDS_MAX];
  if (count == 0 || count > PRIVILEGE_POINTS_MAX || k->more_size != count * sizeof *from) return "that many places";
  for (size_t i = 0; i < k->fds; i++) {
    struct stat st;
    const char *fault = file_fault(k->fd[i], &st);
    if (fault != NULL) return fault;
    size[i] = st.st_size;
  }
  for (size_t i = 0; i < count; i++)
    if (from[i].file >= k->fds || from[i].offset >= (uint64_t)size[from[i].file] ||
        from[i].semaphore_offset >= (uint64_t)size[from[i].file])
      return "a place outside of its file";
  a->point = calloc(count, sizeof *a->point);
  if (a->point == NULL) return "no memory";
  for (size_t i = 0; i < k->fds; i++) {
    snprintf(a->path[i], sizeof a->path[i], "/proc/self/fd/%d", k->fd[i]);
    a->object[i].path = a->path[i];
    a->object[i].fd = k->fd[i];
    k->fd[i] = -1; /* kept until it is disarmed */
  }
  a->objects = k->fds;
  a->count = count;
  for (size_t i = 0; i < count; i++) {
    a->point[i].object = &a->object[from[i].file];
    a->point[i].place = (struct elf_place){ .offset = from[i].offset, .semaphore_offset = from[i].semaphore_offset };
  }
  return NULL;
}

/* The user's name of a file instead of ours of its descriptor. */
static void name_file(struct armed *a, struct error *err) {
  char name[PATH_MAX], text[sizeof err->text];
  for (size_t i = 0; i < a->objects; i++) {
    char *at = strstr(err->text, a->path[i]);
    if (at == NULL || (at[strlen(a->path[i])] >= '0' && at[strlen(a->path[i])] <= '9')) continue;
    ssize_t n = readlink(a->path[i], name, sizeof name - 1);
    if (n < 0) continue;
    name[n] = '\0';
    snprintf(text, sizeof text, "%.*s%.300s%.300s", (int)(at - err->text), err->text, name, at + strlen(a->path[i]));
    memcpy(err->text, text, sizeof text);
    return;
  }
}

void keeper_rung_attach(struct keeper *k) {
  struct armed *a = find(k, k->request.attach.handle);
  if (a == NULL) return;
  if (a->point != NULL) {
    keeper_refuse(k, -EINVAL, "to arm it twice");
    return;
  }
  if (keeper_check_process(k, k->request.attach.pid) != 0) {
    keeper_refuse(k, -EPERM, "somebody else's process");
    return;
  }
  const char *fault = take_points(k, a);
  if (fault != NULL) {
    keeper_refuse(k, -EINVAL, fault);
    return;
  }
  /* a child that is held before execve was forked by the harness and not by us: the rung that follows
   * what its own process forks knows it by its number instead */
  struct probe_target target = { .pid = k->request.attach.pid,
                                 .attached = k->request.attach.attached != 0 || a->rung == &rung_bpf };
  struct rung_scope scope = { .text = "" };
  k->answer.value = a->rung->attach(&a->state, a->point, a->count, &target, &scope, &k->answer.error);
  snprintf(k->answer.scope.text, sizeof k->answer.scope.text, "%s", scope.text);
  k->answer.scope.whole_machine = scope.whole_machine;
  if (k->answer.value != 0) name_file(a, &k->answer.error);
}

void keeper_rung_read(struct keeper *k) {
  struct armed *a = find(k, k->request.rung.handle);
  if (a == NULL) return;
  if (a->point == NULL) {
    keeper_refuse(k, -EINVAL, "to read what is not armed");
    return;
  }
  k->answer.value = a->rung->read(a->state, &k->answer.error);
  if (k->answer.value != 0) return;
  uint64_t *hits = (uint64_t *)(void *)k->reply;
  for (size_t i = 0; i < a->count; i++) hits[i] = a->point[i].measured ? a->point[i].hits : UINT64_MAX;
  k->answer.count = (uint32_t)a->count;
  k->reply_size = a->count * sizeof *hits;
}

void keeper_rung_detach(struct keeper *k) {
  struct armed *a = find(k, k->request.rung.handle);
  if (a != NULL) disarm(a);
}
