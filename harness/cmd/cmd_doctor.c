/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_doctor.c: `hakmem-harness doctor`: what this machine can measure. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/command.h"
#include "harness/core/interrupt.h"
#include "harness/core/json_out.h"
#include "harness/core/machine.h"
#include "harness/core/progress.h"
#include "harness/core/units.h"
#include "harness/doctor/doctor.h"
#include "harness/doctor/doctor_json.h"

static int print_json(const struct doctor_check *checks, size_t count) {
  json_t *o = json_result("doctor"), *list = json_array();
  for (size_t i = 0; i < count; i++) json_array_append_new(list, doctor_check_json(&checks[i]));
  json_object_set_new(o, "checks", list);
  json_object_set_new(o, "machine", machine_record());
  int rc = json_print(o);
  json_decref(o);
  return rc == 0 ? EXIT_DONE : EXIT_INTERNAL;
}

/* A narrow screen has no room for a column beside the names: what was found stands below them. */
enum { ROOMY = 110 };

static void print_text(const struct doctor_check *checks, size_t count) {
  static const char *const colours[] = { "\033[32m", "\033[33m", "\033[31m" };
  bool colour = colour_wanted(STDOUT_FILENO);
  unsigned columns = units_breaks(stdout) ? units_columns(STDOUT_FILENO) : ROOMY;
  size_t found[3] = { 0 };
  for (size_t i = 0; i < count; i++) {
    const struct doctor_check *c = &checks[i];
    found[c->status]++;
    const char *start = colour ? colours[c->status] : "", *end = colour ? "\033[0m" : "";
    if (columns < ROOMY) {
      char text[sizeof c->detail + sizeof c->advice + 16];
      printf("%s%-11s%s %s\n", start, doctor_status_name(c->status), end, c->name);
      snprintf(text, sizeof text, "    %s\n%s%s", c->detail, c->advice[0] != '\0' ? "    " : "", c->advice);
      units_wrap(stdout, text, columns);
      continue;
    }
    printf("%s%-11s%s %-25s %s\n", start, doctor_status_name(c->status), end, c->name, c->detail);
    if (c->advice[0] != '\0') printf("%-37s %s\n", "", c->advice);
  }
  printf("%zu ok, %zu degraded, %zu unavailable\n", found[DOCTOR_OK], found[DOCTOR_DEGRADED],
         found[DOCTOR_UNAVAILABLE]);
}

static int run_doctor(const struct invocation *inv) {
  static struct doctor_check checks[DOCTOR_CHECKS_MAX];
  size_t count = doctor_run(checks, DOCTOR_CHECKS_MAX);
  if (interrupt_pending()) return EXIT_INTERRUPTED;
  if (inv->json) return print_json(checks, count);
  print_text(checks, count);
  return EXIT_DONE;
}

static const char *const synopsis[] = { "[--json]", NULL };

const struct command cmd_doctor = {
  .name = "doctor",
  .summary = "say what this machine can measure, and what to do about the rest",
  .synopsis = synopsis,
  .description = "Each check tries what it reports: it opens counters, sets a uprobe on this program, traces a\n"
                 "child, times a loop for half a second. ok: nothing to do. degraded: it works, with the limit\n"
                 "that is named. unavailable: this kind of measurement cannot be made here, with the errno of\n"
                 "the refusal; the other commands say so too and use what there is. The exit code is 0 whatever\n"
                 "is found.",
  .common = "jq",
  .run = run_doctor,
};
