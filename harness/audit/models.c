/* SPDX-License-Identifier: GPL-3.0-or-later */
/* models.c: models.h. */
#include "harness/audit/models.h"

#include <stdlib.h>
#include <string.h>

#include "harness/audit/names.h"

#define M(f, a, r, args) { #f, ACTION_##a, r, args },
static const struct model table[] = {
#include "harness/audit/models.def"
};
#undef M

/* Of intrinsics the name's beginning says it; those that are not here are unknown. */
static const struct model intrinsics[] = {
  { "llvm.memcpy", ACTION_CALM, '-', "w.d-" },     { "llvm.memmove", ACTION_CALM, '-', "w.d-" },
  { "llvm.memset", ACTION_CALM, '-', "w.d-" },     { "llvm.trap", ACTION_ACT, '-', "-" },
  { "llvm.debugtrap", ACTION_ACT, '-', "-" },      { "llvm.ubsantrap", ACTION_ACT, '-', "-" },
  { "llvm.x86.sse2.pause", ACTION_ACT, '-', "-" }, { "llvm.aarch64.hint", ACTION_ACT, '-', "-" },
  { "llvm.eh.sjlj", ACTION_ACT, '-', "a" },        { "llvm.va_start", ACTION_CALM, '-', "-" },
  { "llvm.va_end", ACTION_CALM, '-', "-" },        { "llvm.va_copy", ACTION_CALM, '-', "w." },
  { "llvm.dbg.", ACTION_CALM, '-', "-" },          { "llvm.lifetime.", ACTION_CALM, '-', "-" },
  { "llvm.assume", ACTION_CALM, '-', "-" },        { "llvm.experimental.noalias", ACTION_CALM, '-', "-" },
  { "llvm.stacksave", ACTION_CALM, '-', "-" },     { "llvm.stackrestore", ACTION_CALM, '-', "-" },
  { "llvm.prefetch", ACTION_CALM, '-', "-" },      { "llvm.invariant.", ACTION_CALM, '-', "-" },
  { "llvm.sideeffect", ACTION_CALM, '-', "-" },
};
static const char *const computing[] = {
  "llvm.expect",
  "llvm.umin",
  "llvm.umax",
  "llvm.smin",
  "llvm.smax",
  "llvm.abs",
  "llvm.ctpop",
  "llvm.ctlz",
  "llvm.cttz",
  "llvm.bswap",
  "llvm.bitreverse",
  "llvm.fshl",
  "llvm.fshr",
  "llvm.uadd.",
  "llvm.sadd.",
  "llvm.usub.",
  "llvm.ssub.",
  "llvm.umul.",
  "llvm.smul.",
  "llvm.objectsize",
  "llvm.is.constant",
  "llvm.annotation",
  "llvm.ptr.annotation",
  "llvm.ptrmask",
  "llvm.floor",
  "llvm.ceil",
  "llvm.sqrt",
  "llvm.fabs",
  "llvm.fmuladd",
  "llvm.frameaddress",
  "llvm.returnaddress",
  "llvm.threadlocal.address",
  "llvm.launder.",
  "llvm.strip.",
  "llvm.readcyclecounter",
  "llvm.x86.rdtsc",
  "llvm.vector.reduce",
  "llvm.trunc",
  "llvm.round",
  "llvm.rint",
  "llvm.x86.sse2.p",
  "llvm.x86.ssse3.p",
  "llvm.x86.sse41.p",
  "llvm.x86.avx2.p",
  "llvm.x86.sse42.crc32",
};
static const struct model computes = { "llvm", ACTION_CALM, 'v', "." };
static const struct model sink = { "sink", ACTION_LOG, '-', "o" };
static const struct model thread_act = { "pthread_", ACTION_ACT, '-', "b" };

static int by_name(const void *a, const void *b) {
  return strcmp(((const struct model *)a)->function, ((const struct model *)b)->function);
}

static bool named_in(const char *const *list, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (strncmp(list[i], name, strlen(list[i])) == 0) return true;
  return false;
}

bool is_given_sink(const char *f, char *const *sinks) {
  for (size_t i = 0; sinks && sinks[i]; i++)
    if (strcmp(sinks[i], f) == 0) return true;
  return false;
}

bool is_partial_sink(const char *f, unsigned argument, char *const *sinks) {
  size_t n = strlen(f);
  for (size_t i = 0; sinks && sinks[i]; i++)
    if (strncmp(sinks[i], f, n) == 0 && sinks[i][n] == ':' && strtoul(sinks[i] + n + 1, NULL, 10) == argument + 1ul)
      return true;
  return is_given_sink(f, sinks);
}

const struct model *model_of(const char *f, char *const *sinks) {
  static struct model sorted[sizeof table / sizeof *table];
  enum { COUNT = sizeof table / sizeof *table };
  if (!sorted[0].function) {
    memcpy(sorted, table, sizeof table);
    qsort(sorted, COUNT, sizeof *sorted, by_name);
  }
  if (is_given_sink(f, sinks)) return &sink;
  if (strncmp(f, "llvm.", 5) == 0) {
    for (size_t i = 0; i < sizeof intrinsics / sizeof *intrinsics; i++)
      if (strncmp(intrinsics[i].function, f, strlen(intrinsics[i].function)) == 0) return &intrinsics[i];
    return named_in(computing, sizeof computing / sizeof *computing, f) ? &computes : NULL;
  }
  const struct model key = { .function = f };
  const struct model *m = bsearch(&key, sorted, COUNT, sizeof *sorted, by_name);
  return m ? m : strncmp(f, "pthread_", 8) == 0 ? &thread_act : NULL;
}

const struct model *model_of_call(struct program *p, LLVMValueRef call) {
  LLVMValueRef f = called_function(p, call);
  if (!f || (!LLVMIsDeclaration(f) && !is_given_sink(value_name(f), p->sinks))) return NULL;
  return model_of(value_name(f), p->sinks);
}

char model_role(const struct model *m, unsigned argument) {
  size_t n = strlen(m->arguments);
  return argument < n ? m->arguments[argument] : m->arguments[n - 1];
}

char *constant_text(LLVMValueRef v) {
  while (LLVMIsAConstantExpr(v)) v = LLVMGetOperand(v, 0);
  LLVMValueRef init = LLVMIsAGlobalVariable(v) ? LLVMGetInitializer(v) : NULL;
  size_t n;
  if (!init || !LLVMIsAConstantDataSequential(init) || !LLVMIsConstantString(init)) return NULL;
  const char *t = LLVMGetAsString(init, &n);
  return strndup(t, n);
}

/* Conversions of a format in the order of their arguments. */
static char letter_at(const char *format, unsigned which) {
  for (const char *t = format; (t = strchr(t, '%')) != NULL;) {
    t++;
    if (*t == '%') {
      t++;
      continue;
    }
    for (; *t && !strchr("diouxXeEfFgGaAcspnm", *t); t++)
      if (*t == '*' && which-- == 0) return '*';
      else if (*t == '$') return 0; /* by number: not taken apart */
    if (*t == 'm') continue;
    if (*t && which-- == 0) return strchr("spn", *t) ? *t : 'd';
  }
  return 0;
}

char format_letter(LLVMValueRef call, const struct model *m, unsigned argument) {
  const char *f = strchr(m->arguments, 'f');
  unsigned at = f ? (unsigned)(f - m->arguments) : 0;
  if (!f || argument <= at || LLVMGetNumArgOperands(call) <= at) return 0;
  char *text = constant_text(LLVMGetOperand(call, at));
  char letter = text ? letter_at(text, argument - at - 1) : 0;
  free(text);
  return letter;
}

/* What leads to a stream or descriptor, through what keeps it. */
struct channel {
  struct program *p;
  struct map seen;
  bool standard; /* nothing but standard output and error will do */
};

static bool value_reports(struct channel *c, LLVMValueRef v, int depth);
static bool redirects(struct program *p);

static bool kept_reports(struct channel *c, LLVMValueRef pointer, int depth) {
  LLVMValueRef base = pointer;
  while (LLVMIsAConstantExpr(base) && LLVMGetConstOpcode(base) == LLVMBitCast) base = LLVMGetOperand(base, 0);
  if (LLVMIsAGlobalVariable(base) && LLVMIsDeclaration(base)) {
    const char *name = value_name(base);
    if (strcmp(name, "stderr") == 0 || strcmp(name, "stdout") == 0) return !redirects(c->p);
  }
  struct keyset keys = keys_of(c->p, pointer);
  if (!keys.count) return false;
  for (size_t k = 0; k < keys.count; k++) {
    struct key *key = keys.key[k];
    bool any = false;
    if (key->loose) return false;
    for (size_t a = 0; a < key->access_count; a++) {
      LLVMValueRef i = key->access[a].inst;
      if (!(key->access[a].kind & ACCESS_WRITE)) continue;
      if (!LLVMIsAStoreInst(i) || !value_reports(c, LLVMGetOperand(i, 0), depth + 1)) return false;
      any = true;
    }
    if (!any && !key->constants) return false;
    for (struct constant_at *at = key->constants; at; at = at->next)
      if (!LLVMIsAConstantPointerNull(at->value) && !value_reports(c, at->value, depth + 1)) return false;
  }
  return true;
}

static bool opened_for_people(struct channel *c, LLVMValueRef call, const char *name) {
  if (c->standard) return false;
  bool stream = strcmp(name, "fopen") == 0 || strcmp(name, "fopen64") == 0 || strncmp(name, "freopen", 7) == 0;
  char *path = stream || strncmp(name, "open", 4) == 0
                   ? constant_text(LLVMGetOperand(call, strncmp(name, "openat", 6) == 0 ? 1 : 0))
                   : NULL;
  bool nowhere = path && strcmp(path, "/dev/null") == 0;
  free(path);
  if (nowhere) return true;
  if (stream) {
    char *mode = LLVMGetNumArgOperands(call) > 1 ? constant_text(LLVMGetOperand(call, 1)) : NULL;
    bool appends = mode && mode[0] == 'a' && !strchr(mode, '+');
    free(mode);
    return appends;
  }
  enum { APPEND = 02000, BOTH = 02 };
  LLVMValueRef flags = strncmp(name, "open", 4) == 0 && LLVMGetNumArgOperands(call) > 1
                           ? LLVMGetOperand(call, strncmp(name, "openat", 6) == 0 ? 2 : 1)
                           : NULL;
  return flags && LLVMIsAConstantInt(flags) && (LLVMConstIntGetZExtValue(flags) & APPEND) &&
         !(LLVMConstIntGetZExtValue(flags) & BOTH);
}

static bool value_reports(struct channel *c, LLVMValueRef v, int depth) {
  if (depth > 12) return false;
  if (!map_put(&c->seen, v, (void *)1)) return true;
  if (LLVMIsAConstantInt(v)) {
    long long n = LLVMConstIntGetSExtValue(v);
    return ((n == 1 || n == 2) && !redirects(c->p)) || n == -1; /* -1: none yet */
  }
  if (LLVMIsAConstantPointerNull(v)) return true;
  if (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMBitCast) v = LLVMGetOperand(v, 0);
  if (LLVMIsABitCastInst(v) || LLVMIsASExtInst(v) || LLVMIsAZExtInst(v) || LLVMIsATruncInst(v))
    return value_reports(c, LLVMGetOperand(v, 0), depth + 1);
  if (LLVMIsALoadInst(v)) return kept_reports(c, LLVMGetOperand(v, 0), depth);
  if (LLVMIsASelectInst(v))
    return value_reports(c, LLVMGetOperand(v, 1), depth + 1) && value_reports(c, LLVMGetOperand(v, 2), depth + 1);
  if (LLVMIsAPHINode(v)) {
    for (unsigned i = 0; i < LLVMCountIncoming(v); i++)
      if (!value_reports(c, LLVMGetIncomingValue(v, i), depth + 1)) return false;
    return true;
  }
  if (LLVMIsACallInst(v)) {
    LLVMValueRef f = called_function(c->p, v);
    if (f && LLVMIsDeclaration(f)) {
      if (strcmp(value_name(f), "fileno") == 0) return value_reports(c, LLVMGetOperand(v, 0), depth + 1);
      return opened_for_people(c, v, value_name(f));
    }
    if (!f) return false;
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b)) {
      LLVMValueRef t = LLVMGetBasicBlockTerminator(b);
      if (t && LLVMIsAReturnInst(t) && LLVMGetNumOperands(t) == 1 && !value_reports(c, LLVMGetOperand(t, 0), depth + 1))
        return false;
    }
    return true;
  }
  if (LLVMIsAArgument(v)) {
    LLVMValueRef f = LLVMGetParamParent(v);
    struct function *fn = function_of(c->p, f);
    unsigned index = argument_index(v);
    if (!fn || fn->address_taken) return false;
    for (size_t i = 0; i < fn->call_count; i++)
      if (LLVMGetNumArgOperands(fn->call[i]) <= index ||
          !value_reports(c, LLVMGetOperand(fn->call[i], index), depth + 1))
        return false;
    /* a caller outside chose a stream to have the report on; a descriptor may be anything */
    bool stream = LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind;
    return has_outside_callers(c->p, f) ? stream : fn->call_count > 0;
  }
  return false;
}

bool names_standard_stream(LLVMValueRef pointer) {
  while (LLVMIsAConstantExpr(pointer) && LLVMGetConstOpcode(pointer) == LLVMBitCast)
    pointer = LLVMGetOperand(pointer, 0);
  const char *name = LLVMIsAGlobalVariable(pointer) && LLVMIsDeclaration(pointer) ? value_name(pointer) : "";
  return strcmp(name, "stderr") == 0 || strcmp(name, "stdout") == 0;
}

/* Whether this moves standard output or error elsewhere than to people. */
static bool moves_standard(struct channel *c, LLVMValueRef i) {
  if (LLVMIsAStoreInst(i)) return names_standard_stream(LLVMGetOperand(i, 1));
  LLVMValueRef f = LLVMIsACallInst(i) && !is_asm(i) ? called_function(c->p, i) : NULL;
  const char *name = f && LLVMIsDeclaration(f) ? value_name(f) : "";
  unsigned n = f ? LLVMGetNumArgOperands(i) : 0;
  if ((strcmp(name, "dup2") == 0 || strcmp(name, "dup3") == 0) && n >= 2) {
    LLVMValueRef to = LLVMGetOperand(i, 1);
    bool other = LLVMIsAConstantInt(to) && LLVMConstIntGetZExtValue(to) != 1 && LLVMConstIntGetZExtValue(to) != 2;
    return !other && !value_reports(c, LLVMGetOperand(i, 0), 0);
  }
  if (strncmp(name, "freopen", 7) == 0 && n == 3) return !opened_for_people(c, i, name);
  bool buffer =
      (strcmp(name, "setvbuf") == 0 || strcmp(name, "setbuf") == 0 || strcmp(name, "setbuffer") == 0) && n >= 2;
  return buffer && !LLVMIsAConstantPointerNull(LLVMGetOperand(i, 1));
}

static bool redirects(struct program *p) {
  if (p->redirects_known) return p->redirects;
  p->redirects_known = true; /* before it is known: a copy of standard output onto error moves nothing */
  p->redirects = reads_back_standard(p);
  for (LLVMValueRef f = next_function(p, NULL); f && !p->redirects; f = next_function(p, f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
        struct channel c = { .p = p };
        p->redirects |= moves_standard(&c, i);
        map_free(&c.seen);
      }
  return p->redirects;
}

bool channel_reports(struct program *p, LLVMValueRef call, const struct model *m, const char **why) {
  *why = "to where the program, or another, may read it back";
  for (unsigned a = 0; a < LLVMGetNumArgOperands(call); a++) {
    char role = model_role(m, a);
    if (role != 'F' && role != 'S') continue;
    struct channel c = { .p = p, .standard = strcmp(m->function, "fflush") == 0 };
    bool good = value_reports(&c, LLVMGetOperand(call, a), 0);
    map_free(&c.seen);
    return good;
  }
  /* the system's log, or a function of which the user said it; others without a channel write to the standard one */
  return strstr(m->function, "syslog") || strcmp(m->function, "sink") == 0 || !redirects(p);
}
