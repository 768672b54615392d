/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code_repeat.c: see code_repeat.h. A judgement by the look of the code: it errs towards "may be". */
#include "harness/step0/code_repeat.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* Compilers unroll no body of so many instructions. */
enum { INSNS_MAX = 1024, BYTES_MAX = 16 * INSNS_MAX };

uint16_t code_shape(const cs_insn *in) {
  const cs_x86 *x = &in->detail->x86;
  if (in->id == X86_INS_NOP) return 0;
  unsigned shape = in->id;
  for (int i = 0; i < x->op_count; i++) shape = shape * 5 + x->operands[i].type + 1;
  return (uint16_t)(shape % UINT16_MAX + 1);
}

/* Arithmetic on several values at once. Moves are used for structures, and logic for single floats. */
static bool is_packed(const cs_insn *in) {
  static const char *const packed[] = { "padd",  "psub",  "pmul",   "pmadd",  "pcmp",   "pmin", "pmax",  "pabs",
                                        "psll",  "psrl",  "psra",   "pshuf",  "punp",   "pack", "pavg",  "psad",
                                        "addp",  "subp",  "mulp",   "divp",   "minp",   "maxp", "sqrtp", "cmpp",
                                        "fmadd", "fmsub", "fnmadd", "gather", "pgather" };
  const char *name = in->mnemonic[0] == 'v' ? in->mnemonic + 1 : in->mnemonic;
  size_t n = strlen(name);
  if (strncmp(name, "fm", 2) == 0 || strncmp(name, "fn", 2) == 0) return n > 2 && name[n - 2] == 'p';
  for (size_t i = 0; i < sizeof packed / sizeof *packed; i++)
    if (strncmp(name, packed[i], strlen(packed[i])) == 0) return true;
  return false;
}

/* Most instructions have a like one as many places behind: twice the same and more. */
static bool is_periodic(const uint16_t *shape, size_t n) {
  for (size_t period = 1; 2 * period <= n; period++) {
    size_t same = 0;
    for (size_t i = 0; i + period < n; i++) same += shape[i] == shape[i + period];
    if (10 * same >= 7 * (n - period)) return true;
  }
  return false;
}

/* Does the second half go on as the first did, but for what differs from turn to turn? By the longest common
 * subsequence of both. */
static bool halves_are_alike(const uint16_t *shape, size_t n) {
  size_t half = n / 2, best[INSNS_MAX / 2 + 1] = { 0 };
  for (size_t i = 0; i < half; i++)
    for (size_t k = 0, corner = 0; k < half; k++) {
      size_t above = best[k + 1];
      if (shape[i] == shape[n - half + k]) best[k + 1] = corner + 1;
      else if (best[k] > above) best[k + 1] = best[k];
      corner = above;
    }
  return best[half] >= 3 && 10 * best[half] >= 6 * half;
}

static bool is_locked(const cs_insn *in) {
  const cs_x86 *x = &in->detail->x86;
  bool memory = false;
  for (int i = 0; i < x->op_count; i++) memory |= x->operands[i].type == X86_OP_MEM;
  return x->prefix[0] == X86_PREFIX_LOCK || (in->id == X86_INS_XCHG && memory);
}

/* Adds the shapes of a range. False: it cannot be read, or there is a packed operation. */
static bool add_shapes(const struct elf_object *o, const struct code_range *r, csh h, cs_insn *in, uint16_t *shape,
                       size_t *n, size_t *locked) {
  uint64_t offset, size = r->end - r->start, address = r->start;
  if (r->end <= r->start || !elf_object_offset(o, r->start, &offset)) return false;
  uint8_t *code = malloc(size);
  if (code == NULL) return false;
  size_t left = elf_object_read(o, offset, code, size);
  const uint8_t *at = code;
  bool whole = left == size;
  while (whole && left > 0) {
    whole = cs_disasm_iter(h, &at, &left, &address, in) && !is_packed(in);
    if (whole) *locked += is_locked(in);
    if (whole && code_shape(in) != 0 && *n < INSNS_MAX) shape[(*n)++] = code_shape(in);
  }
  free(code);
  return whole;
}

static bool looks_repeated(const struct elf_object *o, const struct code_range *range, size_t ranges, size_t *locked) {
  csh h;
  size_t n = 0;
  if (o->machine != EM_X86_64 || cs_open(CS_ARCH_X86, CS_MODE_64, &h) != CS_ERR_OK) return true;
  cs_option(h, CS_OPT_DETAIL, CS_OPT_ON);
  cs_insn *in = cs_malloc(h);
  uint16_t *shape = calloc(INSNS_MAX, sizeof *shape);
  bool known = in != NULL && shape != NULL;
  uint64_t bytes = 0;
  for (size_t i = 0; i < ranges; i++) bytes += range[i].end - range[i].start;
  if (bytes > BYTES_MAX) ranges = 0;
  for (size_t i = 0; i < ranges && known; i++) known = add_shapes(o, &range[i], h, in, shape, &n, locked);
  bool repeats = !known || (n < INSNS_MAX && (is_periodic(shape, n) || halves_are_alike(shape, n)));
  free(shape);
  if (in != NULL) cs_free(in, 1);
  cs_close(&h);
  return repeats;
}

bool code_looks_repeated(const struct elf_object *o, const struct code_range *range, size_t ranges) {
  size_t locked = 0;
  return looks_repeated(o, range, ranges, &locked);
}

bool code_may_repeat(const struct elf_object *o, const struct code_range *range, size_t ranges) {
  size_t locked = 0;
  return looks_repeated(o, range, ranges, &locked) || locked != 1;
}
