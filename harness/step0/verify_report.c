/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_report.c: the result as JSON, CSV, and text for people. */
#include <stdlib.h>
#include <string.h>

#include "harness/core/addresses.h"
#include "harness/core/json_out.h"
#include "harness/core/progress.h"
#include "harness/core/units.h"
#include "harness/step0/verify_internal.h"

static const char *kind_name(enum copy_kind kind) {
  static const char *const names[] = { "place", "function", "clone", "part", "inlined", "ifunc", "line" };
  return names[kind];
}

static json_t *address_json(uint64_t address) {
  char text[24];
  snprintf(text, sizeof text, "0x%llx", (unsigned long long)address);
  return json_text(text);
}

static bool was_moved(const struct verify_result *res, const struct probe_point *p) {
  return res->rung != NULL && res->rung->uprobe && p->moves && p->has_moved;
}

static json_t *copies_json(const struct verify_result *res, size_t site) {
  json_t *list = json_array();
  for (size_t i = 0; i < res->copies; i++) {
    const struct verify_copy *c = &res->copy[i];
    if (c->role != POINT_SITE || c->site != site || c->terms == 0) continue;
    const struct probe_point *p = verify_first_point(res, c);
    bool moved = was_moved(res, p);
    const struct elf_place *place = moved ? &p->moved : &p->place;
    json_t *o = json_object();
    json_object_set_new(o, "kind", json_text(kind_name(c->kind)));
    json_object_set_new(o, "pc", address_json(place->address));
    json_object_set_new(o, "offset", json_integer((json_int_t)place->offset));
    json_object_set_new(o, "insn", json_text(moved ? p->moved_insn.text : p->insn.text));
    json_object_set_new(o, "moved_from", moved ? address_json(p->place.address) : json_null());
    json_object_set_new(o, "function", json_text(c->function[0] ? c->function : NULL));
    json_object_set_new(o, "file", json_text(c->file[0] ? c->file : NULL));
    json_object_set_new(o, "line", json_count(c->line > 0, (uint64_t)c->line));
    json_object_set_new(o, "hits", json_count(res->counted && c->measured, c->total));
    json_object_set_new(o, "exact",
                        res->counted && c->measured ? json_boolean(!c->inexact && !c->twin[0]) : json_null());
    json_array_append_new(list, o);
  }
  return list;
}

static json_t *gaps_json(const struct verify_result *res, size_t site) {
  json_t *list = json_array();
  for (size_t i = 0; i < res->gaps; i++) {
    const struct verify_gap *g = &res->gap[i];
    if (site != VERIFY_ALL_SITES && g->site != site && g->site != VERIFY_ALL_SITES) continue;
    char what[360];
    bool named = g->site != VERIFY_ALL_SITES && res->sites > 1;
    snprintf(what, sizeof what, "%s%s%s", g->what, named ? " of " : "", named ? res->site[g->site].name : "");
    json_t *o = json_object();
    json_object_set_new(o, "what", json_text(what));
    json_object_set_new(o, "why", json_text(g->why));
    json_array_append_new(list, o);
  }
  return list;
}

static json_t *env_json(const struct verify_site *s) {
  if (s->gate == NULL || s->gate->env_name == NULL) return json_null();
  json_t *o = json_object();
  json_object_set_new(o, "name", json_text(s->gate->env_name));
  json_object_set_new(o, "default", json_text(s->gate->env_default));
  json_object_set_new(o, "value", json_text(s->env_value));
  json_object_set_new(o, "open", json_boolean(!s->env_off));
  return o;
}

static json_t *sites_json(const struct verify_result *res) {
  json_t *list = json_array();
  for (size_t i = 0; i < res->sites; i++) {
    const struct verify_site *s = &res->site[i];
    json_t *o = json_object();
    json_object_set_new(o, "name", json_text(s->name));
    json_object_set_new(o, "verdict", json_text(step0_verdict_name(s->verdict)));
    json_object_set_new(o, "reason", json_text(s->reason[0] ? s->reason : NULL));
    json_object_set_new(o, "hits", json_count(res->counted && s->measured, s->hits));
    json_object_set_new(o, "complete", json_boolean(verify_complete(res, i)));
    json_object_set_new(o, "near", json_text(s->near[0] ? s->near : NULL));
    json_object_set_new(o, "files", json_text(s->files[0] ? s->files : NULL));
    json_object_set_new(o, "hits_per_op", json_number(s->hits_per_op));
    json_object_set_new(o, "env_gate", env_json(s));
    json_object_set_new(o, "copies", copies_json(res, i));
    json_array_append_new(list, o);
  }
  return list;
}

static json_t *controls(const struct verify_result *res, bool sentinel) {
  bool armed = sentinel ? res->sentinel_armed : res->negative_armed;
  json_t *o = json_object();
  json_object_set_new(o, "armed", json_boolean(armed));
  json_object_set_new(o, "what", json_text(sentinel ? res->sentinel_what : res->negative_what));
  json_object_set_new(o, "hits", json_count(armed, sentinel ? res->sentinel_hits : res->negative_hits));
  if (sentinel) {
    bool known = armed && res->sentinel_exact && res->counts_known;
    json_object_set_new(o, "expected", json_count(known, res->sentinel_expected));
    json_object_set_new(
        o, "ok",
        armed ? json_boolean(res->sentinel_fired && (!known || res->sentinel_hits == res->sentinel_expected))
              : json_null());
  } else {
    json_object_set_new(o, "expected", json_integer(0));
    json_object_set_new(o, "ok", armed ? json_boolean(res->negative_hits == 0) : json_null());
  }
  return o;
}

static double share_pct(const struct verify_samples *s) {
  return s->found.total > 0 ? 100.0 * (double)s->found.inside / (double)s->found.total : NAN;
}

static json_t *samples_json(const struct verify_samples *s) {
  if (s == NULL) return json_null();
  json_t *o = json_object(), *functions = json_array(), *callers = json_array();
  if (!s->taken) {
    json_object_set_new(o, "total", json_null());
    json_object_set_new(o, "reason", json_text(s->reason));
    return o;
  }
  for (size_t i = 0; i < s->functions; i++) json_array_append_new(functions, json_text(s->function[i]));
  for (size_t i = 0; i < s->found.callers; i++)
    json_array_append_new(callers, json_pack("{s:o,s:I}", "name", json_text(s->found.caller[i].name), "samples",
                                             (json_int_t)s->found.caller[i].samples));
  json_object_set_new(o, "event", json_text(s->event));
  json_object_set_new(o, "period", json_integer((json_int_t)s->period));
  json_object_set_new(o, "total", json_integer((json_int_t)s->found.total));
  json_object_set_new(o, "in_function", json_integer((json_int_t)s->found.inside));
  json_object_set_new(o, "share_pct", json_number(share_pct(s)));
  json_object_set_new(o, "lost", json_count(s->lost_known, s->lost));
  json_object_set_new(o, "functions", functions);
  json_object_set_new(o, "callers", callers);
  json_object_set_new(o, "unwound_not", json_integer((json_int_t)s->found.unknown));
  return o;
}

/* null: nobody was looked for, as the method reaches nobody else. */
static json_t *others_json(const struct verify_result *res) {
  json_t *list = res->others.looked ? json_array() : json_null();
  for (size_t i = 0; i < res->others.count && i < VERIFY_OTHERS_MAX; i++) {
    json_t *one = json_object();
    json_object_set_new(one, "pid", json_integer(res->others.one[i].pid));
    json_object_set_new(one, "program", json_text(res->others.one[i].name));
    json_object_set_new(one, "object", json_text(res->object[res->others.one[i].object].path));
    json_array_append_new(list, one);
  }
  return list;
}

json_t *verify_json(const struct verify_request *req, const struct verify_result *res) {
  json_t *o = json_result("verify"), *refused = json_array();
  char words[64];
  bool any = res->rung != NULL;
  const char *what = req->site != NULL ? req->site : req->all ? "all" : res->sites > 0 ? res->site[0].name : NULL;
  json_object_set_new(o, "site", json_text(what));
  json_object_set_new(o, "verdict", json_text(step0_verdict_name(res->verdict)));
  json_object_set_new(o, "decision", json_text(step0_decision(res->verdict)));
  json_object_set_new(o, "reason", json_text(res->reason[0] ? res->reason : NULL));
  json_object_set_new(o, "method", json_text(any ? res->rung->name : NULL));
  json_object_set_new(o, "scope", json_text(res->scope.text[0] ? res->scope.text : NULL));
  for (size_t i = 0; i < res->refusals; i++) {
    json_t *r = json_object();
    json_object_set_new(r, "method", json_text(res->refused[i].method));
    json_object_set_new(r, "errno", json_integer(-res->refused[i].code));
    json_object_set_new(r, "reason", json_text(res->refused[i].reason));
    json_object_set_new(r, "advice", json_text(res->refused[i].advice[0] ? res->refused[i].advice : NULL));
    json_array_append_new(refused, r);
  }
  json_object_set_new(o, "refused", refused);
  json_object_set_new(o, "object", json_text(verify_object_path(res)));
  json_object_set_new(o, "private_copy", json_boolean(res->private_copy));
  json_object_set_new(o, "disturbs", others_json(res));
  json_object_set_new(o, "disturbs_unseen", json_count(res->others.looked, res->private_copy ? 0 : res->others.unseen));
  json_object_set_new(o, "object_hash", json_text(res->objects > 0 ? res->object[0].hash : NULL));
  json_object_set_new(o, "build_id",
                      json_text(res->objects > 0 && res->object[0].build_id[0] ? res->object[0].build_id : NULL));
  bool workload = req->command == NULL && req->pid == 0 && req->binary == NULL;
  json_object_set_new(o, "workload", json_text(workload ? req->workload : NULL));
  json_object_set_new(o, "threads", json_text(workload ? req->threads : NULL));
  json_t *trace = json_null();
  if (req->trace != NULL) {
    trace = json_object();
    json_object_set_new(trace, "file", json_text(req->trace->file));
    json_object_set_new(trace, "sha256", json_text(req->trace->sha256));
    json_object_set_new(trace, "events", json_integer((json_int_t)req->trace->header.events));
    json_object_set_new(trace, "threads", json_integer(req->trace->header.threads));
  }
  json_object_set_new(o, "trace", trace);
  json_t *command = json_null();
  if (req->command != NULL) {
    command = json_array();
    for (char *const *a = req->command; *a != NULL; a++) {
      json_t *word = json_string(*a);
      json_array_append_new(command, word != NULL ? word : json_null()); /* not UTF-8 */
    }
  }
  json_object_set_new(o, "command", command);
  json_object_set_new(o, "per_site", sites_json(res));
  json_object_set_new(o, "complete", json_boolean(verify_complete(res, VERIFY_ALL_SITES)));
  json_object_set_new(o, "incomplete", gaps_json(res, VERIFY_ALL_SITES));
  json_object_set_new(o, "hits", json_count(res->counted, res->hits));
  json_object_set_new(o, "ops", json_count(res->ops_known, res->ops));
  json_object_set_new(o, "allocs", json_count(res->counts_known, res->allocs));
  json_object_set_new(o, "frees", json_count(res->counts_known, res->frees));
  json_object_set_new(o, "tiny_frees", json_count(res->counts_known, res->tiny_frees));
  json_object_set_new(o, "hits_per_op", json_number(res->hits_per_op));
  json_object_set_new(o, "exact", res->counted ? json_boolean(res->exact) : json_null());
  json_object_set_new(o, "sentinel", controls(res, true));
  json_object_set_new(o, "negative_control", controls(res, false));
  json_t *env = json_null();
  for (size_t i = 0; i < res->sites && json_is_null(env); i++) env = env_json(&res->site[i]);
  json_object_set_new(o, "env_gate", env);
  json_object_set_new(o, "samples", samples_json(res->corroboration.samples));
  json_t *watch = json_null();
  if (res->corroboration.watch_done || res->corroboration.watch_reason[0]) {
    watch = json_object();
    json_object_set_new(watch, "hits", json_count(res->corroboration.watch_done, res->corroboration.watch_hits));
    json_object_set_new(watch, "expected",
                        json_count(res->corroboration.watch_done, res->corroboration.watch_expected));
    json_object_set_new(watch, "reason",
                        json_text(res->corroboration.watch_reason[0] ? res->corroboration.watch_reason : NULL));
  }
  json_object_set_new(o, "watchpoint", watch);
  json_object_set_new(o, "proof_ms", json_number(res->proof_ms));
  json_object_set_new(o, "proof_hits", json_count(!isnan(res->proof_ms), res->proof_hits));
  json_object_set_new(o, "slowdown_pct", json_number(res->slowdown_pct));
  json_object_set_new(o, "count_s", json_number(res->count_s));
  json_object_set_new(o, "partial", json_boolean(res->partial));
  json_object_set_new(o, "runs", json_count(res->runs > 0, res->runs));
  json_object_set_new(
      o, "child_status",
      json_text(res->child_ended ? child_describe_status(res->child_status, words, sizeof words) : NULL));
  return o;
}

int verify_write_csv(FILE *out, const struct verify_result *res) {
  static const char *const roles[] = { "site", "sentinel", "negative", "per" };
  fputs("role,name,pc,offset,insn,hits_half,hits,weight\n", out);
  for (size_t i = 0; i < res->copies; i++) {
    const struct verify_copy *c = &res->copy[i];
    for (size_t k = 0; k < c->terms; k++) {
      const struct probe_point *p = &res->point[c->term[k].point];
      const struct verify_tally *t = &res->tally[c->term[k].point];
      fprintf(out, "%s,", roles[c->role]);
      units_csv(out, c->role == POINT_SITE ? res->site[c->site].name : "");
      fprintf(out, ",0x%llx,%llu,", (unsigned long long)p->place.address, (unsigned long long)p->place.offset);
      units_csv(out, p->insn.text);
      fputc(',', out);
      if (t->measured) fprintf(out, "%llu,%llu", (unsigned long long)t->half_hits, (unsigned long long)t->total);
      else fputs(",", out);
      fprintf(out, ",%d\n", c->term[k].weight);
    }
  }
  return ferror(out) ? -EIO : 0;
}

/* --- text ---------------------------------------------------------------------------------- */

/* Names and paths are anybody's: control characters in them are shown as \xHH. What was made visible lasts until the
 * page is done. */
struct page {
  FILE *out;
  char **shown;
  size_t count;
};

static const char *visible(struct page *p, const char *text) {
  char **grown = reallocarray(p->shown, p->count + 1, sizeof *grown);
  if (grown == NULL) return "?";
  p->shown = grown;
  p->shown[p->count] = units_visible(text, false);
  return p->shown[p->count] != NULL ? p->shown[p->count++] : "?";
}

static const char *colour_of(enum step0_verdict v) {
  return v == STEP0_EXECUTED ? "\033[32m" : v == STEP0_INCONCLUSIVE ? "\033[33m" : "\033[36m";
}

static int by_rate(const void *a, const void *b) {
  const struct verify_site *const *x = a, *const *y = b;
  double p = isnan((*x)->hits_per_op) ? (double)(*x)->hits : (*x)->hits_per_op;
  double q = isnan((*y)->hits_per_op) ? (double)(*y)->hits : (*y)->hits_per_op;
  return p > q ? -1 : p < q;
}

static void print_table(struct page *page, const struct verify_result *res, bool colour) {
  const struct verify_site **order = calloc(res->sites, sizeof *order);
  if (order == NULL) return;
  for (size_t i = 0; i < res->sites; i++) order[i] = &res->site[i];
  qsort(order, res->sites, sizeof *order, by_rate);
  fprintf(page->out, "  %-24s %-13s %14s %11s  %s\n", "site", "verdict", "hits", "hits/op", "copies");
  for (size_t i = 0; i < res->sites; i++) {
    const struct verify_site *s = order[i];
    char hits[32] = "-", rate[32] = "-";
    if (s->measured) snprintf(hits, sizeof hits, "%llu", (unsigned long long)s->hits);
    if (!isnan(s->hits_per_op)) snprintf(rate, sizeof rate, "%.6f", s->hits_per_op);
    fprintf(page->out, "  %-24s %s%-13s%s %14s %11s  %zu%s%s\n", visible(page, s->name),
            colour ? colour_of(s->verdict) : "", step0_verdict_name(s->verdict), colour ? "\033[0m" : "", hits, rate,
            s->copies, s->reason[0] ? "  " : "", visible(page, s->reason));
  }
  free(order);
}

static void print_copies(struct page *page, const struct verify_result *res) {
  for (size_t i = 0; i < res->copies; i++) {
    const struct verify_copy *c = &res->copy[i];
    char where[320] = "";
    if (c->role != POINT_SITE || !c->measured) continue;
    const struct probe_point *p = verify_first_point(res, c);
    const struct elf_place *place = was_moved(res, p) ? &p->moved : &p->place;
    if (c->file[0] != '\0') snprintf(where, sizeof where, ", %s:%d", c->file, c->line);
    if (c->twin[0] != '\0')
      snprintf(where + strlen(where), sizeof where - strlen(where), ", shares its code with %s", c->twin);
    fprintf(page->out, "    %-22s 0x%-8llx file offset 0x%-8llx %-10s %12llu  %s, in %s%s%s%s\n",
            visible(page, res->site[c->site].name), (unsigned long long)place->address,
            (unsigned long long)place->offset, was_moved(res, p) ? p->moved_insn.text : p->insn.text,
            (unsigned long long)c->total, kind_name(c->kind), visible(page, c->function[0] ? c->function : "?"),
            visible(page, where), was_moved(res, p) ? ", moved to a neighbour" : "",
            !c->inexact ? ""
            : c->most   ? ", its row that ran most often"
                        : ", not exact");
  }
}

static void print_gaps(struct page *page, const struct verify_result *res) {
  for (size_t i = 0; i < res->gaps; i++)
    fprintf(page->out, "  incomplete %s%s%s: %s\n", res->gap[i].what,
            res->gap[i].site != VERIFY_ALL_SITES ? " of " : "",
            visible(page, res->gap[i].site != VERIFY_ALL_SITES ? res->site[res->gap[i].site].name : ""),
            visible(page, res->gap[i].why));
  for (size_t i = 0; i < res->sites; i++)
    if (res->site[i].files[0] != '\0')
      fprintf(page->out, "  ambiguous  %s is in %s\n", visible(page, res->site[i].name),
              visible(page, res->site[i].files));
}

static void print_samples(struct page *page, const struct verify_samples *s) {
  if (s == NULL) return;
  if (!s->taken) {
    fprintf(page->out, "  samples    not taken: %s\n", visible(page, s->reason));
    return;
  }
  fprintf(page->out, "  samples    %llu of %llu in the sites' functions", (unsigned long long)s->found.inside,
          (unsigned long long)s->found.total);
  if (s->found.total > 0) fprintf(page->out, " (%.1f%%)", share_pct(s));
  fprintf(page->out, ", by %s; called from", s->event);
  for (size_t i = 0; i < s->found.callers && i < 3; i++)
    fprintf(page->out, "%s %s (%llu)", i > 0 ? "," : "", visible(page, s->found.caller[i].name),
            (unsigned long long)s->found.caller[i].samples);
  fprintf(page->out, "%s\n", s->found.callers == 0 ? " unknown" : "");
}

static void print_page(struct page *page, const struct verify_request *req, const struct verify_result *res,
                       bool colour) {
  FILE *out = page->out;
  char words[64], others[1200], addresses[160];
  const char *decision = step0_decision(res->verdict);
  char several[40];
  snprintf(several, sizeof several, "%zu sites", res->sites);
  const char *what = req->site != NULL ? req->site
                     : req->all        ? "all sites"
                     : res->sites > 1  ? several
                     : res->sites > 0  ? res->site[0].name
                                       : "?";
  fprintf(out, "%s: %s%s%s%s%s\n", visible(page, what), colour ? colour_of(res->verdict) : "",
          step0_verdict_name(res->verdict), colour ? "\033[0m" : "", decision != NULL ? ", decision " : "",
          decision != NULL ? decision : "");
  if (res->reason[0]) fprintf(out, "  %s\n", visible(page, res->reason));
  print_table(page, res, colour);
  size_t places = 0;
  for (size_t i = 0; i < res->copies; i++) places += res->copy[i].role == POINT_SITE;
  print_gaps(page, res);
  if (res->rung == NULL) return;
  if (places <= 24) print_copies(page, res);
  if (req->trace != NULL)
    fprintf(out, "  trace      %s, %llu calls of %u thread%s, sha256 %.16s…\n", visible(page, req->trace->file),
            (unsigned long long)req->trace->header.events, (unsigned)req->trace->header.threads,
            req->trace->header.threads == 1 ? "" : "s", req->trace->sha256);
  if (res->counts_known)
    fprintf(out, "  workload   %llu op%s, %llu alloc%s, %llu free%s (%llu tiny)\n", (unsigned long long)res->ops,
            units_plural(res->ops, "", "s"), (unsigned long long)res->allocs, units_plural(res->allocs, "", "s"),
            (unsigned long long)res->frees, units_plural(res->frees, "", "s"), (unsigned long long)res->tiny_frees);
  else if (res->ops_known && req->per != NULL)
    fprintf(out, "  operations %llu execution%s of %s\n", (unsigned long long)res->ops, units_plural(res->ops, "", "s"),
            visible(page, req->per));
  fprintf(out, "  method     %s, %s; %s\n", res->rung->name, res->exact ? "exact" : "not exact",
          visible(page, res->scope.text));
  if (res->sentinel_armed) {
    fprintf(out, "  sentinel   %llu hit%s", (unsigned long long)res->sentinel_hits,
            units_plural(res->sentinel_hits, "", "s"));
    if (res->sentinel_exact && res->counts_known) fprintf(out, " of %llu", (unsigned long long)res->sentinel_expected);
    fprintf(out, " (%s)\n", visible(page, res->sentinel_what));
  } else fprintf(out, "  sentinel   not armed\n");
  if (res->negative_armed)
    fprintf(out, "  negative   %llu hit%s (%s)\n", (unsigned long long)res->negative_hits,
            units_plural(res->negative_hits, "", "s"), visible(page, res->negative_what));
  else fprintf(out, "  negative   not armed\n");
  print_samples(page, res->corroboration.samples);
  if (res->corroboration.watch_done)
    fprintf(out, "  watchpoint %llu write%s of the counter, %llu expected\n",
            (unsigned long long)res->corroboration.watch_hits, units_plural(res->corroboration.watch_hits, "", "s"),
            (unsigned long long)res->corroboration.watch_expected);
  else if (res->corroboration.watch_reason[0])
    fprintf(out, "  watchpoint not used: %s\n", visible(page, res->corroboration.watch_reason));
  if (!isnan(res->proof_ms))
    fprintf(out, "  proof      %llu hit%s in %.1f ms, attach and detach included\n",
            (unsigned long long)res->proof_hits, units_plural(res->proof_hits, "", "s"), res->proof_ms);
  if (res->child_ended)
    fprintf(out, "  workload   %s\n", child_describe_status(res->child_status, words, sizeof words));
  for (size_t i = 0; i < res->refusals; i++)
    fprintf(out, "  refused    %s%s%s\n", visible(page, res->refused[i].reason), res->refused[i].advice[0] ? "; " : "",
            visible(page, res->refused[i].advice));
  if (strcmp(addresses_state(addresses, sizeof addresses), "random") != 0) fprintf(out, "  addresses  %s\n", addresses);
  if (verify_others_text(res, others, sizeof others)) fprintf(out, "  disturbs   %s\n", others);
  fprintf(out, "  object     %s%s\n             sha256 %.16s…, build-id %s\n", visible(page, verify_object_path(res)),
          res->private_copy ? ", a copy of it" : "", res->object[0].hash,
          res->object[0].build_id[0] ? res->object[0].build_id : "none");
}

void verify_print(FILE *out, const struct verify_request *req, const struct verify_result *res) {
  char *text = NULL;
  size_t size = 0;
  struct page page = { .out = open_memstream(&text, &size) };
  if (page.out == NULL) error_exit_no_memory("an answer");
  print_page(&page, req, res, colour_wanted(fileno(out)));
  if (fclose(page.out) != 0) error_exit_no_memory("an answer");
  units_print(out, text);
  free(text);
  for (size_t i = 0; i < page.count; i++) free(page.shown[i]);
  free(page.shown);
}
