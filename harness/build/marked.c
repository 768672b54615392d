/* SPDX-License-Identifier: GPL-3.0-or-later */
/* marked.c: see marked.h. */
#include "harness/build/marked.h"

#include <capstone/capstone.h>
#include <stdlib.h>
#include <string.h>

#include "harness/build/object_file.h"

/* One function's section without its nops. */
struct stream {
  cs_insn *insn;
  size_t count;
  size_t *kept; /* indices into insn */
  size_t kept_count;
  const uint8_t *relocated; /* a flag for each byte */
};

static int disassembler(const struct object_file *o, csh *h, struct error *err) {
  GElf_Ehdr e;
  gelf_getehdr(o->elf, &e);
  bool x86 = e.e_machine == EM_X86_64;
  if (!x86 && e.e_machine != EM_AARCH64)
    return error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "a machine whose code is not compared");
  if (cs_open(x86 ? CS_ARCH_X86 : CS_ARCH_ARM64, x86 ? CS_MODE_64 : CS_MODE_ARM, h) != CS_ERR_OK)
    return error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "no disassembler");
  cs_option(*h, CS_OPT_DETAIL, CS_OPT_ON);
  return 0;
}

static Elf_Scn *code_section(const struct object_file *o, const char *name) {
  GElf_Shdr h;
  for (Elf_Scn *s = NULL; (s = object_file_next(o, s, &h)) != NULL;)
    if ((h.sh_flags & SHF_EXECINSTR) && strcmp(object_file_section_name(o, &h), name) == 0) return s;
  return NULL;
}

static bool is_nop(const cs_insn *i) {
  return strncmp(i->mnemonic, "nop", 3) == 0 || strncmp(i->mnemonic, "data16", 6) == 0 ||
         (strcmp(i->mnemonic, "xchg") == 0 && strcmp(i->op_str, "ax, ax") == 0);
}

static void stream_free(struct stream *s) {
  if (s->count) cs_free(s->insn, s->count);
  free(s->kept);
  free((void *)s->relocated);
}

static bool stream_open(struct stream *s, const struct object_file *o, Elf_Scn *section, csh h) {
  Elf_Data *bytes = elf_getdata(section, NULL);
  memset(s, 0, sizeof *s);
  uint8_t *flags = calloc(bytes->d_size + 1, 1);
  s->relocated = flags;
  GElf_Shdr sh;
  for (Elf_Scn *r = NULL; flags && (r = object_file_next(o, r, &sh)) != NULL;) {
    GElf_Rela x;
    if (sh.sh_type != SHT_RELA || sh.sh_info != elf_ndxscn(section)) continue;
    for (size_t i = 0; i < sh.sh_size / sh.sh_entsize; i++)
      if (gelf_getrela(elf_getdata(r, NULL), (int)i, &x) && x.r_offset < bytes->d_size) flags[x.r_offset] = 1;
  }
  s->count = bytes->d_size ? cs_disasm(h, bytes->d_buf, bytes->d_size, 0, 0, &s->insn) : 0;
  s->kept = calloc(s->count + 1, sizeof *s->kept);
  for (size_t i = 0; s->kept && i < s->count; i++)
    if (!is_nop(&s->insn[i])) s->kept[s->kept_count++] = i;
  return flags && s->kept;
}

/* Number of kept instructions before this address: where a jump leads, whatever nops are there. */
static size_t position(const struct stream *s, uint64_t address) {
  size_t n = 0;
  while (n < s->kept_count && s->insn[s->kept[n]].address < address) n++;
  return n;
}

static bool has_relocation(const struct stream *s, const cs_insn *i) {
  for (uint64_t b = i->address; b < i->address + i->size; b++)
    if (s->relocated[b]) return true;
  return false;
}

static uint64_t jump_target(csh h, const cs_insn *i, bool *jumps) {
  *jumps = false;
  if (!cs_insn_group(h, i, CS_GRP_JUMP) && !cs_insn_group(h, i, CS_GRP_CALL)) return 0;
  const char *at = strrchr(i->op_str, ' ');
  at = at ? at + 1 : i->op_str;
  at += *at == '#';
  char *end;
  uint64_t target = strtoull(at, &end, 0);
  *jumps = end != at && *end == '\0';
  return target;
}

static bool same(csh h, const struct stream *a, const struct stream *b) {
  if (a->kept_count != b->kept_count) return false;
  for (size_t k = 0; k < a->kept_count; k++) {
    const cs_insn *x = &a->insn[a->kept[k]], *y = &b->insn[b->kept[k]];
    bool jump_x, jump_y, relocated = has_relocation(a, x);
    if (strcmp(x->mnemonic, y->mnemonic) != 0 || relocated != has_relocation(b, y)) return false;
    uint64_t to_x = jump_target(h, x, &jump_x), to_y = jump_target(h, y, &jump_y);
    if (jump_x != jump_y) return false;
    if (jump_x ? !relocated && position(a, to_x) != position(b, to_y) : strcmp(x->op_str, y->op_str) != 0) return false;
  }
  return true;
}

static int compare_object(const char *marked, const char *timed, struct words *differ, struct error *err) {
  struct object_file a = OBJECT_FILE_CLOSED, b = OBJECT_FILE_CLOSED;
  csh h = 0;
  int rc = object_file_open(&a, marked, err);
  if (rc == 0) rc = object_file_open(&b, timed, err);
  if (rc == 0) rc = disassembler(&b, &h, err);
  GElf_Shdr sh;
  for (Elf_Scn *s = NULL; rc == 0 && (s = object_file_next(&b, s, &sh)) != NULL;) {
    if (!(sh.sh_flags & SHF_EXECINSTR) || sh.sh_size == 0) continue;
    const char *name = object_file_section_name(&b, &sh);
    Elf_Scn *other = code_section(&a, name);
    struct stream x = { 0 }, y = { 0 };
    bool equal = other && stream_open(&x, &a, other, h) && stream_open(&y, &b, s, h) && same(h, &x, &y);
    if (!equal)
      rc = words_add(differ, "%s", strncmp(name, ".text.", 6) == 0 ? name + 6 : name)
               ? error_set_errno(err, -ENOMEM, "comparing")
               : 0;
    stream_free(&x);
    stream_free(&y);
  }
  if (h) cs_close(&h);
  object_file_close(&a);
  object_file_close(&b);
  return rc;
}

int marked_compare(const struct words *marked, const struct words *timed, struct words *differ, struct error *err) {
  int rc = marked->count == timed->count
               ? 0
               : error_raise(err, ERROR_INTERNAL, -EINVAL, "the marked build has other objects");
  for (size_t i = 0; i < timed->count && rc == 0; i++)
    rc = compare_object(marked->word[i], timed->word[i], differ, err);
  return rc;
}
