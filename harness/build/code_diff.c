/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code_diff.c: see code_diff.h. */
#include "harness/build/code_diff.h"

#include <stdlib.h>
#include <string.h>

#include "harness/build/object_file.h"

/* The k-th loaded section of this name; NULL where there is none. */
static Elf_Scn *section_of(const struct object_file *o, const char *name, unsigned k) {
  Elf_Scn *s = NULL;
  GElf_Shdr h;
  while ((s = object_file_next(o, s, &h)) != NULL)
    if ((h.sh_flags & SHF_ALLOC) && strcmp(object_file_section_name(o, &h), name) == 0 && k-- == 0) return s;
  return NULL;
}

static Elf_Scn *relocations_of(const struct object_file *o, Elf_Scn *section) {
  Elf_Scn *s = NULL;
  GElf_Shdr h;
  while ((s = object_file_next(o, s, &h)) != NULL)
    if (h.sh_type == SHT_RELA && h.sh_info == elf_ndxscn(section)) return s;
  return NULL;
}

/* What a relocation points at: the symbol's name, or its section's. */
static const char *target_name(const struct object_file *o, size_t symtab, size_t index) {
  GElf_Sym sym;
  GElf_Shdr h;
  Elf_Scn *t = elf_getscn(o->elf, symtab), *s;
  if (!t || !gelf_getshdr(t, &h) || !gelf_getsym(elf_getdata(t, NULL), (int)index, &sym)) return "?";
  if (GELF_ST_TYPE(sym.st_info) == STT_SECTION && (s = elf_getscn(o->elf, sym.st_shndx)) != NULL) {
    GElf_Shdr sh;
    return gelf_getshdr(s, &sh) ? object_file_section_name(o, &sh) : "?";
  }
  return object_file_symbol_name(o, &h, &sym);
}

static bool same_relocations(const struct object_file *a, Elf_Scn *sa, const struct object_file *b, Elf_Scn *sb) {
  Elf_Scn *ra = relocations_of(a, sa), *rb = relocations_of(b, sb);
  if (!ra || !rb) return !ra && !rb;
  GElf_Shdr ha, hb;
  gelf_getshdr(ra, &ha);
  gelf_getshdr(rb, &hb);
  if (ha.sh_size != hb.sh_size) return false;
  Elf_Data *da = elf_getdata(ra, NULL), *db = elf_getdata(rb, NULL);
  for (size_t i = 0; i < ha.sh_size / ha.sh_entsize; i++) {
    GElf_Rela x, y;
    if (!gelf_getrela(da, (int)i, &x) || !gelf_getrela(db, (int)i, &y)) return false;
    if (x.r_offset != y.r_offset || GELF_R_TYPE(x.r_info) != GELF_R_TYPE(y.r_info) || x.r_addend != y.r_addend ||
        strcmp(target_name(a, ha.sh_link, GELF_R_SYM(x.r_info)), target_name(b, hb.sh_link, GELF_R_SYM(y.r_info))) != 0)
      return false;
  }
  return true;
}

static bool same_section(const struct object_file *a, Elf_Scn *sa, const struct object_file *b, Elf_Scn *sb) {
  GElf_Shdr ha, hb;
  gelf_getshdr(sa, &ha);
  gelf_getshdr(sb, &hb);
  if (ha.sh_size != hb.sh_size || ha.sh_type != hb.sh_type || ha.sh_flags != hb.sh_flags ||
      ha.sh_addralign != hb.sh_addralign)
    return false;
  if (ha.sh_type != SHT_NOBITS && ha.sh_size) {
    Elf_Data *x = elf_getdata(sa, NULL), *y = elf_getdata(sb, NULL);
    if (!x || !y || memcmp(x->d_buf, y->d_buf, ha.sh_size) != 0) return false;
  }
  return same_relocations(a, sa, b, sb);
}

/* Unwind tables follow the code that they describe. */
static bool follows_code(const char *name) { return strcmp(name, ".eh_frame") == 0 || strncmp(name, ".note.", 6) == 0; }

static unsigned occurrence(const struct object_file *o, Elf_Scn *section, const char *name) {
  unsigned k = 0;
  for (;; k++)
    if (section_of(o, name, k) == section) return k;
}

/* Sections of a that b lacks, or (both_ways) that differ. */
static int compare(const struct object_file *a, const struct object_file *b, bool both_ways, struct code_diff *diff) {
  Elf_Scn *s = NULL;
  GElf_Shdr h;
  int rc = 0;
  while (rc == 0 && (s = object_file_next(a, s, &h)) != NULL) {
    if (!(h.sh_flags & SHF_ALLOC)) continue;
    const char *name = object_file_section_name(a, &h);
    if (follows_code(name) || (h.sh_size == 0 && section_of(b, name, 0) == NULL)) continue;
    Elf_Scn *other = section_of(b, name, occurrence(a, s, name));
    if (other && (!both_ways || same_section(a, s, b, other))) continue;
    bool code = (h.sh_flags & SHF_EXECINSTR) != 0;
    rc = words_add(code ? &diff->functions : &diff->data, "%s",
                   code && strncmp(name, ".text.", 6) == 0 ? name + 6 : name);
    if (code || h.sh_type != SHT_NOBITS) diff->identical = false;
  }
  return rc;
}

int code_diff_make(const struct words *objects_a, const struct words *objects_b, struct code_diff *diff,
                   struct error *err) {
  memset(diff, 0, sizeof *diff);
  diff->identical = objects_a->count == objects_b->count;
  int rc = 0;
  for (size_t i = 0; i < objects_a->count && i < objects_b->count && rc == 0; i++) {
    struct object_file a, b;
    rc = object_file_open(&a, objects_a->word[i], err);
    if (rc) break;
    rc = object_file_open(&b, objects_b->word[i], err);
    if (rc == 0) {
      rc = compare(&a, &b, true, diff) || compare(&b, &a, false, diff)
               ? error_set_errno(err, -ENOMEM, "cannot compare the variants")
               : 0;
      object_file_close(&b);
    }
    object_file_close(&a);
  }
  if (rc) code_diff_free(diff);
  return rc;
}

void code_diff_free(struct code_diff *diff) {
  words_free(&diff->functions);
  words_free(&diff->data);
}

static bool named(const char *name, const char *symbol) {
  size_t n = strlen(symbol);
  return strncmp(name, symbol, n) == 0 && (name[n] == '\0' || name[n] == '.');
}

int code_defines(const struct words *objects, const char *symbol, struct error *err) {
  int found = 0;
  for (size_t i = 0; i < objects->count && !found; i++) {
    struct object_file o;
    int rc = object_file_open(&o, objects->word[i], err);
    if (rc) return rc;
    Elf_Scn *s = NULL;
    GElf_Shdr h;
    GElf_Sym sym;
    while (!found && (s = object_file_next(&o, s, &h)) != NULL) {
      if (h.sh_type != SHT_SYMTAB) continue;
      Elf_Data *d = elf_getdata(s, NULL);
      for (int k = 0; !found && gelf_getsym(d, k, &sym); k++)
        found = sym.st_shndx != SHN_UNDEF && named(object_file_symbol_name(&o, &h, &sym), symbol);
    }
    object_file_close(&o);
  }
  return found;
}
