/* SPDX-License-Identifier: GPL-3.0-or-later */
/* object_sections.c: see object_sections.h. Foreign objects: every index is checked, by libelf and here. */
#include "harness/project/object_sections.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A function of each section: an array by section, NULL where there is none. */
static const char **functions(Elf *elf, size_t sections) {
  const char **of = calloc(sections, sizeof *of);
  GElf_Shdr h;
  for (Elf_Scn *s = NULL; of != NULL && (s = elf_nextscn(elf, s)) != NULL;) {
    if (gelf_getshdr(s, &h) == NULL || h.sh_type != SHT_SYMTAB) continue;
    Elf_Data *d = elf_getdata(s, NULL);
    GElf_Sym sym;
    for (int i = 1; d != NULL && gelf_getsym(d, i, &sym) != NULL; i++) {
      if (GELF_ST_TYPE(sym.st_info) != STT_FUNC || sym.st_shndx >= sections || sym.st_shndx == SHN_UNDEF) continue;
      const char *name = elf_strptr(elf, h.sh_link, sym.st_name);
      if (name != NULL && name[0] != '\0' && of[sym.st_shndx] == NULL) of[sym.st_shndx] = name;
    }
  }
  return of;
}

static int object(Elf *elf, object_section_fn *each, void *context, struct error *err) {
  size_t sections, names;
  GElf_Ehdr ehdr;
  GElf_Shdr h;
  if (elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &ehdr) == NULL || ehdr.e_type != ET_REL ||
      elf_getshdrnum(elf, &sections) != 0 || elf_getshdrstrndx(elf, &names) != 0)
    return 0;
  const char **function = functions(elf, sections);
  int rc = function == NULL ? error_set_errno(err, -ENOMEM, "an object") : 0;
  for (Elf_Scn *s = NULL; rc == 0 && (s = elf_nextscn(elf, s)) != NULL;) {
    if (gelf_getshdr(s, &h) == NULL || (h.sh_flags & SHF_EXECINSTR) == 0 || h.sh_size == 0) continue;
    const char *name = elf_strptr(elf, names, h.sh_name), *symbol = function[elf_ndxscn(s)];
    if (name != NULL && symbol != NULL && strncmp(name, ".text.", 6) == 0) rc = each(context, name, symbol, err);
  }
  free(function);
  return rc;
}

int object_sections(const char *path, object_section_fn *each, void *context, struct error *err) {
  int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
  if (fd < 0) return error_set_errno(err, -errno, "%.300s", path);
  elf_version(EV_CURRENT);
  Elf *file = elf_begin(fd, ELF_C_READ_MMAP, NULL);
  if (file != NULL && elf_kind(file) == ELF_K_AR) {
    Elf_Cmd next = ELF_C_READ_MMAP;
    for (Elf *member; rc == 0 && (member = elf_begin(fd, next, file)) != NULL;) {
      rc = object(member, each, context, err);
      next = elf_next(member);
      elf_end(member);
    }
  } else if (file != NULL && elf_kind(file) == ELF_K_ELF) rc = object(file, each, context, err);
  else rc = error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%.300s is neither an object nor an archive", path);
  if (file != NULL) elf_end(file);
  close(fd);
  return rc;
}
