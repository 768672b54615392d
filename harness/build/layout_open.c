/* SPDX-License-Identifier: GPL-3.0-or-later */
/* layout_open.c: reads a linked image: where each function's section lies (link map), and which
 * places refer to what (the relocations of the objects, so that the target's section is known
 * for certain: a jump table's entry says `label + index`, which may point past its function). */
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/build/layout.h"
#include "harness/build/layout_kinds.h"
#include "harness/build/object_file.h"

/* Placement of an input section, from the link map. */
struct placed {
  char *key; /* OBJECT:(SECTION), object without folder */
  uint64_t address, size;
};
struct link_map {
  struct placed *placed;
  size_t count, room;
};

struct object {
  struct object_file file;
  const char *base; /* name without folder */
  int *section_of;  /* ELF section index -> layout section, -1 */
  size_t sections;
};

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static int map_add(struct link_map *m, const char *object, const char *section, size_t section_length, uint64_t address,
                   uint64_t size) {
  if (m->count == m->room) {
    size_t room = m->room ? 2 * m->room : 256;
    struct placed *p = realloc(m->placed, room * sizeof *p);
    if (!p) return -ENOMEM;
    m->placed = p;
    m->room = room;
  }
  char *key;
  if (asprintf(&key, "%s:(%.*s)", base_name(object), (int)section_length, section) < 0) return -ENOMEM;
  m->placed[m->count++] = (struct placed){ key, address, size };
  return 0;
}

/* lld: "VMA LMA Size Align  object:(section)". */
static int map_line_lld(struct link_map *m, char *line) {
  unsigned long long vma, lma, size, align;
  int used = 0;
  if (sscanf(line, "%llx %llx %llx %llu %n", &vma, &lma, &size, &align, &used) != 4 || used == 0) return 0;
  char *text = line + used, *colon = strstr(text, ":(");
  size_t n = strcspn(text, "\n");
  if (!colon || n == 0 || text[n - 1] != ')') return 0;
  *colon = '\0';
  char *section = colon + 2;
  return map_add(m, text, section, (size_t)(text + n - 1 - section), vma, size);
}

/* bfd and gold: " .section  0xaddress  0xsize object", the section's name alone on a line where it
 * is long. */
static int map_line_gnu(struct link_map *m, char *line, char *pending, size_t pending_size) {
  char section[256] = "", object[4096];
  unsigned long long address, size;
  if (line[0] == ' ' && line[1] == '.') {
    int n = sscanf(line, " %255s 0x%llx 0x%llx %4095[^\n]", section, &address, &size, object);
    snprintf(pending, pending_size, "%s", n == 1 ? section : "");
    return n == 4 ? map_add(m, object, section, strlen(section), address, size) : 0;
  }
  if (pending[0] && sscanf(line, " 0x%llx 0x%llx %4095[^\n]", &address, &size, object) == 3) {
    int rc = map_add(m, object, pending, strlen(pending), address, size);
    pending[0] = '\0';
    return rc;
  }
  pending[0] = '\0';
  return 0;
}

static int map_read(struct link_map *m, const char *path, struct error *err) {
  FILE *f = fopen(path, "re");
  if (!f) return error_set_errno(err, -errno, "cannot read the link map %s", path);
  char *line = NULL, pending[256] = "";
  size_t room = 0;
  bool first = true, lld = false;
  int rc = 0;
  while (rc == 0 && getline(&line, &room, f) > 0) {
    if (first) lld = strstr(line, "VMA") != NULL;
    first = false;
    rc = lld ? map_line_lld(m, line) : map_line_gnu(m, line, pending, sizeof pending);
  }
  free(line);
  fclose(f);
  return rc ? error_set_errno(err, rc, "cannot read the link map") : 0;
}

static void map_free(struct link_map *m) {
  for (size_t i = 0; i < m->count; i++) free(m->placed[i].key);
  free(m->placed);
}

/* -1 where the linker dropped it; -2 where the name stands twice. */
static int map_find(const struct link_map *m, const char *object, const char *section) {
  char key[1024];
  int found = -1;
  snprintf(key, sizeof key, "%s:(%s)", object, section);
  for (size_t i = 0; i < m->count; i++)
    if (strcmp(m->placed[i].key, key) == 0) {
      if (found >= 0) return -2;
      found = (int)i;
    }
  return found;
}

static const char *section_name(Elf *e, Elf_Scn *scn, GElf_Shdr *sh) {
  size_t strings;
  if (!gelf_getshdr(scn, sh) || elf_getshdrstrndx(e, &strings) != 0) return "";
  const char *n = elf_strptr(e, strings, sh->sh_name);
  return n ? n : "";
}

static bool is_cold(const char *name) {
  return strncmp(name, ".text.unlikely", 14) == 0 || strncmp(name, ".text.exit", 10) == 0 ||
         strncmp(name, ".text.startup", 13) == 0 || strncmp(name, ".text.cold", 10) == 0;
}

static int add_sections(struct layout_image *im, struct object *o, const struct link_map *map, struct error *err) {
  Elf_Scn *scn = NULL;
  GElf_Shdr sh;
  if (elf_getshdrnum(o->file.elf, &o->sections) != 0 ||
      !(o->section_of = malloc((o->sections + 1) * sizeof *o->section_of)))
    return error_set_errno(err, -ENOMEM, "cannot read %s", o->base);
  for (size_t i = 0; i <= o->sections; i++) o->section_of[i] = -1;
  while ((scn = elf_nextscn(o->file.elf, scn)) != NULL) {
    const char *name = section_name(o->file.elf, scn, &sh);
    if (!(sh.sh_flags & SHF_ALLOC) || !(sh.sh_flags & SHF_EXECINSTR) || sh.sh_size == 0) continue;
    int at = map_find(map, o->base, name);
    if (at == -2) return error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "section %s stands twice in %s", name, o->base);
    if (at < 0) continue;
    struct layout_section *s = realloc(im->section, (im->section_count + 1) * sizeof *s);
    if (!s) return error_set_errno(err, -ENOMEM, "cannot read %s", o->base);
    im->section = s;
    s += im->section_count;
    *s = (struct layout_section){ .address = map->placed[at].address,
                                  .size = sh.sh_size,
                                  .align = sh.sh_addralign ? sh.sh_addralign : 1,
                                  .cold = is_cold(name),
                                  .pad = strcmp(name, ".text.zz_ab_pad") == 0 };
    s->name = strdup(map->placed[at].key);
    o->section_of[elf_ndxscn(scn)] = (int)im->section_count++;
  }
  return 0;
}

/* .text of the image: where it lies; every byte of it must be one of our sections or a gap. */
static int find_text(struct layout_image *im, const struct link_map *map, struct error *err) {
  Elf *e = elf_memory((char *)im->bytes, im->size);
  Elf_Scn *scn = NULL;
  GElf_Shdr sh;
  GElf_Ehdr eh;
  if (!e || !gelf_getehdr(e, &eh)) return error_raise(err, ERROR_UNMEASURED, -EINVAL, "the linked image is not ELF");
  bool known = eh.e_machine == EM_X86_64;
  while ((scn = elf_nextscn(e, scn)) != NULL)
    if (strcmp(section_name(e, scn, &sh), ".text") == 0) {
      im->text_address = sh.sh_addr;
      im->text_offset = sh.sh_offset;
      im->text_size = sh.sh_size;
    }
  elf_end(e);
  if (!known) return error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "functions are moved on x86-64 only");
  if (im->text_size == 0 || im->text_offset > im->size || im->text_size > im->size - im->text_offset)
    return error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "the linked image has no .text");
  for (size_t i = 0; i < im->section_count; i++)
    if (im->section[i].address < im->text_address ||
        im->section[i].address + im->section[i].size > im->text_address + im->text_size)
      return error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "%s lies outside of .text", im->section[i].name);
  for (size_t i = 0; i < map->count; i++) {
    const struct placed *p = &map->placed[i];
    bool ours = p->size == 0 || p->address < im->text_address || p->address >= im->text_address + im->text_size;
    for (size_t k = 0; k < im->section_count && !ours; k++) ours = strcmp(im->section[k].name, p->key) == 0;
    if (!ours) return error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "%s is in .text but in none of the objects", p->key);
  }
  return 0;
}

static int section_at(const struct layout_image *im, uint64_t address) {
  for (size_t i = 0; i < im->section_count; i++)
    if (address >= im->section[i].address && address < im->section[i].address + im->section[i].size) return (int)i;
  return -1;
}

static int add_fixup(struct layout_image *im, struct layout_fixup f) {
  if (f.place < 0 && f.target < 0) return 0;
  if ((im->fixup_count & (im->fixup_count - 1)) == 0) {
    size_t room = im->fixup_count ? 2 * im->fixup_count : 1;
    struct layout_fixup *p = realloc(im->fixup, room * sizeof *p);
    if (!p) return -ENOMEM;
    im->fixup = p;
  }
  im->fixup[im->fixup_count++] = f;
  return 0;
}

/* File offset of an address, through the program headers. */
static bool file_offset(const struct layout_image *im, uint64_t address, uint64_t length, uint64_t *offset) {
  const Elf64_Ehdr *e = (const void *)im->bytes;
  if (e->e_phoff > im->size || (uint64_t)e->e_phnum * sizeof(Elf64_Phdr) > im->size - e->e_phoff) return false;
  const Elf64_Phdr *p = (const void *)(im->bytes + e->e_phoff);
  for (int i = 0; i < e->e_phnum; i++)
    if (p[i].p_type == PT_LOAD && address >= p[i].p_vaddr && address - p[i].p_vaddr + length <= p[i].p_filesz &&
        p[i].p_offset <= im->size && p[i].p_filesz <= im->size - p[i].p_offset) {
      *offset = p[i].p_offset + (address - p[i].p_vaddr);
      return true;
    }
  return false;
}

static int symbol_target(struct object *objects, size_t count, struct object *o, const GElf_Sym *sym,
                         const char *name) {
  if (sym->st_shndx != SHN_UNDEF && sym->st_shndx < SHN_LORESERVE)
    return sym->st_shndx < o->sections ? o->section_of[sym->st_shndx] : -1;
  if (sym->st_shndx != SHN_UNDEF) return -1;
  for (size_t i = 0; i < count; i++) {
    Elf_Scn *scn = NULL;
    GElf_Shdr sh;
    while ((scn = elf_nextscn(objects[i].file.elf, scn)) != NULL) {
      if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_SYMTAB) continue;
      Elf_Data *d = elf_getdata(scn, NULL);
      GElf_Sym s;
      for (size_t k = 0; d && k < sh.sh_size / sh.sh_entsize && gelf_getsym(d, (int)k, &s); k++) {
        if (GELF_ST_BIND(s.st_info) == STB_LOCAL || s.st_shndx == SHN_UNDEF || s.st_shndx >= SHN_LORESERVE) continue;
        const char *n = elf_strptr(objects[i].file.elf, sh.sh_link, s.st_name);
        if (n && strcmp(n, name) == 0) return objects[i].section_of[s.st_shndx];
      }
    }
  }
  return -1;
}

/* What kind of place a relocation makes: -1 nothing to do, -2 not known. */
static int kind_of(uint32_t type) {
  switch (type) {
  case R_X86_64_PC32:
  case R_X86_64_PLT32:
  case R_X86_64_GOTPCREL:
  case R_X86_64_GOTPCRELX:
  case R_X86_64_REX_GOTPCRELX:
  case R_X86_64_GOTTPOFF:
  case R_X86_64_TLSGD:
  case R_X86_64_TLSLD:
  case R_X86_64_GOTPC32: return FIXUP_PC32;
  case R_X86_64_PC64:
  case R_X86_64_GOTPC64: return FIXUP_PC64;
  case R_X86_64_64: /* data: becomes a RELATIVE relocation, which is fixed as such */
  case R_X86_64_NONE:
  case R_X86_64_TPOFF32:
  case R_X86_64_DTPOFF32:
  case R_X86_64_DTPOFF64:
  case R_X86_64_SIZE32:
  case R_X86_64_SIZE64: return -1;
  default: return -2;
  }
}

static int add_relocation(struct layout_image *im, struct object *objects, size_t count, struct object *o,
                          int place_section, uint64_t place_address, const GElf_Rela *r, Elf_Data *symbols,
                          size_t strings, struct error *err) {
  int kind = kind_of((uint32_t)GELF_R_TYPE(r->r_info));
  if (kind == -1) return 0;
  GElf_Sym sym;
  if (!gelf_getsym(symbols, (int)GELF_R_SYM(r->r_info), &sym))
    return error_raise(err, ERROR_UNMEASURED, -EINVAL, "%s: a relocation without a symbol", o->base);
  if (kind == -2)
    return error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "%s: relocation type %u cannot be moved", o->base,
                       (unsigned)GELF_R_TYPE(r->r_info));
  const char *name = elf_strptr(o->file.elf, strings, sym.st_name);
  struct layout_fixup f = { .place = place_section, .kind = kind };
  f.target = symbol_target(objects, count, o, &sym, name ? name : "");
  if (!file_offset(im, place_address, kind == FIXUP_PC64 ? 8 : 4, &f.offset))
    return error_raise(err, ERROR_UNMEASURED, -EINVAL, "%s: a relocation outside of the image", o->base);
  /* Through the GOT or the PLT the place refers to something that does not move: only the linked
   * bytes tell whether the linker went there or straight to the function. */
  if (f.target >= 0 && place_section >= 0 && kind == FIXUP_PC32) {
    int32_t v;
    memcpy(&v, im->bytes + f.offset, 4);
    uint64_t t = place_address + 4 + (uint64_t)(int64_t)v;
    if (t < im->text_address || t >= im->text_address + im->text_size) f.target = -1;
  }
  return add_fixup(im, f) ? error_set_errno(err, -ENOMEM, "cannot read %s", o->base) : 0;
}

static int add_relocations(struct layout_image *im, struct object *objects, size_t count, struct object *o,
                           const struct link_map *map, struct error *err) {
  Elf_Scn *scn = NULL;
  GElf_Shdr sh, place_sh, sym_sh;
  while ((scn = elf_nextscn(o->file.elf, scn)) != NULL) {
    if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_RELA) continue;
    Elf_Scn *place = elf_getscn(o->file.elf, sh.sh_info), *symtab = elf_getscn(o->file.elf, sh.sh_link);
    if (!place || !symtab || !gelf_getshdr(symtab, &sym_sh)) continue;
    const char *name = section_name(o->file.elf, place, &place_sh);
    if (!(place_sh.sh_flags & SHF_ALLOC) || strncmp(name, ".eh_frame", 9) == 0) continue;
    int at = map_find(map, o->base, name);
    if (at < 0) continue;
    Elf_Data *d = elf_getdata(scn, NULL), *symbols = elf_getdata(symtab, NULL);
    GElf_Rela r;
    for (size_t i = 0; d && i < sh.sh_size / sh.sh_entsize && gelf_getrela(d, (int)i, &r); i++) {
      int rc = add_relocation(im, objects, count, o, o->section_of[sh.sh_info], map->placed[at].address + r.r_offset,
                              &r, symbols, sym_sh.sh_link, err);
      if (rc) return rc;
    }
  }
  return 0;
}

/* Exported functions and RELATIVE addends that point into .text. */
static int add_dynamic(struct layout_image *im, struct error *err) {
  Elf *e = elf_memory((char *)im->bytes, im->size);
  Elf_Scn *scn = NULL;
  GElf_Shdr sh;
  int rc = 0;
  while (e && rc == 0 && (scn = elf_nextscn(e, scn)) != NULL) {
    if (!gelf_getshdr(scn, &sh) || (sh.sh_type != SHT_DYNSYM && sh.sh_type != SHT_RELA) || !(sh.sh_flags & SHF_ALLOC) ||
        sh.sh_entsize == 0)
      continue;
    Elf_Data *d = elf_getdata(scn, NULL);
    for (size_t i = 0; d && rc == 0 && i < sh.sh_size / sh.sh_entsize; i++) {
      GElf_Sym s;
      GElf_Rela r;
      struct layout_fixup f = { .place = -1, .kind = FIXUP_ABS64 };
      if (sh.sh_type == SHT_DYNSYM) {
        if (!gelf_getsym(d, (int)i, &s) || s.st_shndx == SHN_UNDEF) continue;
        f.target = section_at(im, s.st_value);
        f.offset = sh.sh_offset + i * sh.sh_entsize + offsetof(Elf64_Sym, st_value);
      } else {
        if (!gelf_getrela(d, (int)i, &r)) continue;
        uint32_t type = (uint32_t)GELF_R_TYPE(r.r_info);
        if (type != R_X86_64_RELATIVE && type != R_X86_64_IRELATIVE) continue;
        f.target = section_at(im, (uint64_t)r.r_addend);
        f.offset = sh.sh_offset + i * sh.sh_entsize + offsetof(Elf64_Rela, r_addend);
      }
      rc = add_fixup(im, f);
    }
  }
  if (e) elf_end(e);
  return rc ? error_set_errno(err, rc, "cannot read the linked image") : 0;
}

static int read_file(const char *path, unsigned char **bytes, size_t *size, struct error *err) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) != 0) {
    int rc = error_set_errno(err, -errno, "cannot read %s", path);
    if (fd >= 0) close(fd);
    return rc;
  }
  *bytes = malloc((size_t)st.st_size + 1);
  size_t done = 0;
  ssize_t n = 0;
  while (*bytes && done < (size_t)st.st_size && (n = read(fd, *bytes + done, (size_t)st.st_size - done)) > 0)
    done += (size_t)n;
  close(fd);
  *size = done;
  return !*bytes ? error_set_errno(err, -ENOMEM, "%s", path)
         : n < 0 ? error_set_errno(err, -EIO, "cannot read %s", path)
                 : 0;
}

int layout_open(struct layout_image *im, const char *image_path, const char *map_path, char *const *objects,
                struct error *err) {
  struct link_map map = { 0 };
  size_t count = 0;
  memset(im, 0, sizeof *im);
  while (objects[count]) count++;
  struct object *o = calloc(count + 1, sizeof *o);
  if (!o) return error_set_errno(err, -ENOMEM, "cannot read the objects");
  for (size_t i = 0; i < count; i++) o[i].file.fd = -1;
  elf_version(EV_CURRENT);
  int rc = read_file(image_path, &im->bytes, &im->size, err);
  if (rc == 0 && im->size < sizeof(Elf64_Ehdr))
    rc = error_raise(err, ERROR_UNMEASURED, -EINVAL, "%s is not ELF", image_path);
  if (rc == 0) rc = map_read(&map, map_path, err);
  for (size_t i = 0; i < count && rc == 0; i++) {
    o[i].base = base_name(objects[i]);
    rc = object_file_open(&o[i].file, objects[i], err);
  }
  for (size_t i = 0; i < count && rc == 0; i++) rc = add_sections(im, &o[i], &map, err);
  if (rc == 0) rc = find_text(im, &map, err);
  for (size_t i = 0; i < count && rc == 0; i++) rc = add_relocations(im, o, count, &o[i], &map, err);
  if (rc == 0) rc = add_dynamic(im, err);
  for (size_t i = 0; i < count; i++) {
    object_file_close(&o[i].file);
    free(o[i].section_of);
  }
  free(o);
  map_free(&map);
  if (rc) layout_close(im);
  return rc;
}

void layout_close(struct layout_image *im) {
  for (size_t i = 0; i < im->section_count; i++) free(im->section[i].name);
  free(im->section);
  free(im->fixup);
  free(im->bytes);
  memset(im, 0, sizeof *im);
}
