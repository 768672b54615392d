/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_symbols.c: functions and data by name, constructors, padding between functions. */
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/step0/elf_object.h"

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
  if (!walk_symbols(o, is_it, &l)) return error_set(err, -ENOENT, "%s has no function '%s'", o->path, name);
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
  if (!walk_symbols(o, is_it, &l)) return error_set(err, -ENOENT, "%s has no variable '%s'", o->path, name);
  *address = l.found.st_value;
  *size = l.found.st_size;
  return 0;
}

struct at {
  uint64_t address;
  const char *best;
  uint64_t best_start;
};

static bool covers(void *context, const char *name, const GElf_Sym *sym) {
  struct at *a = context;
  if (GELF_ST_TYPE(sym->st_info) != STT_FUNC) return false;
  if (a->address >= sym->st_value && a->address - sym->st_value < (sym->st_size != 0 ? sym->st_size : 1) &&
      (a->best == NULL || sym->st_value > a->best_start)) {
    a->best = name;
    a->best_start = sym->st_value;
  }
  return false;
}

const char *elf_object_function_at(const struct elf_object *o, uint64_t address, char *buf, size_t size) {
  struct at a = { .address = address };
  walk_symbols(o, covers, &a);
  snprintf(buf, size, "%s", a.best != NULL ? a.best : "");
  return buf;
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

/* Is the whole of a gap filler that compilers align with? *skip: its prefixes, behind which the
 * same no-operation still stands; the kernel refuses a uprobe on a segment prefix. */
static bool is_filler(const struct elf_object *o, uint64_t offset, uint64_t size, uint64_t *skip) {
  unsigned char b[16];
  *skip = 0;
  if (size < 2 || size > sizeof b || elf_object_read(o, offset, b, size) != size) return false;
  if (o->machine == EM_AARCH64) return size % 4 == 0 && memcmp(b, "\x1f\x20\x03\xd5", 4) == 0;
  size_t i = 0;
  while (i < size && b[i] == 0x66) i++; /* data16 prefixes */
  if (i < size && b[i] == 0x90 && i + 1 == size) return true;
  if (i < size && b[i] == 0x2e) *skip = ++i;               /* cs prefix */
  return i + 2 < size && b[i] == 0x0f && b[i + 1] == 0x1f; /* nopw/nopl */
}

bool elf_object_padding(const struct elf_object *o, struct elf_place *place) {
  struct ranges rs = { 0 };
  bool found = false;
  walk_symbols(o, note_range, &rs);
  if (rs.count > 1) qsort(rs.r, rs.count, sizeof *rs.r, by_start);
  uint64_t end = rs.count != 0 ? rs.r[0].end : 0, offset, skip;
  for (size_t i = 1; i < rs.count && !found; i++) {
    if (rs.r[i].start > end && elf_object_offset(o, end, &offset) && is_filler(o, offset, rs.r[i].start - end, &skip)) {
      *place = (struct elf_place){ end + skip, offset + skip, 0 };
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

bool elf_object_constructor(const struct elf_object *o, struct elf_place *place) {
  uint64_t init;
  uint64_t offset;
  if (!dynamic_value(o, DT_INIT, &init) || !elf_object_offset(o, init, &offset)) return false;
  *place = (struct elf_place){ init, offset, 0 };
  return true;
}
