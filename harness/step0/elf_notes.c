/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_notes.c: USDT notes (.note.stapsdt, https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation). */
#include <gelf.h>
#include <stdio.h>
#include <string.h>

#include "harness/step0/elf_object.h"

enum { NOTE_STAPSDT = 3 };

/* Where .stapsdt.base really is: prelink and objcopy move it, and notes are not adjusted. */
static bool find_base(const struct elf_object *o, uint64_t *address) {
  size_t names;
  Elf_Scn *scn = NULL;
  if (elf_getshdrstrndx(o->elf, &names) != 0) return false;
  while ((scn = elf_nextscn(o->elf, scn)) != NULL) {
    GElf_Shdr sh;
    if (gelf_getshdr(scn, &sh) == NULL) continue;
    const char *name = elf_strptr(o->elf, names, sh.sh_name);
    if (name != NULL && strcmp(name, ".stapsdt.base") == 0) {
      *address = sh.sh_addr;
      return true;
    }
  }
  return false;
}

/* Description: pc, base, semaphore (8 bytes each), then provider, name, arguments, each ended by
 * a 0. */
static int read_note(const struct elf_object *o, const char *desc, size_t size, bool have_base, uint64_t base,
                     const char **provider, const char **name, struct elf_places *one, struct error *err) {
  uint64_t word[3];
  if (size < sizeof word + 3)
    return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s: a USDT note of %zu bytes is too short", o->path, size);
  memcpy(word, desc, sizeof word);
  const char *p = desc + sizeof word, *end = desc + size;
  const char *nul = memchr(p, 0, (size_t)(end - p));
  if (nul == NULL || nul + 1 >= end)
    return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s: a USDT note has no name", o->path);
  const char *nul2 = memchr(nul + 1, 0, (size_t)(end - nul - 1));
  if (nul2 == NULL)
    return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s: the name in a USDT note does not end", o->path);
  *provider = p;
  *name = nul + 1;
  uint64_t shift = have_base && word[1] != 0 ? base - word[1] : 0;
  one->count = 0;
  int rc = elf_places_add(one, o, word[0] + shift, word[2] != 0 ? word[2] + shift : 0, err);
  if (rc != 0) error_prefix(err, "USDT note %s:%s", *provider, *name);
  return rc;
}

int elf_object_walk_notes(const struct elf_object *o,
                          int (*see)(void *context, const char *provider, const char *name,
                                     const struct elf_place *place),
                          void *context, struct error *err) {
  size_t names;
  uint64_t base = 0;
  bool have_base = find_base(o, &base);
  Elf_Scn *scn = NULL;
  struct elf_places one = { 0 };
  int rc = 0;
  if (elf_getshdrstrndx(o->elf, &names) != 0) return 0; /* no sections: no notes */
  while (rc == 0 && (scn = elf_nextscn(o->elf, scn)) != NULL) {
    GElf_Shdr sh;
    if (gelf_getshdr(scn, &sh) == NULL || sh.sh_type != SHT_NOTE) continue;
    const char *section = elf_strptr(o->elf, names, sh.sh_name);
    if (section == NULL || strcmp(section, ".note.stapsdt") != 0) continue;
    Elf_Data *d = elf_getdata(scn, NULL);
    if (d == NULL || d->d_buf == NULL) {
      rc =
          error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s: .note.stapsdt cannot be read: %s", o->path, elf_errmsg(-1));
      break;
    }
    GElf_Nhdr n;
    size_t at = 0, name_at, desc_at, next;
    while (rc == 0 && at < d->d_size) {
      next = gelf_getnote(d, at, &n, &name_at, &desc_at);
      if (next == 0) {
        rc = error_raise(err, ERROR_UNMEASURED, -ENOEXEC,
                         "%s: a USDT note at byte %zu of its section has an impossible size", o->path, at);
        break;
      }
      const char *bytes = d->d_buf, *provider = NULL, *name = NULL;
      if (n.n_type == NOTE_STAPSDT && n.n_namesz == 8 && memcmp(bytes + name_at, "stapsdt", 8) == 0) {
        rc = read_note(o, bytes + desc_at, n.n_descsz, have_base, base, &provider, &name, &one, err);
        if (rc == 0) rc = see(context, provider, name, &one.place[0]);
      }
      at = next;
    }
  }
  elf_places_free(&one);
  return rc;
}

struct wanted {
  const struct elf_object *object;
  const char *provider, *name;
  struct elf_places *places;
  struct error *err;
};

static bool name_matches(const char *pattern, const char *name) {
  size_t n = strlen(pattern);
  return n > 0 && pattern[n - 1] == '*' ? strncmp(pattern, name, n - 1) == 0 : strcmp(pattern, name) == 0;
}

static int collect(void *context, const char *provider, const char *name, const struct elf_place *place) {
  struct wanted *w = context;
  if (strcmp(provider, w->provider) != 0 || !name_matches(w->name, name)) return 0;
  int rc = elf_places_add(w->places, w->object, place->address, 0, w->err);
  if (rc == 0) w->places->place[w->places->count - 1] = *place;
  return rc;
}

int elf_object_notes(const struct elf_object *o, const char *provider, const char *name, struct elf_places *places,
                     struct error *err) {
  struct wanted w = { o, provider, name, places, err };
  return elf_object_walk_notes(o, collect, &w, err);
}
