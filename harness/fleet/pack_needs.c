/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_needs.c: see pack_needs.h. */
#include "harness/fleet/pack_needs.h"

#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static Elf *open_elf(const unsigned char *bytes, size_t size) {
  elf_version(EV_CURRENT);
  if (size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0) return NULL;
  return elf_memory((char *)(uintptr_t)bytes, size); /* which reads alone */
}

static Elf_Data *section(Elf *elf, uint32_t type, GElf_Shdr *h) {
  for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s)) != NULL;)
    if (gelf_getshdr(s, h) != NULL && h->sh_type == type) return elf_getdata(s, NULL);
  return NULL;
}

static void newest(Elf *elf, unsigned best[2]) {
  GElf_Shdr h;
  GElf_Verneed need;
  GElf_Vernaux aux;
  Elf_Data *d = section(elf, SHT_GNU_verneed, &h);
  unsigned rows = 0; /* of somebody's table: no circle */
  for (int at = 0; d != NULL && gelf_getverneed(d, at, &need) != NULL && rows < 10000; at += (int)need.vn_next) {
    int in = at + (int)need.vn_aux;
    for (unsigned i = 0; i < need.vn_cnt && gelf_getvernaux(d, in, &aux) != NULL && rows < 10000; i++, rows++) {
      unsigned v[2] = { 0, 0 };
      const char *name = elf_strptr(elf, h.sh_link, aux.vna_name);
      if (name != NULL && sscanf(name, "GLIBC_%3u.%5u", &v[0], &v[1]) == 2 &&
          (v[0] > best[0] || (v[0] == best[0] && v[1] > best[1])))
        memcpy(best, v, sizeof v);
      in += (int)aux.vna_next;
    }
    if (need.vn_next == 0) break;
  }
}

static bool is_gates_image(const char *name) { return strcmp(name, "a.image") == 0 || strcmp(name, "b.image") == 0; }

void pack_needs_glibc(const struct pack_archive *a, char *text, size_t size) {
  unsigned best[2] = { 0, 0 };
  for (size_t i = 0; i < a->count; i++) {
    Elf *elf = is_gates_image(a->file[i].name) ? NULL : open_elf(a->file[i].bytes, a->file[i].size);
    if (elf != NULL) newest(elf, best);
    if (elf != NULL) elf_end(elf);
  }
  text[0] = '\0';
  if (best[0] > 0) snprintf(text, size, "%u.%u", best[0], best[1]);
}

static bool is_known(const char *name) {
#define SYMBOL(name) #name,
#define HIDDEN(name) #name,
  static const char *const names[] = {
#include "harness/runner/libc_names.def"
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

int pack_needs_names(const unsigned char *image, size_t size, struct error *err) {
  Elf *elf = open_elf(image, size);
  GElf_Shdr h;
  GElf_Sym s;
  int rc = 0;
  Elf_Data *d = elf == NULL ? NULL : section(elf, SHT_DYNSYM, &h);
  for (int i = 1; rc == 0 && d != NULL && gelf_getsym(d, i, &s) != NULL; i++) {
    const char *name = elf_strptr(elf, h.sh_link, s.st_name);
    if (s.st_shndx != SHN_UNDEF || GELF_ST_BIND(s.st_info) == STB_WEAK || name == NULL || is_known(name)) continue;
    rc =
        error_raise(err, ERROR_UNMEASURED, -ENOSYS,
                    "a variant asks the C library for %.100s, which the static runner of packs does not hand on", name);
    error_advise(err, "add it to harness/runner/libc_names.def");
  }
  if (elf != NULL) elf_end(elf);
  return rc;
}
