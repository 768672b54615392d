/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code_set.c: see code_set.h. Formats: gABI (ELF), System V psABI for x86-64 and AArch64 (relocations carry
 * their addend: RELA). */
#include "harness/project/code_set.h"

#include <ctype.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/content_hash.h"

/* A named object or function of one section. */
struct place {
  size_t section;
  uint64_t value, size;
  const char *name;
  bool is_function;
};

struct unit {
  Elf *elf;
  struct place *place; /* sorted by section and value */
  size_t places;
  size_t sections, names; /* their number; index of the table of their names */
  Elf_Scn *symtab;
  GElf_Shdr symtab_header;
  size_t symbols;
  const char *file;
  const char *path;
  bool intermediate; /* of link-time optimisation: the code that runs is made at the link */
};

static const char *section_name(const struct unit *u, const GElf_Shdr *h) {
  const char *name = elf_strptr(u->elf, u->names, h->sh_name);
  return name == NULL ? "?" : name;
}

/* The symbol, its name and false where the table has none of that number. */
static bool symbol(const struct unit *u, size_t index, GElf_Sym *sym, const char **name) {
  Elf_Data *d = u->symtab == NULL ? NULL : elf_getdata(u->symtab, NULL);
  if (d == NULL || index >= u->symbols || gelf_getsym(d, (int)index, sym) == NULL) return false;
  *name = elf_strptr(u->elf, u->symtab_header.sh_link, sym->st_name);
  return *name != NULL;
}

/* A name without the numbers that the compiler gave: f.constprop.3 is f.constprop, .LC12 is .LC. */
static void plain_name(const char *name, char *out, size_t size) {
  size_t n = 0;
  for (; *name != '\0' && n + 1 < size; name++) {
    bool number = isdigit((unsigned char)*name) && n > 0 && out[n - 1] == '.';
    if (number) {
      while (isdigit((unsigned char)name[1])) name++;
      n--; /* the dot before it */
      continue;
    }
    out[n++] = *name;
  }
  out[n] = '\0';
}

/* What lies at an offset of a section that no symbol names: a string, a constant of its entry size, or that
 * section as such. */
static void add_anonymous(const struct unit *u, Elf_Scn *section, int64_t offset, struct content_hash *hash) {
  GElf_Shdr h;
  Elf_Data *d;
  if (gelf_getshdr(section, &h) == NULL) return;
  content_hash_add_text(hash, section_name(u, &h));
  if ((h.sh_flags & SHF_MERGE) == 0 || (d = elf_getdata(section, NULL)) == NULL || d->d_buf == NULL) return;
  if (offset < 0 || (uint64_t)offset >= d->d_size) return;
  size_t left = d->d_size - (size_t)offset;
  const char *at = (const char *)d->d_buf + offset;
  size_t n = (h.sh_flags & SHF_STRINGS) != 0 ? strnlen(at, left) : h.sh_entsize;
  content_hash_add(hash, at, n < left ? n : left);
}

static int by_place(const void *a, const void *b) {
  const struct place *x = a, *y = b;
  if (x->section != y->section) return x->section < y->section ? -1 : 1;
  if (x->value != y->value) return x->value < y->value ? -1 : 1;
  return strcmp(x->name, y->name);
}

static int find_places(struct unit *u) {
  GElf_Sym sym;
  const char *name;
  u->place = calloc(u->symbols + 1, sizeof *u->place);
  if (u->place == NULL) return -ENOMEM;
  for (size_t i = 1; i < u->symbols; i++) {
    if (!symbol(u, i, &sym, &name) || name[0] == '\0' || sym.st_shndx == SHN_UNDEF) continue;
    int type = GELF_ST_TYPE(sym.st_info);
    if (type != STT_OBJECT && type != STT_FUNC) continue;
    u->place[u->places++] = (struct place){ sym.st_shndx, sym.st_value, sym.st_size, name, type == STT_FUNC };
  }
  qsort(u->place, u->places, sizeof *u->place, by_place);
  return 0;
}

/* The first place of a section at or behind `value`. */
static size_t first_place(const struct unit *u, size_t section, uint64_t value) {
  size_t low = 0, high = u->places;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    const struct place *p = &u->place[mid];
    if (p->section < section || (p->section == section && p->value < value)) low = mid + 1;
    else high = mid;
  }
  return low;
}

/* The named object or function that covers the place, and the distance to its start. */
static bool covering(const struct unit *u, size_t section, int64_t offset, const char **name, int64_t *delta) {
  if (offset < 0) return false;
  size_t at = first_place(u, section, (uint64_t)offset + 1);
  if (at == 0 || u->place[at - 1].section != section) return false;
  const struct place *p = &u->place[at - 1];
  while (p > u->place && p[-1].section == section && p[-1].value == p->value) p--; /* the first of its names */
  if ((uint64_t)offset - p->value >= (p->size ? p->size : 1)) return false;
  *name = p->name;
  *delta = offset - (int64_t)p->value;
  return true;
}

static void add_target(const struct unit *u, const GElf_Rela *r, bool pc_relative, struct content_hash *hash) {
  GElf_Sym sym;
  const char *name;
  char plain[512];
  if (!symbol(u, GELF_R_SYM(r->r_info), &sym, &name)) {
    content_hash_add_text(hash, "?");
    return;
  }
  int64_t addend = r->r_addend;
  if (GELF_ST_TYPE(sym.st_info) == STT_SECTION || strncmp(name, ".L", 2) == 0) {
    Elf_Scn *section = elf_getscn(u->elf, sym.st_shndx);
    /* a displacement counts from behind itself: the four bytes that it takes */
    int64_t offset = (int64_t)sym.st_value + addend + (pc_relative ? 4 : 0), delta;
    if (covering(u, sym.st_shndx, offset, &name, &delta)) addend = delta;
    else {
      if (section != NULL) add_anonymous(u, section, offset, hash);
      return;
    }
  }
  plain_name(name, plain, sizeof plain);
  content_hash_add_text(hash, plain);
  content_hash_add(hash, &addend, sizeof addend);
}

static bool is_pc_relative(int machine, unsigned type) {
  if (machine != EM_X86_64) return false;
  return type == R_X86_64_PC32 || type == R_X86_64_PLT32 || type == R_X86_64_GOTPCREL || type == R_X86_64_GOTPCRELX ||
         type == R_X86_64_REX_GOTPCRELX || type == R_X86_64_GOTTPOFF;
}

static Elf_Scn *relocations_of(const struct unit *u, size_t section) {
  Elf_Scn *s = NULL;
  GElf_Shdr h;
  while ((s = elf_nextscn(u->elf, s)) != NULL)
    if (gelf_getshdr(s, &h) != NULL && h.sh_type == SHT_RELA && h.sh_info == section) return s;
  return NULL;
}

/* Bytes [from, from + size) of a section, relocated fields as what they mean. */
static int meaning(const struct unit *u, Elf_Scn *section, uint64_t from, uint64_t size, char hex[65]) {
  struct content_hash hash;
  GElf_Ehdr ehdr;
  GElf_Shdr h;
  content_hash_start(&hash);
  Elf_Data *d = elf_getdata(section, NULL);
  if (gelf_getehdr(u->elf, &ehdr) == NULL || gelf_getshdr(section, &h) == NULL) return -ENOEXEC;
  content_hash_add(&hash, &size, sizeof size);
  if (h.sh_type != SHT_NOBITS && size > 0) {
    if (d == NULL || d->d_buf == NULL || from > d->d_size || size > d->d_size - from) return -ENOEXEC;
    unsigned char *copy = malloc(size);
    if (copy == NULL) return -ENOMEM;
    memcpy(copy, (const char *)d->d_buf + from, size);
    Elf_Scn *table = relocations_of(u, elf_ndxscn(section));
    Elf_Data *rows = table == NULL ? NULL : elf_getdata(table, NULL);
    GElf_Rela r;
    for (int i = 0; rows != NULL && gelf_getrela(rows, i, &r) != NULL; i++) {
      if (r.r_offset < from || r.r_offset >= from + size) continue;
      unsigned type = (unsigned)GELF_R_TYPE(r.r_info);
      uint64_t at = r.r_offset - from;
      for (uint64_t k = at; k < at + 4 && k < size && ehdr.e_machine == EM_X86_64; k++) copy[k] = 0;
      content_hash_add(&hash, &at, sizeof at);
      content_hash_add(&hash, &type, sizeof type);
      add_target(u, &r, is_pc_relative(ehdr.e_machine, type), &hash);
    }
    content_hash_add(&hash, copy, size);
    free(copy);
  }
  content_hash_finish(&hash, hex);
  return 0;
}

static int add(struct code_set *set, const struct unit *u, const char *name, bool is_code, Elf_Scn *section,
               uint64_t from, uint64_t size, bool is_movable) {
  char plain[512];
  if (set->count % 256 == 0) {
    struct code_item *grown = reallocarray(set->item, set->count + 256, sizeof *grown);
    if (grown == NULL) return -ENOMEM;
    set->item = grown;
  }
  struct code_item *item = &set->item[set->count];
  plain_name(name, plain, sizeof plain);
  *item = (struct code_item){
    .file = strdup(u->file), .name = strdup(plain), .is_code = is_code, .is_movable = is_movable
  };
  set->count++;
  if (item->file == NULL || item->name == NULL) return -ENOMEM;
  set->functions += is_code;
  set->unmovable += is_code && !is_movable;
  return meaning(u, section, from, size, item->hash);
}

/* A function that is alone in its section: no other begins there. */
static bool alone(const struct unit *u, size_t section, uint64_t value) {
  for (size_t i = first_place(u, section, 0); i < u->places && u->place[i].section == section; i++)
    if (u->place[i].is_function && u->place[i].value != value) return false;
  return true;
}

static int read_functions(struct code_set *set, const struct unit *u) {
  GElf_Shdr h;
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < u->places; i++) {
    const struct place *p = &u->place[i];
    Elf_Scn *section = p->is_function && p->section < u->sections ? elf_getscn(u->elf, p->section) : NULL;
    if (section == NULL || gelf_getshdr(section, &h) == NULL || (h.sh_flags & SHF_EXECINSTR) == 0) continue;
    bool own = strncmp(section_name(u, &h), ".text.", 6) == 0 && alone(u, p->section, p->value);
    rc = add(set, u, p->name, true, section, p->value, p->size, own);
  }
  return rc;
}

static bool is_data(const struct unit *u, const GElf_Shdr *h) {
  if ((h->sh_flags & SHF_ALLOC) == 0 || (h->sh_flags & SHF_EXECINSTR) != 0 || h->sh_size == 0) return false;
  const char *name = section_name(u, h);
  /* unwind tables and notes follow the code; merged constants are compared where they are used */
  if (strcmp(name, ".eh_frame") == 0 || strncmp(name, ".note", 5) == 0) return false;
  return (h->sh_flags & SHF_MERGE) == 0;
}

/* Of LLVM; gcc's is in sections of ELF objects. */
static bool is_bitcode(Elf *elf) {
  size_t size = 0;
  const char *raw = elf_rawfile(elf, &size);
  return raw != NULL && size >= 4 && memcmp(raw, "BC\xc0\xde", 4) == 0;
}

/* An object that has nothing but intermediate code says so by a symbol (gcc's lto-streamer). */
static bool is_slim(const struct unit *u) {
  GElf_Sym sym;
  const char *name;
  for (size_t i = 1; i < u->symbols; i++)
    if (symbol(u, i, &sym, &name) && strcmp(name, "__gnu_lto_slim") == 0) return true;
  return false;
}

/* optimised: objects that were made at the link are among the others. */
static int read_unit(struct code_set *set, Elf *elf, const char *path, bool optimised, struct error *err) {
  struct unit u = { .elf = elf, .file = "", .path = path };
  GElf_Ehdr ehdr;
  GElf_Shdr h;
  if (optimised && is_bitcode(elf)) return 0;
  if (elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &ehdr) == NULL || ehdr.e_type != ET_REL ||
      elf_getshdrnum(elf, &u.sections) != 0 || elf_getshdrstrndx(elf, &u.names) != 0)
    return error_raise(err, ERROR_UNMEASURED, -ENOEXEC,
                       "%.300s holds something that is no ELF object (link-time bitcode?)", path);
  for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s)) != NULL;)
    if (gelf_getshdr(s, &h) != NULL && h.sh_type == SHT_SYMTAB && h.sh_entsize > 0) {
      u.symtab = s;
      u.symtab_header = h;
      u.symbols = h.sh_size / h.sh_entsize;
    }
  for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s)) != NULL;)
    u.intermediate |= gelf_getshdr(s, &h) != NULL && strncmp(section_name(&u, &h), ".gnu.lto_", 9) == 0;
  if (u.intermediate && !optimised && is_slim(&u))
    return error_raise(err, ERROR_UNMEASURED, -ENOTSUP,
                       "%.300s holds code for link-time optimisation, and what came of it was not seen", path);
  /* machine code beside it counts where the link took that */
  if (u.intermediate && optimised) return 0;
  GElf_Sym sym;
  const char *name;
  for (size_t i = 1; u.file[0] == '\0' && i < u.symbols; i++)
    if (symbol(&u, i, &sym, &name) && GELF_ST_TYPE(sym.st_info) == STT_FILE) u.file = name;
  int rc = find_places(&u);
  if (rc == 0) rc = read_functions(set, &u);
  for (Elf_Scn *s = NULL; rc == 0 && (s = elf_nextscn(elf, s)) != NULL;)
    if (gelf_getshdr(s, &h) != NULL && is_data(&u, &h))
      rc = add(set, &u, section_name(&u, &h), false, s, 0, h.sh_size, false);
  return rc == 0 || err->code != 0
             ? rc
             : error_raise(err, rc == -ENOMEM ? ERROR_INTERNAL : ERROR_UNMEASURED, rc, "%.300s is damaged", path);
}

static int by_name(const void *a, const void *b) {
  const struct code_item *x = a, *y = b;
  int c = strcmp(x->file, y->file);
  if (c == 0) c = strcmp(x->name, y->name);
  if (c == 0) c = (x->is_code > y->is_code) - (x->is_code < y->is_code);
  return c != 0 ? c : strcmp(x->hash, y->hash);
}

int code_set_read(struct code_set *set, const struct words *objects, struct error *err) {
  *set = (struct code_set){ 0 };
  int rc = 0;
  bool optimised = false;
  for (size_t i = 0; i < objects->count; i++)
    optimised |= strstr(objects->word[i], ".ltrans") != NULL || strstr(objects->word[i], ".lto.o") != NULL;
  elf_version(EV_CURRENT);
  for (size_t i = 0; rc == 0 && i < objects->count; i++) {
    const char *path = objects->word[i];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) rc = error_set_errno(err, -errno, "%.300s", path);
    Elf *file = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (file != NULL && elf_kind(file) == ELF_K_AR) {
      Elf_Cmd next = ELF_C_READ_MMAP;
      for (Elf *member; rc == 0 && (member = elf_begin(fd, next, file)) != NULL;) {
        Elf_Arhdr *header = elf_getarhdr(member);
        if (header != NULL && header->ar_name != NULL && header->ar_name[0] != '/')
          rc = read_unit(set, member, path, optimised, err);
        next = elf_next(member);
        elf_end(member);
      }
    } else if (fd >= 0) rc = read_unit(set, file, path, optimised, err);
    if (file != NULL) elf_end(file);
    if (fd >= 0) close(fd);
  }
  if (rc != 0) code_set_free(set);
  else if (set->count > 1) qsort(set->item, set->count, sizeof *set->item, by_name);
  return rc;
}

void code_set_free(struct code_set *set) {
  for (size_t i = 0; i < set->count; i++) {
    free(set->item[i].file);
    free(set->item[i].name);
  }
  free(set->item);
  *set = (struct code_set){ 0 };
}

static int key_order(const struct code_item *x, const struct code_item *y) {
  int c = strcmp(x->file, y->file);
  if (c == 0) c = strcmp(x->name, y->name);
  return c != 0 ? c : (x->is_code > y->is_code) - (x->is_code < y->is_code);
}

/* The end of the items of one key: several units of one file name, copies of one function. */
static size_t group_end(const struct code_set *s, size_t at) {
  size_t end = at + 1;
  while (end < s->count && key_order(&s->item[at], &s->item[end]) == 0) end++;
  return end;
}

static int say(struct words *list, const struct code_item *item) {
  return words_add(list, "%s%s%s", item->file, item->file[0] != '\0' ? ":" : "", item->name);
}

int code_set_compare(const struct code_set *in, const struct code_set *out, struct code_set_diff *diff,
                     struct error *err) {
  *diff = (struct code_set_diff){ 0 };
  int rc = 0;
  for (size_t i = 0, o = 0; rc == 0 && (i < in->count || o < out->count);) {
    int order = i == in->count ? 1 : o == out->count ? -1 : key_order(&in->item[i], &out->item[o]);
    size_t next_i = order <= 0 ? group_end(in, i) : i, next_o = order >= 0 ? group_end(out, o) : o;
    const struct code_item *item = order <= 0 ? &in->item[i] : &out->item[o];
    bool same = order == 0 && next_i - i == next_o - o;
    for (size_t k = 0; same && k < next_i - i; k++) same = strcmp(in->item[i + k].hash, out->item[o + k].hash) == 0;
    if (!same) {
      struct words *list = !item->is_code ? &diff->data
                           : order == 0   ? &diff->functions
                           : order < 0    ? &diff->only_in
                                          : &diff->only_out;
      rc = say(list, item);
    }
    i = next_i;
    o = next_o;
  }
  if (rc != 0) {
    code_set_diff_free(diff);
    return error_set_errno(err, rc, "comparing two builds");
  }
  size_t functions = diff->functions.count + diff->only_in.count + diff->only_out.count;
  diff->identical = functions == 0 && diff->data.count == 0;
  diff->data_only = functions == 0 && diff->data.count > 0;
  return 0;
}

void code_set_diff_free(struct code_set_diff *diff) {
  words_free(&diff->functions);
  words_free(&diff->only_in);
  words_free(&diff->only_out);
  words_free(&diff->data);
  *diff = (struct code_set_diff){ 0 };
}
