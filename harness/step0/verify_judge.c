/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_judge.c: from counts and controls to a verdict. A zero alone proves nothing: it needs
 * the sentinel that fired, the negative control that did not, a whole run, and an exit of 0. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "harness/step0/verify_internal.h"

const char *step0_verdict_name(enum step0_verdict v) { return step0_verdict_names[v]; }

const char *step0_decision(enum step0_verdict v) {
  return v == STEP0_EXECUTED ? "PROCEED" : v == STEP0_INCONCLUSIVE ? NULL : "SKIP";
}

static bool is_off(const char *value) {
  static const char *const off[] = { "0", "", "off", "no", "false" };
  for (size_t i = 0; i < sizeof off / sizeof *off; i++)
    if (strcmp(value, off[i]) == 0) return true;
  return false;
}

static void find_env(const struct verify_request *req, struct verify_site *s) {
  if (s->gate == NULL || s->gate->env_name == NULL) return;
  size_t n = strlen(s->gate->env_name);
  for (char *const *e = req->env; e != NULL && *e != NULL; e++)
    if (strncmp(*e, s->gate->env_name, n) == 0 && (*e)[n] == '=') s->env_value = *e + n + 1;
  s->env_off = is_off(s->env_value != NULL ? s->env_value : s->gate->env_default);
}

static bool counter_present(const struct verify_result *res, const struct verify_site *s) {
  uint64_t address = 0, size = 0;
  struct error ignored = { 0 };
  return s->gate->counter != NULL && elf_object_data(&res->object[0], s->gate->counter, &address, &size, &ignored) == 0;
}

/* Why a zero is not to be trusted, NULL: it is. */
static const char *zero_in_doubt(const struct verify_result *res) {
  if (res->partial) return "the run was not counted to its end";
  if (!res->sentinel_armed) return "no sentinel could be armed: a zero without one proves nothing";
  if (!res->sentinel_fired) return "the sentinel did not fire: the object was not loaded, or the probes did not work";
  if (!res->negative_armed) return "no negative control could be armed";
  if (res->child_ended && (!WIFEXITED(res->child_status) || WEXITSTATUS(res->child_status) != 0))
    return "the workload failed";
  if (res->scope.whole_machine || res->scope.blind_before) return "the method does not cover the whole target";
  return NULL;
}

/* What keeps a zero, or that there is no such place, from being firm: "" where nothing does. */
static void what_is_missing(const struct verify_result *res, size_t site, char *out, size_t size) {
  out[0] = '\0';
  for (size_t i = 0; i < res->gaps; i++)
    if (res->gap[i].site == site || res->gap[i].site == VERIFY_ALL_SITES) {
      snprintf(out, size, "%s: %s", res->gap[i].what, res->gap[i].why);
      return;
    }
}

static void judge_missing(const struct verify_result *res, struct verify_site *s, size_t index) {
  char missing[340], said[400];
  if (s->gate == NULL) {
    what_is_missing(res, index, missing, sizeof missing);
    s->verdict = missing[0] == '\0' ? STEP0_NO_SITE : STEP0_INCONCLUSIVE;
    snprintf(said, sizeof said, "%.120s", s->reason[0] != '\0' ? s->reason : "the object has no such place");
    if (missing[0] != '\0')
      snprintf(s->reason, sizeof s->reason, "not found, but that is not all there is: %.330s", missing);
    else if (s->near[0] != '\0') snprintf(s->reason, sizeof s->reason, "%.150s; near: %.200s", said, s->near);
  } else if (s->gate->class != GATE_TELEMETRY) {
    s->verdict = STEP0_NO_SITE;
    snprintf(s->reason, sizeof s->reason, "the gate is a feature: it has no site");
  } else if (counter_present(res, s)) {
    s->verdict = STEP0_NO_SITE;
    snprintf(s->reason, sizeof s->reason, "compiled in, without a marker: configured with --disable-site-markers");
  } else {
    s->verdict = STEP0_COMPILED_OUT;
    snprintf(s->reason, sizeof s->reason, "neither marker nor counter in the library; configure with --enable-%s",
             s->gate->name);
  }
}

/* Only places that tell that something of it ran. */
static bool passed_by(const struct verify_result *res, size_t site) {
  for (size_t i = 0; i < res->copies; i++)
    if (res->copy[i].role == POINT_SITE && res->copy[i].site == site && res->copy[i].passed) return true;
  return false;
}

/* A function whose code is the site's, too, where only such code was hit; NULL: there is other, or none was. */
static const char *only_twin_ran(const struct verify_result *res, size_t site) {
  const char *twin = NULL;
  for (size_t i = 0; i < res->copies; i++) {
    const struct verify_copy *c = &res->copy[i];
    if (c->role != POINT_SITE || c->site != site || !c->measured || c->total == 0) continue;
    if (c->twin[0] == '\0') return NULL;
    twin = c->twin;
  }
  return twin;
}

static const char *why_inexact(const struct verify_result *res, size_t site) {
  for (size_t i = 0; i < res->copies; i++) {
    const struct verify_copy *c = &res->copy[i];
    if (c->role == POINT_SITE && c->site == site && c->measured && c->total > 0 && c->inexact_why != NULL)
      return c->inexact_why;
  }
  return NULL;
}

static void judge_site(const struct verify_result *res, struct verify_site *s, size_t index) {
  char missing[340];
  if (s->copies == 0) {
    judge_missing(res, s, index);
    return;
  }
  what_is_missing(res, index, missing, sizeof missing);
  const char *doubt = zero_in_doubt(res), *twin = only_twin_ran(res, index);
  if (s->hits > 0 && twin != NULL) {
    s->verdict = STEP0_INCONCLUSIVE;
    snprintf(s->reason, sizeof s->reason,
             "its code is that of %s, too (identical code folded), and ran: which of both was called cannot be told",
             twin);
  } else if (s->hits > 0) {
    s->verdict = STEP0_EXECUTED;
    const char *why = why_inexact(res, index);
    if (why != NULL) snprintf(s->reason, sizeof s->reason, "not exact: %s", why);
  } else if (!s->measured) {
    s->verdict = STEP0_INCONCLUSIVE;
    snprintf(s->reason, sizeof s->reason, "%s", missing[0] != '\0' ? missing : "not measured");
  } else if (passed_by(res, index)) {
    s->verdict = STEP0_INCONCLUSIVE;
    snprintf(s->reason, sizeof s->reason,
             "instructions of it ran that the compiler moved elsewhere, and no place where it begins");
  } else if (doubt != NULL) { /* of the method; another one would still not know what is missing */
    s->verdict = STEP0_INCONCLUSIVE;
    snprintf(s->reason, sizeof s->reason, "no hit, but %s%s%s", doubt, missing[0] != '\0' ? "; nor is all known: " : "",
             missing);
  } else if (missing[0] != '\0') {
    s->verdict = STEP0_INCONCLUSIVE;
    snprintf(s->reason, sizeof s->reason, "no hit, but not all is known: %s", missing);
  } else if (s->env_off) {
    s->verdict = STEP0_ENV_GATED;
    snprintf(s->reason, sizeof s->reason, "%s is %s: the path is off; see it with --with-env %s=1", s->gate->env_name,
             s->env_value != NULL ? s->env_value : "not set", s->gate->env_name);
  } else {
    s->verdict = STEP0_NOT_EXECUTED;
    snprintf(s->reason, sizeof s->reason, "armed in all its copies, and never hit");
  }
}

void verify_judge(const struct verify_request *req, struct verify_result *res) {
  static const enum step0_verdict order[] = { STEP0_EXECUTED, STEP0_INCONCLUSIVE, STEP0_ENV_GATED, STEP0_NOT_EXECUTED,
                                              STEP0_NO_SITE };
  bool negative_failed = res->negative_armed && res->negative_hits > 0;
  for (size_t i = 0; i < res->sites; i++) {
    find_env(req, &res->site[i]);
    judge_site(res, &res->site[i], i);
    if (negative_failed && res->site[i].copies > 0) {
      res->site[i].verdict = STEP0_INCONCLUSIVE;
      snprintf(res->site[i].reason, sizeof res->site[i].reason, "the negative control fired");
    }
  }
  res->verdict = STEP0_COMPILED_OUT;
  const struct verify_site *because = res->sites > 0 ? &res->site[0] : NULL;
  for (size_t k = 0; k < sizeof order / sizeof *order && res->verdict == STEP0_COMPILED_OUT; k++)
    for (size_t i = 0; i < res->sites; i++)
      if (res->site[i].verdict == order[k]) {
        res->verdict = order[k];
        because = &res->site[i];
        break;
      }
  if (negative_failed)
    snprintf(res->reason, sizeof res->reason, "the negative control (%s) was hit %llu times: addresses are wrong",
             res->negative_what, (unsigned long long)res->negative_hits);
  else if (res->sentinel_exact && res->sentinel_armed && !res->partial && res->counts_known &&
           res->sentinel_hits != res->sentinel_expected) {
    /* the loop says how often it went round: a method that miscounts it miscounts the sites too */
    res->verdict = STEP0_INCONCLUSIVE;
    res->exact = false;
    snprintf(res->reason, sizeof res->reason, "the sentinel counted %llu of %llu steps: the counts cannot be trusted",
             (unsigned long long)res->sentinel_hits, (unsigned long long)res->sentinel_expected);
  } else if (because != NULL && res->verdict != STEP0_EXECUTED)
    snprintf(res->reason, sizeof res->reason, "%s", because->reason);
}
