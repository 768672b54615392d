/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_print.c: the result of an A/B campaign for people. */
#include <math.h>
#include <string.h>

#include "harness/ab/ab_json.h"

static double number(const json_t *o, const char *key) {
  const json_t *v = json_object_get(o, key);
  return json_is_number(v) ? json_number_value(v) : NAN;
}

static const char *text(const json_t *o, const char *key) {
  const char *t = json_string_value(json_object_get(o, key));
  return t ? t : "-";
}

static void print_estimate(FILE *f, const char *name, const json_t *e) {
  if (!json_is_object(e)) return;
  double low = number(e, "low"), high = number(e, "high");
  if (isnan(low)) {
    fprintf(f, "  %-22s %+8.3f%%  (no interval)\n", name, number(e, "estimate"));
    return;
  }
  fprintf(f, "  %-22s %+8.3f%%  [%+.3f, %+.3f]  half-width %.3f at %.4g%%, n %.0f\n", name, number(e, "estimate"), low,
          high, (high - low) / 2, 100 * number(e, "level"), number(e, "n"));
}

static void print_both(FILE *f, const char *name, const json_t *o, const char *format) {
  double out = number(o, "out"), in = number(o, "in");
  if (isnan(out) && isnan(in)) return;
  fprintf(f, "  %-22s ", name);
  fprintf(f, format, out);
  fprintf(f, " -> ");
  fprintf(f, format, in);
  fputs("\n", f);
}

static void print_counters(FILE *f, const json_t *result) {
  const json_t *counters = json_object_get(result, "counters");
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)counters, key, value) if (json_is_object(value)) print_both(f, key, value, "%.4g /op");
  if (json_is_string(json_object_get(counters, "hardware_reason")))
    fprintf(f, "  NO HARDWARE COUNTERS: %s\n", text(counters, "hardware_reason"));
}

static void print_steps(FILE *f, const json_t *result) {
  const json_t *step0 = json_object_get(result, "step0"), *step1 = json_object_get(result, "step1");
  if (json_is_object(step0)) fprintf(f, "  step 0: %s\n", text(step0, "status"));
  if (json_is_object(step1)) fprintf(f, "  step 1: %s (%s)\n", text(step1, "class"), text(step1, "source"));
}

static void print_effort(FILE *f, const json_t *result) {
  if (isnan(number(result, "elapsed_s"))) return;
  fprintf(f, "  %.1f s of %.4g s", number(result, "elapsed_s"), number(result, "budget_s"));
  if (number(result, "pairs") > 0) fprintf(f, ", %.0f pairs", number(result, "pairs"));
  if (!isnan(number(result, "disturbed_pct")))
    fprintf(f, ", %.1f%% of them disturbed", number(result, "disturbed_pct"));
  if (!isnan(number(result, "steal_pct"))) fprintf(f, ", steal %.1f%%", number(result, "steal_pct"));
  fprintf(f, "; layouts: %s\n", text(result, "layout_sampling"));
}

static void print_core(FILE *f, const json_t *result) {
  const json_t *core = json_object_get(result, "core");
  if (isnan(number(core, "alone_pct"))) return;
  bool alone = strcmp(text(core, "state"), "alone") == 0;
  fprintf(f, "  core: ours alone in %.0f%% of the pairs", number(core, "alone_pct"));
  if (number(core, "pairs_left_out") > 0)
    fprintf(f, "; left out: %.0f where %s", number(core, "pairs_left_out"),
            alone ? "another hardware thread used it too" : "it was, too few for a verdict");
  fputs("\n", f);
  print_estimate(f, alone ? "gain on a shared core" : "gain where it was ours",
                 json_object_get(core, "left_out_gain_pct"));
}

static void print_calibration(FILE *f, const json_t *result) {
  const json_t *k = json_object_get(result, "calibration");
  if (json_is_object(k) && json_is_string(json_object_get(k, "status")))
    fprintf(f, "  calibration: %s\n", text(k, "status"));
  else if (json_is_object(k))
    fprintf(f, "  calibration of this machine (%s): %.0f of %.0f A/A campaigns of %.3g s gave a false verdict\n",
            text(k, "date"), number(k, "false_verdicts"), number(k, "campaigns"), number(k, "budget_s"));
}

void ab_print(FILE *f, const json_t *result) {
  size_t i;
  json_t *row;
  fprintf(f, "%s: %s\n", text(result, "subject"), text(result, "verdict"));
  fprintf(f, "  %s\n", text(result, "reason"));
  if (json_is_string(json_object_get(result, "needs"))) fprintf(f, "  with %s\n", text(result, "needs"));
  if (strcmp(text(result, "protocol"), "source") == 0)
    fprintf(f, "  protocol: the source's: ten runs of each variant one after the other, means, no interval; for "
               "comparison only\n");
  print_steps(f, result);
  print_estimate(f, "gain", json_object_get(result, "gain_pct"));
  print_estimate(f, "ordinary mean", json_object_get(result, "mean_gain_pct"));
  print_estimate(f, "live control (A/A)", json_object_get(result, "control"));
  const json_t *toggles = json_object_get(result, "toggles");
  print_estimate(f, "direct cost", json_object_get(result, "direct_pct"));
  if (!json_is_null(json_object_get(result, "direct_pct")) && number(toggles, "toggled") < number(toggles, "found"))
    fprintf(f, "  %-22s of %.0f of the %.0f places alone\n", "", number(toggles, "toggled"), number(toggles, "found"));
  print_estimate(f, "layout/codegen", json_object_get(result, "layout_pct"));
  if (json_is_string(json_object_get(result, "decomposition"))) fprintf(f, "  %s\n", text(result, "decomposition"));
  if (!isnan(number(result, "expected_pct")))
    fprintf(f, "  %-22s %+8.3f%%  from Step 0's hits and the cost of one such instruction\n", "expected",
            number(result, "expected_pct"));
  if (json_is_null(json_object_get(result, "direct_pct")) && json_is_string(json_object_get(result, "direct_reason")))
    fprintf(f, "  direct cost: not measured: %s\n", text(result, "direct_reason"));
  print_both(f, "ns/op", json_object_get(result, "ns_per_op"), "%.4g");
  print_both(f, "instructions/op", json_object_get(result, "insns_per_op"), "%.4f");
  print_counters(f, result);
  print_effort(f, result);
  print_core(f, result);
  json_array_foreach(json_object_get(result, "by_threads"), i, row) {
    char name[48];
    snprintf(name, sizeof name, "%.0f thread%s: %s", number(row, "threads"), number(row, "threads") > 1 ? "s" : "",
             text(row, "verdict"));
    print_estimate(f, name, json_object_get(row, "gain_pct"));
  }
  print_calibration(f, result);
  if (json_is_true(json_object_get(result, "partial")))
    fprintf(f, "  PARTIAL: go on with hakmem-harness ab --resume %s\n", text(result, "results_dir"));
}
