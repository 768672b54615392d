/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crosscheck.c: crosscheck.h. */
#include "harness/audit/crosscheck.h"

#include <capstone/capstone.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/debug_file.h"
#include "harness/core/elf_sections.h"
#include "harness/core/foreign_file.h"
#include "harness/core/json_out.h"
#include "harness/core/units.h"

/* Compilers number a statement of several lines by its first or its last. */
enum { LINE_SLACK = 2 };

/* Paths of the debug record are absolute, or start at the build folder with ../ */
static bool same_file(const char *debug, const char *shown) {
  while (strncmp(debug, "../", 3) == 0) debug += 3;
  size_t d = strlen(debug), s = strlen(shown);
  const char *longer = d > s ? debug : shown, *shorter = d > s ? shown : debug;
  size_t more = d > s ? d - s : s - d;
  return strcmp(longer + more, shorter) == 0 && (more == 0 || longer[more - 1] == '/');
}

static bool is_locked(const cs_insn *i) {
  const cs_x86 *x = &i->detail->x86;
  if (x->prefix[0] == X86_PREFIX_LOCK) return true;
  if (i->id != X86_INS_XCHG) /* an exchange with memory locks by itself */
    return false;
  for (uint8_t o = 0; o < x->op_count; o++)
    if (x->operands[o].type == X86_OP_MEM) return true;
  return false;
}

static int add_insn(struct crosscheck *c, const cs_insn *i, Dwfl_Module *module, GElf_Addr bias) {
  struct crosscheck_insn *more = realloc(c->insn, (c->count + 1) * sizeof *more);
  if (!more) return -ENOMEM;
  c->insn = more;
  struct crosscheck_insn *n = &c->insn[c->count];
  memset(n, 0, sizeof *n);
  n->offset = i->address;
  if (asprintf(&n->text, "%s %s", i->mnemonic, i->op_str) < 0) return -ENOMEM;
  int line = 0;
  Dwfl_Line *at = dwfl_module_getsrc(module, i->address + bias);
  const char *file = at ? dwfl_lineinfo(at, NULL, &line, NULL, NULL, NULL) : NULL;
  n->file = file ? strdup(file) : NULL;
  n->line = (unsigned)line;
  c->count++;
  return 0;
}

static int scan_section(struct crosscheck *c, csh cs, Dwfl_Module *module, GElf_Addr bias, const uint8_t *code,
                        size_t size, uint64_t address) {
  cs_insn *i = cs_malloc(cs);
  int rc = i ? 0 : -ENOMEM;
  while (rc == 0 && cs_disasm_iter(cs, &code, &size, &address, i))
    if (i->id != 0 && is_locked(i)) rc = add_insn(c, i, module, bias);
  if (i) cs_free(i, 1);
  return rc;
}

static int scan_module(struct crosscheck *c, Dwfl_Module *module, struct error *err) {
  GElf_Addr bias = 0, dw_bias = 0;
  Elf *elf = dwfl_module_getelf(module, &bias);
  GElf_Ehdr head;
  csh cs;
  if (!elf || !gelf_getehdr(elf, &head))
    return error_raise(err, ERROR_UNMEASURED, -EINVAL, "%s is no ELF file", c->binary);
  if (head.e_machine != EM_X86_64)
    return error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "%s is not x86-64: only there locked instructions are read",
                       c->binary);
  if (!dwfl_module_getdwarf(module, &dw_bias)) {
    error_raise(err, ERROR_UNMEASURED, -ENODATA, "%s has no debug lines", c->binary);
    return error_advise(err, "compile with -g");
  }
  if (cs_open(CS_ARCH_X86, CS_MODE_64, &cs) != CS_ERR_OK)
    return error_raise(err, ERROR_INTERNAL, -EIO, "the disassembler cannot be started");
  cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON);
  cs_option(cs, CS_OPT_SKIPDATA, CS_OPT_ON);
  int rc = 0;
  for (Elf_Scn *s = elf_nextscn(elf, NULL); s && rc == 0; s = elf_nextscn(elf, s)) {
    GElf_Shdr h;
    Elf_Data *data =
        gelf_getshdr(s, &h) && (h.sh_flags & SHF_EXECINSTR) && h.sh_type == SHT_PROGBITS ? elf_getdata(s, NULL) : NULL;
    if (data && data->d_buf) rc = scan_section(c, cs, module, bias, data->d_buf, data->d_size, h.sh_addr);
  }
  cs_close(&cs);
  return rc ? error_set_errno(err, rc, "reading the instructions of %s", c->binary) : 0;
}

/* Stores and fences have one only where they are sequentially consistent, and then not always. */
static bool wants_lock(const struct audit_row *r) {
  static const char *const without[] = { "load", "store", "fence", "asm" };
  for (size_t i = 0; i < sizeof without / sizeof *without; i++)
    if (strcmp(r->op, without[i]) == 0) return false;
  return true;
}

/* Pairs instructions and rows at most `slack` lines apart. With slack, only what has no partner on
 * its own line takes part. */
static void pair(struct crosscheck *c, const struct audit_result *r, bool *found, unsigned slack) {
  bool *taken = calloc(c->count + r->row_count + 1, sizeof *taken), *row_taken = taken ? taken + c->count : NULL;
  for (size_t k = 0; taken && k < r->row_count; k++) {
    const struct audit_row *row = &r->rows[k];
    if (strcmp(row->op, "load") == 0 || found[k]) continue;
    for (size_t i = 0; i < c->count; i++) {
      struct crosscheck_insn *n = &c->insn[i];
      unsigned apart = n->line > row->line ? n->line - row->line : row->line - n->line;
      if (n->file && !n->matched && apart <= slack && same_file(n->file, row->file)) taken[i] = row_taken[k] = true;
    }
  }
  /* marked at the end: several copies of a site, and several sites of a line, share partners */
  for (size_t i = 0; taken && i < c->count; i++) c->insn[i].matched |= taken[i];
  for (size_t k = 0; taken && k < r->row_count; k++) found[k] |= row_taken[k];
  free(taken);
}

static int match(struct crosscheck *c, const struct audit_result *r) {
  bool *found = calloc(r->row_count + 1, sizeof *found);
  c->row = malloc((r->row_count + 1) * sizeof *c->row);
  if (!c->row || !found) {
    free(found);
    return -ENOMEM;
  }
  pair(c, r, found, 0);
  pair(c, r, found, LINE_SLACK);
  for (size_t k = 0; k < r->row_count; k++)
    if (!found[k] && wants_lock(&r->rows[k])) c->row[c->row_count++] = k;
  free(found);
  for (size_t i = 0; i < c->count; i++) c->unmatched += !c->insn[i].matched;
  return 0;
}

static int check_sections(int fd, const char *binary, struct error *err) {
  struct stat st;
  elf_version(EV_CURRENT);
  Elf *elf = fstat(fd, &st) == 0 ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
  int rc = elf != NULL ? elf_sections_check(elf, (uint64_t)st.st_size, binary, err) : 0;
  if (rc == 0 && elf != NULL) rc = debug_file_check_alternative(elf, binary, err);
  elf_end(elf);
  return rc;
}

int crosscheck_run(struct crosscheck *c, const char *binary, const struct audit_result *r, struct error *err) {
  static const Dwfl_Callbacks callbacks = { .find_elf = dwfl_build_id_find_elf,
                                            .find_debuginfo = debug_file_find,
                                            .section_address = dwfl_offline_section_address };
  memset(c, 0, sizeof *c);
  c->binary = strdup(binary);
  int fd = foreign_file_open(AT_FDCWD, binary, O_RDONLY, 0, err);
  int rc = fd < 0 ? error_set_kind(err, ERROR_USAGE) : check_sections(fd, binary, err);
  if (rc) {
    if (fd >= 0) close(fd);
    crosscheck_free(c);
    return rc;
  }
  Dwfl *dwfl = dwfl_begin(&callbacks);
  Dwfl_Module *module = dwfl ? dwfl_report_offline(dwfl, "binary", binary, fd) : NULL;
  if (dwfl) dwfl_report_end(dwfl, NULL, NULL);
  if (!module) close(fd);
  rc = module ? scan_module(c, module, err)
              : error_raise(err, ERROR_USAGE, -ENOENT, "cannot read %s: %s", binary, dwfl_errmsg(-1));
  if (rc == 0 && match(c, r)) rc = error_set_errno(err, -ENOMEM, "cross-check");
  if (dwfl) dwfl_end(dwfl);
  if (rc) crosscheck_free(c);
  return rc;
}

void crosscheck_free(struct crosscheck *c) {
  for (size_t i = 0; i < c->count; i++) {
    free(c->insn[i].text);
    free(c->insn[i].file);
  }
  free(c->insn);
  free(c->row);
  free(c->binary);
  memset(c, 0, sizeof *c);
}

void crosscheck_text(FILE *out, const struct crosscheck *c, const struct audit_result *r) {
  fprintf(out, "\ncross-check with %s: %zu locked instruction%s, %zu of no audited site\n", c->binary, c->count,
          units_plural(c->count, "", "s"), c->unmatched);
  for (size_t i = 0; i < c->count; i++)
    if (!c->insn[i].matched)
      fprintf(out, "  0x%llx %s (%s:%u)\n", (unsigned long long)c->insn[i].offset, c->insn[i].text,
              c->insn[i].file ? c->insn[i].file : "no debug line", c->insn[i].line);
  fprintf(out, "%zu audited read-modify-writes have no locked instruction\n", c->row_count);
  for (size_t k = 0; k < c->row_count; k++) {
    const struct audit_row *row = &r->rows[c->row[k]];
    fprintf(out, "  %s:%u %s of %s in %s()\n", row->file, row->line, row->op, row->variable, row->function);
  }
}

json_t *crosscheck_json(const struct crosscheck *c, const struct audit_result *r) {
  json_t *o = json_object(), *insns = json_array(), *rows = json_array();
  for (size_t i = 0; i < c->count; i++) {
    json_t *one = c->insn[i].matched ? NULL : json_object();
    if (!one) continue;
    json_object_set_new(one, "offset", json_integer((json_int_t)c->insn[i].offset));
    json_object_set_new(one, "insn", json_text(c->insn[i].text));
    json_object_set_new(one, "file", json_text(c->insn[i].file));
    json_object_set_new(one, "line", c->insn[i].file ? json_integer(c->insn[i].line) : json_null());
    json_array_append_new(insns, one);
  }
  for (size_t k = 0; k < c->row_count; k++) {
    const struct audit_row *row = &r->rows[c->row[k]];
    json_array_append_new(rows, json_pack("{s:s,s:i,s:s,s:s}", "file", row->file, "line", (int)row->line, "variable",
                                          row->variable, "op", row->op));
  }
  json_object_set_new(o, "binary", json_text(c->binary));
  json_object_set_new(o, "locked", json_integer((json_int_t)c->count));
  json_object_set_new(o, "binary_only", insns);
  json_object_set_new(o, "audit_only", rows);
  return o;
}
