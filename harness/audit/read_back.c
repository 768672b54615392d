/* SPDX-License-Identifier: GPL-3.0-or-later */
/* read_back.c: whether the program itself looks at what it printed (models.h). */
#include <stdlib.h>
#include <string.h>

#include "harness/audit/models.h"

/* Calls that say, or give back, what was written to the stream or descriptor that the argument is. */
static const struct {
  const char *function;
  unsigned argument;
} looks[] = {
  { "ftell", 0 },     { "ftello", 0 },  { "ftello64", 0 }, { "fgetpos", 0 },         { "fgetpos64", 0 },
  { "fstat", 0 },     { "fstat64", 0 }, { "__fxstat", 1 }, { "__fxstat64", 1 },      { "fstatat", 0 },
  { "fstatat64", 0 }, { "statx", 0 },   { "lseek", 0 },    { "lseek64", 0 },         { "read", 0 },
  { "readv", 0 },     { "pread", 0 },   { "pread64", 0 },  { "preadv", 0 },          { "preadv64", 0 },
  { "mmap", 4 },      { "mmap64", 4 },  { "sendfile", 1 }, { "copy_file_range", 0 }, { "splice", 0 },
  { "tee", 0 },       { "fgets", 2 },   { "fread", 3 },    { "fgetc", 0 },           { "getc", 0 },
  { "fscanf", 0 },    { "getline", 2 },
};

struct look {
  struct program *p;
  struct map seen;
  bool close; /* of constants alone: what is kept may be any */
};

static bool may_be(struct look *l, LLVMValueRef v, int depth);

/* What is kept there: a stream that is the standard one at times. */
static bool kept_may_be(struct look *l, LLVMValueRef pointer, int depth) {
  if (names_standard_stream(pointer)) return true;
  if (l->close) return false;
  struct keyset keys = keys_of(l->p, pointer);
  for (size_t k = 0; k < keys.count; k++) {
    struct key *key = keys.key[k];
    for (size_t a = 0; !key->loose && a < key->access_count; a++) {
      LLVMValueRef i = key->access[a].inst;
      if (LLVMIsAStoreInst(i) && (key->access[a].kind & ACCESS_WRITE) && may_be(l, LLVMGetOperand(i, 0), depth + 1))
        return true;
    }
    for (struct constant_at *at = key->constants; at && !key->loose; at = at->next)
      if (may_be(l, at->value, depth + 1)) return true;
  }
  return false;
}

static bool argument_may_be(struct look *l, LLVMValueRef v, int depth) {
  struct function *fn = function_of(l->p, LLVMGetParamParent(v));
  unsigned index = argument_index(v);
  for (size_t i = 0; fn && i < fn->call_count; i++)
    if (LLVMGetNumArgOperands(fn->call[i]) > index && may_be(l, LLVMGetOperand(fn->call[i], index), depth + 1))
      return true;
  return false;
}

static bool may_be(struct look *l, LLVMValueRef v, int depth) {
  if (depth > 12 || !map_put(&l->seen, v, (void *)1)) return false;
  if (LLVMIsAConstantInt(v)) return LLVMConstIntGetSExtValue(v) == 1 || LLVMConstIntGetSExtValue(v) == 2;
  if (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMBitCast) v = LLVMGetOperand(v, 0);
  if (LLVMIsABitCastInst(v) || LLVMIsASExtInst(v) || LLVMIsAZExtInst(v) || LLVMIsATruncInst(v) || LLVMIsAFreezeInst(v))
    return may_be(l, LLVMGetOperand(v, 0), depth + 1);
  if (LLVMIsALoadInst(v)) return kept_may_be(l, LLVMGetOperand(v, 0), depth);
  if (LLVMIsASelectInst(v))
    return may_be(l, LLVMGetOperand(v, 1), depth + 1) || may_be(l, LLVMGetOperand(v, 2), depth + 1);
  if (LLVMIsAPHINode(v)) {
    for (unsigned i = 0; i < LLVMCountIncoming(v); i++)
      if (may_be(l, LLVMGetIncomingValue(v, i), depth + 1)) return true;
    return false;
  }
  if (LLVMIsAArgument(v)) return argument_may_be(l, v, depth);
  LLVMValueRef f = LLVMIsACallInst(v) && !is_asm(v) ? called_function(l->p, v) : NULL;
  const char *name = f && LLVMIsDeclaration(f) ? value_name(f) : "";
  bool same = strcmp(name, "fileno") == 0 || strcmp(name, "fileno_unlocked") == 0 || strcmp(name, "dup") == 0 ||
              strcmp(name, "fdopen") == 0 || strcmp(name, "fcntl") == 0 || strcmp(name, "fcntl64") == 0;
  return same && may_be(l, LLVMGetOperand(v, 0), depth + 1);
}

/* Of a call that closes all from a descriptor on. */
static bool is_low(LLVMValueRef v) { return LLVMIsAConstantInt(v) && LLVMConstIntGetZExtValue(v) <= 2; }

static bool looks_back(struct program *p, LLVMValueRef call) {
  LLVMValueRef f = is_asm(call) ? NULL : called_function(p, call);
  const char *name = f && LLVMIsDeclaration(f) ? value_name(f) : "";
  unsigned n = f ? LLVMGetNumArgOperands(call) : 0;
  if (n && (strcmp(name, "closefrom") == 0 || strcmp(name, "close_range") == 0)) return is_low(LLVMGetOperand(call, 0));
  struct look l = { .p = p, .close = strcmp(name, "close") == 0 };
  bool found = l.close && n && may_be(&l, LLVMGetOperand(call, 0), 0);
  for (size_t i = 0; i < sizeof looks / sizeof *looks && !found && name[0]; i++)
    found = looks[i].argument < n && strcmp(looks[i].function, name) == 0 &&
            may_be(&l, LLVMGetOperand(call, looks[i].argument), 0);
  map_free(&l.seen);
  return found;
}

/* A call that opens the file to write to it and no more: /dev/stderr as a log. */
static bool only_writes(struct program *p, LLVMValueRef call) {
  enum { ACCESS_MODE = 03, WRITE_ONLY = 01 };
  LLVMValueRef f = LLVMIsACallInst(call) && !is_asm(call) ? called_function(p, call) : NULL;
  const char *name = f && LLVMIsDeclaration(f) ? value_name(f) : "";
  unsigned n = f ? LLVMGetNumArgOperands(call) : 0, at = strncmp(name, "openat", 6) == 0 ? 2 : 1;
  if (n <= at) return false;
  if (strcmp(name, "fopen") == 0 || strcmp(name, "fopen64") == 0 || strncmp(name, "freopen", 7) == 0) {
    char *mode = constant_text(LLVMGetOperand(call, 1));
    bool writes = mode && (mode[0] == 'w' || mode[0] == 'a') && !strchr(mode, '+');
    free(mode);
    return writes;
  }
  LLVMValueRef flags = LLVMGetOperand(call, at);
  return strncmp(name, "open", 4) == 0 && LLVMIsAConstantInt(flags) &&
         (LLVMConstIntGetZExtValue(flags) & ACCESS_MODE) == WRITE_ONLY;
}

static bool all_only_write(struct program *p, LLVMValueRef v) {
  for (LLVMUseRef u = LLVMGetFirstUse(v); u; u = LLVMGetNextUse(u)) {
    LLVMValueRef user = LLVMGetUser(u);
    if (LLVMIsAConstantExpr(user) ? !all_only_write(p, user) : !only_writes(p, user)) return false;
  }
  return true;
}

/* A name of the program's own descriptors. */
static bool names_standard(const char *path) {
  static const char *const names[] = { "/proc/self/fd", "/proc/thread-self/fd", "/dev/fd", "/dev/stdout",
                                       "/dev/stderr" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strncmp(path, names[i], strlen(names[i])) == 0) return true;
  return false;
}

bool reads_back_standard(struct program *p) {
  for (LLVMValueRef g = next_global(p, NULL); g; g = next_global(p, g)) {
    char *path = constant_text(g);
    bool found = path && names_standard(path) && !all_only_write(p, g);
    free(path);
    if (found) return true;
  }
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
        if (LLVMIsACallInst(i) && !is_debug_call(i) && looks_back(p, i)) return true;
  return false;
}
