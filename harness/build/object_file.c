/* SPDX-License-Identifier: GPL-3.0-or-later */
/* object_file.c: see object_file.h. */
#include "harness/build/object_file.h"

#include <fcntl.h>
#include <unistd.h>

int object_file_open(struct object_file *o, const char *path, struct error *err) {
  *o = (struct object_file){ .path = path, .fd = open(path, O_RDONLY | O_CLOEXEC) };
  if (o->fd < 0) return error_set_errno(err, -errno, "cannot read %s", path);
  elf_version(EV_CURRENT);
  o->elf = elf_begin(o->fd, ELF_C_READ_MMAP, NULL);
  if (o->elf != NULL && elf_kind(o->elf) == ELF_K_ELF && elf_getshdrstrndx(o->elf, &o->strings) == 0) return 0;
  object_file_close(o);
  return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s is not an ELF object", path);
}

void object_file_close(struct object_file *o) {
  if (o->elf != NULL) elf_end(o->elf);
  if (o->fd >= 0) close(o->fd);
  o->elf = NULL;
  o->fd = -1;
}

Elf_Scn *object_file_next(const struct object_file *o, Elf_Scn *section, GElf_Shdr *header) {
  while ((section = elf_nextscn(o->elf, section)) != NULL)
    if (gelf_getshdr(section, header) != NULL) return section;
  return NULL;
}

static const char *text_at(const struct object_file *o, size_t strings, size_t offset) {
  const char *text = elf_strptr(o->elf, strings, offset);
  return text != NULL ? text : "";
}

const char *object_file_section_name(const struct object_file *o, const GElf_Shdr *header) {
  return text_at(o, o->strings, header->sh_name);
}

const char *object_file_symbol_name(const struct object_file *o, const GElf_Shdr *table, const GElf_Sym *symbol) {
  return text_at(o, table->sh_link, symbol->st_name);
}
