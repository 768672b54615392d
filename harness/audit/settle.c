/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settle.c: pointers that are kept in memory (ir.h). Memory behind such a pointer is in doubt, until all that
 * writes the pointer is known: then it is what those pointers point at. Each kept pointer is looked at once; what
 * one has from another makes it as good as that one, and a circle is as good as what comes into it. */
#include <stdlib.h>
#include <string.h>

#include "harness/audit/models.h"
#include "harness/audit/origin.h"
#include "harness/core/interrupt.h"

/* Memory behind a kept pointer. */
struct behind {
  struct key *key;
  bool looked;  /* its writers were looked at */
  bool known;   /* so far as its own writers say */
  size_t *user; /* those that have their pointer from this one */
  size_t user_count;
};

struct settling {
  struct program *p;
  struct behind *behind;
  size_t count;
  struct map of_key; /* key -> index + 1 */
};

static size_t behind_of(struct settling *s, struct key *k) {
  size_t at = (size_t)map_get(&s->of_key, k);
  if (at) return at - 1;
  audit_room(&s->behind, s->count, sizeof *s->behind);
  s->behind[s->count] = (struct behind){ .key = k, .known = true };
  map_put(&s->of_key, k, (void *)(s->count + 1));
  return s->count++;
}

static void has_it_from(struct settling *s, size_t user, struct key *other) {
  size_t from = behind_of(s, other);
  struct behind *b = &s->behind[from];
  audit_room(&b->user, b->user_count, sizeof *b->user);
  b->user[b->user_count++] = user;
}

/* Calls that give memory nobody else has. */
static bool gives_fresh(const char *name) {
  static const char *const fresh[] = { "malloc",   "calloc", "realloc", "reallocarray", "aligned_alloc",
                                       "memalign", "mmap",   "mmap64",  "strdup",       NULL };
  for (const char *const *f = fresh; *f; f++)
    if (strcmp(*f, name) == 0) return true;
  return false;
}

/* Links memory behind the pointer with what this stored pointer may point at; false: not all of that is known. */
static bool link_target(struct settling *s, size_t which, LLVMValueRef stored, LLVMValueRef at, bool *any) {
  struct program *p = s->p;
  struct key *loose = s->behind[which].key;
  struct origins o = origins_of(p, stored, false);
  bool known = true;
  for (size_t i = 0; i < o.count; i++) {
    struct origin *t = &o.origin[i];
    if (t->type) {
      struct keyset keys = { 0 };
      struct origin whole = *t;
      whole.at.wild |= loose->stepped && LLVMGetTypeKind(strip_arrays(t->type)) == LLVMStructTypeKind;
      keys_at_origin(p, &whole, 1, &keys);
      for (size_t n = 0; n < keys.count; n++)
        if (keys.key[n]->part != KEY_ANY_WRITTEN) {
          key_link_both(loose, keys.key[n], "a pointer that is kept points at it", at);
          *any = true;
        }
      free(keys.key);
    } else if (t->base && LLVMIsACallInst(t->base)) {
      LLVMValueRef f = called_function(p, t->base);
      known &= f && gives_fresh(value_name(f)) && !is_shared_mapping(t->base, value_name(f));
    } else if (t->base && LLVMIsALoadInst(t->base)) {
      struct keyset keys = keys_of(p, stored);
      for (size_t n = 0; n < keys.count; n++) {
        if (keys.key[n] == loose) continue;
        key_link_both(loose, keys.key[n], "a pointer that is kept points at it", at);
        *any = true;
        if (keys.key[n]->loose) has_it_from(s, which, keys.key[n]);
      }
    } else known = false;
  }
  free(o.origin);
  return known;
}

/* All that writes the place where the pointer is kept; false: not all of it is known. */
static bool look_at_place(struct settling *s, size_t which, struct key *kept, size_t *total, bool *found) {
  bool known = true, any = false;
  size_t writers = 0;
  for (size_t a = 0; a < kept->access_count; a++) {
    LLVMValueRef i = kept->access[a].inst;
    if (!(kept->access[a].kind & ACCESS_WRITE)) continue;
    writers++;
    if (LLVMIsAStoreInst(i)) known &= link_target(s, which, LLVMGetOperand(i, 0), i, &any);
    else if (LLVMIsAAtomicRMWInst(i)) known &= link_target(s, which, LLVMGetOperand(i, 1), i, &any);
    else if (LLVMIsAAtomicCmpXchgInst(i)) known &= link_target(s, which, LLVMGetOperand(i, 2), i, &any);
    else known = false;
  }
  for (struct constant_at *c = kept->constants; c; c = c->next, writers++)
    if (!LLVMIsAConstantPointerNull(c->value)) known &= link_target(s, which, c->value, NULL, &any);
  if (kept->base && LLVMIsAGlobalVariable(kept->base)) known &= !outside_name(s->p, kept->base);
  *total += writers;
  *found |= any;
  return known;
}

/* The pointer's own place is memory behind another pointer: wherever that may be, what is behind the pointers kept
 * there is what is meant. Each of those places is looked at once, as that of its own. */
static void look_at_others(struct settling *s, size_t which, struct key *kept) {
  struct key *own = s->behind[which].key;
  for (size_t l = 0; l < kept->link_count; l++) {
    struct key *behind = key_behind(s->p, kept->link[l].to);
    if (behind == own) continue;
    key_link_both(own, behind, "a pointer that is kept points at it", kept->link[l].at);
    has_it_from(s, which, behind);
  }
}

static void look_at_writers(struct settling *s, size_t which) {
  struct key *kept = s->behind[which].key->loaded_from;
  if (!kept) {
    s->behind[which].known = false;
    return;
  }
  size_t writers = 0;
  bool any = false, known;
  struct key *own = s->behind[which].key;
  known = look_at_place(s, which, kept, &writers, &any); /* what is known of it is linked, whatever else may be */
  if (kept->loose) {
    has_it_from(s, which, kept);
    look_at_others(s, which, kept);
  } else known &= !kept->floor && kept->part == KEY_ONE;
  if (own->deep) {
    known &= look_at_place(s, which, own, &writers, &any);
    look_at_others(s, which, own);
  }
  s->behind[which].known &= known && (writers > 1 || any || kept->loose || !kept->constants);
}

/* What has its pointer from where not all is known is no better. */
static void spread_doubt(struct settling *s) {
  size_t *todo = audit_grow(NULL, (s->count + 1) * sizeof *todo), count = 0;
  for (size_t i = 0; i < s->count; i++)
    if (!s->behind[i].known) todo[count++] = i;
  while (count) {
    struct behind *b = &s->behind[todo[--count]];
    for (size_t u = 0; u < b->user_count; u++)
      if (s->behind[b->user[u]].known) {
        s->behind[b->user[u]].known = false;
        todo[count++] = b->user[u];
      }
  }
  free(todo);
}

/* How many pointers stand before the one that leads there. */
static int depth_of(const struct key *k) {
  int depth = 0;
  while (depth < 4 && k->loaded_from && k->loaded_from->loose) {
    k = k->loaded_from;
    depth++;
  }
  return depth;
}

void views_settle(struct program *p) {
  struct settling s = { .p = p };
  /* what is behind two pointers after what is behind one, whose places are known then; looking makes more of them,
   * and more links, which those behind them have to see */
  for (size_t links = 1, before = 0; links != before && !interrupt_pending();) {
    for (int depth = 0; depth < 4; depth++)
      for (size_t i = 0; i < p->key_count && !interrupt_pending(); i++) {
        struct key *k = p->key[i];
        if (!k->loose || depth_of(k) != depth) continue;
        size_t at = behind_of(&s, k);
        if (s.behind[at].looked) {
          if (k->loaded_from && k->loaded_from->loose) look_at_others(&s, at, k->loaded_from);
          if (k->deep) look_at_others(&s, at, k);
        } else {
          s.behind[at].looked = true;
          look_at_writers(&s, at);
        }
      }
    before = links;
    links = p->key_count;
    for (size_t i = 0; i < p->key_count; i++) links += p->key[i]->link_count;
  }
  /* now that all links are there: a place that is another's memory as well has writers by that name too */
  for (size_t i = 0; i < s.count; i++)
    if (s.behind[i].key->loaded_from && !s.behind[i].key->loaded_from->loose)
      s.behind[i].known &= s.behind[i].key->loaded_from->link_count == 0;
  spread_doubt(&s);
  for (size_t i = 0; i < s.count; i++) {
    struct key *k = s.behind[i].key;
    free(s.behind[i].user);
    if (!s.behind[i].known || k->escaped) continue;
    free(k->floor);
    k->floor = NULL;
    k->floor_at = NULL;
  }
  free(s.behind);
  map_free(&s.of_key);
  if (!interrupt_pending()) views_wholes(p);
}
