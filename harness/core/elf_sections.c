/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_sections.c: see elf_sections.h. */
#include "harness/core/elf_sections.h"

#include <gelf.h>
#include <stddef.h>

#include "harness/core/confined.h"

static uint64_t sum(uint64_t a, uint64_t b) { return a + b < a ? UINT64_MAX : a + b; }

int elf_sections_check(Elf *elf, uint64_t file_size, const char *path, struct error *err) {
  uint64_t named = 0, unpacked = 0, most = confined_limits_for(file_size).memory;
  for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn != NULL; scn = elf_nextscn(elf, scn)) {
    GElf_Shdr sh;
    GElf_Chdr ch;
    if (gelf_getshdr(scn, &sh) == NULL)
      return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%.300s is damaged: its sections' headers", path);
    if (sh.sh_type == SHT_NULL || sh.sh_type == SHT_NOBITS) continue;
    if (sh.sh_offset > file_size || sh.sh_size > file_size - sh.sh_offset)
      return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%.300s is damaged: section %zu ends behind the file's end",
                         path, elf_ndxscn(scn));
    named = sum(named, sh.sh_size);
    if ((sh.sh_flags & SHF_COMPRESSED) != 0 && gelf_getchdr(scn, &ch) != NULL) unpacked = sum(unpacked, ch.ch_size);
  }
  if (named / 2 > file_size)
    return error_raise(err, ERROR_UNMEASURED, -EBADMSG,
                       "%.300s is damaged, or made to be: its sections name %llu MB, and it has %llu", path,
                       (unsigned long long)(named >> 20), (unsigned long long)(file_size >> 20));
  if (unpacked > most)
    return error_raise(err, ERROR_UNMEASURED, -EBADMSG,
                       "%.300s is damaged, or made to be: what is compressed in it would become %llu MB", path,
                       (unsigned long long)(unpacked >> 20));
  return 0;
}
