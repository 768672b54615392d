/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_symbols.c: functions and data by name, constructors, padding between functions. */
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/step0/elf_find.h"
#include "harness/step0/elf_object.h"
#include "harness/step0/insn.h"

typedef bool (*symbol_visitor)(void *context, const char *name, const GElf_Sym *sym);

/* .symtab has everything; a stripped file leaves .dynsym. Stops where the visitor says true. */
static bool walk_symbols(const struct elf_object *o, symbol_visitor see, void *context) {
  for (int pass = 0; pass < 2; pass++) {
    Elf_Scn *scn = NULL;
    while ((scn = elf_nextscn(o->elf, scn)) != NULL) {
      GElf_Shdr sh;
      if (gelf_getshdr(scn, &sh) == NULL || sh.sh_type != (pass == 0 ? SHT_SYMTAB : SHT_DYNSYM) || sh.sh_entsize == 0)
        continue;
      Elf_Data *d = elf_getdata(scn, NULL);
      if (d == NULL) continue;
      size_t count = d->d_size / sh.sh_entsize;
      for (size_t i = 0; i < count; i++) {
        GElf_Sym sym;
        if (gelf_getsym(d, (int)i, &sym) == NULL) break;
        const char *name = elf_strptr(o->elf, sh.sh_link, sym.st_name);
        if (name != NULL && sym.st_shndx != SHN_UNDEF && see(context, name, &sym)) return true;
      }
    }
  }
  return false;
}

struct lookup {
  const char *name;
  int type; /* STT_FUNC or STT_OBJECT */
  GElf_Sym found;
};

static bool is_it(void *context, const char *name, const GElf_Sym *sym) {
  struct lookup *l = context;
  int type = GELF_ST_TYPE(sym->st_info);
  if (type == STT_GNU_IFUNC || (type != l->type && type != STT_NOTYPE) || strcmp(name, l->name) != 0) return false;
  l->found = *sym;
  return true;
}

int elf_object_function(const struct elf_object *o, const char *name, uint64_t *address, uint64_t *size,
                        struct error *err) {
  struct lookup l = { .name = name, .type = STT_FUNC };
  if (!walk_symbols(o, is_it, &l))
    return error_raise(err, ERROR_MISSING, -ENOENT, "%s has no function '%s'", o->path, name);
  *address = l.found.st_value;
  *size = l.found.st_size;
  return 0;
}

int elf_object_symbol(const struct elf_object *o, const char *name, struct elf_places *places, struct error *err) {
  uint64_t address = 0, size = 0;
  int rc = elf_object_function(o, name, &address, &size, err);
  return rc != 0 ? rc : elf_places_add(places, o, address, 0, err);
}

int elf_object_data(const struct elf_object *o, const char *name, uint64_t *address, uint64_t *size,
                    struct error *err) {
  struct lookup l = { .name = name, .type = STT_OBJECT };
  if (!walk_symbols(o, is_it, &l))
    return error_raise(err, ERROR_MISSING, -ENOENT, "%s has no variable '%s'", o->path, name);
  *address = l.found.st_value;
  *size = l.found.st_size;
  return 0;
}

/* --- by address --------------------------------------------------------------------------- */

struct elf_function {
  uint64_t start, end;
  const char *name;
  bool sized;
};
struct elf_functions {
  struct elf_function *f; /* by start */
  size_t count, room;
};

static bool note_function(void *context, const char *name, const GElf_Sym *sym) {
  struct elf_functions *fs = context;
  if (GELF_ST_TYPE(sym->st_info) != STT_FUNC) return false;
  if (fs->count == fs->room) {
    size_t room = fs->room != 0 ? 2 * fs->room : 256;
    struct elf_function *grown = reallocarray(fs->f, room, sizeof *grown);
    if (grown == NULL) return true;
    fs->f = grown;
    fs->room = room;
  }
  fs->f[fs->count++] = (struct elf_function){ sym->st_value, sym->st_value + (sym->st_size != 0 ? sym->st_size : 1),
                                              name, sym->st_size != 0 };
  return false;
}

int elf_name_order(const char *a, const char *b) {
  size_t under_a = strspn(a, "_"), under_b = strspn(b, "_"), length_a = strlen(a), length_b = strlen(b);
  if (under_a != under_b) return under_a > under_b ? -1 : 1;
  if (length_a != length_b) return length_a > length_b ? -1 : 1;
  return strcmp(a, b);
}

/* Of aliases the one to show stands last, where function_at looks first. */
static int by_place(const void *a, const void *b) {
  const struct elf_function *x = a, *y = b;
  return x->start < y->start ? -1 : x->start > y->start ? 1 : elf_name_order(x->name, y->name);
}

static const struct elf_functions *functions_of(const struct elf_object *o) {
  struct elf_object *known = (struct elf_object *)o; /* what is remembered changes no answer */
  if (known->functions == NULL && (known->functions = calloc(1, sizeof *known->functions)) != NULL) {
    walk_symbols(o, note_function, known->functions);
    if (known->functions->count > 0)
      qsort(known->functions->f, known->functions->count, sizeof *known->functions->f, by_place);
  }
  return known->functions;
}

void elf_functions_free(struct elf_functions *f) {
  if (f != NULL) free(f->f);
  free(f);
}

static const struct elf_function *function_at(const struct elf_object *o, uint64_t address) {
  const struct elf_functions *fs = functions_of(o);
  size_t low = 0, high = fs != NULL ? fs->count : 0;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (fs->f[middle].start <= address) low = middle + 1;
    else high = middle;
  }
  const struct elf_function *label = NULL; /* one without a size, in the midst of a function: not what holds it */
  for (size_t i = low; i-- > 0 && low - i < 64;) {
    if (address >= fs->f[i].end) continue;
    if (fs->f[i].sized) return &fs->f[i];
    label = &fs->f[i];
  }
  return label;
}

const char *elf_object_function_at(const struct elf_object *o, uint64_t address, char *buf, size_t size) {
  const struct elf_function *f = function_at(o, address);
  snprintf(buf, size, "%s", f != NULL ? f->name : "");
  return buf;
}

bool elf_object_nth_function(const struct elf_object *o, size_t n, struct code_range *range) {
  const struct elf_functions *fs = functions_of(o);
  if (fs == NULL || n >= fs->count) return false;
  *range = (struct code_range){ fs->f[n].start, fs->f[n].end };
  return true;
}

size_t elf_object_bodies(const struct elf_object *o, uint64_t address, struct code_range *out, size_t room) {
  const struct elf_functions *fs = functions_of(o);
  const struct elf_function *f = function_at(o, address);
  if (f == NULL || room == 0) return 0;
  size_t n = 0, base = strcspn(f->name, ".");
  out[n++] = (struct code_range){ f->start, f->end };
  for (size_t i = 0; i < fs->count && n < room; i++) {
    const struct elf_function *g = &fs->f[i];
    if (g->start != f->start && strncmp(g->name, f->name, base) == 0 && g->name[base] == '.' &&
        strstr(g->name + base, ".cold") != NULL)
      out[n++] = (struct code_range){ g->start, g->end };
  }
  return n;
}

/* --- padding ----------------------------------------------------------------------------- */

struct range {
  uint64_t start, end;
};
struct ranges {
  struct range *r;
  size_t count, room;
};

static bool note_range(void *context, const char *name, const GElf_Sym *sym) {
  struct ranges *rs = context;
  (void)name;
  if (GELF_ST_TYPE(sym->st_info) != STT_FUNC || sym->st_size == 0) return false;
  if (rs->count == rs->room) {
    size_t room = rs->room != 0 ? 2 * rs->room : 256;
    struct range *grown = reallocarray(rs->r, room, sizeof *grown);
    if (grown == NULL) return true;
    rs->r = grown;
    rs->room = room;
  }
  rs->r[rs->count++] = (struct range){ sym->st_value, sym->st_value + sym->st_size };
  return false;
}

static int by_start(const void *a, const void *b) {
  const struct range *x = a, *y = b;
  return x->start < y->start ? -1 : x->start > y->start;
}

/* A no-operation that a probe may sit on without harm. `endbr64` is one, too, and may be jumped to. */
static bool is_plain_nop(const struct elf_object *o, const unsigned char *code, size_t size, struct insn *in) {
  struct error ignored = { 0 };
  if (insn_read(o->machine, code, size, 0, in, &ignored) != 0 || !in->nop) return false;
  return strstr(in->text, "nop") != NULL;
}

/* Is the whole of a gap filler that compilers align with? *skip: to one of its no-operations that carries a
 * probe; the kernel refuses one on a segment prefix, behind which the same no-operation still stands. */
static bool is_filler(const struct elf_object *o, uint64_t offset, uint64_t size, uint64_t *skip) {
  enum { LONGEST = 64 };
  unsigned char b[LONGEST];
  struct insn in;
  bool found = false;
  if (size > sizeof b || elf_object_read(o, offset, b, size) != size) return false;
  for (size_t at = 0; at < size; at += in.length) {
    if (!is_plain_nop(o, b + at, size - at, &in)) return false;
    struct insn behind = in;
    for (size_t k = 0; k < in.length && !found; k++) {
      if (k > 0 && b[at + k - 1] != 0x66 && b[at + k - 1] != 0x2e) break;
      if (k > 0 && !is_plain_nop(o, b + at + k, size - at - k, &behind)) break;
      if (behind.no_uprobe || behind.rewritten) continue;
      found = true;
      *skip = at + k;
    }
  }
  return found;
}

bool elf_object_padding(const struct elf_object *o, struct elf_place *place) {
  struct ranges rs = { 0 };
  bool found = false;
  walk_symbols(o, note_range, &rs);
  if (rs.count > 1) qsort(rs.r, rs.count, sizeof *rs.r, by_start);
  uint64_t end = rs.count != 0 ? rs.r[0].end : 0, offset, skip = 0;
  for (size_t i = 1; i < rs.count && !found; i++) {
    if (rs.r[i].start > end && elf_object_offset(o, end, &offset) && is_filler(o, offset, rs.r[i].start - end, &skip)) {
      *place = (struct elf_place){ .address = end + skip, .offset = offset + skip };
      found = true;
    }
    if (rs.r[i].end > end) end = rs.r[i].end;
  }
  free(rs.r);
  return found;
}

/* --- constructors ------------------------------------------------------------------------ */

static bool dynamic_value(const struct elf_object *o, int64_t tag, uint64_t *value) {
  Elf_Scn *scn = NULL;
  while ((scn = elf_nextscn(o->elf, scn)) != NULL) {
    GElf_Shdr sh;
    if (gelf_getshdr(scn, &sh) == NULL || sh.sh_type != SHT_DYNAMIC || sh.sh_entsize == 0) continue;
    Elf_Data *d = elf_getdata(scn, NULL);
    for (size_t i = 0; d != NULL && i < d->d_size / sh.sh_entsize; i++) {
      GElf_Dyn dyn;
      if (gelf_getdyn(d, (int)i, &dyn) == NULL) break;
      if (dyn.d_tag == tag) {
        *value = dyn.d_un.d_val;
        return true;
      }
    }
  }
  return false;
}

bool elf_object_is_library(const struct elf_object *o) {
  uint64_t name;
  return !o->has_interpreter ? o->type == ET_DYN : dynamic_value(o, DT_SONAME, &name);
}

bool elf_object_constructor(const struct elf_object *o, struct elf_place *place) {
  uint64_t init, size, offset;
  struct error ignored = { 0 };
  /* glibc's own libc has no DT_INIT; ld.so calls this once for each process (elf/dl-call_libc_early_init.c) */
  if (!dynamic_value(o, DT_INIT, &init) && elf_object_function(o, "__libc_early_init", &init, &size, &ignored) != 0)
    return false;
  if (!elf_object_offset(o, init, &offset)) return false;
  *place = (struct elf_place){ .address = init, .offset = offset };
  return true;
}
