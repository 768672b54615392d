/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_run.c: see bench_run.h. */
#include "harness/counters/bench_run.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/child.h"
#include "harness/core/locate.h"
#include "harness/runner/library_proof.h"

enum { ARGS_MAX = 32, ARG_BYTES = 128, TAIL_BYTES = 400 };

/* Reads exactly size bytes at offset. */
static int read_exactly(int fd, void *buf, size_t size, off_t offset) {
  char *p = buf;
  while (size > 0) {
    ssize_t n = pread(fd, p, size, offset);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? -errno : -EPROTO;
    p += n;
    size -= (size_t)n;
    offset += n;
  }
  return 0;
}

/* The last line that a child wrote to its stderr, for the error. */
static void last_line(int fd, char *buf, size_t size) {
  off_t end = lseek(fd, 0, SEEK_END);
  off_t from = end > (off_t)size - 1 ? end - ((off_t)size - 1) : 0;
  ssize_t n = end > 0 ? pread(fd, buf, size - 1, from) : 0;
  if (n < 0) n = 0;
  while (n > 0 && buf[n - 1] == '\n') n--;
  buf[n] = '\0';
  char *newline = strrchr(buf, '\n');
  if (newline != NULL) memmove(buf, newline + 1, strlen(newline + 1) + 1);
}

/* Starts spec, waits, turns a bad end into an error that names `what`. */
static int run_child(struct child_spec *spec, const char *what, double timeout_s, struct error *err) {
  struct child child;
  int status, rc, own_stderr = -1;
  char words[64], tail[TAIL_BYTES];
  if (spec->stderr_fd < 0) {
    own_stderr = memfd_create("stderr", MFD_CLOEXEC);
    spec->stderr_fd = own_stderr;
  }
  spec->new_session = true;
  rc = child_spawn_held(spec, &child, err);
  if (rc == 0) rc = child_release(&child, err);
  if (rc == 0) rc = child_wait(&child, timeout_s, &status, NULL, err);
  if (rc == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
    rc = error_raise(err, ERROR_UNMEASURED, -ECHILD, "%s failed: %s", what,
                     child_describe_status(status, words, sizeof words));
    if (own_stderr >= 0) {
      last_line(own_stderr, tail, sizeof tail);
      if (tail[0] != '\0') error_advise(err, "it said: %s", tail);
    }
  }
  if (own_stderr >= 0) close(own_stderr);
  return rc;
}

static void add(char **argv, int *n, char (*text)[ARG_BYTES], const char *name, uint64_t value) {
  snprintf(text[*n], ARG_BYTES, "%s=%llu", name, (unsigned long long)value);
  argv[*n] = text[*n];
  ++*n;
}

int bench_run(const struct bench_run_spec *spec, struct bench_run_result *result, struct error *err) {
  char runner[PATH_MAX], text[ARGS_MAX][ARG_BYTES], file[PATH_MAX + 8], cpus[1024],
      library[LIBRARY_IDENTITY_BYTES + 16];
  char identity[LIBRARY_IDENTITY_BYTES];
  char *argv[ARGS_MAX + 1];
  int n = 0, rc;
  memset(result, 0, sizeof *result);
  if (spec->runner != NULL) snprintf(runner, sizeof runner, "%s", spec->runner);
  else if ((rc = locate(LOCATE_BENCH, runner, sizeof runner, err)) != 0) return rc;
  if ((rc = library_identity(spec->library, identity)) != 0)
    return error_set_errno(err, rc, "cannot look at %s", spec->library);
  int fd = memfd_create("bench-record", MFD_CLOEXEC);
  if (fd < 0) return error_set_errno(err, -errno, "memfd_create");
  argv[n++] = runner;
  argv[n++] = (char *)(uintptr_t)spec->workload;
  add(argv, &n, text, "record", (uint64_t)fd);
  snprintf(library, sizeof library, "library=%s", identity);
  argv[n++] = library;
  if (spec->slots > 0) add(argv, &n, text, "slots", spec->slots);
  if (spec->ops > 0) add(argv, &n, text, "ops", spec->ops);
  add(argv, &n, text, "seed", spec->seed);
  if (spec->rounds > 0) add(argv, &n, text, "rounds", spec->rounds);
  if (spec->warmup > 0) add(argv, &n, text, "warmup", spec->warmup);
  if (spec->threads > 0) add(argv, &n, text, "threads", spec->threads);
  for (int e = 0; e < spec->event_count && e < BENCH_EVENTS_MAX; e++) {
    const struct perf_event_id *id = &spec->events[e];
    snprintf(text[n], ARG_BYTES, "event=%x:%llx:%llx:%llx", id->type, (unsigned long long)id->config,
             (unsigned long long)id->config1, (unsigned long long)id->config2);
    argv[n] = text[n];
    n++;
  }
  if (spec->file != NULL) {
    snprintf(file, sizeof file, "file=%s", spec->file);
    argv[n++] = file;
  }
  if (spec->cpus != NULL) {
    snprintf(cpus, sizeof cpus, "cpus=%s", spec->cpus);
    argv[n++] = cpus;
  }
  argv[n] = NULL;
  struct child_spec child = CHILD_SPEC_INIT;
  const int keep[] = { fd, -1 };
  struct stat st; /* whoever runs in there can write to it */
  child.argv = argv;
  child.env_set = spec->env;
  child.preload = spec->library;
  child.user = spec->user;
  child.keep_fds = keep;
  rc = run_child(&child, spec->workload, spec->timeout_s, err);
  if (rc != 0) goto out;
  struct bench_record *r = &result->record;
  rc = read_exactly(fd, r, sizeof *r, 0);
  if (rc == 0 && (r->magic != BENCH_RECORD_MAGIC || r->record_bytes != sizeof *r ||
                  r->round_bytes != sizeof(struct round) || r->rounds == 0 || r->events > BENCH_EVENTS_MAX ||
                  fstat(fd, &st) != 0 || r->rounds > (uint64_t)st.st_size / sizeof(struct round)))
    rc = -EPROTO;
  if (rc == 0 && (result->rounds = calloc(r->rounds, sizeof *result->rounds)) == NULL) rc = -ENOMEM;
  if (rc == 0) rc = read_exactly(fd, result->rounds, r->rounds * sizeof *result->rounds, sizeof *r);
  if (rc != 0) {
    error_set_errno(err, rc, "the record of %s is not complete", spec->workload);
    bench_run_free(result);
  }
out:
  close(fd);
  return rc;
}

void bench_run_free(struct bench_run_result *result) {
  free(result->rounds);
  result->rounds = NULL;
}

int bench_run_program(char *const *argv, const char *library, char *const *env, const char *user, int output_fd,
                      double timeout_s, struct bench_launch *result, struct error *err) {
  char runner[PATH_MAX], record[32], preload[PATH_MAX + 16], words[64];
  size_t count = 0;
  int n = 0, rc = locate(LOCATE_BENCH, runner, sizeof runner, err);
  if (rc != 0) return rc;
  while (argv[count] != NULL) count++;
  char **all = calloc(count + 8, sizeof *all);
  int fd = memfd_create("launch-record", MFD_CLOEXEC), null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (all == NULL || fd < 0 || null_fd < 0) {
    rc = error_set_errno(err, -errno, "cannot prepare %s", argv[0]);
    goto out;
  }
  snprintf(record, sizeof record, "record=%d", fd);
  all[n++] = runner;
  all[n++] = (char *)(uintptr_t) "launch";
  all[n++] = record;
  if (library != NULL) {
    snprintf(preload, sizeof preload, "preload=%s", library);
    all[n++] = preload;
  }
  all[n++] = (char *)(uintptr_t) "--";
  for (size_t i = 0; i < count; i++) all[n++] = argv[i];
  struct child_spec child = CHILD_SPEC_INIT;
  const int keep[] = { fd, -1 };
  child.argv = all;
  child.env_set = env;
  child.user = user;
  child.keep_fds = keep;
  child.stdin_fd = null_fd;
  child.stdout_fd = output_fd >= 0 ? output_fd : null_fd;
  rc = run_child(&child, argv[0], timeout_s, err);
  if (rc == 0 && (rc = read_exactly(fd, result, sizeof *result, 0)) == 0 && result->magic != BENCH_LAUNCH_MAGIC)
    rc = -EPROTO;
  if (rc == -EPROTO) error_raise(err, ERROR_UNMEASURED, rc, "no record of %s came back", argv[0]);
  if (rc == 0 && result->status != 0)
    rc = error_raise(err, ERROR_UNMEASURED, -ECHILD, "%s failed: %s", argv[0],
                     child_describe_status(result->status, words, sizeof words));
out:
  free(all);
  if (fd >= 0) close(fd);
  if (null_fd >= 0) close(null_fd);
  return rc;
}
