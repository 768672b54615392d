/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_options.c: see ab_options.h. */
#include "harness/ab/ab_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "harness/core/foreign_file.h"
#include "harness/core/json_out.h"
#include "harness/core/results.h"
#include "harness/counters/cpu_choice.h"
#include "harness/runner/protocol.h"

uint64_t ab_random_seed(void) {
  uint64_t seed;
  if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed) seed = (uint64_t)time(NULL);
  return seed & ((UINT64_C(1) << 53) - 1);
}

int ab_options_threads(struct ab_options *o, const char *text, struct error *err) {
  char list[256];
  size_t n = 0;
  memset(o->threads, 0, sizeof o->threads);
  snprintf(list, sizeof list, "%s", text);
  for (char *state, *word = strtok_r(list, ",", &state); word; word = strtok_r(NULL, ",", &state)) {
    unsigned count = cpu_choice_parse_threads(word);
    if (count == 0 || count > AB_THREADS_MAX || n == AB_COUNTS_MAX - 1)
      return error_set(err, -EINVAL, "--threads wants 1 to %d or all, or a list of these, not '%s'", AB_THREADS_MAX,
                       text);
    bool known = false;
    for (size_t i = 0; i < n; i++) known |= o->threads[i] == count;
    if (!known) o->threads[n++] = count;
  }
  return n ? 0 : error_set(err, -EINVAL, "--threads is empty");
}

static json_t *texts_json(char *const *list) {
  json_t *a = json_array();
  for (; list && *list; list++) json_array_append_new(a, json_text(*list));
  return a;
}

json_t *ab_options_json(const struct ab_options *o) {
  json_t *j = json_result("ab-campaign"), *threads = json_array();
  json_object_set_new(j, "gates", o->names ? texts_json(o->names) : json_null());
  json_object_set_new(j, "with", texts_json(o->with));
  json_object_set_new(j, "a", json_text(o->lib[0]));
  json_object_set_new(j, "b", json_text(o->lib[1]));
  json_object_set_new(j, "cmd_a", json_text(o->cmd[0]));
  json_object_set_new(j, "cmd_b", json_text(o->cmd[1]));
  json_object_set_new(j, "protocol", json_text(o->protocol));
  json_object_set_new(j, "source_dir", json_text(o->source_dir));
  json_object_set_new(j, "workload", json_text(o->workload));
  for (const unsigned *t = o->threads; *t; t++) json_array_append_new(threads, json_integer(*t));
  json_object_set_new(j, "threads", threads);
  json_object_set_new(j, "threads_given", json_boolean(o->threads_given));
  json_object_set_new(j, "slots", json_integer((json_int_t)o->slots));
  json_object_set_new(j, "seed", json_integer((json_int_t)o->seed));
  json_object_set_new(j, "budget_s", json_number(o->budget_s));
  json_object_set_new(j, "margin_pct", json_number(o->margin_pct));
  json_object_set_new(j, "level", json_number(o->level));
  json_object_set_new(j, "no_direct", json_boolean(o->no_direct));
  json_object_set_new(j, "whole_budget", json_boolean(o->whole_budget));
  json_object_set_new(j, "no_callgrind", json_boolean(o->no_callgrind));
  json_object_set_new(j, "env", texts_json(o->env));
  json_object_set_new(j, "user", json_text(o->user));
  json_object_set_new(j, "timeout_s", json_number(o->timeout_s));
  return j;
}

static char **texts_load(const json_t *a) {
  size_t n = json_array_size(a);
  char **list = calloc(n + 1, sizeof *list);
  for (size_t i = 0; list && i < n; i++) {
    const char *t = json_string_value(json_array_get(a, i));
    list[i] = strdup(t ? t : "");
  }
  return list;
}

int ab_options_load(struct ab_options *o, const char *dir, struct error *err) {
  char path[4096];
  memset(o, 0, sizeof *o);
  int foreign = results_check_owner(dir, "campaign.json", err);
  if (foreign) return foreign;
  snprintf(path, sizeof path, "%.4000s/campaign.json", dir);
  struct error unread = { 0 };
  json_t *j = o->from = foreign_file_json(path, &unread);
  const char *schema = json_string_value(json_object_get(j, "schema"));
  if (!j || !schema || strcmp(schema, "hakmem.ab-campaign/1") != 0) {
    int rc = error_raise(err, ERROR_USAGE, -ENOENT, "%s%s%s", j ? path : "", j ? ": " : "",
                         j ? "not the plan of an A/B campaign" : unread.text);
    error_advise(err, "--resume wants the results folder of an `ab` that was cut off");
    ab_options_free(o);
    return rc;
  }
  if (json_is_array(json_object_get(j, "gates"))) o->names = o->loaded_names = texts_load(json_object_get(j, "gates"));
  o->with = o->loaded_with = texts_load(json_object_get(j, "with"));
  o->env = o->loaded_env = texts_load(json_object_get(j, "env"));
  o->lib[0] = json_string_value(json_object_get(j, "a"));
  o->lib[1] = json_string_value(json_object_get(j, "b"));
  o->cmd[0] = json_string_value(json_object_get(j, "cmd_a"));
  o->cmd[1] = json_string_value(json_object_get(j, "cmd_b"));
  o->protocol = json_string_value(json_object_get(j, "protocol"));
  o->source_dir = json_string_value(json_object_get(j, "source_dir"));
  o->workload = json_string_value(json_object_get(j, "workload"));
  const json_t *threads = json_object_get(j, "threads");
  for (size_t i = 0; i < json_array_size(threads) && i < AB_COUNTS_MAX - 1; i++)
    o->threads[i] = (unsigned)json_integer_value(json_array_get(threads, i));
  o->threads_given = json_is_true(json_object_get(j, "threads_given"));
  o->slots = (uint64_t)json_integer_value(json_object_get(j, "slots"));
  o->seed = (uint64_t)json_integer_value(json_object_get(j, "seed"));
  o->budget_s = json_number_value(json_object_get(j, "budget_s"));
  o->margin_pct = json_number_value(json_object_get(j, "margin_pct"));
  o->level = json_number_value(json_object_get(j, "level"));
  o->no_direct = json_is_true(json_object_get(j, "no_direct"));
  o->whole_budget = json_is_true(json_object_get(j, "whole_budget"));
  o->no_callgrind = json_is_true(json_object_get(j, "no_callgrind"));
  o->user = json_string_value(json_object_get(j, "user"));
  o->timeout_s = json_number_value(json_object_get(j, "timeout_s"));
  for (const unsigned *t = o->threads; *t; t++)
    if (*t > AB_THREADS_MAX) o->threads[0] = 0;
  if (!o->protocol || !o->workload || !(o->budget_s > 0) || !(o->level > 0 && o->level < 1) || o->threads[0] == 0) {
    ab_options_free(o);
    return error_set(err, -EBADMSG, "%s lacks something that a campaign needs", path);
  }
  return 0;
}

static void texts_free(char **list) {
  for (char **t = list; t && *t; t++) free(*t);
  free(list);
}

void ab_options_free(struct ab_options *o) {
  texts_free(o->loaded_names);
  texts_free(o->loaded_env);
  texts_free(o->loaded_with);
  if (o->from) json_decref(o->from);
  memset(o, 0, sizeof *o);
}
