/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session.c: see session.h. */
#include "harness/ab/session.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/foreign_file.h"
#include "harness/core/interrupt.h"
#include "harness/core/locate.h"
#include "harness/data/samples.h"
#include "harness/runner/command_run.h"

static int runner_argv(const struct session *s, int job_fd, int answer_fd, struct words *w, struct error *err) {
  char path[PATH_MAX];
  int rc = s->spec.runner ? 0 : locate(LOCATE_AB_RUNNER, path, sizeof path, err);
  if (rc) return rc;
  rc = words_add(w, "%s", s->spec.runner ? s->spec.runner : path) || words_add(w, "%d", job_fd) ||
       words_add(w, "%d", answer_fd) || words_add(w, "%d", s->records_fd) || words_add(w, "%d", s->images_fd) ||
       words_add(w, "%zu", s->image_slot * AB_RECORDS) || words_add(w, "%s", s->spec.workload);
  for (size_t side = 0; side < (s->spec.arms ? s->spec.arms : 2); side++) {
    if (side && rc == 0) rc = words_add(w, "%s", COMMAND_NEXT);
    char *const *a = s->spec.arms ? s->spec.arm[side].word : s->spec.side_argv[side];
    for (; a && *a && rc == 0; a++) rc = words_add(w, "%s", *a);
  }
  return rc ? error_set_errno(err, -ENOMEM, "cannot start the A/B runner") : 0;
}

static int start(struct session *s, struct error *err) {
  int job[2], answer[2], keep[5];
  struct words w = { 0 };
  if (pipe2(job, O_CLOEXEC) != 0) return error_set_errno(err, -errno, "cannot start the A/B runner");
  if (pipe2(answer, O_CLOEXEC) != 0) {
    int rc = error_set_errno(err, -errno, "cannot start the A/B runner");
    close(job[0]);
    close(job[1]);
    return rc;
  }
  int rc = runner_argv(s, job[0], answer[1], &w, err);
  if (rc == 0) {
    struct child_spec spec = CHILD_SPEC_INIT;
    int n = 0;
    keep[n++] = job[0];
    keep[n++] = answer[1];
    keep[n++] = s->records_fd;
    if (s->images_fd >= 0) keep[n++] = s->images_fd;
    keep[n] = -1;
    spec.argv = w.word;
    spec.env_set = s->spec.env;
    spec.user = s->spec.user;
    spec.keep_fds = keep;
    spec.cpu = s->spec.cpu;
    spec.stdout_fd = 2;
    spec.new_session = true; /* Ctrl-C is the campaign's to handle: the pair in flight ends first */
    rc = child_spawn_held(&spec, &s->child, err);
    if (rc == 0) rc = child_release(&s->child, err);
  }
  words_free(&w);
  close(job[0]);
  close(answer[1]);
  s->job_fd = job[1];
  s->answer_fd = answer[0];
  return rc;
}

static void stop(struct session *s) {
  int status;
  if (s->job_fd >= 0) close(s->job_fd);
  if (s->answer_fd >= 0) close(s->answer_fd);
  s->job_fd = s->answer_fd = -1;
  if (s->child.pid > 0) {
    child_kill(&s->child);
    child_wait(&s->child, 0, &status, NULL, NULL);
  }
  s->child.pid = -1;
}

/* The records are read and written, not mapped: a measured process may cut their file off, and a store behind a
 * file's end is a SIGBUS. */
static off_t place(unsigned record) {
  return (off_t)(offsetof(struct ab_records, record) + record * sizeof(struct ab_record));
}

static int put(const struct session *s, off_t at, const void *data, size_t size, struct error *err) {
  ssize_t n;
  do n = pwrite(s->records_fd, data, size, at);
  while (n < 0 && errno == EINTR);
  if (n == (ssize_t)size) return 0;
  return error_set_errno(err, n < 0 ? -errno : -ENOSPC, "cannot write %s", SESSION_RECORDS_FILE);
}

int session_open(struct session *s, const struct session_spec *spec, struct results *results, struct error *err) {
  memset(s, 0, sizeof *s);
  s->spec = *spec;
  s->child.pid = -1;
  s->job_fd = s->answer_fd = s->images_fd = -1;
  s->records_fd =
      openat(results->dir_fd, SESSION_RECORDS_FILE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (s->records_fd < 0) return error_set_errno(err, -errno, "cannot write %s/%s", results->path, SESSION_RECORDS_FILE);
  int rc = -posix_fallocate(s->records_fd, 0, sizeof(struct ab_records));
  if (rc) {
    error_set_errno(err, rc, "cannot write %s/%s", results->path, SESSION_RECORDS_FILE);
    if (rc == -ENOSPC) error_advise(err, "the disk is full: free some space, or choose another place with --out DIR");
    goto out;
  }
  rc = put(s, 0, &(uint32_t[2]){ AB_MAGIC, AB_VERSION }, 2 * sizeof(uint32_t), err);
  if (rc) goto out;
  if (spec->image_bytes) {
    s->image_slot = (spec->image_bytes + 4095) / 4096 * 4096;
    s->images_fd = memfd_create("hakmem-ab-images", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (s->images_fd < 0 || ftruncate(s->images_fd, (off_t)(s->image_slot * AB_RECORDS)) != 0 ||
        fcntl(s->images_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
      rc = error_set_errno(err, -errno, "no memory for the images");
      goto out;
    }
    s->images = mmap(NULL, s->image_slot * AB_RECORDS, PROT_READ | PROT_WRITE, MAP_SHARED, s->images_fd, 0);
    if (s->images == MAP_FAILED) {
      s->images = NULL;
      rc = error_set_errno(err, -errno, "no memory for the images");
      goto out;
    }
  }
  rc = start(s, err);
out:
  if (rc) session_close(s);
  return rc;
}

int session_restart(struct session *s, struct error *err) {
  stop(s);
  return start(s, err);
}

unsigned char *session_image(struct session *s, unsigned record) { return s->images + s->image_slot * record; }

int session_submit(struct session *s, struct ab_job *job, uint32_t arm, uint32_t order, struct error *err) {
  job->magic = AB_MAGIC;
  job->version = AB_VERSION;
  job->image_offset = s->image_slot * job->record;
  const struct ab_record r = { .id = job->id, .arm = arm, .order = order };
  int rc = put(s, place(job->record), &r, sizeof r, err);
  if (rc) return rc;
  s->sent[job->record] = (struct session_sent){ *job, arm, order, true };
  ssize_t n;
  do n = write(s->job_fd, job, sizeof *job);
  while (n < 0 && errno == EINTR);
  if (n != (ssize_t)sizeof *job) return error_set_errno(err, n < 0 ? -errno : -EIO, "the A/B runner takes no job");
  return 0;
}

int session_collect(struct session *s, struct ab_answer *answer, struct error *err) {
  size_t done = 0;
  while (done < sizeof *answer) {
    struct pollfd p = { .fd = s->answer_fd, .events = POLLIN };
    int k = poll(&p, 1, 200);
    if (interrupt_pending() && !s->deaf) return error_raise(err, ERROR_INTERRUPTED, -EINTR, "interrupted");
    if (k <= 0) continue;
    ssize_t n = read(s->answer_fd, (char *)answer + done, sizeof *answer - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return error_raise(err, ERROR_UNMEASURED, -EPIPE, "the A/B runner ended");
    done += (size_t)n;
  }
  /* whoever runs as the user can write to the runner's pipes */
  if (answer->record >= AB_RECORDS || !s->sent[answer->record].open)
    return error_raise(err, ERROR_UNMEASURED, -EPROTO, "the A/B runner answers for a process that was not started");
  s->sent[answer->record].open = false;
  return 0;
}

const char *session_take(const struct session *s, unsigned record, struct ab_record *copy) {
  const struct session_sent *sent = &s->sent[record];
  memset(copy, 0, sizeof *copy);
  bool whole = pread(s->records_fd, copy, sizeof *copy, place(record)) == (ssize_t)sizeof *copy;
  copy->id = sent->job.id;
  copy->arm = sent->arm;
  copy->order = sent->order;
  copy->job = sent->job;
  const char *fault = whole ? samples_record_fault(copy) : "its record was cut off";
  if (fault == NULL) return NULL;
  copy->message[0] = '\0';
  copy->rounds_done = copy->pmu_count = 0;
  return fault;
}

struct ab_records *session_take_all(const struct session *s) {
  struct ab_records *all = calloc(1, sizeof *all);
  for (unsigned i = 0; all != NULL && i < AB_RECORDS; i++)
    if (session_take(s, i, &all->record[i]) != NULL) all->record[i].state = AB_RECORD_FREE;
  return all;
}

void session_forget(const struct session *s, unsigned record) {
  const uint32_t state = AB_RECORD_FREE;
  put(s, place(record) + (off_t)offsetof(struct ab_record, state), &state, sizeof state, NULL);
}

void session_close(struct session *s) {
  stop(s);
  if (s->images) munmap(s->images, s->image_slot * AB_RECORDS);
  if (s->records_fd >= 0) close(s->records_fd);
  if (s->images_fd >= 0) close(s->images_fd);
  s->images = NULL;
  s->records_fd = s->images_fd = -1;
}

int session_recover(struct results *results, struct ab_records **records, struct error *err) {
  *records = NULL;
  int fd = foreign_file_open(results->dir_fd, SESSION_RECORDS_FILE, O_RDONLY | O_NOFOLLOW, 0, err);
  if (fd < 0) return error_prefix(err, "%s", results->path);
  struct ab_records *r = malloc(sizeof *r);
  int rc = 0;
  if (r == NULL) rc = error_set_errno(err, -ENOMEM, "%s", SESSION_RECORDS_FILE);
  else if (pread(fd, r, sizeof *r, 0) != (ssize_t)sizeof *r)
    rc = error_raise(err, ERROR_UNMEASURED, -ENOENT, "%s/%s is cut short", results->path, SESSION_RECORDS_FILE);
  else if (r->magic != AB_MAGIC || r->version != AB_VERSION)
    rc = error_raise(err, ERROR_UNMEASURED, -ENOENT, "%s/%s is not a record file of this version", results->path,
                     SESSION_RECORDS_FILE);
  close(fd);
  if (rc == 0) *records = r;
  else free(r);
  return rc;
}
