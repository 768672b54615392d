/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_facts.c: see trace_facts.h. */
#include "harness/trace/trace_facts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/content_hash.h"
#include "harness/core/foreign_file.h"
#include "harness/trace/trace_reader.h"

#define HOW "record one: hakmem-harness record -o FILE -- CMD…"

static int check(struct trace_facts *f, const void *data, size_t size, struct error *err) {
  struct trace_reader r;
  struct trace_event e;
  uint64_t magic = 0;
  memcpy(&magic, data, size < sizeof magic ? size : sizeof magic);
  if (magic != TRACE_MAGIC) {
    error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s is no trace: it does not begin with HKMTRAC%d", f->file,
                TRACE_VERSION);
    return error_advise(err, HOW), -EBADMSG;
  }
  int rc = trace_reader_open(&r, data, size);
  if (rc == 0)
    while ((rc = trace_reader_next(&r, &e)) == 1) continue;
  if (rc == -EBADMSG) {
    error_raise(err, ERROR_UNMEASURED, rc, "%s is damaged at byte %llu: %s", f->file, (unsigned long long)r.bad_offset,
                r.why);
    error_advise(err, "a trace as it was recorded is expected; " HOW);
  } else if (rc != 0) {
    error_set_errno(err, rc, "cannot read %s", f->file);
  }
  f->header = r.header;
  trace_reader_close(&r);
  if (rc == 0 && f->header.events == 0)
    rc = error_raise(err, ERROR_UNMEASURED, -ENODATA, "%s has no call in it: nothing would be measured", f->file);
  return rc;
}

int trace_facts_read(const char *file, struct trace_facts *f, struct error *err) {
  struct content_hash h;
  struct stat st;
  memset(f, 0, sizeof *f);
  if (realpath(file, f->file) == NULL) {
    int code = -errno;
    error_raise(err, ERROR_MISSING, code, "cannot read the trace %s: %s", file, strerror(-code));
    return error_advise(err, HOW), code;
  }
  snprintf(f->workload, sizeof f->workload, "replay:%s", f->file);
  int fd = foreign_file_open(AT_FDCWD, f->file, O_RDONLY, 0, err);
  if (fd < 0) return fd;
  int rc = fstat(fd, &st) == 0 ? 0 : -errno;
  size_t size = rc == 0 ? (size_t)st.st_size : 0;
  void *data = size > 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
  if (data == MAP_FAILED) rc = -errno;
  close(fd);
  if (rc != 0) return error_set_errno(err, rc, "cannot read %s", f->file);
  const void *bytes = data != NULL ? data : "";
  rc = check(f, bytes, size, err);
  content_hash_start(&h);
  content_hash_add(&h, bytes, size);
  content_hash_finish(&h, f->sha256);
  f->crc = trace_crc32(0, bytes, size);
  f->ops = trace_ops_per_thread(&f->header);
  if (data != NULL) munmap(data, size);
  return rc;
}

bool trace_facts_changed(const struct trace_facts *f) {
  struct trace_facts now;
  struct error ignored = { 0 };
  return trace_facts_read(f->file, &now, &ignored) != 0 || strcmp(now.sha256, f->sha256) != 0;
}
