/* SPDX-License-Identifier: GPL-3.0-or-later */
/* views.c: one memory by several names (ir.h).
 *
 * Keys are named by types, so memory that is seen as two types has two names. Casts between structs,
 * wrappers that are reached by pointers, sections that are walked from their start, and pointers that are
 * kept in memory all link such names: what is in one may be read by the other. */
#include <stdlib.h>
#include <string.h>

#include "harness/audit/models.h"
#include "harness/audit/origin.h"

static bool is_struct(LLVMTypeRef t) { return LLVMGetTypeKind(t) == LLVMStructTypeKind; }

void key_link_both(struct key *a, struct key *b, const char *why, LLVMValueRef at) {
  if (a->part == KEY_ANY_WRITTEN) a = a->other;
  if (b->part == KEY_ANY_WRITTEN) b = b->other;
  if (a->part == KEY_ANY_READ) key_link(a, a->other, why, at);
  if (b->part == KEY_ANY_READ) key_link(b, b->other, why, at);
  key_link(a, b, why, at);
  key_link(b, a, why, at);
}

/* Whether an object of type t has one of type `inner` at this offset. */
static bool contains_at(struct program *p, LLVMTypeRef t, long long offset, LLVMTypeRef inner) {
  for (int depth = 0; depth < 32; depth++) {
    if (offset == 0 && same_struct(t, inner)) return true;
    if (LLVMGetTypeKind(t) == LLVMArrayTypeKind) {
      t = LLVMGetElementType(t);
      long long each = (long long)LLVMABISizeOfType(p->layout, t);
      if (each == 0) return false;
      offset = (offset % each + each) % each;
      continue;
    }
    if (!is_struct(t) || LLVMCountStructElementTypes(t) == 0 || offset < 0 ||
        offset >= (long long)LLVMABISizeOfType(p->layout, t))
      return false;
    unsigned f = LLVMElementAtOffset(p->layout, t, (unsigned long long)offset);
    offset -= (long long)LLVMOffsetOfElement(p->layout, t, f);
    t = LLVMStructGetTypeAtIndex(t, f);
  }
  return false;
}

/* Links each number of `seen` with what lies there in the object. */
static void link_leaves(struct program *p, const struct origin *object, long long at, LLVMTypeRef seen, LLVMTypeRef t,
                        long long inside, LLVMValueRef cast, int depth) {
  LLVMTypeRef flat = strip_arrays(t);
  if (is_struct(flat) && depth < 12) {
    for (unsigned f = 0; f < LLVMCountStructElementTypes(flat); f++)
      link_leaves(p, object, at, seen, LLVMStructGetTypeAtIndex(flat, f),
                  inside + (long long)LLVMOffsetOfElement(p->layout, flat, f), cast, depth + 1);
    return;
  }
  if (!LLVMTypeIsSized(flat)) return;
  unsigned long long size = LLVMABISizeOfType(p->layout, flat);
  struct origin a = *object, b = { .type = seen };
  a.at.bytes = at + inside;
  b.at.bytes = inside;
  if (is_struct(strip_arrays(a.type)) && a.at.bytes >= (long long)LLVMABISizeOfType(p->layout, a.type)) return;
  struct keyset x = { 0 }, y = { 0 };
  keys_at_origin(p, &a, size, &x);
  keys_at_origin(p, &b, size, &y);
  for (size_t i = 0; i < x.count; i++)
    for (size_t k = 0; k < y.count; k++)
      if (x.key[i] != y.key[k]) key_link_both(x.key[i], y.key[k], "a cast gives it another type", cast);
  free(x.key);
  free(y.key);
}

bool is_shared_mapping(LLVMValueRef call, const char *name) {
  enum { SHARED = 1, ANONYMOUS = 0x20, FLAGS = 3 };
  if (strcmp(name, "shmat") == 0) return true;
  if ((strcmp(name, "mmap") != 0 && strcmp(name, "mmap64") != 0) || LLVMGetNumArgOperands(call) <= FLAGS) return false;
  LLVMValueRef flags = LLVMGetOperand(call, FLAGS);
  if (!LLVMIsAConstantInt(flags)) return !LLVMIsAConstantInt(LLVMGetOperand(call, FLAGS + 1));
  unsigned long long n = LLVMConstIntGetZExtValue(flags);
  return (n & SHARED) && !(n & ANONYMOUS);
}

static const char shared_text[] = "lies in memory that other programs may share";

/* One cast to a pointer to a struct: what it may point at behind that. */
static void look_behind(struct program *p, LLVMValueRef cast, struct map *done) {
  LLVMTypeRef to = pointee_of(cast);
  if (!to || !is_struct(to) || LLVMCountStructElementTypes(to) == 0) return;
  struct origins o = origins_of(p, LLVMGetOperand(cast, 0), true);
  for (size_t i = 0; i < o.count; i++) {
    struct origin *from = &o.origin[i];
    LLVMValueRef f = !from->type && from->base && LLVMIsACallInst(from->base) ? called_function(p, from->base) : NULL;
    if (f && is_shared_mapping(from->base, value_name(f))) escape_object(p, to, NULL, cast, shared_text);
    if (!from->type || !LLVMTypeIsSized(from->type)) continue;
    bool object = from->base && (LLVMIsAGlobalVariable(from->base) || LLVMIsAAllocaInst(from->base));
    long long at = from->at.bytes;
    if (contains_at(p, from->type, at, to) || contains_at(p, to, -at, strip_arrays(from->type))) continue;
    if (!object && !is_struct(strip_arrays(from->type))) continue;
    char a[256], b[256];
    char *text =
        audit_text("%s/%s/%lld/%zx",
                   is_struct(strip_arrays(from->type)) ? struct_name(strip_arrays(from->type), a, sizeof a) : "-",
                   struct_name(to, b, sizeof b), at, object ? (size_t)from->base : (size_t)0);
    bool first = map_put(done, intern(&p->names, text), (void *)1);
    free(text);
    if (!first) continue;
    if (from->at.wild || from->at.steps) {
      /* a masked address leads elsewhere; from an object of the program it stays in it */
      if (object && is_struct(strip_arrays(from->type)))
        key_link_both(key_any(p, strip_arrays(from->type), from->base, KEY_ANY_READ),
                      key_any(p, to, NULL, KEY_ANY_READ), "a cast gives it another type", cast);
      continue;
    }
    if (struct_is_anonymous(to) && !object) continue;
    link_leaves(p, from, at, to, to, 0, cast, 0);
  }
  free(o.origin);
}

static void look_at_operand(struct program *p, LLVMValueRef v, struct map *seen, struct map *done, int depth) {
  if (!LLVMIsAConstantExpr(v) || depth > 8 || !map_put(seen, v, (void *)1)) return;
  if (is_pointer_cast(v)) look_behind(p, v, done);
  for (int o = 0; o < LLVMGetNumOperands(v); o++)
    look_at_operand(p, LLVMGetOperand(v, (unsigned)o), seen, done, depth + 1);
}

static void find_casts(struct program *p) {
  struct map seen = { 0 }, done = { 0 };
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
        if (is_debug_call(i)) continue;
        if (LLVMIsABitCastInst(i) || LLVMIsAIntToPtrInst(i)) look_behind(p, i, &done);
        for (int o = 0; o < LLVMGetNumOperands(i); o++)
          if (!LLVMValueIsBasicBlock(LLVMGetOperand(i, (unsigned)o)))
            look_at_operand(p, LLVMGetOperand(i, (unsigned)o), &seen, &done, 0);
      }
  map_free(&seen);
  map_free(&done);
}

/* `__start_NAME` is the first byte of section NAME, wherever its objects come from. */
static void find_sections(struct program *p) {
  for (LLVMValueRef s = next_global(p, NULL); s; s = next_global(p, s)) {
    const char *name = symbol_of(s), *section = strncmp(name, "__start_", 8) == 0  ? name + 8
                                                : strncmp(name, "__stop_", 7) == 0 ? name + 7
                                                                                   : NULL;
    if (!section || !LLVMIsDeclaration(s)) continue;
    for (LLVMValueRef g = next_global(p, NULL); g; g = next_global(p, g)) {
      const char *own = LLVMGetSection(g);
      if (LLVMIsDeclaration(g) || !own || strcmp(own, section) != 0) continue;
      struct keyset all = keys_reached(p, g), walked = keys_reached(p, s);
      for (size_t i = 0; i < all.count; i++)
        for (size_t k = 0; k < walked.count; k++) {
          key_link_both(all.key[i], walked.key[k], "its section is walked", NULL);
          if (!walked.key[k]->constants) walked.key[k]->constants = NULL;
          for (struct constant_at *at = all.key[i]->constants; at; at = at->next) {
            struct constant_at *copy = audit_grow(NULL, sizeof *copy);
            *copy = (struct constant_at){ at->value, walked.key[k]->constants };
            walked.key[k]->constants = copy;
          }
        }
    }
  }
}

/* A wrapper reached by its pointer alone is any of those that are members of something. */
static void find_wrappers(struct program *p) {
  for (size_t i = 0; i < p->key_count; i++) {
    struct key *k = p->key[i];
    if (!k->wrapper || (k->owner && same_struct(k->owner, k->wrapper))) continue;
    struct origin o = { .type = k->wrapper };
    struct keyset same = { 0 };
    keys_at_origin(p, &o, 1, &same);
    for (size_t n = 0; n < same.count; n++)
      if (same.key[n]->access_count) key_link_both(k, same.key[n], "pointers to its type may be to it", NULL);
    free(same.key);
  }
}

/* An object as a whole and each of its fields. */
void views_wholes(struct program *p) {
  static const char read[] = "its object is read at places that are not known",
                    written[] = "it is a field of what is written at places that are not known";
  const void **owner = audit_grow(NULL, (p->key_count + 1) * sizeof *owner);
  for (size_t i = 0; i < p->key_count; i++) {
    LLVMTypeRef t = p->key[i]->owner;
    owner[i] = t && !struct_is_anonymous(t) ? struct_id(p, t) : NULL;
  }
  for (size_t w = 0; w < p->key_count; w++) {
    struct key *whole = p->key[w];
    if (whole->part != KEY_ANY_READ) continue;
    struct map inside = { 0 };
    gather_structs(p, whole->owner, &inside, 0);
    key_link(whole->other, whole, read, NULL);
    for (size_t i = 0; i < p->key_count; i++) {
      struct key *k = p->key[i];
      if (k == whole || k->part == KEY_ANY_WRITTEN) continue;
      bool in = owner[i] && map_has(&inside, owner[i]);
      in |= whole->base && k->base == whole->base && k->is_field;
      if (!in) continue;
      if (whole->access_count || whole->link_count) key_link(k, whole, read, NULL);
      if (k->part == KEY_ONE) key_link(whole->other, k, written, NULL);
    }
    map_free(&inside);
  }
  free(owner);
}

void views_find(struct program *p) {
  find_casts(p);
  find_sections(p);
  find_wrappers(p);
}
