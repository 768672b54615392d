/* SPDX-License-Identifier: GPL-3.0-or-later */
/* campaign_runs.c: runs that failed. Each is kept in runs.csv as it ends: what was run, how it ended and what
 * it said. Nothing of it is timed, and a campaign that has one gives no verdict, also when it is resumed:
 * the runs that do not fail are a choice of the fast ones. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/ab/campaign.h"
#include "harness/data/csv_tables.h"

static const char *who(const struct campaign *c, unsigned side) {
  switch (c->spec.kind) {
  case AB_JOB_COMMAND: return side ? "command b" : "command a";
  case AB_JOB_PROJECT: return side ? "the build with the gate" : "the build without the gate";
  case AB_JOB_BENCH: return side ? "the process with b" : "the process with a";
  default: return side ? "the process of the compiled-in variant" : "the process of the compiled-out variant";
  }
}

static void describe(const struct run_line *l, char *text, size_t size) {
  int status = l->signal != COLUMN_EMPTY ? (int)l->signal : (int)(l->exit_code & 255) << 8;
  child_describe_status(status, text, size);
}

static int say(const struct campaign *c, const struct run_line *l, struct error *err) {
  char text[64];
  describe(l, text, sizeof text);
  error_raise(err, ERROR_UNMEASURED, -ECHILD, "%s: run %llu: %s%s%s", who(c, l->side), (unsigned long long)l->pair,
              text, l->output[0] ? ": " : "", l->output);
  return error_advise(err, "it is kept in %s/%s; runs that fail are not timed, and give no verdict", c->results->path,
                      run_columns.file);
}

static int keep(const struct campaign *c, const struct run_line *l, struct error *err) {
  char text[2 * COLUMNS_LINE_MAX];
  size_t n = 0;
  FILE *f = results_append(c->results, run_columns.file, err);
  if (!f) return err->code;
  if (lseek(fileno(f), 0, SEEK_END) == 0) n = columns_header(&run_columns, text);
  n += columns_line(&run_columns, l, text + n);
  int bad = fwrite(text, 1, n, f) != n;
  bad |= fclose(f) != 0;
  return bad ? error_set_errno(err, errno ? -errno : -EIO, "cannot write %s/%s", c->results->path, run_columns.file)
             : 0;
}

int campaign_failed(const struct campaign *c, const struct ab_record *r, const struct ab_answer *a, struct error *err) {
  struct run_line l = { .pair = r->id,
                        .side = r->job.side & 1,
                        .place = r->order,
                        .exit_code = WIFSIGNALED(a->status) ? COLUMN_EMPTY : (uint64_t)WEXITSTATUS(a->status),
                        .signal = WIFSIGNALED(a->status) ? (uint64_t)WTERMSIG(a->status) : COLUMN_EMPTY,
                        .elapsed_s = c->elapsed_s };
  snprintf(l.output, sizeof l.output, "%.159s", r->message);
  for (char *p = l.output; *p; p++)
    if ((unsigned char)*p < ' ' || *p == 127) *p = ' '; /* several lines of it, or an escape */
  int rc = keep(c, &l, err);
  return rc ? rc : say(c, &l, err);
}

int campaign_check_runs(const struct campaign *c, struct error *err) {
  struct columns_reader reader;
  struct run_line l;
  char path[PATH_MAX];
  if (faccessat(c->results->dir_fd, run_columns.file, F_OK, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  snprintf(path, sizeof path, "%.3900s/%s", c->results->path, run_columns.file);
  FILE *f = samples_file(c->results, run_columns.file, true, err);
  if (!f) return err->code;
  int rc = columns_start(&reader, &run_columns, f, path, err);
  if (rc == 0) rc = columns_next(&reader, &l, err);
  fclose(f);
  return rc > 0 ? say(c, &l, err) : rc;
}
