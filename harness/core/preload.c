/* SPDX-License-Identifier: GPL-3.0-or-later */
/* preload.c: see preload.h. */
#include "harness/core/preload.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/foreign_file.h"

/* The kind of the running program, which is built for the same machine. */
static bool same_kind(const GElf_Ehdr *a) {
  GElf_Ehdr own;
  bool same = false;
  int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
  if (elf == NULL || gelf_getehdr(elf, &own) == NULL) same = true; /* cannot tell: the loader decides */
  else same = own.e_machine == a->e_machine && own.e_ident[EI_CLASS] == a->e_ident[EI_CLASS];
  elf_end(elf);
  if (fd >= 0) close(fd);
  return same;
}

/* A position-independent program is ET_DYN too, but names an interpreter and is marked DF_1_PIE;
 * the C library itself names an interpreter, so the mark alone counts. */
static bool is_program(Elf *elf, const GElf_Ehdr *head) {
  if (head->e_type != ET_DYN) return true;
  for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn != NULL; scn = elf_nextscn(elf, scn)) {
    GElf_Shdr section;
    if (gelf_getshdr(scn, &section) == NULL || section.sh_type != SHT_DYNAMIC || section.sh_entsize == 0) continue;
    Elf_Data *data = elf_getdata(scn, NULL);
    for (size_t i = 0; data != NULL && i < section.sh_size / section.sh_entsize; i++) {
      GElf_Dyn d;
      if (gelf_getdyn(data, (int)i, &d) != NULL && d.d_tag == DT_FLAGS_1) return (d.d_un.d_val & DF_1_PIE) != 0;
    }
  }
  return false;
}

int preload_find(const char *name, char *path, struct error *err) {
  int rc = realpath(name, path) == NULL || access(path, R_OK) != 0 ? -errno : 0;
  if (rc == 0) return 0;
  if (rc == -ENOENT || rc == -ENOTDIR) error_raise(err, ERROR_USAGE, rc, "no library '%s'", name);
  else error_set_errno(err, rc, "cannot read the library '%s'", name);
  error_advise(err, "give the file of a shared malloc library, or none for the C library's malloc");
  return rc;
}

int preload_check(const char *library, struct error *err) {
  if (library[strcspn(library, " \t:")] != '\0') {
    int rc = error_raise(err, ERROR_UNMEASURED, -ENOEXEC,
                         "LD_PRELOAD cannot hold the name '%s': it has a blank or a colon", library);
    error_advise(err, "move or copy the folder to a path without them");
    return rc;
  }
  int fd = foreign_file_open(AT_FDCWD, library, O_RDONLY, 0, err);
  if (fd < 0) return fd;
  GElf_Ehdr head;
  elf_version(EV_CURRENT);
  Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
  bool good = elf != NULL && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &head) != NULL && same_kind(&head) &&
              !is_program(elf, &head);
  elf_end(elf);
  close(fd);
  if (good) return 0;
  int rc = error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s is no shared library of this machine", library);
  error_advise(err, "give the file of a shared malloc library (libNAME.so)");
  return rc;
}
