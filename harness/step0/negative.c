/* SPDX-License-Identifier: GPL-3.0-or-later */
/* negative.c: see negative.h. Compilers align with no-operations, between functions and, behind a return or
 * a jump, within them. */
#include "harness/step0/negative.h"

#include <elf.h>
#include <gelf.h>
#include <string.h>

#include "harness/step0/code_flow.h"
#include "harness/step0/insn.h"

enum { FUNCTIONS_MAX = 400, BODY_MAX = 1 << 16 };

static bool carries_probe(const struct elf_object *o, uint64_t address, struct elf_place *place) {
  unsigned char code[16];
  struct insn in;
  struct error ignored = { 0 };
  *place = (struct elf_place){ .address = address };
  if (!elf_object_offset(o, address, &place->offset)) return false;
  size_t size = elf_object_read(o, place->offset, code, sizeof code);
  return insn_read(o->machine, code, size, address, &in, &ignored) == 0 && in.nop && !in.no_uprobe && !in.rewritten;
}

/* Behind what does not go on, and not jumped to by what is known whole. */
static bool unreachable_nop(const struct elf_object *o, const struct code_range *body, struct elf_place *place) {
  struct code_flow flow;
  bool found = false, dead = false;
  if (code_flow_read(o, body, 1, &flow) != 0) return false;
  for (size_t i = 1; i < flow.count && !flow.open && !found; i++) {
    const struct flow_insn *before = &flow.insn[i - 1], *in = &flow.insn[i];
    dead = !in->is_target && (before->kind == FLOW_END || before->kind == FLOW_JUMP || dead);
    found = dead && in->shape == 0 && carries_probe(o, in->address, place);
  }
  code_flow_free(&flow);
  return found;
}

/* The head of the linkage table (System V ABI, x86-64): push, jmp, and a no-operation up to 16 bytes. */
static bool table_filler(const struct elf_object *o, struct elf_place *place) {
  enum { ENTRY = 16, PUSH = 6 };
  size_t names;
  Elf_Scn *scn = NULL;
  if (o->machine != EM_X86_64 || elf_getshdrstrndx(o->elf, &names) != 0) return false;
  while ((scn = elf_nextscn(o->elf, scn)) != NULL) {
    GElf_Shdr sh;
    unsigned char b[ENTRY];
    uint64_t offset;
    const char *name = gelf_getshdr(scn, &sh) != NULL ? elf_strptr(o->elf, names, sh.sh_name) : NULL;
    if (name == NULL || strcmp(name, ".plt") != 0 || sh.sh_size < ENTRY) continue;
    if (!elf_object_offset(o, sh.sh_addr, &offset) || elf_object_read(o, offset, b, ENTRY) != ENTRY) return false;
    size_t bnd = b[PUSH] == 0xf2;
    if (b[0] != 0xff || b[1] != 0x35 || b[PUSH + bnd] != 0xff || b[PUSH + bnd + 1] != 0x25) return false;
    return carries_probe(o, sh.sh_addr + 2 * PUSH + bnd, place);
  }
  return false;
}

bool negative_place(const struct elf_object *o, struct elf_place *place, const char **what) {
  struct code_range body;
  *what = "alignment padding between two functions";
  if (elf_object_padding(o, place)) return true;
  *what = "alignment padding in the linkage table";
  if (table_filler(o, place)) return true;
  *what = "alignment padding within a function";
  for (size_t i = 0; i < FUNCTIONS_MAX && elf_object_nth_function(o, i, &body); i++)
    if (body.end - body.start <= BODY_MAX && unreachable_nop(o, &body, place)) return true;
  return false;
}
