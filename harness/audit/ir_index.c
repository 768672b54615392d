/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ir_index.c: functions with their callers, atomic sites, keys with their accesses (ir.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/asm.h"
#include "harness/audit/cfg.h"
#include "harness/audit/indirect.h"
#include "harness/audit/ir.h"
#include "harness/audit/models.h"
#include "harness/core/interrupt.h"

static const char *order_name(LLVMAtomicOrdering o) {
  switch (o) {
  case LLVMAtomicOrderingUnordered:
  case LLVMAtomicOrderingMonotonic: return "relaxed";
  case LLVMAtomicOrderingAcquire: return "acquire";
  case LLVMAtomicOrderingRelease: return "release";
  case LLVMAtomicOrderingAcquireRelease: return "acq_rel";
  case LLVMAtomicOrderingSequentiallyConsistent: return "seq_cst";
  default: return "none";
  }
}

/* LLVM-C 14 reads no order of a fence: LLVM prints it as the last word. */
static const char *fence_order(LLVMValueRef i) {
  static const char *const names[] = { "acq_rel", "acquire", "release", "seq_cst" };
  char *text = LLVMPrintValueToString(i);
  text[strcspn(text, ",!\n")] = '\0';
  const char *found = "none";
  for (size_t n = 0; n < sizeof names / sizeof *names && strcmp(found, "none") == 0; n++)
    if (strstr(text, names[n])) found = names[n];
  LLVMDisposeMessage(text);
  return found;
}

static const char *rmw_name(LLVMValueRef i) {
  static const char *const names[] = { "xchg", "add", "sub",  "and",  "nand", "or",  "xor",
                                       "max",  "min", "umax", "umin", "fadd", "fsub" };
  unsigned op = LLVMGetAtomicRMWBinOp(i);
  return op < sizeof names / sizeof *names ? names[op] : "rmw";
}

static void add_site(struct program *p, LLVMValueRef i, const char *op, const char *order, struct keyset keys,
                     bool reads_only, bool fence) {
  audit_room(&p->site, p->site_count, sizeof *p->site);
  p->site[p->site_count++] =
      (struct site){ .inst = i, .op = op, .order = order, .keys = keys, .reads_only = reads_only, .fence = fence };
}

static void add_access(struct keyset keys, LLVMValueRef i, int kind, bool atomic, int argument) {
  for (size_t n = 0; n < keys.count; n++) {
    struct key *k = keys.key[n];
    int own = kind & (k->part == KEY_ANY_READ      ? ACCESS_READ
                      : k->part == KEY_ANY_WRITTEN ? ACCESS_WRITE
                                                   : ACCESS_READ | ACCESS_WRITE);
    if (!own) continue;
    audit_room(&k->access, k->access_count, sizeof *k->access);
    k->access[k->access_count++] = (struct access){ .inst = i, .kind = own, .argument = argument };
    k->has_atomic |= atomic;
  }
}

/* Of an object as a whole, what reads is one key, and what writes another. */
static struct keyset site_keys(struct keyset all, bool reads_only) {
  struct keyset out = { 0 };
  for (size_t i = 0; i < all.count; i++)
    if (all.key[i]->part != (reads_only ? KEY_ANY_WRITTEN : KEY_ANY_READ)) keyset_add(&out, all.key[i]);
  return out;
}

/* Assembler: its text says whether it is atomic, its pointer operands what it may touch. */
static void index_asm(struct program *p, LLVMValueRef call) {
  struct asm_call a = asm_call_of(call);
  const char *op = a.op ? a.op : "asm";
  bool any = false;
  unsigned next = 0;
  struct keyset done = { 0 }; /* "=m"(*p) : "m"(*p) is one access */
  for (LLVMValueRef v; (v = asm_pointer(call, &next)) != NULL; any = true) {
    struct keyset keys = keys_of(p, v);
    if (any && keys.key == done.key) continue;
    done = keys;
    add_access(keys, call, ACCESS_READ | ACCESS_WRITE, a.locked, -1);
    for (size_t i = 0; i < keys.count; i++) key_floor(keys.key[i], call, "assembler accesses it");
    if (a.locked) add_site(p, call, op, "asm", site_keys(keys, false), false, false);
  }
  if (a.fence || (a.clobbers && a.locked && !any)) add_site(p, call, "asm", "asm", (struct keyset){ 0 }, false, true);
}

/* The library's atomics, for what is too wide for an instruction: object first, or behind its size. */
static void index_library_atomic(struct program *p, LLVMValueRef i, const char *name) {
  struct keyset keys = { 0 };
  bool first = true;
  for (unsigned a = 0; a < LLVMGetNumArgOperands(i); a++) {
    LLVMValueRef v = LLVMGetOperand(i, a);
    if (LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMPointerTypeKind) continue;
    if (first) keys = keys_reached(p, v);
    else add_access(keys_reached(p, v), i, ACCESS_READ | ACCESS_WRITE, false, (int)a);
    first = false;
  }
  add_access(keys, i, ACCESS_READ | ACCESS_WRITE, true, -1);
  for (size_t k = 0; k < keys.count; k++)
    key_floor(keys.key[k], i, "it is too wide for an instruction, and the library function's results are not followed");
  const char *end = strrchr(name, '_');
  bool sized = end && end[1] && strspn(end + 1, "0123456789") == strlen(end + 1);
  char *op = audit_text("%.*s", (int)(sized ? end - name : (long)strlen(name)), name);
  add_site(p, i,
           intern(&p->names, strcmp(op, "compare_exchange") == 0 ? "cas"
                             : strcmp(op, "exchange") == 0       ? "xchg"
                                                                 : op),
           "library", site_keys(keys, false), false, false);
  free(op);
}

/* Memory that a function outside of the program reads and writes, by the table of such functions. */
static void index_outside(struct program *p, LLVMValueRef i) {
  const struct model *m = model_of_call(p, i);
  if (!m || is_debug_call(i)) return;
  unsigned n = LLVMGetNumArgOperands(i);
  if (m->arguments[0] == 'w' && m->arguments[1] == '.' && m->result != 'v' && n > 1 &&
      LLVMGetTypeKind(LLVMTypeOf(LLVMGetOperand(i, 1))) == LLVMPointerTypeKind) {
    /* a copy between objects of one type stays within its keys */
    struct keyset to = keys_reached(p, LLVMGetOperand(i, 0)), from = keys_reached(p, LLVMGetOperand(i, 1));
    if (to.count && to.count == from.count && memcmp(to.key, from.key, to.count * sizeof *to.key) == 0) return;
  }
  for (unsigned a = 0; a < n; a++) {
    LLVMValueRef v = LLVMGetOperand(i, a);
    if (LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMPointerTypeKind || LLVMIsAFunction(v)) continue;
    char role = model_role(m, a);
    if (role == 'o' && format_letter(i, m, a) == 'p') role = '-';
    if (role == 'o' && format_letter(i, m, a) == 'n') role = 'w';
    int kind = role == 'w'             ? ACCESS_WRITE
               : role == 'b'           ? ACCESS_READ | ACCESS_WRITE
               : strchr(".odfv", role) ? ACCESS_READ
                                       : 0;
    if (kind) add_access(keys_reached(p, v), i, kind, false, (int)a);
  }
}

/* A call that goes through what its argument points at, and the locations that it gets to. */
struct reading {
  struct program *p;
  LLVMValueRef call;
  int argument;
  struct map seen;
  struct key **todo;
  size_t count;
};

static void get_to(struct reading *r, struct key *k) {
  if (!map_put(&r->seen, k, (void *)1)) return;
  audit_room(&r->todo, r->count, sizeof *r->todo);
  r->todo[r->count++] = k;
}

static void add_behind(struct reading *r, LLVMValueRef stored) {
  if (LLVMGetTypeKind(LLVMTypeOf(stored)) != LLVMPointerTypeKind || LLVMIsAFunction(stored) ||
      LLVMIsAConstantPointerNull(stored))
    return;
  struct keyset keys = keys_reached(r->p, stored);
  for (size_t k = 0; k < keys.count; k++) {
    size_t before = keys.key[k]->access_count;
    struct keyset one = { &keys.key[k], 1 };
    add_access(one, r->call, ACCESS_READ, false, r->argument);
    if (keys.key[k]->access_count > before) keys.key[k]->access[before].behind = true;
    get_to(r, keys.key[k]);
  }
}

/* Every field of the object. */
static void get_inside(struct reading *r, const struct key *whole) {
  struct map inside = { 0 };
  gather_structs(r->p, whole->owner, &inside, 0);
  for (size_t i = 0; i < r->p->key_count; i++) {
    struct key *k = r->p->key[i];
    bool in = k->owner && k->part == KEY_ONE && map_has(&inside, struct_id(r->p, k->owner));
    if (in || (whole->base && k->base == whole->base && k->is_field)) get_to(r, k);
  }
  map_free(&inside);
}

/* The pointers that are stored at what the call gets to. */
static void read_behind(struct reading *r) {
  for (size_t next = 0; next < r->count && !interrupt_pending(); next++) {
    struct key *key = r->todo[next];
    if (key->part == KEY_ANY_READ) {
      get_inside(r, key);
      continue;
    }
    for (size_t w = 0; w < key->access_count; w++)
      if (LLVMIsAStoreInst(key->access[w].inst)) add_behind(r, LLVMGetOperand(key->access[w].inst, 0));
    for (struct constant_at *c = key->constants; c; c = c->next) add_behind(r, c->value);
  }
}

/* A vector of texts or of buffers that a function outside of the program goes through: it reads what the pointers in
 * there point at. Known when all that writes the vector is. */
static void index_behind(struct program *p, LLVMValueRef i) {
  const struct model *m = model_of_call(p, i);
  if (!m || is_debug_call(i)) return;
  for (unsigned a = 0; a < LLVMGetNumArgOperands(i); a++) {
    LLVMValueRef v = LLVMGetOperand(i, a);
    char role = model_role(m, a);
    if (LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMPointerTypeKind || LLVMIsAFunction(v)) continue;
    if (role != 'd' && role != 'v' && !(role == 'b' && m->action == ACTION_ACT)) continue;
    struct keyset keys = keys_reached(p, v);
    struct reading r = { .p = p, .call = i, .argument = (int)a };
    for (size_t k = 0; k < keys.count; k++) get_to(&r, keys.key[k]);
    read_behind(&r);
    free(r.todo);
    map_free(&r.seen);
  }
}

static void index_instruction(struct program *p, LLVMValueRef i) {
  LLVMAtomicOrdering o;
  LLVMValueRef f;
  switch (LLVMGetInstructionOpcode(i)) {
  case LLVMLoad:
    o = LLVMGetOrdering(i);
    add_access(keys_of(p, LLVMGetOperand(i, 0)), i, ACCESS_READ, o != 0, -1);
    if (o != LLVMAtomicOrderingNotAtomic)
      add_site(p, i, "load", order_name(o), site_keys(keys_of(p, LLVMGetOperand(i, 0)), true), true, false);
    break;
  case LLVMStore:
    o = LLVMGetOrdering(i);
    add_access(keys_of(p, LLVMGetOperand(i, 1)), i, ACCESS_WRITE, o != 0, -1);
    if (o != LLVMAtomicOrderingNotAtomic)
      add_site(p, i, "store", order_name(o), site_keys(keys_of(p, LLVMGetOperand(i, 1)), false), false, false);
    break;
  case LLVMAtomicRMW:
    add_access(keys_of(p, LLVMGetOperand(i, 0)), i, ACCESS_READ | ACCESS_WRITE, true, -1);
    add_site(p, i, rmw_name(i), order_name(LLVMGetOrdering(i)), site_keys(keys_of(p, LLVMGetOperand(i, 0)), false),
             false, false);
    break;
  case LLVMAtomicCmpXchg:
    add_access(keys_of(p, LLVMGetOperand(i, 0)), i, ACCESS_READ | ACCESS_WRITE, true, -1);
    add_site(p, i, "cas", order_name(LLVMGetCmpXchgSuccessOrdering(i)),
             site_keys(keys_of(p, LLVMGetOperand(i, 0)), false), false, false);
    break;
  case LLVMFence: add_site(p, i, "fence", fence_order(i), (struct keyset){ 0 }, false, true); break;
  case LLVMCallBr: index_asm(p, i); break;
  case LLVMCall:
    f = called_function(p, i);
    if (is_asm(i)) index_asm(p, i);
    else if (f && LLVMIsDeclaration(f) && strncmp(value_name(f), "__atomic_", 9) == 0)
      index_library_atomic(p, i, value_name(f) + 9);
    else index_outside(p, i);
    break;
  default: break;
  }
}

/* Direct calls are callers; any other use of a function takes its address. */
static void index_uses(struct program *p, struct function *fn, LLVMValueRef v) {
  for (LLVMUseRef u = LLVMGetFirstUse(v); u; u = LLVMGetNextUse(u)) {
    LLVMValueRef user = LLVMGetUser(u);
    if (LLVMIsACallInst(user) && LLVMGetUsedValue(u) == LLVMGetCalledValue(user)) {
      bool as_argument = false;
      for (unsigned a = 0; a < LLVMGetNumArgOperands(user); a++) as_argument |= LLVMGetOperand(user, a) == v;
      fn->address_taken |= as_argument;
      fn->stored_taken |= as_argument;
      audit_room(&fn->call, fn->call_count, sizeof *fn->call);
      fn->call[fn->call_count++] = user;
    } else if ((LLVMIsAConstantExpr(user) && LLVMGetConstOpcode(user) == LLVMBitCast) || LLVMIsAGlobalAlias(user))
      index_uses(p, fn, user);
    else {
      fn->address_taken = true;
      fn->resolves |= LLVMIsAGlobalIFunc(user) != NULL;
      fn->stored_taken |= LLVMIsAInstruction(user) != NULL;
    }
  }
}

void ir_index(struct program *p) {
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f)) {
    /* declarations in other units add to their definition's callers */
    struct function *fn = function_of(p, f);
    if (!fn) {
      fn = audit_grow(NULL, sizeof *fn);
      memset(fn, 0, sizeof *fn);
      fn->value = definition_of(p, f);
      map_put(&p->functions, fn->value, fn);
    }
    index_uses(p, fn, f);
    /* a call by name may be of any of several definitions */
    for (LLVMValueRef d = fn->value != f ? next_namesake(p, fn->value) : NULL; d; d = next_namesake(p, d)) {
      struct function *same = function_of(p, d);
      if (!same) {
        same = audit_grow(NULL, sizeof *same);
        memset(same, 0, sizeof *same);
        same->value = d;
        map_put(&p->functions, d, same);
      }
      index_uses(p, same, f);
    }
  }
  surface_find(p);
  indirect_find(p);
  keys_of_initialisers(p);
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) index_instruction(p, i);
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
        if (LLVMIsACallInst(i) && !is_asm(i)) index_behind(p, i);
  views_find(p);
}

static void free_keysets(struct map *m) {
  for (size_t i = 0; i < m->room; i++)
    if (m->keys[i]) {
      struct keyset *s = m->values[i];
      free(s->key);
      free(s);
    }
  map_free(m);
}

void ir_free(struct program *p) {
  for (size_t i = 0; i < p->key_count; i++) {
    struct key *k = p->key[i];
    free(k->shown);
    free(k->access);
    free(k->link);
    map_free(&k->linked);
    for (struct constant_at *at = k->constants, *next; at; at = next) {
      next = at->next;
      free(at);
    }
    free(k->floor);
    free(k);
  }
  free(p->key);
  for (size_t i = 0; i < p->functions.room; i++)
    if (p->functions.keys[i]) {
      struct function *fn = p->functions.values[i];
      cfg_free(fn->cfg);
      free(fn->call);
      free(fn->indirect);
      free(fn);
    }
  free_keysets(&p->resolved);
  free_keysets(&p->reached);
  struct_names_free();
  for (size_t i = 0; i < p->site_count; i++) free(p->site[i].keys.key);
  free(p->site);
  free(p->unit);
  free(p->indirect);
  free(p->taken);
  indirect_free(p);
  free(p->bulk);
  map_free(&p->namesakes);
  map_free(&p->variables);
  map_free(&p->private_names);
  map_free(&p->asm_names);
  map_free(&p->surface);
  map_free(&p->definitions);
  map_free(&p->functions);
  map_free(&p->keys);
  map_free(&p->types);
  map_free(&p->globals);
  map_free(&p->files);
  map_free(&p->homes);
  intern_free(&p->names);
  free(p->incomplete_why);
  free(p->missing_why);
  for (size_t m = 0; m < p->module_count; m++) LLVMDisposeModule(p->module[m]);
  free(p->module);
  if (p->context) LLVMContextDispose(p->context);
  memset(p, 0, sizeof *p);
}
