/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_report.c: `hakmem-harness report`: pages, pictures and one HTML file from records. */
#include <string.h>

#include "harness/core/command.h"
#include "harness/core/json_out.h"
#include "harness/core/paths.h"
#include "harness/core/units.h"
#include "harness/report/html_report.h"
#include "harness/report/pages.h"

static int draw(const struct record_set *set, const char *to, struct pictures *pictures, char *plots_dir, size_t size,
                bool quiet, struct error *err) {
  char data[PATH_MAX];
  snprintf(plots_dir, size, "%.3800s/plots", to);
  snprintf(data, sizeof data, "%.3800s/plots/data", to);
  int rc = path_make_folders(plots_dir, NULL, err);
  if (rc == 0) rc = path_make_folders(data, NULL, err);
  int lock = rc == 0 ? path_lock_folder(plots_dir, "a set of pictures", err) : 0;
  if (lock < 0) rc = lock;
  if (rc == 0) rc = plot_data_write(set, data, pictures, err);
  if (rc == 0) rc = plots_render(pictures, data, plots_dir, quiet, err);
  return rc;
}

/* Without gnuplot the pages are still worth having. */
static int write_all(const struct invocation *inv, const struct record_set *set, struct results *out,
                     struct words *files, struct error *err) {
  static struct pictures pictures;
  char plots_dir[PATH_MAX];
  int lock = path_lock_folder(out->path, "a report", err); /* until we end: two would take each other's pictures */
  if (lock < 0) return lock;
  int rc = pages_write(set, out, files, err);
  if (rc || option_is_set(inv, "pages-only")) return rc;
  rc = draw(set, out->path, &pictures, plots_dir, sizeof plots_dir, inv->quiet, err);
  if (rc == -ENOEXEC) {
    command_note(inv, "no pictures: %s; %s", err->text, err->advice);
    snprintf(pictures.missing, sizeof pictures.missing, "pictures: gnuplot was not there when this report was made\n");
    pictures.count = 0;
    rc = 0;
  }
  if (rc == 0 && pictures.undrawn > 0)
    command_note(inv, "%zu %s not there: gnuplot cannot draw; report.html has the names", pictures.undrawn,
                 units_plural(pictures.undrawn, "picture is", "pictures are"));
  char answer[400];
  page_answer(set, answer, sizeof answer);
  if (rc == 0) rc = html_report_write(answer, files, out->path, &pictures, plots_dir, out, err);
  if (rc == 0) rc = words_add(files, "report.html");
  return rc;
}

static void list_files(const struct invocation *inv, const struct words *files, const char *dir) {
  json_t *o = json_result("report"), *paths = json_array();
  char path[PATH_MAX];
  for (size_t i = 0; i < files->count; i++) {
    snprintf(path, sizeof path, "%.3800s/%.200s", dir, files->word[i]);
    if (!inv->json) puts(path);
    json_array_append_new(paths, json_text(path));
  }
  json_object_set_new(o, "files", paths);
  if (inv->json) json_print(o);
  json_decref(o);
}

static int save(const struct record_set *set, const char *to, struct error *err) {
  struct results out;
  int rc = path_make_folders(to, NULL, err);
  if (rc == 0) rc = results_open(&out, to, err);
  if (rc) return rc;
  rc = record_set_save(set, &out, err);
  results_close(&out);
  return rc;
}

static int run_report(const struct invocation *inv) {
  static struct record_set set;
  struct results out;
  struct error err = { 0 };
  struct words files = { 0 };
  const char *to = option_string(inv, "to"), *save_to = option_string(inv, "save");
  int rc = record_set_find(&set, inv->positional_count ? inv->positional : NULL, inv->out_dir, &err);
  if (rc == 0 && save_to) rc = save(&set, save_to, &err);
  if (rc == 0) rc = path_make_folders(to, NULL, &err);
  if (rc == 0) rc = results_open(&out, to, &err);
  if (rc == 0) {
    rc = write_all(inv, &set, &out, &files, &err);
    if (rc == 0) list_files(inv, &files, out.path);
    results_close(&out);
  }
  words_free(&files);
  record_set_free(&set);
  return rc ? command_fail(&err) : EXIT_DONE;
}

static const char *const synopsis[] = { "[DIR…] [--to DIR] [--save DIR] [--pages-only] [--json]", NULL };
static const struct option_spec options[] = {
  { "to", 0, OPTION_STRING, "DIR", "where pages, pictures and report.html go", "report" },
  { "save", 0, OPTION_STRING, "DIR",
    "keep the records, too: the small files, without raw samples and folders of this machine", NULL },
  { "pages-only", 0, OPTION_FLAG, NULL, "Markdown alone, neither pictures nor HTML", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_report = {
  .name = "report",
  .summary = "write results pages and one HTML report from what was recorded",
  .synopsis = synopsis,
  .description = "DIR as for plots. Nothing is measured; the same records give the same pages, byte for byte.\n"
                 "report.html has all pages and pictures in it and needs no network. Pictures need gnuplot.",
  .options = options,
  .common = "jqo",
  .positional_min = 0,
  .positional_max = -1,
  .run = run_report,
};
