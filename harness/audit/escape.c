/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escape.c: addresses that leave sight (rule 4). A location whose address is turned into a number, given to
 * unknown code or kept where others may find it may be read there, so it is never TELEMETRY. A pointer to a
 * struct is no escape of its fields as long as its type stays with it, and nobody outside gets it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/indirect.h"
#include "harness/audit/models.h"
#include "harness/audit/origin.h"

/* A whole object that unknown code may read. */
struct bulk {
  LLVMTypeRef type;
  LLVMValueRef base, at;
  const char *what;
};

/* A pointer to a number that is kept where every use of it may be known. */
struct kept {
  struct key *where, *target;
  LLVMValueRef at;
};

struct scan {
  struct program *p;
  struct kept *kept;
  size_t kept_count;
};

void escape_object(struct program *p, LLVMTypeRef type, LLVMValueRef base, LLVMValueRef at, const char *what) {
  audit_room(&p->bulk, p->bulk_count, sizeof *p->bulk);
  p->bulk[p->bulk_count++] = (struct bulk){ type, base, at, what };
}

void key_floor(struct key *k, LLVMValueRef at, const char *format, ...) {
  if (k->floor) return;
  va_list ap;
  va_start(ap, format);
  if (vasprintf(&k->floor, format, ap) < 0) k->floor = NULL;
  va_end(ap);
  k->floor_at = at;
}

static bool is_pointer(LLVMValueRef v) { return LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind; }

static bool is_struct(LLVMTypeRef t) { return LLVMGetTypeKind(t) == LLVMStructTypeKind; }

static bool is_no_address(LLVMValueRef v) {
  while (is_pointer_cast(v)) v = LLVMGetOperand(v, 0);
  return LLVMIsAConstantPointerNull(v) || LLVMIsAUndefValue(v) || LLVMIsAFunction(v);
}

static void floor_key(struct key *k, LLVMValueRef at, const char *what) {
  k->floor_of_others |= !k->floor;
  k->escaped = true;
  if (k->part != KEY_ANY_WRITTEN) key_floor(k, at, "its address %s", what);
}

static bool is_byte(LLVMTypeRef t) {
  return t && LLVMGetTypeKind(t) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(t) == 8;
}

/* The address v leaves sight at `at`. whole: what may read there may read all of the object; else a pointer to a
 * struct is none of its fields' as long as its type stays with it. */
static void leaves(struct scan *s, LLVMValueRef v, LLVMValueRef at, const char *what, bool whole) {
  if (is_no_address(v)) return;
  struct origins o = origins_of(s->p, v, false);
  LLVMTypeRef to = pointee_of(v);
  for (size_t i = 0; i < o.count; i++) {
    LLVMTypeRef t = o.origin[i].type ? strip_arrays(o.origin[i].type) : NULL;
    bool object = t && is_struct(t) && !struct_is_wrapper(t);
    if (object && whole) {
      LLVMValueRef base = o.origin[i].base;
      escape_object(s->p, t, base && LLVMIsAGlobalVariable(base) ? base : NULL, at, what);
    }
    if (object && (whole || (to && is_struct(to)))) continue;
    /* void *: the type comes back with a cast, or views.c sees that it does not */
    if (object && is_byte(to) && o.origin[i].at.bytes == 0) continue;
    struct keyset keys = keys_of(s->p, v);
    for (size_t k = 0; k < keys.count; k++) floor_key(keys.key[k], at, what);
  }
  free(o.origin);
}

/* Stored: where it lies may be a place whose every use is known. */
static void kept_at(struct scan *s, LLVMValueRef v, struct keyset where, LLVMValueRef at) {
  if (is_no_address(v)) return;
  for (size_t w = 0; w < where.count; w++) {
    struct key *k = where.key[w];
    if (k->outside) leaves(s, v, at, "is given to callers outside of the program", !k->handed_out);
    else if (k->loose || k->part != KEY_ONE) leaves(s, v, at, "is stored", false);
    else {
      struct keyset targets = keys_of(s->p, v);
      for (size_t t = 0; t < targets.count; t++) {
        audit_room(&s->kept, s->kept_count, sizeof *s->kept);
        s->kept[s->kept_count++] = (struct kept){ k, targets.key[t], at };
      }
    }
  }
}

static void scan_store(struct scan *s, LLVMValueRef i) {
  LLVMValueRef v = LLVMGetOperand(i, 0), pointer = LLVMGetOperand(i, 1), f;
  unsigned argument;
  if (!is_pointer(v) || is_no_address(v)) return;
  kept_at(s, v, keys_of(s->p, pointer), i);
  f = is_gep(pointer) || is_pointer_cast(pointer) ? outside_memory(s->p, pointer, &argument) : NULL;
  if (f && !is_report_getter(s->p, f)) leaves(s, v, i, "is given to callers outside of the program", true);
}

static void scan_call(struct scan *s, LLVMValueRef call) {
  if (is_debug_call(call) || is_asm(call)) return;
  LLVMValueRef f = called_function(s->p, call);
  unsigned n = LLVMGetNumArgOperands(call);
  const struct model *m = model_of_call(s->p, call);
  if (f && !LLVMIsDeclaration(f) && !m) {
    for (unsigned a = LLVMCountParams(f); a < n; a++)
      if (is_pointer(LLVMGetOperand(call, a)))
        leaves(s, LLVMGetOperand(call, a), call, "is passed as a variable argument", true);
    return;
  }
  if (f && strncmp(value_name(f), "__atomic_", 9) == 0) return;
  if (!f && !indirect_may_leave(s->p, call, indirect_callees(s->p, call)->count)) return;
  for (unsigned a = 0; a < n; a++)
    if (is_pointer(LLVMGetOperand(call, a)) && (!m || model_role(m, a) == 'k'))
      leaves(s, LLVMGetOperand(call, a), call,
             !f ? "is passed to a call through a pointer" : "is passed to a function outside of the program", true);
}

static void scan_return(struct scan *s, LLVMValueRef i) {
  LLVMValueRef f = LLVMGetBasicBlockParent(LLVMGetInstructionParent(i));
  if (LLVMGetNumOperands(i) != 1 || !is_pointer(LLVMGetOperand(i, 0)) || !has_outside_callers(s->p, f)) return;
  leaves(s, LLVMGetOperand(i, 0), i, "is returned to unknown callers", !is_report_getter(s->p, f));
}

/* Whether a user of a number that is an address makes another such number of it; *ends: it makes an address again, or
 * compares. Neither: the number leaves. */
static bool makes_number(LLVMValueRef user, bool *ends) {
  *ends = false;
  if (!LLVMIsAInstruction(user)) return false;
  switch (LLVMGetInstructionOpcode(user)) {
  case LLVMICmp:
  case LLVMIntToPtr: *ends = true; return true;
  case LLVMCall: return *ends = is_debug_call(user);
  case LLVMAdd:
  case LLVMSub:
  case LLVMAnd:
  case LLVMOr:
  case LLVMXor:
  case LLVMMul:
  case LLVMUDiv:
  case LLVMURem:
  case LLVMSDiv:
  case LLVMSRem:
  case LLVMShl:
  case LLVMLShr:
  case LLVMAShr:
  case LLVMTrunc:
  case LLVMZExt:
  case LLVMSExt:
  case LLVMSelect: return true;
  default: return false;
  }
}

static bool stays_number(LLVMValueRef v, int depth);

/* The same of what the user makes of it. */
static bool stays_in(LLVMValueRef user, int depth) {
  bool ends;
  return makes_number(user, &ends) && (ends || stays_number(user, depth + 1));
}

/* A number made of an address that is but computed with, compared, or made an address again here. */
static bool stays_number(LLVMValueRef v, int depth) {
  if (depth > 24) return false;
  for (LLVMUseRef u = LLVMGetFirstUse(v); u; u = LLVMGetNextUse(u))
    if (!stays_in(LLVMGetUser(u), depth)) return false;
  return true;
}

static bool gets_to_outside(struct program *p, LLVMValueRef user, LLVMValueRef v, struct map *seen);

/* Whether a function outside of the program gets the number, and may do more with it than report it: to read at that
 * address what it points at, and all around it. */
static bool goes_outside(struct program *p, LLVMValueRef v, struct map *seen) {
  if (!map_put(seen, v, (void *)1)) return false;
  for (LLVMUseRef u = LLVMGetFirstUse(v); u; u = LLVMGetNextUse(u))
    if (gets_to_outside(p, LLVMGetUser(u), v, seen)) return true;
  return false;
}

static bool gets_to_outside(struct program *p, LLVMValueRef user, LLVMValueRef v, struct map *seen) {
  bool ends;
  if (LLVMIsAPHINode(user)) return goes_outside(p, user, seen);
  if (!LLVMIsACallInst(user)) return makes_number(user, &ends) && !ends && goes_outside(p, user, seen);
  LLVMValueRef f = is_debug_call(user) || is_asm(user) ? NULL : called_function(p, user);
  const struct model *m = f ? model_of_call(p, user) : NULL;
  for (unsigned a = 0; f && a < LLVMGetNumArgOperands(user); a++) {
    if (LLVMGetOperand(user, a) != v) continue;
    if (LLVMIsDeclaration(f)) {
      if (!m || strchr("adkb", model_role(m, a))) return true;
    } else if (a < LLVMCountParams(f) && goes_outside(p, LLVMGetParam(f, a), seen)) return true;
  }
  return false;
}

/* An address that is a number in a constant: `(long)&counter`, which no instruction makes. user: what has the whole
 * constant, NULL: an initialiser. */
static void scan_constant(struct scan *s, LLVMValueRef part, LLVMValueRef whole, LLVMValueRef user, const char *what) {
  if (!LLVMIsAConstantExpr(part)) return;
  LLVMOpcode op = LLVMGetConstOpcode(part);
  if (op == LLVMPtrToInt) {
    struct map seen = { 0 };
    leaves(s, LLVMGetOperand(part, 0), user, what, user && gets_to_outside(s->p, user, whole, &seen));
    map_free(&seen);
  } else if (op != LLVMICmp && op != LLVMIntToPtr)
    for (int o = 0; o < LLVMGetNumOperands(part); o++)
      scan_constant(s, LLVMGetOperand(part, (unsigned)o), whole, user, what);
}

static void scan_constants(struct scan *s, LLVMValueRef i) {
  if (is_debug_call(i)) return;
  for (int o = 0; o < LLVMGetNumOperands(i); o++) {
    LLVMValueRef v = LLVMGetOperand(i, (unsigned)o);
    if (LLVMIsAConstantExpr(v) && !is_pointer(v) && !stays_in(i, 0))
      scan_constant(s, v, v, i, "is turned into a number");
  }
}

static void scan_instruction(struct scan *s, LLVMValueRef i) {
  scan_constants(s, i);
  switch (LLVMGetInstructionOpcode(i)) {
  case LLVMCall: scan_call(s, i); break;
  case LLVMStore: scan_store(s, i); break;
  case LLVMAtomicRMW:
  case LLVMAtomicCmpXchg:
    for (int o = 1; o < LLVMGetNumOperands(i); o++)
      if (is_pointer(LLVMGetOperand(i, (unsigned)o)))
        kept_at(s, LLVMGetOperand(i, (unsigned)o), keys_of(s->p, LLVMGetOperand(i, 0)), i);
    break;
  case LLVMInsertValue:
    if (is_pointer(LLVMGetOperand(i, 1))) leaves(s, LLVMGetOperand(i, 1), i, "is stored", false);
    break;
  case LLVMPtrToInt:
    if (!stays_number(i, 0)) {
      struct map seen = { 0 };
      leaves(s, LLVMGetOperand(i, 0), i, "is turned into a number", goes_outside(s->p, i, &seen));
      map_free(&seen);
    }
    break;
  case LLVMRet: scan_return(s, i); break;
  default: break;
  }
}

/* Addresses in initialisers: each lies at a place that has a key. */
static void scan_initialisers(struct scan *s) {
  for (size_t i = 0; i < s->p->key_count; i++) /* grows while it runs */
    for (struct constant_at *c = s->p->key[i]->constants; c; c = c->next) {
      struct key *k = s->p->key[i];
      struct keyset where = { &k, 1 };
      if (is_pointer(c->value)) kept_at(s, c->value, where, NULL);
      else scan_constant(s, c->value, c->value, NULL, "stands in a table as a number");
    }
}

/* Where the pointer's own place can be read by others, so can what it points at. */
static void settle_kept(struct scan *s) {
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < s->kept_count; i++) {
      struct kept *k = &s->kept[i];
      LLVMValueRef base = k->where->base && LLVMIsAGlobalVariable(k->where->base) ? k->where->base : NULL;
      bool seen = k->where->floor || (base && outside_name(s->p, base));
      if (!seen || k->target->escaped) continue;
      floor_key(k->target, k->at,
                k->at ? "is stored where others may find it" : "stands in a table that others may read");
      changed = true;
    }
  }
}

static void apply_bulk(struct program *p) {
  struct map done = { 0 };
  const void **owner = audit_grow(NULL, (p->key_count + 1) * sizeof *owner);
  for (size_t i = 0; i < p->key_count; i++) owner[i] = p->key[i]->owner ? struct_id(p, p->key[i]->owner) : NULL;
  for (size_t b = 0; b < p->bulk_count; b++) {
    struct bulk *o = &p->bulk[b];
    char buf[256];
    const char *id = struct_is_anonymous(o->type) ? NULL : intern(&p->names, struct_name(o->type, buf, sizeof buf));
    if (id && !map_put(&done, id, (void *)1)) continue;
    struct map inside = { 0 };
    gather_structs(p, o->type, &inside, 0);
    for (size_t i = 0; i < p->key_count; i++) {
      struct key *k = p->key[i];
      if (k->part == KEY_ANY_WRITTEN) continue;
      if (!(owner[i] && map_has(&inside, owner[i])) && !(o->base && k->base == o->base)) continue;
      k->floor_of_others |= !k->floor;
      key_floor(k, o->at, "the object it is in %s", o->what);
    }
    map_free(&inside);
  }
  free(owner);
  map_free(&done);
}

/* What others can name, they can read. */
static void floor_names(struct program *p) {
  for (size_t i = 0; i < p->key_count; i++) {
    struct key *k = p->key[i];
    const char *why = k->base && LLVMIsAGlobalVariable(k->base) ? outside_name(p, k->base) : NULL;
    if (!why || k->part == KEY_ANY_WRITTEN) continue;
    k->floor_of_others |= !k->floor;
    key_floor(k, NULL, "%s", why);
  }
  for (size_t i = 0; i < p->key_count && p->missing_units; i++) {
    /* units that are not analysed may see the structs of headers */
    struct key *k = p->key[i];
    LLVMValueRef type = k->owner ? di_type_of_struct(p, k->owner) : NULL;
    LLVMMetadataRef file = type ? LLVMDIScopeGetFile(LLVMValueAsMetadata(type)) : NULL;
    unsigned n = 0;
    const char *name = file ? LLVMDIFileGetFilename(file, &n) : NULL;
    bool source = name && n > 2 && strncmp(name + n - 2, ".c", 2) == 0;
    if (!k->owner || source || k->part == KEY_ANY_WRITTEN) continue;
    k->floor_of_others |= !k->floor;
    key_floor(k, NULL, "%s", p->missing_why);
  }
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    for (unsigned a = 0;
         !LLVMIsDeclaration(f) && a < LLVMCountParams(f) && outside_name(p, f) && !is_report_getter(p, f); a++) {
      LLVMTypeRef t = pointee_of(LLVMGetParam(f, a));
      if (t && is_struct(t) && !struct_is_anonymous(t))
        escape_object(p, t, NULL, NULL, "is one that callers outside of the program give");
    }
  for (LLVMValueRef g = next_global(p, NULL); g; g = next_global(p, g)) {
    const char *why = LLVMIsDeclaration(g) ? NULL : outside_name(p, g);
    LLVMTypeRef t = strip_arrays(LLVMGlobalGetValueType(g));
    if (why && is_struct(t) && !struct_is_anonymous(t)) escape_object(p, t, g, NULL, "is one that others can name");
  }
}

/* Whether the access gives what was there to anybody. */
static bool gives_value(const struct access *a) {
  if (!(a->kind & ACCESS_READ)) return false;
  return !LLVMIsAAtomicRMWInst(a->inst) || LLVMGetFirstUse(a->inst) ||
         LLVMGetAtomicRMWBinOp(a->inst) != LLVMAtomicRMWBinOpXchg;
}

/* What is never read, and only ever gets constants with an order, is a barrier in the shape of a variable. */
static void floor_dummies(struct program *p) {
  for (size_t i = 0; i < p->key_count; i++) {
    struct key *k = p->key[i];
    bool dummy = k->part == KEY_ONE && !k->loose && k->access_count > 0 && k->has_atomic;
    LLVMValueRef at = NULL;
    for (size_t a = 0; dummy && a < k->access_count; a++) {
      LLVMValueRef w = k->access[a].inst;
      dummy = !gives_value(&k->access[a]) && k->access[a].argument < 0;
      if (dummy && is_ordered(w)) at = w;
      if (dummy) dummy = LLVMIsAConstantInt(LLVMGetOperand(w, LLVMIsAStoreInst(w) ? 0 : 1));
    }
    if (dummy && at) key_floor(k, at, "nothing reads it: it may be there for the order that it gives");
  }
}

void escape_find(struct program *p) {
  struct scan s = { .p = p };
  floor_names(p);
  floor_dummies(p);
  scan_initialisers(&s);
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) scan_instruction(&s, i);
  apply_bulk(p);
  settle_kept(&s);
  free(s.kept);
}
