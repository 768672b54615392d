/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_plots.c: `hakmem-harness plots`: pictures of what was recorded. */
#include <string.h>

#include "harness/core/command.h"
#include "harness/core/json_out.h"
#include "harness/core/paths.h"
#include "harness/core/units.h"
#include "harness/report/plot_data.h"

static json_t *listing(const struct pictures *p, const char *out) {
  static const char *const ending[] = { "svg", "png", "pdf" };
  json_t *o = json_result("plots"), *files = json_array();
  char path[PATH_MAX];
  for (size_t i = 0; i < p->count; i++)
    for (int k = 0; k < 3; k++) {
      snprintf(path, sizeof path, "%.3900s/%s.%s", out, p->list[i].name, ending[k]);
      json_array_append_new(files, json_text(path));
    }
  json_object_set_new(o, "files", files);
  json_object_set_new(o, "missing", json_text(p->missing[0] ? p->missing : NULL));
  return o;
}

static int run_plots(const struct invocation *inv) {
  static struct record_set set;
  static struct pictures pictures;
  struct error err = { 0 };
  char data_dir[PATH_MAX];
  const char *out = option_string(inv, "to");
  int rc = record_set_find(&set, inv->positional_count ? inv->positional : NULL, inv->out_dir, &err);
  if (rc) return command_fail(&err);
  snprintf(data_dir, sizeof data_dir, "%.3900s/data", out);
  rc = path_make_folders(out, NULL, &err);
  if (rc == 0) rc = path_make_folders(data_dir, NULL, &err);
  int lock = rc == 0 ? path_lock_folder(out, "a set of pictures", &err) : 0; /* until we end */
  if (lock < 0) rc = lock;
  if (rc == 0) rc = plot_data_write(&set, data_dir, &pictures, &err);
  if (rc == 0) rc = plots_render(&pictures, data_dir, out, inv->quiet, &err);
  record_set_free(&set);
  if (rc) return command_fail(&err);
  for (char *save = NULL, text[sizeof pictures.missing], *line = strtok_r(strcpy(text, pictures.missing), "\n", &save);
       line; line = strtok_r(NULL, "\n", &save))
    command_note(inv, "left out: %s", line);
  if (inv->json) {
    json_t *o = listing(&pictures, out);
    json_print(o);
    json_decref(o);
  } else {
    printf("%zu picture%s in %s, each as SVG, PNG and PDF; their numbers in %s\n", pictures.count,
           units_plural(pictures.count, "", "s"), out, data_dir);
  }
  return pictures.count > 0 && pictures.undrawn == 0 ? EXIT_DONE : EXIT_UNMEASURED;
}

static const char *const synopsis[] = { "[DIR…] [--to DIR] [--json]", NULL };
static const struct option_spec options[] = {
  { "to", 0, OPTION_STRING, "DIR", "where the pictures go", "pictures" },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_plots = {
  .name = "plots",
  .summary = "draw what was recorded, without measuring",
  .synopsis = synopsis,
  .description = "DIR is a folder that phases, ab, verify, calibrate or peers wrote. Without one the newest of\n"
                 "each kind under --out is taken, and for what was not measured the record that comes with the\n"
                 "sources. What is not recorded is named, with the command that records it. Needs gnuplot.",
  .options = options,
  .common = "jqo",
  .positional_min = 0,
  .positional_max = -1,
  .run = run_plots,
};
