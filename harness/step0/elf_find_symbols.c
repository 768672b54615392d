/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_find_symbols.c: the symbol tables: the object's own, that of its debug file, .gnu_debugdata, and
 * the dynamic one with its versions; and whether they name all functions there are. */
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "harness/step0/elf_find_internal.h"

static void add(struct finder *f, uint64_t start, uint64_t size, const char *name, int type, int bind) {
  find_room(&f->function, f->functions, sizeof *f->function);
  f->function[f->functions++] =
      (struct find_function){ start, start + size, name, type == STT_GNU_IFUNC, bind == STB_LOCAL, false, NULL, 0 };
}

static int by_start(const void *a, const void *b) {
  const struct find_function *x = a, *y = b;
  return x->start < y->start ? -1 : x->start > y->start ? 1 : elf_name_order(x->name, y->name);
}

/* name@version of a dynamic symbol. */
static const char *versioned(Elf *elf, Elf_Data *versions, Elf_Scn *definitions, size_t i, const char *name) {
  GElf_Versym v;
  GElf_Shdr sh;
  if (versions == NULL || definitions == NULL || gelf_getversym(versions, (int)i, &v) == NULL || (v & 0x7fff) < 2)
    return name;
  Elf_Data *d = elf_getdata(definitions, NULL);
  if (d == NULL || gelf_getshdr(definitions, &sh) == NULL) return name;
  GElf_Verdef def;
  for (int at = 0; gelf_getverdef(d, at, &def) != NULL;) {
    GElf_Verdaux aux;
    if (def.vd_ndx == (v & 0x7fff) && gelf_getverdaux(d, at + (int)def.vd_aux, &aux) != NULL) {
      const char *version = elf_strptr(elf, sh.sh_link, aux.vda_name);
      char *full = NULL;
      if (version == NULL || asprintf(&full, "%s@%s%s", name, v & 0x8000 ? "" : "@", version) < 0) return name;
      return full;
    }
    if (def.vd_next == 0) break;
    at += (int)def.vd_next;
  }
  return name;
}

static void read_dynamic(struct finder *f) {
  Elf *elf = f->object->elf;
  Elf_Scn *scn = NULL, *table = NULL, *versions = NULL, *definitions = NULL;
  GElf_Shdr sh, table_sh = { 0 };
  while ((scn = elf_nextscn(elf, scn)) != NULL) {
    if (gelf_getshdr(scn, &sh) == NULL) continue;
    if (sh.sh_type == SHT_DYNSYM) {
      table = scn;
      table_sh = sh;
    } else if (sh.sh_type == SHT_GNU_versym) versions = scn;
    else if (sh.sh_type == SHT_GNU_verdef) definitions = scn;
  }
  Elf_Data *d = table != NULL ? elf_getdata(table, NULL) : NULL;
  Elf_Data *v = versions != NULL ? elf_getdata(versions, NULL) : NULL;
  if (d == NULL || table_sh.sh_entsize == 0) return;
  for (size_t i = 0; i < d->d_size / table_sh.sh_entsize; i++) {
    GElf_Sym sym;
    if (gelf_getsym(d, (int)i, &sym) == NULL) return;
    int type = GELF_ST_TYPE(sym.st_info);
    const char *name = elf_strptr(elf, table_sh.sh_link, sym.st_name);
    if (name == NULL || sym.st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_GNU_IFUNC)) continue;
    add(f, sym.st_value, sym.st_size, versioned(elf, v, definitions, i, name), type, GELF_ST_BIND(sym.st_info));
  }
}

Elf_Scn *find_section(Elf *elf, GElf_Word type, const char *wanted) {
  size_t names;
  Elf_Scn *scn = NULL;
  if (elf == NULL || elf_getshdrstrndx(elf, &names) != 0) return NULL;
  while ((scn = elf_nextscn(elf, scn)) != NULL) {
    GElf_Shdr sh;
    if (gelf_getshdr(scn, &sh) == NULL || sh.sh_type == SHT_NOBITS) continue;
    const char *name = wanted != NULL ? elf_strptr(elf, names, sh.sh_name) : NULL;
    if (wanted != NULL ? name != NULL && strcmp(name, wanted) == 0 : sh.sh_type == type) return scn;
  }
  return NULL;
}

int find_read_symbols(struct finder *f) {
  int n = dwfl_module_getsymtab(f->module);
  for (int i = 0; i < n; i++) {
    GElf_Sym sym;
    GElf_Addr address = 0;
    GElf_Word section = 0;
    const char *name = dwfl_module_getsym_info(f->module, i, &sym, &address, &section, NULL, NULL);
    if (name == NULL || name[0] == '\0') continue;
    int type = GELF_ST_TYPE(sym.st_info);
    if (type == STT_FILE) {
      find_room(&f->source, f->sources, sizeof *f->source);
      f->source[f->sources++] = find_last_part(name);
    }
    if (section == SHN_UNDEF || section == SHN_ABS) continue;
    uint64_t offset;
    bool code = type == STT_FUNC || type == STT_GNU_IFUNC ||
                (type == STT_NOTYPE && elf_object_offset(f->object, address - f->bias, &offset));
    if (code) add(f, address - f->bias, sym.st_size, name, type, GELF_ST_BIND(sym.st_info));
  }
  Elf *debug = NULL;
  GElf_Addr ignored;
  Dwarf *dw = dwfl_module_getdwarf(f->module, &ignored);
  if (dw != NULL) debug = dwarf_getelf(dw);
  f->whole_table = find_section(f->object->elf, SHT_SYMTAB, NULL) != NULL ||
                   find_section(debug, SHT_SYMTAB, NULL) != NULL ||
                   find_section(f->object->elf, 0, ".gnu_debugdata") != NULL;
  read_dynamic(f);
  if (f->functions > 0) qsort(f->function, f->functions, sizeof *f->function, by_start);
  /* what the tables say twice (.symtab and .dynsym) */
  size_t kept = 0;
  for (size_t i = 0; i < f->functions; i++) {
    const struct find_function *g = &f->function[i];
    if (kept > 0 && f->function[kept - 1].start == g->start && strcmp(f->function[kept - 1].name, g->name) == 0)
      continue;
    f->function[kept++] = *g;
  }
  f->functions = kept;
  return find_read_shared_starts(f);
}

bool find_is_code(const struct finder *f, uint64_t address) {
  uint64_t offset;
  Elf_Scn *scn = NULL;
  bool any = false;
  if (!elf_object_offset(f->object, address, &offset)) return false;
  while ((scn = elf_nextscn(f->object->elf, scn)) != NULL) {
    GElf_Shdr sh;
    if (gelf_getshdr(scn, &sh) == NULL || !(sh.sh_flags & SHF_EXECINSTR)) continue;
    if (address >= sh.sh_addr && address - sh.sh_addr < sh.sh_size) return true;
    any = true;
  }
  return !any; /* without sections the segment is all that is known */
}

/* The innermost that holds the address, with the size it has; NULL where none. */
const struct find_function *find_function_at(const struct finder *f, uint64_t address) {
  size_t low = 0, high = f->functions;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (f->function[middle].start <= address) low = middle + 1;
    else high = middle;
  }
  for (size_t i = low; i-- > 0 && low - i < 64;)
    if (address < f->function[i].end) return &f->function[i];
  return NULL;
}

/* One without a size, that covers no address. */
static bool starts_there(const struct finder *f, uint64_t address) {
  size_t low = 0, high = f->functions;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (f->function[middle].start < address) low = middle + 1;
    else high = middle;
  }
  return low < f->functions && f->function[low].start == address;
}

/* Entries of the unwind table's index (.eh_frame_hdr, Linux Standard Base) that no symbol names: code
 * of functions that are not known by name. Stubs of the linker have an entry, too. */
void find_unnamed(struct finder *f) {
  Elf *elf = f->object->elf;
  size_t names;
  Elf_Scn *scn = NULL, *index = NULL;
  struct code_range stub[8];
  size_t stubs = 0;
  GElf_Shdr sh;
  if (elf_getshdrstrndx(elf, &names) != 0) return;
  while ((scn = elf_nextscn(elf, scn)) != NULL) {
    if (gelf_getshdr(scn, &sh) == NULL) continue;
    const char *name = elf_strptr(elf, names, sh.sh_name);
    if (name == NULL) continue;
    if (strcmp(name, ".eh_frame_hdr") == 0) index = scn;
    else if ((strncmp(name, ".plt", 4) == 0 || strcmp(name, ".init") == 0 || strcmp(name, ".fini") == 0) && stubs < 8)
      stub[stubs++] = (struct code_range){ sh.sh_addr, sh.sh_addr + sh.sh_size };
  }
  Elf_Data *d = index != NULL && gelf_getshdr(index, &sh) != NULL ? elf_getdata(index, NULL) : NULL;
  const unsigned char *b = d != NULL ? d->d_buf : NULL;
  /* version 1, pointer pcrel|sdata4, count udata4, table datarel|sdata4: what all linkers write */
  if (b == NULL || d->d_size < 12 || b[0] != 1 || b[2] != 0x03 || b[3] != 0x3b) return;
  uint32_t count;
  memcpy(&count, b + 8, sizeof count);
  for (size_t i = 0; i < count && 12 + 8 * (i + 1) <= d->d_size; i++) {
    int32_t relative;
    memcpy(&relative, b + 12 + 8 * i, sizeof relative);
    uint64_t start = sh.sh_addr + (uint64_t)(int64_t)relative;
    bool known = find_function_at(f, start) != NULL;
    for (size_t k = 0; k < stubs && !known; k++) known = start >= stub[k].start && start < stub[k].end;
    known = known || starts_there(f, start);
    f->unnamed += !known;
  }
}

/* The body of the function that holds an address, and of what was split off it. */
static size_t bodies_of(const struct finder *f, const struct find_function *g, struct code_range *out, size_t room) {
  size_t n = 0, base = (size_t)(find_clone_suffix(g->name) - g->name);
  out[n++] = (struct code_range){ g->start, g->end };
  for (size_t i = 0; i < f->functions && n < room; i++) {
    const struct find_function *h = &f->function[i];
    if (h->start != g->start && strncmp(h->name, g->name, base) == 0 && (h->name[base] == '.') &&
        find_clone_kind(h->name) == CLONE_COLD)
      out[n++] = (struct code_range){ h->start, h->end };
  }
  return n;
}

void find_say_in_function(struct finder *f, struct find_spot *s, uint64_t address) {
  struct code_range body[6];
  const struct find_function *g = find_function_at(f, address);
  s->body = body;
  s->bodies = g != NULL ? bodies_of(f, g, body, 6) : 0;
  if (g != NULL && s->function == NULL) s->function = (char *)g->name;
  if (g != NULL) find_note_said(f, s->query, g->start);
  find_say_spot(f, s);
}

/* What was split off for being cold, asked for by its own name: it is jumped into, in most cases from the function
 * that it was split off, which has the name in front of its own. */
static void say_cold(struct finder *f, size_t q, const struct find_function *g) {
  struct code_range body[6], range = { g->start, g->end };
  struct find_spot s = { .query = q, .kind = SPOT_COLD, .scope = g->start, .function = (char *)g->name };
  const char *cold = strstr(g->name, ".cold");
  size_t n = (size_t)((cold != NULL ? cold : find_clone_suffix(g->name)) - g->name);
  for (size_t i = 0; i < f->functions && s.bodies < 5; i++) {
    const struct find_function *h = &f->function[i];
    bool named = strncmp(h->name, g->name, n) == 0 && h->name[n] == '\0' && h->end > h->start;
    for (size_t k = 0; k < s.bodies; k++) named &= body[k].start != h->start;
    if (named) body[s.bodies++] = (struct code_range){ h->start, h->end };
  }
  if (s.bodies == 0)
    find_say_gap(f, q, "entries", "the function that it was split off, and that jumps into it, is not known");
  if (find_section(f->object->elf, 0, ".gcc_except_table") != NULL)
    find_say_gap(f, q, "entries", "exceptions come into it, too, where they are caught: that is not counted");
  body[s.bodies++] = range;
  s.body = body;
  s.range = &range;
  s.ranges = range.end > range.start;
  find_note_said(f, q, g->start);
  if (s.ranges > 0) find_say_spot(f, &s);
}

void find_symbols(struct finder *f) {
  for (size_t q = 0; q < f->count; q++) {
    if (f->query[q].kind != FIND_SYMBOL) continue;
    uint64_t last = UINT64_MAX;
    for (size_t i = 0; i < f->functions; i++) {
      const struct find_function *g = &f->function[i];
      uint64_t offset;
      if (!find_name_matches(f->query[q].name, g->name)) continue;
      f->asked[q].in_symbols = true;
      if (g->start == last || !elf_object_offset(f->object, g->start, &offset)) continue;
      if (find_clone_kind(g->name) == CLONE_COLD) { /* it is only ever jumped to, and no function */
        if (strcmp(f->query[q].name, g->name) == 0) say_cold(f, q, g);
        continue;
      }
      last = g->start;
      const char *file = NULL;
      int line = 0;
      Dwfl_Line *l = f->dwarf != NULL ? dwfl_module_getsrc(f->module, g->start + f->bias) : NULL;
      if (l != NULL) file = dwfl_lineinfo(l, NULL, &line, NULL, NULL, NULL);
      struct find_spot s = { .query = q,
                             .kind = g->ifunc                                 ? SPOT_IFUNC
                                     : find_clone_kind(g->name) == CLONE_PART ? SPOT_PART
                                                                              : SPOT_ENTRY,
                             .address = g->start,
                             .scope = g->start,
                             .line = line,
                             .file = (char *)file,
                             .function = (char *)g->name };
      find_say_in_function(f, &s, g->start);
    }
  }
}
