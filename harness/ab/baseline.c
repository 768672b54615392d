/* SPDX-License-Identifier: GPL-3.0-or-later */
/* baseline.c: see baseline.h. They lie in $XDG_STATE_HOME/hakmem/baselines/NAME/. */
#include "harness/ab/baseline.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/ab/calibration_store.h"
#include "harness/core/content_hash.h"
#include "harness/core/identifier.h"
#include "harness/core/paths.h"
#include "harness/core/preload.h"
#include "harness/core/program.h"
#include "harness/core/words.h"
#include "harness/trace/trace_facts.h"

#define FILE_NAME "baseline.json"
#define LIBRARY_NAME "library.so"
/* More than any library has: what is larger is none. */
#define LIBRARY_BYTES_MAX (INT64_C(1) << 30)

static int folder_of(const char *name, char *path, size_t size, struct error *err) {
  char state[PATH_MAX];
  int rc = path_user_folder(PATH_STATE, "hakmem/baselines", state, sizeof state, err);
  if (rc == 0) snprintf(path, size, "%.3900s/%.100s", state, name);
  return rc;
}

int baseline_check_name(const char *name, struct error *err) {
  if (identifier_is(name) && strlen(name) <= 100) return 0;
  return error_raise(err, ERROR_USAGE, -EINVAL, "a baseline's name has letters, digits and . _ - alone, not '%.100s'",
                     name);
}

static int hash_of(const char *path, char hex[65], struct error *err) {
  struct content_hash h;
  content_hash_start(&h);
  int rc = content_hash_add_file(&h, path, err);
  if (rc == 0) content_hash_finish(&h, hex);
  return rc;
}

/* The program of a command line: its first word, along PATH. */
static int program_of(const char *command, char path[PATH_MAX], struct error *err) {
  struct words w = { 0 };
  int rc = words_split(&w, command, err);
  if (rc == 0 && w.count > 0 && program_find(w.word[0], path, PATH_MAX) != 0)
    rc = error_raise(err, ERROR_USAGE, -ENOENT, "there is no program %s", w.word[0]);
  words_free(&w);
  return rc;
}

static int keep_library(struct results *folder, const char *lib, char hex[65], struct error *err) {
  char path[PATH_MAX];
  struct stat st;
  int rc = preload_find(lib, path, err);
  if (rc == 0) rc = hash_of(path, hex, err);
  if (rc) return rc;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  char *bytes = NULL;
  if (fd < 0 || fstat(fd, &st) != 0) rc = error_set_errno(err, -errno, "cannot read %s", path);
  else if (st.st_size > LIBRARY_BYTES_MAX || !(bytes = malloc((size_t)st.st_size + 1)))
    rc = error_set_errno(err, -ENOMEM, "cannot keep %s", path);
  else if (read(fd, bytes, (size_t)st.st_size) != st.st_size) rc = error_set_errno(err, -EIO, "cannot read %s", path);
  if (rc == 0) rc = results_write(folder, LIBRARY_NAME, bytes, (size_t)st.st_size, err);
  if (fd >= 0) close(fd);
  free(bytes);
  return rc;
}

int baseline_save(const char *name, const struct ab_options *o, const struct ab_result *r, struct error *err) {
  struct ab_baseline_file f;
  struct results folder = { .dir_fd = -1 };
  char path[PATH_MAX], program[PATH_MAX], hex[65] = "", date[32];
  time_t now = time(NULL);
  struct tm utc;
  int rc = folder_of(name, path, sizeof path, err);
  if (rc == 0) rc = path_make_user_folder(path, "the folder of a baseline", err);
  if (rc == 0) rc = results_open(&folder, path, err);
  if (rc) return rc;
  fields_init(&ab_baseline_file_fields, &f);
  if (o->cmd[1]) {
    rc = program_of(o->cmd[1], program, err);
    if (rc == 0) rc = hash_of(program, hex, err);
    fields_copy_text(&f.command, o->cmd[1]);
  } else if (strcmp(o->lib[1], "none") != 0) {
    rc = keep_library(&folder, o->lib[1], hex, err);
  }
  fields_copy_text(&f.library, o->lib[1]);
  fields_copy_text(&f.sha256, hex[0] ? hex : NULL);
  fields_copy_text(&f.workload, o->cmd[1] ? NULL : o->workload);
  fields_copy_text(&f.trace_sha256, o->trace ? o->trace->sha256 : NULL);
  f.ns_per_op = r->m.ns_per_op.side[1];
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  fields_copy_text(&f.date, date);
  calibration_machine(&f.machine);
  if (rc == 0) rc = results_write_fields(&folder, FILE_NAME, &ab_baseline_file_fields, &f, err);
  fields_free(&ab_baseline_file_fields, &f);
  results_close(&folder);
  return rc;
}

static bool same_text(const char *a, const char *b) { return a && b ? strcmp(a, b) == 0 : a == b; }

/* What was kept is still what it was. */
static int check_kept(const char *name, const struct baseline *b, struct error *err) {
  char path[PATH_MAX], hex[65] = "";
  int rc = 0;
  if (b->file.command) rc = program_of(b->file.command, path, err);
  else if (b->library[0]) snprintf(path, sizeof path, "%.4000s", b->library);
  else return 0; /* the C library's malloc */
  if (rc == 0) rc = hash_of(path, hex, err);
  if (rc) return error_advise(err, "baseline %s cannot be measured anew, and a stored time is no control", name), rc;
  if (same_text(hex, b->file.sha256)) return 0;
  rc = error_raise(err, ERROR_USAGE, -ESTALE, "%s is not what it was when baseline %s was saved", path, name);
  return error_advise(err, "a stored time is no control: keep the old program beside the new one, and save it anew"),
         rc;
}

int baseline_take(const char *name, bool anyway, struct ab_options *o, struct baseline *b, struct error *err) {
  char path[PATH_MAX], file[PATH_MAX + 32];
  memset(b, 0, sizeof *b);
  fields_init(&ab_baseline_file_fields, &b->file);
  int rc = folder_of(name, path, sizeof path, err);
  if (rc == 0) rc = results_check_owner(path, FILE_NAME, err);
  snprintf(file, sizeof file, "%s/%s", path, FILE_NAME);
  if (rc == 0) rc = fields_read(&ab_baseline_file_fields, &b->file, file, err);
  if (rc == -ENOENT)
    rc = error_raise(err, ERROR_USAGE, -ENOENT, "there is no baseline '%s': save one with --save", name);
  if (rc) return rc;
  struct ab_baseline_file *f = &b->file;
  bool command = o->cmd[1] != NULL;
  if ((f->command != NULL) != command || (!f->command && !f->library))
    return error_raise(err, ERROR_USAGE, -EINVAL, "baseline '%s' is of a %s", name, f->command ? "command" : "library");
  if (!anyway && !calibration_of_this_machine(&f->machine)) {
    rc = error_raise(err, ERROR_USAGE, -EXDEV, "baseline '%s' is of another machine, or kernel: %s, Linux %s", name,
                     f->machine.cpu ? f->machine.cpu : "unknown", f->machine.kernel ? f->machine.kernel : "unknown");
    return error_advise(err, "--anyway measures it here all the same"), rc;
  }
  if (!anyway && !command && !same_text(f->workload, o->workload)) {
    rc = error_raise(err, ERROR_USAGE, -EINVAL, "baseline '%s' is of the workload %s, not %s", name,
                     f->workload ? f->workload : "unknown", o->workload);
    return error_advise(err, "--anyway measures it with this one all the same"), rc;
  }
  if (!anyway && o->trace && !same_text(f->trace_sha256, o->trace->sha256)) {
    rc = error_raise(err, ERROR_USAGE, -ESTALE, "%s is not the trace that baseline '%s' was measured with",
                     o->trace->file, name);
    return error_advise(err, "--anyway measures it with this one all the same"), rc;
  }
  if (!command && strcmp(f->library, "none") != 0) snprintf(b->library, sizeof b->library, "%s/%s", path, LIBRARY_NAME);
  rc = check_kept(name, b, err);
  if (command) o->cmd[0] = f->command;
  else o->lib[0] = b->library[0] ? b->library : "none";
  return rc;
}

struct ab_baseline *baseline_report(const char *name, const struct baseline *b) {
  struct ab_baseline *o = fields_new(&ab_baseline_fields);
  if (!o) return NULL;
  fields_copy_text(&o->name, name);
  fields_copy_text(&o->machine, b->file.machine.cpu);
  o->same_machine = calibration_of_this_machine(&b->file.machine) ? ANSWER_YES : ANSWER_NO;
  o->measured_anew = ANSWER_YES;
  fields_copy_text(&o->date, b->file.date);
  o->ns_per_op_then = b->file.ns_per_op;
  return o;
}

void baseline_free(struct baseline *b) { fields_free(&ab_baseline_file_fields, &b->file); }
