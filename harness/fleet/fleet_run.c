/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fleet_run.c: see fleet_run.h. */
#include "harness/fleet/fleet_run.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/interrupt.h"
#include "harness/core/progress.h"
#include "harness/fleet/fleet_print.h"
#include "harness/fleet/merge.h"
#include "harness/fleet/pack_log.h"
#include "harness/fleet/slurm.h"

#define PACK_COPY "fleet.hakpack"
#define PLAN_FILE "fleet.json"
#define SCRIPT "element.sh"

static int no_memory(struct error *err) { return error_set_errno(err, -ENOMEM, "cannot run the fleet"); }

static int write_plan(struct results *results, const struct fleet_plan *plan, struct error *err) {
  return results_write_fields(results, PLAN_FILE, &fleet_plan_fields, plan, err);
}

int fleet_start(const struct pack *p, struct fleet_plan *plan, const char *out_dir, struct results *results,
                struct error *err) {
  char *text = NULL;
  size_t size = 0;
  int rc = results_create(results, out_dir, "fleet", p->plan.subject, err);
  /* what was checked in memory, not what may stand under the name by now */
  if (rc == 0) rc = results_write(results, PACK_COPY, (const char *)p->archive.bytes, p->archive.size, err);
  if (rc) return rc;
  fields_text(&plan->pack, "%s/%s", results->path, PACK_COPY);
  fields_copy_text(&plan->hash, p->archive.hash);
  struct fleet_recipe recipe = { .pack = plan->pack,
                                 .hash = plan->hash,
                                 .harness = plan->harness,
                                 .out_dir = results->path,
                                 .budget_s = plan->budget_s > 0 ? plan->budget_s : 0,
                                 .nodes = plan->elements };
  FILE *f = open_memstream(&text, &size);
  if (!f) return no_memory(err);
  fleet_element_script(f, &recipe);
  fclose(f);
  rc = results_write(results, SCRIPT, text, size, err);
  free(text);
  return rc ? rc : write_plan(results, plan, err);
}

int fleet_resume(const char *dir, struct fleet_plan *plan, struct results *results, struct error *err) {
  char path[PATH_MAX];
  int rc = results_check_owner(dir, SCRIPT, err);
  if (rc == 0) rc = results_check_owner(dir, PLAN_FILE, err);
  snprintf(path, sizeof path, "%.4000s/%s", dir, PLAN_FILE);
  if (rc == 0 && fields_read(&fleet_plan_fields, plan, path, err) != 0) rc = error_set_kind(err, ERROR_USAGE);
  if (rc == 0 && (!plan->hash || strlen(plan->hash) != 64 || plan->elements < 1 || plan->elements > FLEET_ELEMENTS_MAX))
    rc = error_raise(err, ERROR_USAGE, -EBADMSG, "%s is not of a fleet", path);
  if (rc) return error_advise(err, "--resume wants the results folder of a fleet that was cut off"), rc;
  return results_open(results, dir, err);
}

/* --- what each element has -------------------------------------------------------------------- */

struct element {
  char state[24], node[128]; /* as Slurm last said; "" */
  bool wanted;               /* submitted now */
  bool whole;                /* has a result with its end */
};

static void element_folder(const struct results *results, long index, char *path) {
  snprintf(path, PATH_MAX, "%.4000s/element-%ld", results->path, index);
}

/* The results of one element; none is no error. */
static int element_files(const struct results *results, long index, struct words *files, struct error *err) {
  char path[PATH_MAX];
  struct error ignored = { 0 };
  struct stat st;
  element_folder(results, index, path);
  if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode)) return 0;
  int rc = merge_find(path, files, &ignored);
  return rc == -ENOMEM ? no_memory(err) : 0;
}

static int is_whole(const struct results *results, long index, bool *whole, struct error *err) {
  struct words files = { 0 };
  *whole = false;
  int rc = element_files(results, index, &files, err);
  for (size_t i = 0; i < files.count && rc == 0 && !*whole; i++) {
    struct merge_input in;
    rc = merge_read(files.word[i], &in, err);
    *whole = rc == 0 && !in.why[0] && !in.cut[0];
    merge_input_free(&in);
  }
  words_free(&files);
  return rc;
}

/* "1,3,4" of those wanted; their number. */
static size_t list_wanted(const struct element *e, long count, char **text) {
  size_t size = 0, n = 0;
  FILE *f = open_memstream(text, &size);
  for (long i = 1; f && i <= count; i++)
    if (e[i].wanted) fprintf(f, "%s%ld", n++ ? "," : "", i);
  if (f) fclose(f);
  return f ? n : 0;
}

/* --- following it ------------------------------------------------------------------------------ */

static void note(struct element *e, long count, const struct slurm_element *list, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (list[i].index < 1 || list[i].index > count) continue;
    struct element *x = &e[list[i].index];
    snprintf(x->state, sizeof x->state, "%s", list[i].state);
    if (list[i].node[0]) snprintf(x->node, sizeof x->node, "%s", list[i].node);
  }
}

static void show(struct progress *p, const struct element *e, long count, size_t left, size_t wanted) {
  size_t running = 0;
  char text[96];
  for (long i = 1; i <= count; i++) running += e[i].wanted && strcmp(e[i].state, "RUNNING") == 0;
  snprintf(text, sizeof text, "%zu of %zu ended, %zu running", wanted - left, wanted, running);
  progress_update(p, (double)(wanted - left) / (double)wanted, text);
}

/* Until squeue has nothing left of the job. A controller that does not answer for a while is asked again. */
static int follow(const char *job, struct element *e, long count, size_t wanted, bool quiet, bool *cancelled,
                  struct error *err) {
  enum { UNANSWERED_MAX = 30 };
  struct slurm_element *list = calloc((size_t)count, sizeof *list);
  struct progress progress;
  size_t left = wanted;
  int rc = list ? 0 : no_memory(err), unanswered = 0;
  progress_start(&progress, "fleet", quiet);
  while (rc == 0 && left > 0) {
    struct timespec pause = { 1, 0 };
    struct error why = { 0 };
    nanosleep(&pause, NULL);
    if (interrupt_pending() && *cancelled) break; /* not even the cancelled ones are waited for */
    if (interrupt_pending()) {
      *cancelled = true;
      interrupt_clear();
      slurm_cancel(job, &why);
    }
    if (slurm_elements(job, false, list, (size_t)count, &left, &why) != 0) {
      /* a job that is over for long is no longer known */
      if (strstr(why.text, "Invalid job id")) left = 0;
      else if (++unanswered == UNANSWERED_MAX) {
        *err = why;
        rc = err->code;
      }
      continue;
    }
    unanswered = 0;
    for (long i = 1; i <= count; i++)
      if (e[i].wanted && e[i].state[0]) snprintf(e[i].state, sizeof e[i].state, "ended");
    note(e, count, list, left);
    show(&progress, e, count, left, wanted);
  }
  progress_finish(&progress);
  if (rc == 0) { /* how they ended, as long as Slurm remembers */
    struct error ignored = { 0 };
    size_t n = 0;
    if (slurm_elements(job, true, list, (size_t)count, &n, &ignored) == 0) note(e, count, list, n);
  }
  free(list);
  return rc;
}

/* --- what came of it --------------------------------------------------------------------------- */

static bool under(const char *file, const char *folder) {
  size_t n = strlen(folder);
  return file && strncmp(file, folder, n) == 0 && file[n] == '/';
}

static const char *why_of(const struct merge_file *list, size_t count, const char *folder) {
  for (size_t i = 0; i < count; i++)
    if (under(list[i].file, folder)) return list[i].why;
  return NULL;
}

static const struct merge_run *run_of(const struct merge_result *r, const char *folder) {
  for (size_t i = 0; i < r->machines.count; i++)
    for (size_t k = 0; k < r->machines.item[i].runs.count; k++)
      if (under(r->machines.item[i].runs.item[k].file, folder)) return &r->machines.item[i].runs.item[k];
  return NULL;
}

static void describe(const struct merge_result *r, const struct element *e, const char *folder, struct merge_node *n) {
  const struct merge_run *run = run_of(r, folder);
  const char *out = why_of(r->left_out.item, r->left_out.count, folder);
  const char *cut = why_of(r->partial.item, r->partial.count, folder);
  bool died = strcmp(e->state, "NODE_FAIL") == 0 || strcmp(e->state, "BOOT_FAIL") == 0;
  fields_copy_text(&n->name, e->node[0] ? e->node : run ? run->node : NULL);
  if (run && !cut) n->state = NODE_DONE;
  else if (run) n->state = NODE_PARTIAL;
  else if (out && strncmp(out, "damaged", 7) == 0) n->state = NODE_DAMAGED;
  else if (died) n->state = NODE_LOST;
  else n->state = e->state[0] || out ? NODE_FAILED : NODE_UNKNOWN;
  const char *why = out ? out : cut;
  if (died) fields_text(&n->reason, "the node failed%s%s", why ? ": " : ", nothing was measured", why ? why : "");
  else if (why) fields_copy_text(&n->reason, why);
  else if (!run)
    fields_text(&n->reason, "no result%s%s; what it said stands in %s.log", e->state[0] ? ", Slurm says " : "",
                e->state, folder);
}

static int collect(const struct fleet_plan *plan, struct results *results, const struct element *e,
                   struct merge_result *r, bool quiet, struct error *err) {
  struct words files = { 0 };
  char folder[PATH_MAX];
  int rc = 0;
  for (long i = 1; i <= plan->elements && rc == 0; i++) rc = element_files(results, i, &files, err);
  if (rc == 0) rc = merge_results(files.word, files.count, plan->hash, r, err);
  for (long i = 1; i <= plan->elements && rc == 0; i++) {
    struct merge_node *n = fields_append(&r->nodes, sizeof *n);
    if (!n) rc = no_memory(err);
    if (rc) break;
    memset(n, 0, sizeof *n);
    n->element = i;
    element_folder(results, i, folder);
    describe(r, &e[i], folder, n);
  }
  words_free(&files);
  return rc ? rc : merge_write(r, &fleet_result_fields, results, quiet, err);
}

int fleet_run(struct fleet_plan *plan, struct results *results, bool quiet, struct merge_result *r, struct error *err) {
  long count = (long)plan->elements;
  struct element *e = calloc((size_t)count + 1, sizeof *e);
  char script[PATH_MAX], log[PATH_MAX], job[32] = "", *elements = NULL;
  bool cancelled = false;
  int rc = e ? 0 : no_memory(err);
  for (long i = 1; i <= count && rc == 0; i++) {
    rc = is_whole(results, i, &e[i].whole, err);
    e[i].wanted = !e[i].whole;
  }
  size_t wanted = rc == 0 ? list_wanted(e, count, &elements) : 0;
  snprintf(script, sizeof script, "%.4000s/%s", results->path, SCRIPT);
  snprintf(log, sizeof log, "%.4000s/element-%%a.log", results->path);
  if (rc == 0 && wanted > 0)
    rc = slurm_submit(script, elements, plan->partition, plan->constraints.item, log, job, err);
  if (rc == 0 && wanted > 0) {
    char **one = fields_append(&plan->jobs, sizeof *one);
    if (one) *one = strdup(job);
    fields_copy_text(&r->job, job);
    rc = write_plan(results, plan, err);
    if (rc == 0) rc = follow(job, e, count, wanted, quiet, &cancelled, err);
  }
  if (rc == 0) {
    r->interrupted = cancelled ? ANSWER_YES : ANSWER_NO;
    rc = collect(plan, results, e, r, quiet, err);
  }
  free(elements);
  free(e);
  return rc;
}
