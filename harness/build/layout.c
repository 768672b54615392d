/* SPDX-License-Identifier: GPL-3.0-or-later */
/* layout.c: see layout.h. Planning and rendering; reading images is in layout_open.c. */
#include "harness/build/layout.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

#include "harness/build/layout_kinds.h"

size_t layout_spare_bytes(size_t functions) {
  /* a page of gap, and up to one cache line of padding for each function */
  return 4096 + 64 * (functions + 1);
}

static int by_name(const void *a, const void *b) {
  const struct layout_section *const *x = a, *const *y = b;
  return strcmp((*x)->name, (*y)->name);
}

static const struct layout_section **sorted(const struct layout_image *im) {
  const struct layout_section **s = malloc((im->section_count + 1) * sizeof *s);
  if (!s) return NULL;
  for (size_t i = 0; i < im->section_count; i++) s[i] = &im->section[i];
  qsort(s, im->section_count, sizeof *s, by_name);
  return s;
}

void layout_plan_free(struct layout_plan *plan) {
  free(plan->order[0]);
  free(plan->order[1]);
  plan->order[0] = plan->order[1] = NULL;
}

/* Sections of `from` that `other` lacks (or the pad), each behind the common ones. */
static size_t add_rest(const struct layout_image *im, uint32_t *order, size_t n, const bool *common, bool pad) {
  for (size_t i = 0; i < im->section_count; i++)
    if (!common[i] && im->section[i].pad == pad) order[n++] = (uint32_t)i;
  return n;
}

int layout_plan_pair(const struct layout_image *a, const struct layout_image *b, uint64_t seed,
                     struct layout_plan *plan, struct error *err) {
  const struct layout_section **sa = sorted(a), **sb = sorted(b);
  uint32_t(*pairs)[2] = malloc((a->section_count + 1) * sizeof *pairs);
  bool *common_a = calloc(a->section_count + 1, 1), *common_b = calloc(b->section_count + 1, 1);
  gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
  plan->order[0] = malloc((a->section_count + 1) * sizeof(uint32_t));
  plan->order[1] = malloc((b->section_count + 1) * sizeof(uint32_t));
  int rc = 0;
  if (!sa || !sb || !pairs || !common_a || !common_b || !random || !plan->order[0] || !plan->order[1]) {
    layout_plan_free(plan);
    rc = error_set_errno(err, -ENOMEM, "cannot plan a layout");
    goto out;
  }
  gsl_rng_set(random, (unsigned long)(seed ^ (seed >> 32)));
  size_t n = 0, hot = 0, i = 0, j = 0, k;
  /* Twice over the merge: hot ones first, then cold ones, each shuffled on its own. */
  for (int cold = 0; cold < 2; cold++) {
    for (i = j = 0; i < a->section_count && j < b->section_count;) {
      int c = strcmp(sa[i]->name, sb[j]->name);
      if (c == 0) {
        if (!sa[i]->pad && sa[i]->cold == (cold == 1)) {
          pairs[n][0] = (uint32_t)(sa[i] - a->section);
          pairs[n][1] = (uint32_t)(sb[j] - b->section);
          common_a[pairs[n][0]] = common_b[pairs[n][1]] = true;
          n++;
        }
        i++;
        j++;
      } else if (c < 0) {
        i++;
      } else {
        j++;
      }
    }
    if (cold == 0) hot = n;
  }
  if (hot > 1) /* GSL's shuffle cannot take an empty array */
    gsl_ran_shuffle(random, pairs, hot, sizeof *pairs);
  if (n - hot > 1) gsl_ran_shuffle(random, pairs + hot, n - hot, sizeof *pairs);
  for (k = 0; k < n; k++) {
    plan->order[0][k] = pairs[k][0];
    plan->order[1][k] = pairs[k][1];
  }
  for (int pad = 0; pad < 2; pad++) {
    i = add_rest(a, plan->order[0], pad ? i : n, common_a, pad == 1);
    j = add_rest(b, plan->order[1], pad ? j : n, common_b, pad == 1);
  }
  plan->gap = 16 * gsl_rng_uniform_int(random, 256);
out:
  if (random) gsl_rng_free(random);
  free(sa);
  free(sb);
  free(pairs);
  free(common_a);
  free(common_b);
  return rc;
}

static void fix(const struct layout_fixup *f, unsigned char *place, int64_t place_moved, int64_t target_moved) {
  if (f->kind == FIXUP_PC32) {
    int32_t v;
    memcpy(&v, place, 4);
    v = (int32_t)(v - place_moved + target_moved);
    memcpy(place, &v, 4);
  } else if (f->kind == FIXUP_PC64) {
    int64_t v;
    memcpy(&v, place, 8);
    v += target_moved - place_moved;
    memcpy(place, &v, 8);
  } else { /* FIXUP_ABS64: a symbol's value or a RELATIVE addend */
    uint64_t v;
    memcpy(&v, place, 8);
    v += (uint64_t)target_moved;
    memcpy(place, &v, 8);
  }
}

int layout_render(const struct layout_image *im, const uint32_t *order, uint64_t gap, unsigned char *out,
                  uint64_t *address_of, struct error *err) {
  uint64_t local[4096], *at = address_of ? address_of : local;
  if (im->section_count > 4096)
    return error_raise(err, ERROR_UNMEASURED, -E2BIG, "more than 4096 functions in one image");
  uint64_t next = im->text_address + gap;
  for (size_t k = 0; k < im->section_count; k++) {
    const struct layout_section *s = &im->section[order[k]];
    next = (next + s->align - 1) / s->align * s->align;
    at[order[k]] = next;
    if (!s->pad) next += s->size;
  }
  if (next > im->text_address + im->text_size)
    return error_raise(err, ERROR_UNMEASURED, -ENOSPC, "the layout does not fit: %llu bytes too long",
                       (unsigned long long)(next - im->text_address - im->text_size));
  memcpy(out, im->bytes, im->size);
  memset(out + im->text_offset, 0xcc, im->text_size); /* int3, as lld fills gaps */
  for (size_t k = 0; k < im->section_count; k++) {
    const struct layout_section *s = &im->section[k];
    if (!s->pad)
      memcpy(out + im->text_offset + (at[k] - im->text_address),
             im->bytes + im->text_offset + (s->address - im->text_address), s->size);
  }
  for (size_t k = 0; k < im->fixup_count; k++) {
    const struct layout_fixup *f = &im->fixup[k];
    int64_t p = f->place < 0 ? 0 : (int64_t)(at[f->place] - im->section[f->place].address);
    int64_t t = f->target < 0 ? 0 : (int64_t)(at[f->target] - im->section[f->target].address);
    fix(f, out + f->offset + p, p, t);
  }
  return 0;
}

uint64_t layout_moved(const struct layout_image *im, const uint64_t *address_of, uint64_t address) {
  for (size_t k = 0; k < im->section_count; k++)
    if (address >= im->section[k].address && address < im->section[k].address + im->section[k].size)
      return address_of[k] + (address - im->section[k].address);
  return address;
}

bool layout_same_order(const struct layout_image *a, const uint64_t *address_a, const struct layout_image *b,
                       const uint64_t *address_b) {
  const struct layout_section **sa = sorted(a), **sb = sorted(b);
  uint64_t(*at)[2] = malloc((a->section_count + 1) * sizeof *at);
  size_t n = 0;
  bool same = sa && sb && at;
  for (size_t i = 0, j = 0; same && i < a->section_count && j < b->section_count;) {
    int c = strcmp(sa[i]->name, sb[j]->name);
    if (c == 0 && !sa[i]->pad) {
      at[n][0] = address_a[sa[i] - a->section];
      at[n][1] = address_b[sb[j] - b->section];
      n++;
    }
    i += c <= 0;
    j += c >= 0;
  }
  for (size_t i = 0; same && i < n; i++)
    for (size_t j = i + 1; same && j < n; j++) same = (at[i][0] < at[j][0]) == (at[i][1] < at[j][1]);
  free(sa);
  free(sb);
  free(at);
  return same;
}
