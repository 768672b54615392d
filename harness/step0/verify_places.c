/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_places.c: the places that --usdt, --symbol and --line name in anybody's binary: all of each, how
 * they are counted, and what keeps the answer from being complete. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/step0/code_flow.h"
#include "harness/step0/code_repeat.h"
#include "harness/step0/ifunc.h"
#include "harness/step0/verify_internal.h"

/* --- USDT notes ------------------------------------------------------------------------------- */

struct all_notes {
  struct verify_result *res;
  struct error *err;
};

static int see_note(void *context, const char *provider, const char *name, const struct elf_place *place) {
  struct all_notes *a = context;
  struct verify_result *res = a->res;
  char full[256];
  snprintf(full, sizeof full, "%.120s:%.120s", provider, name);
  size_t i = res->sites; /* copies of one note stand together */
  while (i > 0 && strcmp(res->site[i - 1].name, full) != 0) i--;
  if (i == 0 && verify_add_site(res, full, NULL, a->err) == NULL) return -ENOMEM;
  return verify_add_place(res, 0, place, POINT_SITE, i == 0 ? res->sites - 1 : i - 1, a->err);
}

struct near_notes {
  const char *wanted;
  char *out;
  size_t size, seen;
};

/* The names of the first few of the same provider, else of any. */
static int see_near(void *context, const char *provider, const char *name, const struct elf_place *place) {
  struct near_notes *n = context;
  char full[256];
  (void)place;
  n->seen++;
  snprintf(full, sizeof full, "%.120s:%.120s", provider, name);
  if (strstr(n->out, full) != NULL || strlen(n->out) + strlen(full) + 3 > n->size) return 0;
  sprintf(n->out + strlen(n->out), "%s%s", n->out[0] != '\0' ? ", " : "", full);
  return 0;
}

static int plan_usdt(struct verify_result *res, const char *wanted, struct error *err) {
  char provider[128];
  const char *colon = strchr(wanted, ':');
  if (colon == NULL || colon == wanted || colon[1] == '\0' || (size_t)(colon - wanted) >= sizeof provider)
    return error_raise(err, ERROR_USAGE, -EINVAL, "--usdt wants PROVIDER:NAME, not '%s'", wanted);
  snprintf(provider, sizeof provider, "%.*s", (int)(colon - wanted), wanted);
  struct elf_places places = { 0 };
  struct verify_site *s = verify_add_site(res, wanted, NULL, err);
  if (s == NULL) return err->code;
  int rc = elf_object_notes(&res->object[0], provider, colon + 1, &places, err);
  for (size_t i = 0; i < places.count && rc == 0; i++)
    rc = verify_add_place(res, 0, &places.place[i], POINT_SITE, res->sites - 1, err);
  if (rc == 0 && places.count == 0) {
    s = &res->site[res->sites - 1];
    struct near_notes n = { wanted, s->near, sizeof s->near, 0 };
    rc = elf_object_walk_notes(&res->object[0], see_near, &n, err);
    snprintf(s->reason, sizeof s->reason,
             n.seen > 0 ? "the object has USDT notes, and none of this name" : "the object has no USDT notes at all");
  }
  elf_places_free(&places);
  return rc;
}

/* --- functions -------------------------------------------------------------------------------- */

static bool place_at(const struct elf_object *o, uint64_t address, struct elf_place *place) {
  *place = (struct elf_place){ .address = address };
  return elf_object_offset(o, address, &place->offset);
}

static struct verify_copy *copy_of_spot(struct verify_result *res, const struct find_result *found,
                                        const struct find_spot *s, size_t site, enum copy_kind kind,
                                        struct error *err) {
  struct verify_copy *c = verify_add_copy(res, POINT_SITE, site, err);
  if (c == NULL) return NULL;
  c->kind = kind;
  c->line = s->line;
  if (s->function != NULL) snprintf(c->function, sizeof c->function, "%s", s->function);
  if (s->file != NULL) snprintf(c->file, sizeof c->file, "%s", s->file);
  for (size_t i = 0; i < found->twins; i++) {
    const struct find_twin *t = &found->twin[i];
    if (t->query == s->query && t->start == (s->bodies > 0 ? s->body[0].start : s->address))
      snprintf(c->twin, sizeof c->twin, "%s", t->name);
  }
  return c;
}

static int add_term(struct verify_result *res, const struct find_spot *s, uint64_t address, int weight,
                    struct error *err) {
  struct elf_place place;
  if (!place_at(&res->object[0], address, &place)) return 0;
  return verify_add_term(res, 0, &place, weight, s->body, s->bodies, err);
}

/* A copy whose code could not be followed counts its lowest place. */
static int add_inlined(struct verify_result *res, const struct find_result *found, const struct find_spot *s,
                       size_t site, struct error *err) {
  bool cold = s->kind == SPOT_COLD, open = true;
  struct verify_copy *c = copy_of_spot(res, found, s, site, cold ? COPY_PART : COPY_INLINED, err);
  if (c == NULL) return err->code;
  size_t at = res->copies - 1;
  struct code_flow flow;
  struct flow_count count = { .terms = 0 };
  int rc = 0;
  if (code_flow_read(&res->object[0], s->body, s->bodies, &flow) == 0) {
    if (!code_flow_entries(&flow, s->range, s->ranges, s->address, &count)) count.terms = 0;
    open = flow.open;
    code_flow_free(&flow);
  }
  if (cold && (open || count.terms == 0))
    verify_add_gap(res, site, "entries", "not all that jumps into %.100s is known", c->function);
  uint64_t lowest = s->range[0].start;
  for (size_t i = 1; i < s->ranges; i++)
    if (s->range[i].start < lowest) lowest = s->range[i].start;
  if (count.terms == 0)
    count = (struct flow_count){ .term = { { s->address != 0 ? s->address : lowest, 1 } }, .terms = 1 };
  for (size_t i = 0; i < count.terms && rc == 0; i++)
    rc = add_term(res, s, count.term[i].address, count.term[i].weight, err);
  for (size_t i = 0; i < s->ranges && rc == 0; i++) rc = add_term(res, s, s->range[i].start, 0, err);
  /* where the entry is not told (LLVM), what was taken for it may be a turn of the copy's own loop */
  res->copy[at].inexact = !count.exact;
  if (!cold) res->copy[at].inexact |= s->address == 0 || code_may_repeat(&res->object[0], s->range, s->ranges);
  return rc;
}

static int add_implementations(struct verify_result *res, const struct find_spot *s, size_t site, struct error *err) {
  struct ifunc_choice found;
  int rc = 0;
  if (s->bodies == 0 || !ifunc_implementations(&res->object[0], &s->body[0], &found)) found.whole = false;
  for (size_t i = 0; i < found.count && rc == 0; i++) {
    struct verify_copy *c = verify_add_copy(res, POINT_SITE, site, err);
    if (c == NULL) return err->code;
    c->kind = COPY_IFUNC;
    struct elf_place place;
    if (place_at(&res->object[0], found.address[i], &place)) rc = verify_add_term(res, 0, &place, 1, NULL, 0, err);
  }
  if (!found.whole)
    verify_add_gap(res, site, "implementations",
                   "%.100s chooses one when the program starts (IFUNC), and not all are known",
                   s->function != NULL ? s->function : "it");
  return rc;
}

static bool already(const struct verify_result *res, size_t site, uint64_t address) {
  for (size_t i = 0; i < res->copies; i++) {
    const struct verify_copy *c = &res->copy[i];
    if (c->role == POINT_SITE && c->site == site && c->kind != COPY_INLINED && c->terms > 0 &&
        verify_first_point(res, c)->place.address == address)
      return true;
  }
  return false;
}

/* Is every pass of its first instruction an entry? */
static const char *why_not_entries(const struct elf_object *o, const struct find_spot *s) {
  struct code_flow flow;
  if (s->bodies == 0 || s->body[0].start != s->address) return NULL;
  int rc = code_flow_read(o, s->body, s->bodies, &flow);
  if (rc == -EILSEQ) return "not all of the function's code could be read: it may jump back to its first instruction";
  if (rc != 0) return NULL;
  bool again = flow.again;
  code_flow_free(&flow);
  return again ? "the function jumps back to its first instruction: those passes are counted, too" : NULL;
}

static int add_function(struct verify_result *res, const struct find_result *found, size_t index, size_t site,
                        struct error *err) {
  const struct find_spot *s = &found->spot[index];
  if (s->kind == SPOT_IFUNC) return add_implementations(res, s, site, err);
  if (s->kind == SPOT_INLINED || s->kind == SPOT_COLD) return s->ranges > 0 ? add_inlined(res, found, s, site, err) : 0;
  if (already(res, site, s->address)) return 0;
  bool part = s->kind == SPOT_PART;
  if (part) {
    /* it is called by what is inlined into the callers: with these at hand it is none of its own */
    for (size_t i = 0; i < found->spots; i++)
      if (found->spot[i].query == s->query && found->spot[i].kind == SPOT_INLINED) return 0;
    verify_add_gap(res, site, "inlined copies", "%.100s is a part of it: calls that do not come there are not seen",
                   s->function);
  }
  bool clone = s->function != NULL && find_clone_suffix(s->function)[0] == '.';
  if (copy_of_spot(res, found, s, site, part ? COPY_PART : clone ? COPY_CLONE : COPY_ENTRY, err) == NULL)
    return err->code;
  struct verify_copy *c = &res->copy[res->copies - 1];
  c->inexact_why = why_not_entries(&res->object[0], s);
  c->inexact = c->inexact_why != NULL;
  return add_term(res, s, s->address, 1, err);
}

/* --- lines ------------------------------------------------------------------------------------ */

static int by_start(const void *a, const void *b) {
  const struct code_range *x = a, *y = b;
  return x->start < y->start ? -1 : x->start > y->start;
}

/* Of all rows of the line in the scope of this one. */
static bool rows_may_repeat(const struct elf_object *o, const struct find_result *found, const struct find_spot *s) {
  size_t n = 0;
  struct code_range *all = calloc(found->spots, sizeof *all);
  if (all == NULL) return true;
  for (size_t i = 0; i < found->spots; i++) {
    const struct find_spot *row = &found->spot[i];
    if (row->query == s->query && row->scope == s->scope && row->ranges > 0) all[n++] = row->range[0];
  }
  qsort(all, n, sizeof *all, by_start);
  size_t kept = 0; /* rows of one address have one range */
  for (size_t i = 0; i < n; i++)
    if (kept == 0 || all[i].start != all[kept - 1].start) all[kept++] = all[i];
  bool repeats = s->plain ? code_looks_repeated(o, all, kept) : code_may_repeat(o, all, kept);
  free(all);
  return repeats;
}

/* The rows of one function or inlined copy. */
static int add_row(struct verify_result *res, const struct find_result *found, size_t index, size_t site,
                   struct error *err) {
  const struct find_spot *s = &found->spot[index];
  bool first = true, proper = false;
  for (size_t i = 0; i < found->spots; i++) {
    const struct find_spot *o = &found->spot[i];
    if (o->query != s->query || o->scope != s->scope) continue;
    first &= i >= index;
    proper |= o->kind == SPOT_ROW;
  }
  if (!first) return 0;
  struct verify_copy *c = copy_of_spot(res, found, s, site, COPY_LINE, err);
  if (c == NULL) return err->code;
  c->most = true;
  int rc = 0;
  for (int pass = 0; pass < 2; pass++) /* those that count stand first */
    for (size_t i = index; i < found->spots && rc == 0; i++) {
      const struct find_spot *o = &found->spot[i];
      if (o->query != s->query || o->scope != s->scope) continue;
      int weight = o->kind == SPOT_ROW || !proper;
      if (weight == (pass == 0)) rc = add_term(res, o, o->address, weight, err);
    }
  /* several that count may be parts of it, or the same once more in a loop that was unrolled */
  size_t counting = 0;
  c = &res->copy[res->copies - 1];
  for (size_t i = 0; i < c->terms; i++) counting += c->term[i].weight > 0;
  c->inexact = counting > 1 || rows_may_repeat(&res->object[0], found, s);
  return rc;
}

static int split_line(const char *text, char *file, size_t size, int *number, struct error *err) {
  const char *colon = strrchr(text, ':');
  char *end = NULL;
  long n = colon != NULL && isdigit((unsigned char)colon[1]) ? strtol(colon + 1, &end, 10) : 0;
  if (n <= 0 || n > 100000000 || *end != '\0' || colon == text || (size_t)(colon - text) >= size)
    return error_raise(err, ERROR_USAGE, -EINVAL, "--line wants FILE:NUMBER, not '%s'", text);
  snprintf(file, size, "%.*s", (int)(colon - text), text);
  *number = (int)n;
  return 0;
}

/* --- both, in one pass over the debug information ----------------------------------------------- */

static void join_words(const struct find_word *w, size_t count, size_t query, char *out, size_t size) {
  for (size_t i = 0; i < count; i++)
    if (w[i].query == query && strlen(out) + strlen(w[i].text) + 3 < size)
      sprintf(out + strlen(out), "%s%s", out[0] != '\0' ? ", " : "", w[i].text);
}

static size_t count_words(const struct find_word *w, size_t count, size_t query) {
  size_t n = 0;
  for (size_t i = 0; i < count; i++) n += w[i].query == query;
  return n;
}

static int take_found(struct verify_result *res, const struct find_query *query, size_t count, size_t first_site,
                      const struct find_result *found, struct error *err) {
  int rc = 0;
  for (size_t i = 0; i < found->spots && rc == 0; i++) {
    size_t site = first_site + found->spot[i].query;
    rc = query[found->spot[i].query].kind == FIND_LINE ? add_row(res, found, i, site, err)
                                                       : add_function(res, found, i, site, err);
  }
  for (size_t i = 0; i < found->gaps; i++)
    verify_add_gap(res, first_site + found->gap[i].query, found->gap[i].what, "%s", found->gap[i].why);
  for (size_t q = 0; q < count; q++) {
    struct verify_site *s = &res->site[first_site + q];
    join_words(found->near, found->nears, q, s->near, sizeof s->near);
    if (count_words(found->file, found->files, q) > 1)
      join_words(found->file, found->files, q, s->files, sizeof s->files);
    if (s->copies > 0) continue;
    if (query[q].kind == FIND_SYMBOL)
      snprintf(s->reason, sizeof s->reason, "%s",
               count_words(found->removed, found->removals, q) > 0
                   ? "the linker removed it: nothing that was linked refers to it"
                   : "the object has no function of this name");
    else
      snprintf(s->reason, sizeof s->reason,
               count_words(found->file, found->files, q) > 0 ? "the file has no code on this line"
                                                             : "no file of this name is in its debug information");
  }
  return rc;
}

static size_t length_of(char *const *list) {
  size_t n = 0;
  while (list != NULL && list[n] != NULL) n++;
  return n;
}

static int plan_found(const struct verify_request *req, struct verify_result *res, struct error *err) {
  size_t symbols = length_of(req->symbol), lines = length_of(req->line), count = symbols + lines, n = 0;
  if (count == 0) return 0;
  struct find_query *query = calloc(count, sizeof *query);
  char **file = calloc(lines + 1, sizeof *file);
  struct find_result found = { 0 };
  size_t first_site = res->sites;
  int rc = query == NULL || file == NULL ? error_raise(err, ERROR_INTERNAL, -ENOMEM, "no memory for the places") : 0;
  for (size_t i = 0; i < symbols && rc == 0; i++) {
    query[n++] = (struct find_query){ FIND_SYMBOL, req->symbol[i], 0 };
    if (verify_add_site(res, req->symbol[i], NULL, err) == NULL) rc = err->code;
  }
  for (size_t i = 0; i < lines && rc == 0; i++) {
    int number = 0;
    size_t room = strlen(req->line[i]) + 1;
    file[i] = malloc(room);
    rc = file[i] == NULL ? error_raise(err, ERROR_INTERNAL, -ENOMEM, "no memory for the places")
                         : split_line(req->line[i], file[i], room, &number, err);
    query[n++] = (struct find_query){ FIND_LINE, file[i], number };
    if (rc == 0 && verify_add_site(res, req->line[i], NULL, err) == NULL) rc = err->code;
  }
  if (rc == 0) rc = elf_find(&res->object[0], query, count, &found, err);
  if (rc == 0) rc = take_found(res, query, count, first_site, &found, err);
  elf_find_free(&found);
  for (size_t i = 0; file != NULL && i < lines; i++) free(file[i]);
  free(file);
  free(query);
  return rc;
}

int verify_plan_places(const struct verify_request *req, struct verify_result *res, struct error *err) {
  int rc = 0;
  for (char *const *u = req->usdt; u != NULL && *u != NULL && rc == 0; u++) rc = plan_usdt(res, *u, err);
  if (rc == 0) rc = plan_found(req, res, err);
  if (rc != 0 || res->sites > 0) return rc;
  struct all_notes a = { res, err };
  rc = elf_object_walk_notes(&res->object[0], see_note, &a, err);
  if (rc == 0 && res->sites == 0)
    rc = error_raise(err, ERROR_UNMEASURED, -ENOENT, "%s has no USDT notes at all", res->object[0].path);
  return rc;
}
