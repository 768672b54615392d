/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject.c: see inject.h. */
#include "harness/ab/inject.h"

#include <math.h>
#include <string.h>

#include "harness/ab/ab_run.h"
#include "harness/core/names.h"
#include "harness/counters/callgrind.h"

#define NOP "nop\\n\\t"
#define NOP4 NOP NOP NOP NOP
#define NOPS(nops) "HAK_AB_INJECT=__asm__ volatile(\"" nops "\")"

/* Nops cost decoding only; the locked operation is what an atomic counter costs. The asm has no
 * operands: it adds these instructions and changes nothing else of the function. */
static const struct injection kinds[] = {
  { "nops-1", NOPS(NOP), 1, false },
  { "nops-2", NOPS(NOP NOP), 2, false },
  { "nops-4", NOPS(NOP4), 4, false },
  { "nops-8", NOPS(NOP4 NOP4), 8, false },
  { "nops-16", NOPS(NOP4 NOP4 NOP4 NOP4), 16, false },
#if defined __x86_64__
  { "lock-1", "HAK_AB_INJECT=__asm__ volatile(\"lock orl $0, -8(%%rsp)\" ::: \"cc\", \"memory\")", 1, true },
#elif defined __aarch64__
  { "barrier-1", "HAK_AB_INJECT=__asm__ volatile(\"dmb ish\" ::: \"memory\")", 1, false },
#endif
};

enum { KINDS = sizeof kinds / sizeof *kinds };

const char *const *inject_names(void) {
  static const char *names[KINDS + 1];
  for (size_t i = 0; i < KINDS; i++) names[i] = kinds[i].name;
  return names;
}

static const struct injection *find(const char *name) {
  for (size_t i = 0; i < KINDS; i++)
    if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
  return NULL;
}

int inject_build(struct injections *in, const char *source_dir, const char *const *names, struct error *err) {
  static const char *const none[] = { NULL };
  const char *const usual[] = { "nops-8", kinds[KINDS - 1].name, NULL };
  memset(in, 0, sizeof *in);
  int rc = 0;
  for (names = names ? names : usual; *names && rc == 0; names++) {
    size_t i = in->count;
    const struct injection *kind = find(*names);
    if (!kind || i == INJECT_MAX) {
      rc = names_unknown(err, "kind", *names, inject_names());
      break;
    }
    struct variant_spec plain = { .flags_on = none }, with = { .flags_on = none, .define = kind->define };
    in->kind[i] = kind;
    in->count++;
    rc = subject_build_specs(&in->subject[i], source_dir, &plain, &with, err);
    if (rc == 0 && in->subject[i].diff.identical) {
      rc = error_raise(err, ERROR_USAGE, -ENOENT,
                       "nothing can be added to these sources: no HAK_AB_INJECT on their free path");
      error_advise(err, "put HAK_AB_INJECT; into the function that frees tiny blocks (see probes/hakmem_site.h)");
    }
  }
  if (rc) inject_free(in);
  return rc;
}

void inject_free(struct injections *in) {
  for (size_t i = 0; i < in->count; i++) subject_free(&in->subject[i]);
  memset(in, 0, sizeof *in);
}

/* Threads that wait for each other make a count arbitrary; what is added to a free is the same where one works
 * alone. */
static const char *counted_workload(const struct ab_options *o) {
  return ab_first_threads(o) > 1 ? "random_mixed" : o->workload;
}

static int count(const struct variant *v, const struct ab_options *o, double *per_op, struct error *err) {
  struct callgrind_result r;
  struct bench_run_spec spec = { .workload = counted_workload(o),
                                 .library = v->image_path,
                                 .slots = ab_first_threads(o) > 1 ? 0 : o->slots,
                                 .seed = 1,
                                 .threads = 1,
                                 .env = o->env,
                                 .user = o->user };
  int rc = callgrind_measure(&spec, 20000, &r, err);
  *per_op = rc == 0 ? r.insns_per_op : NAN;
  return rc;
}

struct calibration_callgrind *inject_check(const struct injections *in, const struct ab_options *o) {
  struct error err;
  double first = NAN;
  bool proportional = true;
  struct calibration_callgrind *c = fields_new(&calibration_callgrind_fields);
  if (!c) return NULL;
  error_clear(&err);
  int rc = count(&in->subject[0].variant[0], o, &c->insns_per_op_out, &err);
  for (size_t i = 0; i < in->count && rc == 0; i++) {
    struct calibration_injected *row = fields_append(&c->injected, sizeof *row);
    if (!row) break;
    rc = count(&in->subject[i].variant[1], o, &row->insns_per_op, &err);
    fields_copy_text(&row->name, in->kind[i]->name);
    row->insns = in->kind[i]->insns;
    row->added_per_op = row->insns_per_op - c->insns_per_op_out;
    row->added_per_insn = row->added_per_op / in->kind[i]->insns;
    if (i == 0) first = row->added_per_insn;
    proportional &= fabs(row->added_per_insn - first) < 1e-6;
  }
  if (rc == 0 && ab_first_threads(o) > 1)
    fields_copy_text(&c->status, "measured on random_mixed, for threads that wait make a count arbitrary");
  else fields_copy_text(&c->status, rc == 0 ? "measured" : err.text);
  if (rc == 0) c->proportional = proportional ? ANSWER_YES : ANSWER_NO;
  return c;
}
