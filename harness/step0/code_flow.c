/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code_flow.c: see code_flow.h. Jump tables are recognised as compilers write them: a table of distances
 * whose address is loaded (lea), or of addresses that a jump indexes. */
#include "harness/step0/code_flow.h"

#include <capstone/capstone.h>
#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "harness/step0/code_repeat.h"

/* More is no function that somebody wrote: generated tables, and a file that lies. */
enum { BODY_MAX = 4 << 20, TABLE_MAX = 4096 };

static int by_address(const void *a, const void *b) {
  const struct flow_insn *x = a, *y = b;
  return x->address < y->address ? -1 : x->address > y->address;
}

size_t code_flow_at(const struct code_flow *f, uint64_t address) {
  struct flow_insn key = { .address = address };
  const struct flow_insn *found = f->count > 0 ? bsearch(&key, f->insn, f->count, sizeof key, by_address) : NULL;
  return found != NULL ? (size_t)(found - f->insn) : f->count;
}

static bool add(struct code_flow *f, size_t *room, const struct flow_insn *in) {
  if (f->count == *room) {
    *room = *room != 0 ? 2 * *room : 256;
    struct flow_insn *grown = reallocarray(f->insn, *room, sizeof *grown);
    if (grown == NULL) return false;
    f->insn = grown;
  }
  f->insn[f->count++] = *in;
  return true;
}

struct tables { /* where tables of jumps may be */
  uint64_t address[256];
  size_t count;
};

static void note_table(struct tables *t, uint64_t address) {
  if (t->count < sizeof t->address / sizeof *t->address) t->address[t->count++] = address;
}

static enum flow_kind kind_of(csh h, const cs_insn *in, uint64_t *target, struct tables *tables) {
  const cs_x86 *x = &in->detail->x86;
  *target = 0;
  for (int i = 0; i < x->op_count; i++) {
    const cs_x86_op *op = &x->operands[i];
    if (op->type != X86_OP_MEM) continue;
    if (in->id == X86_INS_LEA && op->mem.base == X86_REG_RIP)
      note_table(tables, in->address + in->size + (uint64_t)op->mem.disp);
    /* jmp *table(,%rax,8), and mov table(,%rax,8), %rax before a jump */
    if (op->mem.base == X86_REG_INVALID && op->mem.index != X86_REG_INVALID && op->mem.disp > 0)
      note_table(tables, (uint64_t)op->mem.disp);
  }
  bool direct = x->op_count == 1 && x->operands[0].type == X86_OP_IMM;
  if (cs_insn_group(h, in, X86_GRP_CALL)) return FLOW_CALL;
  if (cs_insn_group(h, in, X86_GRP_JUMP)) {
    if (!direct) return FLOW_INDIRECT;
    *target = (uint64_t)x->operands[0].imm;
    return in->id == X86_INS_JMP ? FLOW_JUMP : FLOW_BRANCH;
  }
  if (cs_insn_group(h, in, X86_GRP_RET) || cs_insn_group(h, in, X86_GRP_IRET) || in->id == X86_INS_UD2 ||
      in->id == X86_INS_HLT || in->id == X86_INS_INT3)
    return FLOW_END;
  return FLOW_NEXT;
}

static int decode(const struct elf_object *o, const struct code_range *body, struct code_flow *f, size_t *room, csh h,
                  cs_insn *in, struct tables *tables) {
  uint64_t offset, size = body->end - body->start;
  if (size == 0 || size > BODY_MAX || !elf_object_offset(o, body->start, &offset)) return -EILSEQ;
  uint8_t *code = malloc(size);
  if (code == NULL) return -ENOMEM;
  size_t left = elf_object_read(o, offset, code, size);
  const uint8_t *at = code;
  uint64_t address = body->start;
  int rc = 0;
  while (left > 0 && rc == 0 && cs_disasm_iter(h, &at, &left, &address, in)) {
    struct flow_insn one = { .address = in->address, .length = (unsigned char)in->size };
    one.kind = kind_of(h, in, &one.target, tables);
    one.shape = code_shape(in);
    if (!add(f, room, &one)) rc = -ENOMEM;
  }
  free(code);
  return rc == 0 && left > 0 ? -EILSEQ : rc;
}

static bool within(const struct code_range *body, size_t bodies, uint64_t address) {
  for (size_t i = 0; i < bodies; i++)
    if (address >= body[i].start && address < body[i].end) return true;
  return false;
}

static bool mark(struct code_flow *f, uint64_t address) {
  size_t i = code_flow_at(f, address);
  if (i == f->count) return false;
  f->insn[i].is_target = true;
  return true;
}

static bool data_at(const struct elf_object *o, uint64_t address, void *buf, size_t size) {
  size_t count;
  if (elf_getphdrnum(o->elf, &count) != 0) return false;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr ph;
    if (gelf_getphdr(o->elf, (int)i, &ph) == NULL || ph.p_type != PT_LOAD) continue;
    if (address < ph.p_vaddr || address - ph.p_vaddr >= ph.p_filesz) continue;
    return elf_object_read(o, ph.p_offset + (address - ph.p_vaddr), buf, size) == size;
  }
  return false;
}

/* Each entry that lies within the function is a target. True: there was one. */
static bool read_table(const struct elf_object *o, const struct code_range *body, size_t bodies, uint64_t table,
                       struct code_flow *f) {
  size_t near = 0, far = 0;
  for (int32_t distance; near < TABLE_MAX && data_at(o, table + 4 * near, &distance, sizeof distance); near++) {
    uint64_t to = table + (uint64_t)(int64_t)distance;
    if (distance == 0 || !within(body, bodies, to) || !mark(f, to)) break;
    f->again |= to == body[0].start;
  }
  for (uint64_t to; far < TABLE_MAX && data_at(o, table + 8 * far, &to, sizeof to); far++)
    if (within(body, bodies, to) && mark(f, to)) f->again |= to == body[0].start;
    else break;
  return near + far > 0;
}

int code_flow_read(const struct elf_object *o, const struct code_range *body, size_t bodies, struct code_flow *f) {
  csh h;
  struct tables tables = { .count = 0 };
  size_t room = 0;
  memset(f, 0, sizeof *f);
  if (o->machine != EM_X86_64 || bodies == 0) return -ENOTSUP;
  if (cs_open(CS_ARCH_X86, CS_MODE_64, &h) != CS_ERR_OK) return -ENOTSUP;
  cs_option(h, CS_OPT_DETAIL, CS_OPT_ON);
  cs_insn *in = cs_malloc(h);
  int rc = in != NULL ? 0 : -ENOMEM;
  for (size_t i = 0; i < bodies && rc == 0; i++) rc = decode(o, &body[i], f, &room, h, in, &tables);
  if (in != NULL) cs_free(in, 1);
  cs_close(&h);
  if (rc != 0) {
    code_flow_free(f);
    return rc;
  }
  qsort(f->insn, f->count, sizeof *f->insn, by_address);
  f->entry = code_flow_at(f, body[0].start);
  bool indirect = false, table = false;
  for (size_t i = 0; i < f->count; i++) {
    indirect |= f->insn[i].kind == FLOW_INDIRECT;
    f->again |= f->insn[i].target == body[0].start && f->insn[i].kind != FLOW_CALL;
    if (f->insn[i].target != 0 && within(body, bodies, f->insn[i].target) && !mark(f, f->insn[i].target))
      f->open = true; /* into the middle of an instruction */
  }
  for (size_t i = 0; i < bodies; i++) mark(f, body[i].start);
  for (size_t i = 0; i < tables.count; i++) table |= read_table(o, body, bodies, tables.address[i], f);
  f->open |= indirect && !table;
  return 0;
}

void code_flow_free(struct code_flow *f) {
  free(f->insn);
  memset(f, 0, sizeof *f);
}

/* The next in memory, where it is next. */
static size_t behind(const struct code_flow *f, size_t i) {
  return i + 1 < f->count && f->insn[i + 1].address == f->insn[i].address + f->insn[i].length ? i + 1 : f->count;
}

static bool falls_into(const struct code_flow *f, size_t i) {
  return i > 0 && behind(f, i - 1) == i && f->insn[i - 1].kind <= FLOW_BRANCH && f->insn[i - 1].kind != FLOW_JUMP;
}

bool code_flow_neighbour(const struct code_flow *f, uint64_t address, bool (*suits)(void *context, uint64_t address),
                         void *context, uint64_t *found) {
  size_t at = code_flow_at(f, address);
  if (at == f->count || f->open) return false;
  /* what nothing known leads to is no code of the straight line (padding, a landing of an exception) */
  if (!f->insn[at].is_target && !falls_into(f, at)) return false;
  for (size_t i = at; f->insn[i].kind == FLOW_NEXT;) {
    i = behind(f, i);
    if (i == f->count || f->insn[i].is_target) break;
    if (suits(context, f->insn[i].address)) {
      *found = f->insn[i].address;
      return true;
    }
  }
  for (size_t i = at; !f->insn[i].is_target && i > 0; i--) {
    if (behind(f, i - 1) != i || f->insn[i - 1].kind != FLOW_NEXT) break;
    if (suits(context, f->insn[i - 1].address)) {
      *found = f->insn[i - 1].address;
      return true;
    }
  }
  return false;
}

/* --- entries of an inlined copy ----------------------------------------------------------------- */

struct copy {
  const struct code_flow *f;
  const struct code_range *range;
  size_t ranges;
  unsigned char *seen;
  size_t *stack;
};

static bool inside(const struct copy *c, size_t i) { return within(c->range, c->ranges, c->f->insn[i].address); }

static size_t target_of(const struct code_flow *f, size_t i) {
  return f->insn[i].target != 0 ? code_flow_at(f, f->insn[i].target) : f->count;
}

/* Can control come from `from`'s successors to `to` without passing `around`, within the copy alone where
 * only_inside? */
static bool reaches(const struct copy *c, size_t from, size_t to, size_t around, bool only_inside) {
  const struct code_flow *f = c->f;
  memset(c->seen, 0, f->count);
  size_t depth = 0;
  c->stack[depth++] = from;
  while (depth > 0) {
    size_t i = c->stack[--depth];
    size_t next[2] = { f->count, target_of(f, i) };
    if (f->insn[i].kind <= FLOW_BRANCH && f->insn[i].kind != FLOW_JUMP) next[0] = behind(f, i);
    for (int k = 0; k < 2; k++) {
      size_t n = next[k];
      if (n == f->count || c->seen[n] || n == around || (only_inside && !inside(c, n))) continue;
      if (n == to) return true;
      c->seen[n] = 1;
      c->stack[depth++] = n;
    }
  }
  return false;
}

static bool is_head(const struct copy *c, size_t i) {
  const struct code_flow *f = c->f;
  if (!inside(c, i)) return false;
  if (falls_into(f, i) && !inside(c, i - 1)) return true;
  if (!f->insn[i].is_target) return false;
  bool own = false; /* else it is jumped to through a table, or called */
  for (size_t k = 0; k < f->count; k++) {
    if (f->insn[k].target != f->insn[i].address) continue;
    if (!inside(c, k)) return true;
    own = true;
  }
  return i == f->entry || !own;
}

static bool add_term(struct flow_count *out, uint64_t address, int weight) {
  for (size_t i = 0; i < out->terms; i++)
    if (out->term[i].address == address && out->term[i].weight == -weight) { /* they cancel out */
      out->term[i] = out->term[--out->terms];
      return true;
    }
  if (out->terms == FLOW_TERMS_MAX) return false;
  out->term[out->terms++] = (struct flow_term){ address, weight };
  return true;
}

/* Count of a jump that is taken: its passes, less those behind it, where only it leads there. */
static bool add_taken(const struct code_flow *f, size_t jump, int weight, struct flow_count *out) {
  if (!add_term(out, f->insn[jump].address, weight)) return false;
  if (f->insn[jump].kind == FLOW_JUMP) return true;
  size_t next = behind(f, jump);
  return next != f->count && !f->insn[next].is_target && add_term(out, f->insn[next].address, -weight);
}

/* Does control come back from there within the copy? What was moved in front of the caller's loop leads to
 * the head from within, too, and is no way back. */
static bool comes_back(const struct copy *c, size_t head, size_t from) {
  return inside(c, from) && (from == head || reaches(c, head, from, c->f->count, true));
}

/* Entries through one head: its passes, less what comes back from within; else what comes from outside. */
static bool add_head(const struct copy *c, size_t head, struct flow_count *out) {
  const struct code_flow *f = c->f;
  struct flow_count less = *out, more = *out;
  bool back = false, less_known = add_term(&less, f->insn[head].address, 1), more_known = true;
  if (falls_into(f, head)) {
    bool own = comes_back(c, head, head - 1), plain = f->insn[head - 1].kind == FLOW_NEXT;
    back |= own;
    if (own) less_known = less_known && plain && add_term(&less, f->insn[head - 1].address, -1);
    else more_known = plain && add_term(&more, f->insn[head - 1].address, 1);
  }
  for (size_t k = 0; k < f->count; k++) {
    if (f->insn[k].target != f->insn[head].address) continue;
    bool own = comes_back(c, head, k);
    back |= own;
    if (own) less_known = less_known && add_taken(f, k, -1, &less);
    else more_known = more_known && add_taken(f, k, 1, &more);
  }
  if (!back || less_known) *out = less;
  else if (more_known && head != f->entry) *out = more;
  else {
    add_term(out, f->insn[head].address, 1);
    return false;
  }
  return !f->open || !back;
}

/* Of all places where control comes in: a path that goes out and in again (the compiler mixes the
 * caller's instructions in) is one entry; what was moved out of the caller's loop is none. */
static size_t choose_heads(const struct copy *c, size_t *head, size_t count, bool *exact) {
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < count; k++) {
      if (i == k || i >= count || k >= count) continue;
      if (!reaches(c, head[i], head[k], c->f->count, false)) continue; /* not behind it */
      bool dominated =
          head[i] == c->f->entry || (head[k] != c->f->entry && !reaches(c, c->f->entry, head[k], head[i], false));
      if (!dominated) continue;
      /* can the later one be passed again without the earlier one? */
      if (!reaches(c, head[k], head[k], head[i], false) || reaches(c, head[k], head[k], head[i], true)) {
        head[k] = head[--count];
        k = (size_t)-1;
      } else { /* by the caller's loop: the earlier one stands in front of it */
        head[i] = head[--count];
        i = (size_t)-1;
        break;
      }
    }
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < count; k++)
      if (i != k && reaches(c, head[i], head[k], c->f->count, true)) *exact = false;
  return count;
}

/* The straight line of the copy's code from a head on, up to the next head. */
struct piece {
  size_t start, end;
};

static struct piece piece_at(const struct copy *c, size_t head, const size_t *all, size_t count) {
  struct piece p = { head, head };
  do {
    size_t next = behind(c->f, p.end++);
    if (next == c->f->count || !inside(c, next)) break;
    for (size_t i = 0; i < count; i++)
      if (all[i] == next) return p;
  } while (true);
  return p;
}

static uint16_t first_shape(const struct code_flow *f, const struct piece *p) {
  for (size_t i = p->start; i < p->end; i++)
    if (f->insn[i].shape != 0) return f->insn[i].shape;
  return 0;
}

static size_t common_shapes(const struct code_flow *f, const struct piece *a, const struct piece *b) {
  size_t n = 0;
  for (size_t i = a->start; i < a->end; i++) {
    bool found = false;
    for (size_t k = b->start; k < b->end && !found; k++) found = f->insn[k].shape == f->insn[i].shape;
    n += found;
  }
  return n;
}

/* The compiler repeats a copy where it unrolls the caller's loop, and tells of one copy all the same: is the
 * code at `other` the copy's beginning once more, or what the caller's instructions were mixed into?
 * maybe: it cannot be told. */
static bool is_repeated(const struct copy *c, const struct piece *first, const struct piece *other, bool *maybe) {
  size_t n = first->end - first->start, m = other->end - other->start;
  uint16_t begin = first_shape(c->f, first);
  bool begins = begin == 0;
  for (size_t i = other->start; i < other->end && !begins; i++) begins = c->f->insn[i].shape == begin;
  if (!begins) return false;
  *maybe = true;
  return 2 * common_shapes(c->f, first, other) >= n && 2 * common_shapes(c->f, other, first) >= m;
}

/* Adds those of `all` that repeat one that is counted. */
static size_t add_repeated(const struct copy *c, size_t *head, size_t heads, size_t room, const size_t *all,
                           size_t count, bool *exact) {
  size_t kept = heads;
  for (size_t i = 0; i < count; i++) {
    bool counted = false, repeated = false, maybe = false;
    for (size_t k = 0; k < heads && !counted; k++) counted = head[k] == all[i];
    struct piece p = piece_at(c, all[i], all, count);
    for (size_t k = 0; k < kept && !counted && !repeated; k++) {
      struct piece first = piece_at(c, head[k], all, count);
      repeated = is_repeated(c, &first, &p, &maybe);
    }
    *exact &= !maybe;
    if (repeated && heads < room) head[heads++] = all[i];
  }
  return heads;
}

bool code_flow_entries(const struct code_flow *f, const struct code_range *range, size_t ranges, uint64_t entry,
                       struct flow_count *out) {
  enum { HEADS_MAX = 64 };
  size_t head[HEADS_MAX], all[HEADS_MAX], heads = 0, count = 0;
  struct copy c = { f, range, ranges, calloc(f->count + 1, 1), calloc(2 * f->count + 2, sizeof(size_t)) };
  memset(out, 0, sizeof *out);
  out->exact = true;
  if (c.seen != NULL && c.stack != NULL) {
    for (size_t i = 0; i < f->count && out->exact; i++)
      if (is_head(&c, i)) {
        if (count == HEADS_MAX) out->exact = false;
        else all[count++] = i;
      }
    size_t told = entry != 0 ? code_flow_at(f, entry) : f->count;
    if (told != f->count) head[heads++] = told;
    else memcpy(head, all, (heads = count) * sizeof *head);
    if (heads > 1) heads = choose_heads(&c, head, heads, &out->exact);
    /* two ways in: of a copy, or of two turns that became one */
    if (told == f->count && heads > 1) out->exact = false;
    heads = add_repeated(&c, head, heads, HEADS_MAX, all, count, &out->exact);
    for (size_t i = 0; i < heads; i++) out->exact &= add_head(&c, head[i], out);
  }
  free(c.seen);
  free(c.stack);
  return out->terms > 0;
}
