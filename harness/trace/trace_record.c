/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_record.c: see trace_record.h. */
#include "harness/trace/trace_record.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/child.h"
#include "harness/core/foreign_file.h"
#include "harness/core/locate.h"
#include "harness/trace/raw_format.h"
#include "harness/trace/trace_convert.h"
#include "harness/trace/trace_reader.h"

/* A new file beside `file`, for uid; its name into path. */
static int scratch_file(const char *file, const char *what, char *path, size_t size, uid_t uid, gid_t gid,
                        struct error *err) {
  if ((size_t)snprintf(path, size, "%s.%s.XXXXXX", file, what) >= size)
    return error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "the name is too long: %s", file);
  int fd = mkostemp(path, O_CLOEXEC);
  if (fd < 0) return error_set_errno(err, -errno, "cannot write beside %s", file);
  if (geteuid() == 0 ? fchown(fd, uid, gid) != 0 : uid != geteuid() && fchmod(fd, 0666) != 0) {
    int rc = error_set_errno(err, -errno, "cannot give %s to its user", path);
    close(fd);
    unlink(path);
    return rc;
  }
  return fd;
}

/* Whose recording it will be: a static program takes no library, and what it starts must not be taken for it. */
static int begin_for(int raw_fd, pid_t pid, struct error *err) {
  const struct raw_header head = { .magic = RAW_MAGIC, .pid = pid };
  ssize_t n = pwrite(raw_fd, &head, sizeof head, 0);
  return n == (ssize_t)sizeof head ? 0 : error_set_errno(err, n < 0 ? -errno : -ENOSPC, "cannot write a recording");
}

static int run(const struct trace_record_spec *spec, const char *raw, int raw_fd, int *status, struct error *err) {
  char library[PATH_MAX], file[PATH_MAX + 32], limit[64], absolute[PATH_MAX];
  struct child_spec child = CHILD_SPEC_INIT;
  struct child c;
  size_t n = 0;
  int rc = locate(LOCATE_RECORDER, library, sizeof library, err);
  if (rc != 0) return rc;
  if (realpath(raw, absolute) == NULL) return error_set_errno(err, -errno, "%s", raw);
  while (spec->env != NULL && spec->env[n] != NULL) n++;
  char **env = calloc(n + 3, sizeof *env);
  if (env == NULL) return error_set_errno(err, -ENOMEM, "no memory");
  for (size_t i = 0; i < n; i++) env[i] = spec->env[i];
  snprintf(file, sizeof file, "%s=%s", RAW_ENV_FILE, absolute);
  env[n++] = file;
  snprintf(limit, sizeof limit, "%s=%llu", RAW_ENV_LIMIT, (unsigned long long)spec->limit);
  if (spec->limit > 0) env[n++] = limit;
  child.argv = spec->argv;
  child.env_set = env;
  child.preload = library;
  child.user = spec->user;
  child.stdout_fd = spec->stdout_fd;
  child.new_session = true;
  rc = child_spawn_held(&child, &c, err);
  if (rc == 0) {
    rc = begin_for(raw_fd, c.pid, err);
    if (rc != 0) {
      child_kill(&c);
      child_wait(&c, 0, status, NULL, NULL);
    } else {
      rc = child_release(&c, err);
    }
  }
  if (rc == 0) rc = child_wait(&c, spec->timeout_s, status, NULL, err);
  free(env);
  return rc;
}

/* The recording of a program whose end it does not have may be that of another one: env -i PROGRAM becomes PROGRAM,
 * which does not take the library then. */
static bool end_is_unseen(int raw_fd, int status) {
  struct raw_header head;
  if (!WIFEXITED(status) || pread(raw_fd, &head, sizeof head, 0) != (ssize_t)sizeof head) return false;
  if (head.magic != RAW_MAGIC || head.ended) return false;
  head.stopped = 1;
  return pwrite(raw_fd, &head, sizeof head, 0) == (ssize_t)sizeof head;
}

int trace_record(const struct trace_record_spec *spec, struct trace_record_result *result, struct error *err) {
  char raw[PATH_MAX], temporary[PATH_MAX];
  struct stat st;
  struct error cut = { 0 };
  uid_t uid;
  gid_t gid;
  int raw_fd = -1, out_fd = -1, rc = child_resolve_user(spec->user, &uid, &gid, err);
  memset(result, 0, sizeof *result);
  if (rc != 0) return rc;
  raw_fd = scratch_file(spec->file, "raw", raw, sizeof raw, uid, gid, err);
  if (raw_fd < 0) return raw_fd;
  out_fd = scratch_file(spec->file, "new", temporary, sizeof temporary, uid, gid, err);
  rc = out_fd < 0 ? out_fd : run(spec, raw, raw_fd, &result->status, err);
  if (rc == -EINTR || rc == -ETIMEDOUT) { /* what was recorded up to there is kept */
    cut = *err;
    rc = 0;
  }
  if (rc == 0 && !cut.code) result->end_unseen = end_is_unseen(raw_fd, result->status);
  if (rc == 0) rc = trace_convert(raw_fd, out_fd, &result->header, err);
  if (rc == 0 && result->header.events == 0 && cut.code) rc = cut.code;
  else if (rc == 0 && result->header.events == 0)
    rc = error_raise(err, ERROR_UNMEASURED, -ENODATA, "nothing was recorded");
  if (rc == -ENODATA)
    error_advise(err, "a program that allocates nothing, a static or set-uid one, or one that clears its environment "
                      "does not take LD_PRELOAD; "
                      "programs that it starts are not recorded: record them by themselves");
  if (rc == 0 && fchmod(out_fd, 0644) != 0) rc = error_set_errno(err, -errno, "%s", temporary);
  if (rc == 0 && rename(temporary, spec->file) != 0) rc = error_set_errno(err, -errno, "cannot write %s", spec->file);
  if (rc == 0 && fstat(out_fd, &st) == 0) result->bytes = (uint64_t)st.st_size;
  if (rc != 0 && out_fd >= 0) unlink(temporary);
  unlink(raw);
  close(raw_fd);
  if (out_fd >= 0) close(out_fd);
  if (cut.code && (rc == 0 || rc == cut.code)) {
    result->kept = rc == 0;
    *err = cut;
    return cut.code;
  }
  return rc;
}

int trace_walk(const char *file, struct trace_header *header,
               void (*each)(const struct trace_event *event, void *context), void *context, struct error *err) {
  struct trace_reader r;
  struct trace_event e;
  struct stat st;
  int fd = foreign_file_open(AT_FDCWD, file, O_RDONLY, 0, err), rc = 0;
  if (fd < 0) return fd;
  if (fstat(fd, &st) != 0) {
    rc = error_set_errno(err, -errno, "cannot open %s", file);
    close(fd);
    return rc;
  }
  void *data = st.st_size > 0 ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
  close(fd);
  if (data == MAP_FAILED) return error_set_errno(err, -errno, "cannot map %s", file);
  rc = trace_reader_open(&r, data != NULL ? data : "", (size_t)st.st_size);
  if (rc == 0)
    while ((rc = trace_reader_next(&r, &e)) == 1)
      if (each != NULL) each(&e, context);
  if (rc == -EBADMSG)
    error_raise(err, ERROR_UNMEASURED, rc, "%s is damaged at byte %llu: %s", file, (unsigned long long)r.bad_offset,
                r.why);
  else if (rc < 0) error_set_errno(err, rc, "cannot read %s", file);
  *header = r.header;
  trace_reader_close(&r);
  if (data != NULL) munmap(data, (size_t)st.st_size);
  return rc;
}
