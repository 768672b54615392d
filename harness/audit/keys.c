/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keys.c: from a pointer to the locations it may stand for (ir.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/ir.h"
#include "harness/audit/names.h"
#include "harness/audit/origin.h"

/* Steps into a type that are kept for a name. */
enum { DEPTH = 24 };

struct path {
  LLVMTypeRef type[DEPTH]; /* struct types, outermost first */
  unsigned field[DEPTH];
  int count;
  LLVMValueRef base; /* global or local that the object is, or NULL */
};

/* A search for what lies at an offset of an object. */
struct spot {
  struct program *p;
  struct keyset *out;
  unsigned long long size; /* bytes that are accessed */
  int found;
};

/* LLVM hands out a type's name anew each time, and names are compared often. */
static struct map struct_names;

void struct_names_free(void) {
  for (size_t i = 0; i < struct_names.room; i++)
    if (struct_names.keys[i]) free(struct_names.values[i]);
  map_free(&struct_names);
}

const char *struct_name(LLVMTypeRef type, char *buf, size_t size) {
  const char *kept = map_get(&struct_names, type);
  if (kept) {
    size_t length = strlen(kept);
    if (length >= size) length = size - 1;
    memcpy(buf, kept, length);
    buf[length] = '\0';
    return buf;
  }
  const char *n = LLVMGetStructName(type);
  if (!n) n = "anon";
  const char *dot = strchr(n, '.');
  snprintf(buf, size, "%s", dot ? dot + 1 : n);
  /* the linker's numbers: struct.pool.12 */
  for (char *last = strrchr(buf, '.'); last && last[1] && strspn(last + 1, "0123456789") == strlen(last + 1);
       last = strrchr(buf, '.'))
    *last = '\0';
  map_put(&struct_names, type, strdup(buf));
  return buf;
}

const void *struct_id(struct program *p, LLVMTypeRef t) {
  char buf[256];
  return struct_is_anonymous(t) ? (const void *)t : intern(&p->names, struct_name(t, buf, sizeof buf));
}

void gather_structs(struct program *p, LLVMTypeRef t, struct map *names, int depth) {
  while (LLVMGetTypeKind(t) == LLVMArrayTypeKind || LLVMGetTypeKind(t) == LLVMVectorTypeKind) t = LLVMGetElementType(t);
  if (LLVMGetTypeKind(t) != LLVMStructTypeKind || depth > 16) return;
  if (!map_put(names, struct_id(p, t), (void *)1)) return;
  for (unsigned i = 0; i < LLVMCountStructElementTypes(t); i++)
    gather_structs(p, LLVMStructGetTypeAtIndex(t, i), names, depth + 1);
}

bool struct_is_anonymous(LLVMTypeRef type) {
  char buf[256];
  return strcmp(struct_name(type, buf, sizeof buf), "anon") == 0;
}

static bool is_struct(LLVMTypeRef t) { return LLVMGetTypeKind(t) == LLVMStructTypeKind; }

/* A struct that only wraps one number, as libraries of atomics have: what it is a member of names
 * the location. */
bool struct_is_wrapper(LLVMTypeRef type) {
  if (!is_struct(type) || struct_is_anonymous(type)) return false;
  for (int depth = 0; depth < 4 && is_struct(type) && LLVMCountStructElementTypes(type) == 1; depth++)
    type = LLVMStructGetTypeAtIndex(type, 0);
  return LLVMGetTypeKind(type) == LLVMIntegerTypeKind;
}

struct key *key_find(struct program *p, const char *name) {
  const char *n = intern(&p->names, name);
  struct key *k = map_get(&p->keys, n);
  if (k) return k;
  k = audit_grow(NULL, sizeof *k);
  memset(k, 0, sizeof *k);
  k->name = n;
  k->plain = plain_name(p, n);
  const char *dot = strrchr(k->plain, '.');
  k->field = dot ? dot + 1 : k->plain;
  map_put(&p->keys, n, k);
  audit_room(&p->key, p->key_count, sizeof *p->key);
  p->key[p->key_count++] = k;
  return k;
}

void keyset_add(struct keyset *s, struct key *k) {
  for (size_t i = 0; i < s->count; i++)
    if (s->key[i] == k) return;
  audit_room(&s->key, s->count, sizeof *s->key);
  s->key[s->count++] = k;
}

void key_link(struct key *from, struct key *to, const char *why, LLVMValueRef at) {
  if (from == to || !map_put(&from->linked, to, (void *)1)) return;
  audit_room(&from->link, from->link_count, sizeof *from->link);
  from->link[from->link_count++] = (struct link){ to, why, at };
}

static struct key *loose_key(struct program *p, const char *what, const char *of) {
  char *name = audit_text("*%s%s", what, of);
  struct key *k = key_find(p, name);
  free(name);
  if (!k->loose) {
    k->loose = true;
    k->floor = strdup("it is reached through a pointer that cannot be traced to one location");
  }
  return k;
}

static struct key *local_key(struct program *p, LLVMValueRef v) {
  LLVMValueRef f = LLVMGetBasicBlockParent(LLVMGetInstructionParent(v));
  char *name = audit_text("%s:%s#%zx", value_name(f), value_name(v), (size_t)v & 0xffffffffff);
  struct key *k = key_find(p, name);
  free(name);
  k->local = true;
  k->base = v;
  char *words =
      audit_text(value_name(v)[0] ? "the local %s of %s()" : "a local%s of %s()", value_name(v), value_name(f));
  k->plain = intern(&p->names, words);
  free(words);
  return k;
}

static struct key *object_key(struct program *p, LLVMValueRef base) {
  if (LLVMIsAAllocaInst(base)) return local_key(p, base);
  struct key *k = key_find(p, symbol_of(base));
  k->base = base;
  return k;
}

struct key *key_any(struct program *p, LLVMTypeRef type, LLVMValueRef base, enum key_part part) {
  char text[300], buf[256];
  bool named = !struct_is_anonymous(type);
  if (!named && !base) return loose_key(p, "an object of a type without name", "");
  snprintf(text, sizeof text, "any field of %s", named ? struct_name(type, buf, sizeof buf) : symbol_of(base));
  if (!named && LLVMIsAAllocaInst(base)) snprintf(text, sizeof text, "any field of %s", local_key(p, base)->plain);
  char *name = audit_text("%s%s", text, part == KEY_ANY_READ ? "" : " (written)");
  struct key *k = key_find(p, name);
  free(name);
  if (k->part == KEY_ONE) {
    k->plain = intern(&p->names, text);
    k->part = part;
    k->owner = type;
    k->base = named ? NULL : base;
    k->other = key_any(p, type, base, part == KEY_ANY_READ ? KEY_ANY_WRITTEN : KEY_ANY_READ);
  }
  return k;
}

/* Appends the member at an offset of a debug type; through members without a name to one that has one. */
static LLVMValueRef name_member(LLVMValueRef di, unsigned long long offset, unsigned field, bool last, char *text,
                                size_t size) {
  char part[256];
  LLVMValueRef member = NULL;
  const char *name = di_member(di, offset, &member, part, sizeof part);
  for (int depth = 0; last && name && strcmp(part, "anonymous") == 0 && member && depth < 8; depth++)
    name = di_member(member, 0, &member, part, sizeof part);
  if (!name) snprintf(part, sizeof part, "field%u", field);
  if (name && strcmp(part, "anonymous") == 0) return member;
  size_t used = strlen(text);
  snprintf(text + used, size - used, ".%s", part);
  return member;
}

/* Adds the key of what lies at the end of a path. */
static void emit_path(struct spot *s, struct path *path) {
  LLVMTypeRef wrapper = NULL;
  int full = path->count;
  while (path->count > 0 && struct_is_wrapper(path->type[path->count - 1])) wrapper = path->type[--path->count];
  if (path->count == 0 && path->base) {
    struct key *k = object_key(s->p, path->base);
    k->wrapper = wrapper;
    keyset_add(s->out, k);
    return;
  }
  if (path->count == 0) path->count = full; /* a wrapper that is reached by its pointer alone */
  int from = path->count - 1;
  while (from >= 0 && struct_is_anonymous(path->type[from])) from--;
  bool named = from >= 0;
  LLVMValueRef global = path->base && LLVMIsAGlobalVariable(path->base) ? path->base : NULL;
  if (!named) from = 0;
  char text[1024] = "", shown[1024] = "", buf[256];
  LLVMValueRef di = NULL;
  if (named) {
    struct_name(path->type[from], text, sizeof text);
    di = di_type_of_struct(s->p, path->type[from]);
  } else if (global) {
    snprintf(text, sizeof text, "%s", symbol_of(global));
    di = di_type_of_global(s->p, global);
  } else if (path->base) {
    struct key *k = local_key(s->p, path->base);
    snprintf(text, sizeof text, "%s", k->name);
  } else {
    LLVMTypeRef t = path->type[0];
    snprintf(buf, sizeof buf, "%llu", LLVMABISizeOfType(s->p->layout, t));
    keyset_add(s->out, loose_key(s->p, "an object of a type without name, of bytes ", buf));
    return;
  }
  size_t head = strlen(text);
  for (int i = from; i < path->count; i++)
    di = name_member(di, LLVMOffsetOfElement(s->p->layout, path->type[i], path->field[i]), path->field[i],
                     i == path->count - 1, text, sizeof text);
  struct key *k = key_find(s->p, text);
  k->is_field = true;
  if (wrapper) k->wrapper = wrapper;
  if (named) k->owner = path->type[from];
  else k->base = path->base;
  if (!named && !global) {
    k->local = true;
    char *words = audit_text("%s%s", local_key(s->p, path->base)->plain, text + head);
    k->plain = intern(&s->p->names, words);
    free(words);
  }
  if (named && global && from == 0) {
    snprintf(shown, sizeof shown, "%s%s", plain_name(s->p, symbol_of(global)), text + head);
    if (!k->shown) k->shown = strdup(shown);
    else if (strcmp(k->shown, shown) != 0 && k->shown[0])
      k->shown[0] = '\0'; /* several globals of the type: the field's own name is shown */
  }
  keyset_add(s->out, k);
}

/* Takes out the steps that are whole elements of this size; true if none is left. */
static bool absorb(struct offset *at, unsigned long long size) {
  int kept = 0;
  for (int i = 0; i < at->steps; i++)
    if (size == 0 || at->step[i] % size != 0) at->step[kept++] = at->step[i];
  at->steps = kept;
  return kept == 0;
}

/* Finds what lies at `at` of t; false: the place is not known, and all of the object is meant. */
static bool descend(struct spot *s, struct path *path, LLVMTypeRef t, struct offset at, unsigned long long size) {
  enum { MOST = 8 };
  if (LLVMGetTypeKind(t) == LLVMArrayTypeKind || LLVMGetTypeKind(t) == LLVMVectorTypeKind) {
    LLVMTypeRef e = LLVMGetElementType(t);
    long long each = (long long)LLVMABISizeOfType(s->p->layout, e);
    if (each == 0) return false;
    absorb(&at, (unsigned long long)each);
    at.bytes = (at.bytes % each + each) % each;
    if (at.bytes + (long long)size > each) {
      if (!strip_arrays(e) || is_struct(strip_arrays(e))) return false;
      at.bytes = 0;
      size = (unsigned long long)each;
    }
    return descend(s, path, e, at, size);
  }
  if (!is_struct(t)) {
    if (at.steps) return false;
    if (++s->found > MOST) return false;
    struct path copy = *path;
    emit_path(s, &copy);
    return true;
  }
  bool any = false;
  unsigned n = LLVMCountStructElementTypes(t);
  for (unsigned f = 0; f < n && path->count < DEPTH; f++) {
    LLVMTypeRef e = LLVMStructGetTypeAtIndex(t, f);
    long long start = (long long)LLVMOffsetOfElement(s->p->layout, t, f),
              length = (long long)LLVMABISizeOfType(s->p->layout, e);
    long long from = at.bytes > start ? at.bytes : start,
              to = at.bytes + (long long)size < start + length ? at.bytes + (long long)size : start + length;
    if (from >= to) continue;
    struct offset inner = at;
    inner.bytes = from - start;
    path->type[path->count] = t;
    path->field[path->count++] = f;
    bool good = descend(s, path, e, inner, (unsigned long long)(to - from));
    path->count--;
    if (!good) return false;
    any = true;
  }
  return any;
}

void keys_at_origin(struct program *p, const struct origin *o, unsigned long long size, struct keyset *out) {
  LLVMValueRef object = o->base && (LLVMIsAGlobalVariable(o->base) || LLVMIsAAllocaInst(o->base)) ? o->base : NULL;
  LLVMTypeRef t = o->type, flat = strip_arrays(t);
  struct offset at = o->at;
  if (!is_struct(flat)) {
    if (object) keyset_add(out, object_key(p, object));
    return;
  }
  if (LLVMCountStructElementTypes(flat) == 0) {
    if (object) keyset_add(out, object_key(p, object));
    else keyset_add(out, loose_key(p, "object of an incomplete type", ""));
    return;
  }
  long long whole = (long long)LLVMABISizeOfType(p->layout, t);
  unsigned last = LLVMCountStructElementTypes(flat) - 1;
  LLVMTypeRef tail = LLVMStructGetTypeAtIndex(flat, last);
  bool open_ended = !object && LLVMGetTypeKind(tail) == LLVMArrayTypeKind;
  if (open_ended && LLVMGetArrayLength(tail) == 0 &&
      at.bytes >= (long long)LLVMOffsetOfElement(p->layout, flat, last)) {
    /* a flexible array member: what lies behind the struct is of it */
    struct keyset found = { 0 };
    struct spot s = { .p = p, .out = &found, .size = size };
    struct path path = { .type = { flat }, .field = { last }, .count = 1 };
    at.bytes -= (long long)LLVMOffsetOfElement(p->layout, flat, last);
    if (!at.wild && descend(&s, &path, tail, at, size)) {
      for (size_t i = 0; i < found.count; i++) keyset_add(out, found.key[i]);
      free(found.key);
      return;
    }
    free(found.key);
    at.wild = true;
  }
  /* one of a length of its own, by which more may be meant than there is */
  if (open_ended && LLVMGetArrayLength(tail) == 1 && at.bytes >= whole) at.wild = true;
  if (whole > 0 && !object) {
    absorb(&at, (unsigned long long)whole); /* an array of such objects */
    at.bytes = (at.bytes % whole + whole) % whole;
  }
  struct keyset found = { 0 };
  struct spot s = { .p = p, .out = &found, .size = size };
  struct path path = { .base = object };
  bool covers = size >= LLVMABISizeOfType(p->layout, flat) && size > 8 && !struct_is_wrapper(flat);
  bool known = !at.wild && !covers && descend(&s, &path, t, at, size);
  if (known)
    for (size_t i = 0; i < found.count; i++) keyset_add(out, found.key[i]);
  else {
    struct key *all = key_any(p, flat, object, KEY_ANY_READ);
    keyset_add(out, all);
    keyset_add(out, all->loose ? all : all->other);
    if (covers && object && LLVMIsAGlobalVariable(object) && !all->loose && !all->shown) {
      all->shown = strdup(plain_name(p, symbol_of(object)));
      all->other->shown = strdup(all->shown);
    }
  }
  free(found.key);
}

bool is_report_getter(struct program *p, LLVMValueRef f) {
  struct function *fn = function_of(p, f);
  bool listed = fn && fn->address_taken && !fn->stored_taken;
  return fn && !fn->stored_taken && (listed || has_outside_callers(p, f)) && is_report_name(value_name(f));
}

struct key *key_behind(struct program *p, struct key *kept) {
  bool deep = strncmp(kept->name, "***", 3) == 0; /* a list, perhaps: from there on all is one memory */
  struct key *k = loose_key(p, "", kept->name + deep);
  if (deep) k->deep = true;
  else k->loaded_from = kept;
  return k;
}

/* Memory that is only known by where the pointer to it comes from. */
static void emit_loose(struct program *p, const struct origin *o, struct keyset *out) {
  bool stepped = o->at.wild || o->at.steps || o->at.bytes;
  struct key *k = NULL;
  if (!o->base) k = loose_key(p, "computed address", "");
  else if (LLVMIsALoadInst(o->base)) {
    struct keyset from = keys_of(p, LLVMGetOperand(o->base, 0));
    for (size_t i = 0; i < from.count; i++) {
      if (from.key[i]->part == KEY_ANY_WRITTEN) continue;
      k = key_behind(p, from.key[i]);
      k->stepped |= stepped;
      keyset_add(out, k);
    }
    if (!from.count) k = loose_key(p, "memory", "");
  } else if (LLVMIsAArgument(o->base)) {
    LLVMValueRef f = LLVMGetParamParent(o->base);
    char which[32];
    snprintf(which, sizeof which, "argument %u of ", argument_index(o->base) + 1);
    k = loose_key(p, which, value_name(f));
    k->outside = true;
    k->handed_out = is_report_getter(p, f);
  } else {
    LLVMValueRef f = LLVMIsACallInst(o->base) ? called_function(p, o->base) : NULL;
    if (f && strcmp(value_name(f), "__errno_location") == 0) {
      k = key_find(p, "errno");
      if (p->surface.count) key_floor(k, NULL, "callers outside of the program look at errno");
    } else k = loose_key(p, "result of ", f ? value_name(f) : "a call through a pointer");
  }
  k->stepped |= stepped;
  keyset_add(out, k);
}

static void collect(struct program *p, LLVMValueRef pointer, unsigned long long size, struct keyset *out) {
  struct origins o = origins_of(p, pointer, false);
  for (size_t i = 0; i < o.count; i++)
    if (o.origin[i].type) keys_at_origin(p, &o.origin[i], size, out);
    else emit_loose(p, &o.origin[i], out);
  free(o.origin);
}

struct keyset keys_of(struct program *p, LLVMValueRef pointer) {
  struct keyset *old = map_get(&p->resolved, pointer);
  if (!old) {
    LLVMTypeRef t = LLVMTypeOf(pointer), to = LLVMGetTypeKind(t) == LLVMPointerTypeKind ? LLVMGetElementType(t) : NULL;
    old = audit_grow(NULL, sizeof *old);
    *old = (struct keyset){ 0 };
    map_put(&p->resolved, pointer, old);
    struct keyset got = { 0 };
    collect(p, pointer, to && LLVMTypeIsSized(to) ? LLVMABISizeOfType(p->layout, to) : 1, &got);
    *old = got;
  }
  return *old;
}

struct keyset keys_reached(struct program *p, LLVMValueRef pointer) {
  struct keyset *old = map_get(&p->reached, pointer);
  if (!old) {
    old = audit_grow(NULL, sizeof *old);
    *old = (struct keyset){ 0 };
    map_put(&p->reached, pointer, old);
    struct keyset got = { 0 };
    struct origins o = origins_of(p, pointer, false);
    for (size_t i = 0; i < o.count; i++) {
      struct origin *at = &o.origin[i];
      LLVMTypeRef flat = at->type ? strip_arrays(at->type) : NULL, to = pointee_of(pointer);
      /* a pointer to a number reaches that number, or the array it stands in */
      bool one = to && !is_struct(to) && LLVMGetTypeKind(to) != LLVMIntegerTypeKind;
      one |= to && LLVMGetTypeKind(to) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(to) > 8;
      if (!flat) emit_loose(p, at, &got);
      else if (!is_struct(flat) || one) keys_at_origin(p, at, 1, &got);
      else {
        struct keyset here = { 0 };
        keys_at_origin(p, at, 1, &here);
        /* characters within an array of them stay there */
        bool text = here.count == 1 && at->at.bytes > 0 && to && LLVMGetTypeKind(to) == LLVMIntegerTypeKind;
        if (text) keyset_add(&got, here.key[0]);
        else {
          bool named = !struct_is_anonymous(flat);
          bool object = at->base && (LLVMIsAGlobalVariable(at->base) || LLVMIsAAllocaInst(at->base));
          struct key *all = key_any(p, flat, named || object ? at->base : NULL, KEY_ANY_READ);
          keyset_add(&got, all);
          keyset_add(&got, all->loose ? all : all->other);
          if (object && LLVMIsAGlobalVariable(at->base) && !all->loose && !all->shown) {
            all->shown = strdup(plain_name(p, symbol_of(at->base)));
            all->other->shown = strdup(all->shown);
          }
        }
        free(here.key);
      }
    }
    free(o.origin);
    *old = got;
  }
  return *old;
}

static void note_constant(struct program *p, LLVMValueRef g, long long offset, LLVMValueRef c, int depth) {
  if (depth > 16 || LLVMIsAUndefValue(c) || LLVMIsAConstantAggregateZero(c) || LLVMIsAConstantDataSequential(c)) return;
  LLVMTypeRef own = LLVMTypeOf(c);
  if (is_struct(own) || LLVMGetTypeKind(own) == LLVMArrayTypeKind) {
    unsigned n = (unsigned)LLVMGetNumOperands(c);
    for (unsigned i = 0; i < n; i++) {
      LLVMTypeRef e = is_struct(own) ? LLVMStructGetTypeAtIndex(own, i) : LLVMGetElementType(own);
      long long more = is_struct(own) ? (long long)LLVMOffsetOfElement(p->layout, own, i)
                                      : (long long)(LLVMABISizeOfType(p->layout, e) * i);
      note_constant(p, g, offset + more, LLVMGetOperand(c, i), depth + 1);
    }
    return;
  }
  struct origin o = { .base = g, .type = LLVMTypeOf(LLVMGetInitializer(g)) };
  o.at.bytes = offset;
  struct keyset keys = { 0 };
  keys_at_origin(p, &o, 1, &keys);
  for (size_t i = 0; i < keys.count; i++) {
    bool known = false;
    for (struct constant_at *at = keys.key[i]->constants; at && !known; at = at->next) known = at->value == c;
    if (known) continue;
    struct constant_at *at = audit_grow(NULL, sizeof *at);
    *at = (struct constant_at){ c, keys.key[i]->constants };
    keys.key[i]->constants = at;
  }
  free(keys.key);
}

void keys_of_initialisers(struct program *p) {
  for (LLVMValueRef g = next_global(p, NULL); g; g = next_global(p, g)) {
    LLVMValueRef init = LLVMGetInitializer(g);
    if (init && strncmp(value_name(g), "llvm.", 5) != 0 && !LLVMIsAConstantDataSequential(init))
      note_constant(p, g, 0, init, 0);
  }
}
