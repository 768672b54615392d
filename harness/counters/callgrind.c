/* SPDX-License-Identifier: GPL-3.0-or-later */
/* callgrind.c: see callgrind.h. */
#include "harness/counters/callgrind.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/build/variant_stage.h"
#include "harness/core/child.h"
#include "harness/core/locate.h"
#include "harness/runner/library_proof.h"

int callgrind_parse_total(const char *text, uint64_t *insns) {
  const char *key = "\nsummary: ", *p = strstr(text, key);
  if (p == NULL) p = strstr(text, key = "\ntotals: ");
  if (p == NULL) return -EPROTO;
  char *end;
  errno = 0;
  unsigned long long v = strtoull(p + strlen(key), &end, 10);
  if (errno != 0 || end == p + strlen(key)) return -EPROTO;
  *insns = v;
  return 0;
}

static int read_total(const char *path, uint64_t *insns, struct error *err) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc = -EPROTO;
  if (fd < 0 || fstat(fd, &st) != 0 || st.st_size > (1 << 28)) {
    rc = error_set_errno(err, fd < 0 ? -errno : -EFBIG, "cannot read callgrind's output");
    if (fd >= 0) close(fd);
    return rc;
  }
  char *text = calloc(1, (size_t)st.st_size + 1);
  if (text != NULL && read(fd, text, (size_t)st.st_size) == st.st_size) rc = callgrind_parse_total(text, insns);
  if (rc != 0) error_raise(err, ERROR_UNMEASURED, rc, "callgrind's output has no total");
  free(text);
  close(fd);
  return rc;
}

int callgrind_count(char *const *argv, const char *library, char *const *env, const char *user, int output_fd,
                    double timeout_s, uint64_t *insns, struct error *err) {
  char dir[] = "/tmp/hakmem-callgrind.XXXXXX", out[64], option[96], words[64];
  static char valgrind[] = "valgrind", tool[] = "--tool=callgrind", quiet[] = "-q", no_dump[] = "--dump-instr=no";
  struct child_spec spec = CHILD_SPEC_INIT;
  struct child child;
  size_t n = 0;
  int status, rc;
  uid_t uid;
  gid_t gid;
  while (argv[n] != NULL) n++;
  rc = child_resolve_user(user, &uid, &gid, err);
  if (rc != 0) return rc;
  /* below /tmp and not TMPDIR, which may be the invoking user's alone: valgrind runs as the workload's user */
  if (mkdtemp(dir) == NULL) return error_set_errno(err, -errno, "cannot make a scratch folder");
  if (geteuid() == 0 ? chown(dir, uid, gid) != 0 : uid != geteuid() && chmod(dir, 01733) != 0) {
    /* then valgrind says why it cannot write */
  }
  snprintf(out, sizeof out, "%s/out", dir);
  snprintf(option, sizeof option, "--callgrind-out-file=%s", out);
  char **all = calloc(n + 8, sizeof *all);
  int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (all == NULL || null_fd < 0) {
    rc = error_set_errno(err, -ENOMEM, "cannot start valgrind");
    goto out;
  }
  size_t k = 0;
  all[k++] = valgrind;
  all[k++] = tool;
  all[k++] = quiet;
  all[k++] = no_dump;
  all[k++] = option;
  for (size_t i = 0; i < n; i++) all[k++] = argv[i];
  spec.argv = all;
  spec.preload = library;
  spec.env_set = env;
  spec.user = user;
  spec.no_aslr = true; /* addresses decide branches in hash tables and the like */
  spec.stdin_fd = spec.stderr_fd = null_fd;
  spec.stdout_fd = output_fd >= 0 ? output_fd : null_fd;
  spec.new_session = true;
  rc = child_spawn_held(&spec, &child, err);
  if (rc == -ENOENT) error_advise(err, "on Debian: apt-get install valgrind");
  if (rc == 0) rc = child_release(&child, err);
  if (rc == 0) rc = child_wait(&child, timeout_s, &status, NULL, err);
  if (rc == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
    rc = error_raise(err, ERROR_UNMEASURED, -ECHILD, "%s under callgrind failed: %s", argv[0],
                     child_describe_status(status, words, sizeof words));
  if (rc == 0) rc = read_total(out, insns, err);
out:
  free(all);
  if (null_fd >= 0) close(null_fd);
  unlink(out);
  rmdir(dir);
  return rc;
}

/* The "ops=N" of the runner's line. */
static int read_ops(int fd, uint64_t *ops) {
  char line[256];
  ssize_t n = pread(fd, line, sizeof line - 1, 0);
  if (n <= 0 || strncmp(line, "ops=", 4) != 0) return -EPROTO;
  line[n] = '\0';
  *ops = strtoull(line + 4, NULL, 10);
  return 0;
}

/* Both lengths with this runner and library. */
static int measure_with(const struct bench_run_spec *spec, char *runner, uint64_t ops, struct callgrind_result *result,
                        struct error *err) {
  char text[5][64], file[PATH_MAX + 8], identity[LIBRARY_IDENTITY_BYTES], library[LIBRARY_IDENTITY_BYTES + 16];
  int rc;
  memset(result, 0, sizeof *result);
  if ((rc = library_identity(spec->library, identity)) != 0)
    return error_set_errno(err, rc, "cannot look at %s", spec->library);
  snprintf(library, sizeof library, "library=%s", identity);
  for (int i = 0; i < 2; i++) {
    char *argv[10];
    int n = 0, t = 0, output_fd = memfd_create("ops", MFD_CLOEXEC);
    if (output_fd < 0) return error_set_errno(err, -errno, "memfd_create");
    argv[n++] = runner;
    argv[n++] = (char *)(uintptr_t)spec->workload;
    /* a trace has the length that it has: it is played once, and twice */
    if (spec->file != NULL) snprintf(text[t], sizeof text[t], "rounds=%d", i + 1);
    else snprintf(text[t], sizeof text[t], "ops=%llu", (unsigned long long)ops * (unsigned long long)(i + 1));
    argv[n++] = text[t++];
    snprintf(text[t], sizeof text[t], "seed=%llu", (unsigned long long)spec->seed);
    argv[n++] = text[t++];
    if (spec->slots > 0) {
      snprintf(text[t], sizeof text[t], "slots=%llu", (unsigned long long)spec->slots);
      argv[n++] = text[t++];
    }
    if (spec->threads > 0) {
      snprintf(text[t], sizeof text[t], "threads=%u", spec->threads);
      argv[n++] = text[t++];
    }
    if (spec->file != NULL) {
      snprintf(file, sizeof file, "file=%s", spec->file);
      argv[n++] = file;
    }
    argv[n++] = library;
    argv[n] = NULL;
    rc =
        callgrind_count(argv, spec->library, spec->env, spec->user, output_fd, spec->timeout_s, &result->insns[i], err);
    if (rc == 0 && read_ops(output_fd, &result->ops[i]) != 0)
      rc = error_raise(err, ERROR_UNMEASURED, -EPROTO, "%s under callgrind did not say its operations", spec->workload);
    close(output_fd);
    if (rc != 0) return rc;
  }
  if (result->ops[1] <= result->ops[0])
    return error_raise(err, ERROR_UNMEASURED, -ERANGE, "%s has no second length to take a slope from", spec->workload);
  result->insns_per_op =
      (double)(int64_t)(result->insns[1] - result->insns[0]) / (double)(result->ops[1] - result->ops[0]);
  return 0;
}

int callgrind_measure(const struct bench_run_spec *spec, uint64_t ops, struct callgrind_result *result,
                      struct error *err) {
  char runner[PATH_MAX];
  struct variant_stage program = { .dir = "" }, library = { .dir = "" };
  struct bench_run_spec copied = *spec;
  int rc = 0;
  if (spec->runner != NULL) snprintf(runner, sizeof runner, "%s", spec->runner);
  else if ((rc = locate(LOCATE_BENCH, runner, sizeof runner, err)) != 0) return rc;
  /* copies: a uprobe that somebody sets into these files (a verify beside us) is a trap to valgrind */
  rc = variant_stage_copy(&program, runner, err);
  if (rc == 0 && spec->library != NULL) rc = variant_stage_copy(&library, spec->library, err);
  if (rc == 0) {
    copied.library = spec->library != NULL ? library.path : NULL;
    rc = measure_with(&copied, program.path, ops, result, err);
  }
  /* a library may find others beside itself, and a copy not */
  if (rc == -ECHILD && spec->library != NULL) rc = measure_with(spec, program.path, ops, result, err);
  variant_stage_close(&program);
  variant_stage_close(&library);
  return rc;
}
