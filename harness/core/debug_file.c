/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debug_file.c: see debug_file.h. */
#include "harness/core/debug_file.h"

#include <dwarf.h>
#include <gelf.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_other_than_file(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* Of the places that libdwfl looks at, those that are not below /usr/lib/debug, which is root's. */
static bool is_trap(const char *file_name, const char *link) {
  static const char *const below[] = { "", ".debug/" };
  char path[PATH_MAX], own[NAME_MAX + 8];
  const char *slash = strrchr(file_name, '/');
  int folder = slash != NULL ? (int)(slash - file_name + 1) : 0;
  if (link == NULL) { /* libdwfl's guess */
    snprintf(own, sizeof own, "%.255s.debug", file_name + folder);
    link = own;
  }
  for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
    snprintf(path, sizeof path, "%.*s%s%s", folder, file_name, below[i], link);
    if (is_other_than_file(path)) return true;
  }
  return link[0] == '/' && is_other_than_file(link);
}

int debug_file_find(Dwfl_Module *module, void **userdata, const char *module_name, Dwarf_Addr base,
                    const char *file_name, const char *link, GElf_Word crc, char **found) {
  if (file_name != NULL && is_trap(file_name, link)) return -1;
  int fd = dwfl_standard_find_debuginfo(module, userdata, module_name, base, file_name, link, crc, found);
  Elf *elf = fd >= 0 ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
  bool good = elf == NULL || debug_file_check_alternative(elf, *found != NULL ? *found : "", NULL) == 0;
  elf_end(elf);
  if (good) return fd;
  close(fd);
  return -1;
}

int debug_file_check_alternative(Elf *elf, const char *path, struct error *err) {
  size_t names;
  char place[PATH_MAX];
  if (elf_getshdrstrndx(elf, &names) != 0) return 0;
  for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn != NULL; scn = elf_nextscn(elf, scn)) {
    GElf_Shdr sh;
    const char *name = gelf_getshdr(scn, &sh) != NULL ? elf_strptr(elf, names, sh.sh_name) : NULL;
    if (name == NULL || strcmp(name, ".gnu_debugaltlink") != 0 || sh.sh_size > sizeof place) continue;
    Elf_Data *d = elf_rawdata(scn, NULL);
    if (d == NULL || d->d_buf == NULL || memchr(d->d_buf, '\0', d->d_size) == NULL) continue;
    const char *link = d->d_buf, *slash = strrchr(path, '/');
    int folder = slash != NULL && link[0] != '/' ? (int)(slash - path + 1) : 0;
    snprintf(place, sizeof place, "%.*s%s", folder, path, link);
    if (is_other_than_file(place))
      return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%.300s names %.300s as its debug file, which is none", path,
                         place);
  }
  return 0;
}

static const char *text_of(Dwarf_Die *die, unsigned attribute) {
  Dwarf_Attribute a;
  return dwarf_formstring(dwarf_attr(die, attribute, &a));
}

bool debug_file_split_is_trap(Dwarf *dwarf, const char *path) {
  char place[PATH_MAX];
  const char *slash = strrchr(path, '/');
  int folder = slash != NULL ? (int)(slash - path + 1) : 0;
  Dwarf_CU *unit = NULL;
  Dwarf_Die die;
  uint8_t type;
  bool any = false;
  while (dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, NULL) ==
         0) { /* without a place for the rest: not opened */
    const char *name = text_of(&die, DW_AT_dwo_name), *made_in = text_of(&die, DW_AT_comp_dir);
    if (name == NULL) name = text_of(&die, DW_AT_GNU_dwo_name);
    if (name == NULL) continue;
    any = true;
    if (name[0] == '/' && is_other_than_file(name)) return true;
    snprintf(place, sizeof place, "%.*s%s", folder, path, name);
    if (is_other_than_file(place)) return true;
    if (made_in == NULL) continue;
    snprintf(place, sizeof place, "%s/%s", made_in, name);
    if (is_other_than_file(place)) return true;
    snprintf(place, sizeof place, "%.*s%s/%s", folder, path, made_in, name); /* a folder that is relative */
    if (is_other_than_file(place)) return true;
  }
  snprintf(place, sizeof place, "%s.dwp", path);
  return any && is_other_than_file(place);
}
