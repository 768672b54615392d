/* SPDX-License-Identifier: GPL-3.0-or-later */
/* toggle.c: see toggle.h. */
#include "harness/ab/toggle.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/ab/liveness.h"

/* How far behind the load of a counter's address its update may stand. */
enum { LOOK_AHEAD = 12 };

static void make_nops(uint8_t *out, uint32_t length) {
  static const uint8_t nop[9][9] = {
    { 0x90 },
    { 0x66, 0x90 },
    { 0x0f, 0x1f, 0x00 },
    { 0x0f, 0x1f, 0x40, 0 },
    { 0x0f, 0x1f, 0x44, 0, 0 },
    { 0x66, 0x0f, 0x1f, 0x44, 0, 0 },
    { 0x0f, 0x1f, 0x80, 0, 0, 0, 0 },
    { 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 },
    { 0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 },
  };
  while (length) {
    uint32_t n = length < 9 ? length : 9;
    memcpy(out, nop[n - 1], n);
    out += n;
    length -= n;
  }
}

struct reading {
  const struct subject *s;
  struct toggle_list *list;
  const char *object; /* name without folder */
  const char *section;
  Elf_Data *relocations;
  size_t relocation_count;
  struct liveness_code code;
};

static bool relocated(const void *context, uint64_t offset, uint64_t length) {
  const struct reading *r = context;
  GElf_Rela x;
  for (size_t i = 0; i < r->relocation_count; i++)
    if (gelf_getrela(r->relocations, (int)i, &x) && x.r_offset >= offset && x.r_offset < offset + length) return true;
  return false;
}

/* mov $0x7fffffff, %r32: above every small limit, signed or not; where there is no room for it,
 * or $-1, %r32, above every limit without a sign. */
static bool make_large(uint8_t *out, uint32_t length, int reg, bool is_signed) {
  uint32_t rex = reg >= 8, value = 0x7fffffff, n = rex + (length < 5 + rex ? 3 : 5);
  if (length < n || (n < 5 + rex && is_signed)) return false;
  if (rex) *out++ = 0x41;
  if (n == 5 + rex) {
    *out++ = (uint8_t)(0xb8 + (reg & 7));
    memcpy(out, &value, 4);
    out += 4;
  } else {
    *out++ = 0x83;
    *out++ = (uint8_t)(0xc8 + (reg & 7));
    *out++ = 0xff;
  }
  make_nops(out, length - n);
  return true;
}

/* jb, jae, jbe, ja, near or far. */
static bool unsigned_jump(const uint8_t *code) {
  uint8_t condition = code[0] == 0x0f ? code[1] & 0xf : code[0] & 0xf;
  return condition == 2 || condition == 3 || condition == 6 || condition == 7;
}

/* The old value is compared with a constant, the branch's other way needs it no more. */
static bool only_compared(const struct reading *r, uint64_t next, int reg, bool *is_signed) {
  struct liveness_insn compare, jump;
  if (!liveness_decode(&r->code, next, &compare) || !compare.compare_immediate || compare.reads != (1u << reg))
    return false;
  uint64_t after = next + compare.length;
  if (!liveness_decode(&r->code, after, &jump) || !jump.conditional_jump) return false;
  *is_signed = !unsigned_jump(r->code.bytes + after);
  return liveness_dead(&r->code, after + jump.length, (1u << reg) | LIVENESS_FLAGS);
}

static void add_site(struct reading *r, uint64_t offset, const struct liveness_insn *insn) {
  struct toggle_list *list = r->list;
  const struct layout_image *im = &r->s->image[1];
  char key[512];
  struct toggle_site site = { .length = insn->length };
  uint64_t next = offset + insn->length;
  bool is_signed = true;
  list->found++;
  list->locked += r->code.bytes[offset] == 0xf0;
  if (insn->length > AB_TOGGLE_BYTES_MAX) return;
  uint32_t needed = (insn->exchanges && insn->result >= 0 ? 1u << insn->result : 0) | LIVENESS_FLAGS;
  if (liveness_dead(&r->code, next, needed)) {
    make_nops(site.off, site.length);
  } else if (!insn->exchanges || insn->result < 0 || !only_compared(r, next, insn->result, &is_signed) ||
             !make_large(site.off, site.length, insn->result, is_signed)) {
    snprintf(list->reason, sizeof list->reason, "the result of an update in %s is needed by what follows",
             r->section + (strncmp(r->section, ".text.", 6) == 0 ? 6 : 0));
    return;
  }
  if (list->count == AB_TOGGLES_MAX) {
    snprintf(list->reason, sizeof list->reason, "more than %d places", AB_TOGGLES_MAX);
    return;
  }
  snprintf(key, sizeof key, "%s:(%s)", r->object, r->section);
  for (size_t i = 0; i < im->section_count; i++)
    if (strcmp(im->section[i].name, key) == 0) {
      site.vaddr = im->section[i].address + offset;
      list->site[list->count++] = site;
      return;
    }
}

/* The update that follows the load of a counter's address into reg. */
static void after_load(struct reading *r, uint64_t offset, int reg) {
  struct liveness_insn i;
  for (int n = 0; n < LOOK_AHEAD && liveness_decode(&r->code, offset, &i); n++, offset += i.length) {
    if (i.memory_rmw && (i.base == reg || i.index == reg)) { /* a counter, or one of an array */
      add_site(r, offset, &i);
      return;
    }
    if (i.conditional_jump || (i.writes & (1u << reg))) return;
  }
}

/* Instructions from the start of the section on: code has no data between. */
static void read_section(struct reading *r, const bool *is_counter) {
  struct liveness_insn i;
  GElf_Rela x;
  for (uint64_t at = 0; at < r->code.size && liveness_decode(&r->code, at, &i); at += i.length)
    for (size_t k = 0; k < r->relocation_count; k++) {
      if (!gelf_getrela(r->relocations, (int)k, &x) || x.r_offset < at || x.r_offset >= at + i.length ||
          !is_counter[GELF_R_SYM(x.r_info)])
        continue;
      if (i.memory_rmw && i.rip) add_site(r, at, &i);
      else if (i.loads && i.rip && i.result >= 0) after_load(r, at + i.length, i.result);
    }
}

static bool counter_of(const struct subject *s, const char *name) {
  for (size_t i = 0; i < s->gates; i++)
    if (s->gate[i]->counter && strcmp(s->gate[i]->counter, name) == 0) return true;
  return false;
}

static int read_object(const struct subject *s, const char *path, struct toggle_list *list, struct error *err) {
  const char *slash = strrchr(path, '/');
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  Elf *elf = fd >= 0 ? elf_begin(fd, ELF_C_READ_MMAP, NULL) : NULL;
  size_t names, symbols = 0;
  bool *is_counter = NULL, any = false;
  if (!elf || elf_getshdrstrndx(elf, &names) != 0) {
    if (elf) elf_end(elf);
    if (fd >= 0) close(fd);
    return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "cannot read %s", path);
  }
  GElf_Shdr h, target;
  for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn)) != NULL;)
    if (gelf_getshdr(scn, &h) && h.sh_type == SHT_SYMTAB && !is_counter) {
      GElf_Sym sym;
      symbols = h.sh_size / h.sh_entsize;
      is_counter = calloc(symbols + 1, sizeof *is_counter);
      for (size_t k = 0; is_counter && k < symbols; k++)
        if (gelf_getsym(elf_getdata(scn, NULL), (int)k, &sym))
          any |= is_counter[k] = counter_of(s, elf_strptr(elf, h.sh_link, sym.st_name));
    }
  for (Elf_Scn *scn = NULL; any && (scn = elf_nextscn(elf, scn)) != NULL;) {
    Elf_Scn *code = gelf_getshdr(scn, &h) && h.sh_type == SHT_RELA ? elf_getscn(elf, h.sh_info) : NULL;
    if (!code || !gelf_getshdr(code, &target) || !(target.sh_flags & SHF_EXECINSTR)) continue;
    Elf_Data *bytes = elf_getdata(code, NULL);
    struct reading r = { .s = s,
                         .list = list,
                         .object = slash ? slash + 1 : path,
                         .section = elf_strptr(elf, names, target.sh_name),
                         .relocations = elf_getdata(scn, NULL),
                         .relocation_count = h.sh_size / h.sh_entsize };
    r.code =
        (struct liveness_code){ .bytes = bytes->d_buf, .size = bytes->d_size, .relocated = relocated, .context = &r };
    read_section(&r, is_counter);
  }
  free(is_counter);
  elf_end(elf);
  close(fd);
  return 0;
}

int toggle_find(const struct subject *s, struct toggle_list *list, struct error *err) {
  memset(list, 0, sizeof *list);
  int rc = 0;
#if defined __x86_64__
  for (size_t i = 0; i < s->variant[1].objects.count && rc == 0; i++)
    rc = read_object(s, s->variant[1].objects.word[i], list, err);
  if (list->found == 0)
    snprintf(list->reason, sizeof list->reason, "no instruction was found that updates a counter of these gates");
#else
  (void)s;
  (void)err;
  (void)read_object;
  snprintf(list->reason, sizeof list->reason, "the live toggle knows x86-64 only");
#endif
  return rc;
}

uint32_t toggle_place(const struct toggle_list *list, const struct layout_image *im, const uint64_t *address_of,
                      const unsigned char *rendered, struct ab_toggle *out) {
  for (uint32_t i = 0; i < list->count; i++) {
    const struct toggle_site *s = &list->site[i];
    memset(&out[i], 0, sizeof out[i]);
    out[i].vaddr = layout_moved(im, address_of, s->vaddr);
    out[i].length = s->length;
    memcpy(out[i].original, rendered + im->text_offset + (out[i].vaddr - im->text_address), s->length);
    memcpy(out[i].off, s->off, s->length);
  }
  return list->count;
}

void toggle_patch(const struct toggle_list *list, const struct layout_image *im, const uint64_t *address_of,
                  unsigned char *rendered) {
  for (uint32_t i = 0; i < list->count; i++) {
    uint64_t at = layout_moved(im, address_of, list->site[i].vaddr);
    memcpy(rendered + im->text_offset + (at - im->text_address), list->site[i].off, list->site[i].length);
  }
}
