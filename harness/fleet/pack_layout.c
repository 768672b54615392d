/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_layout.c: see pack_layout.h. */
#include "harness/fleet/pack_layout.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "harness/build/layout_kinds.h"
#include "harness/data/columns.h"

/* As many as layout_render() takes; a place for each relocation of an allocator is some thousands. */
enum { SECTIONS_MAX = 4096, FIXUPS_MAX = 1000000 };

/* The first line says where .text lies: it has no name. */
struct section_line {
  uint64_t address, size, align, offset;
  bool cold, pad;
  char name[COLUMNS_TEXT_MAX];
};
static const struct column section_table[] = {
  { "address", COLUMN_COUNT, offsetof(struct section_line, address), false, NULL, NULL },
  { "size", COLUMN_COUNT, offsetof(struct section_line, size), false, NULL, NULL },
  { "align", COLUMN_COUNT, offsetof(struct section_line, align), false, NULL, NULL },
  { "offset", COLUMN_COUNT, offsetof(struct section_line, offset), false, NULL, NULL },
  { "cold", COLUMN_FLAG, offsetof(struct section_line, cold), false, NULL, NULL },
  { "pad", COLUMN_FLAG, offsetof(struct section_line, pad), false, NULL, NULL },
  { "name", COLUMN_TEXT, offsetof(struct section_line, name), true, NULL, NULL },
};
static const struct columns section_columns = { .file = "sections.csv",
                                                .size = sizeof(struct section_line),
                                                COLUMNS_OF(section_table) };

struct fixup_line {
  uint64_t offset;
  long place, target;
  uint32_t kind;
};
static const struct column fixup_table[] = {
  { "offset", COLUMN_COUNT, offsetof(struct fixup_line, offset), false, NULL, NULL },
  { "place", COLUMN_SIGNED, offsetof(struct fixup_line, place), false, NULL, NULL },
  { "target", COLUMN_SIGNED, offsetof(struct fixup_line, target), false, NULL, NULL },
  { "kind", COLUMN_SMALL, offsetof(struct fixup_line, kind), false, NULL, NULL },
};
static const struct columns fixup_columns = { .file = "fixups.csv",
                                              .size = sizeof(struct fixup_line),
                                              COLUMNS_OF(fixup_table) };

static void put(FILE *f, const struct columns *c, const void *row) {
  char line[COLUMNS_LINE_MAX];
  size_t n = row ? columns_line(c, row, line) : columns_header(c, line);
  fwrite(line, 1, n, f);
}

static int finish(FILE *f, struct error *err) {
  return fclose(f) == 0 ? 0 : error_set_errno(err, -ENOMEM, "cannot pack a layout");
}

int pack_layout_sections(const struct layout_image *im, char **text, size_t *size, struct error *err) {
  FILE *f = open_memstream(text, size);
  struct section_line l = { .address = im->text_address, .size = im->text_size, .offset = im->text_offset };
  if (!f) return error_set_errno(err, -ENOMEM, "cannot pack a layout");
  put(f, &section_columns, NULL);
  put(f, &section_columns, &l);
  for (size_t i = 0; i < im->section_count; i++) {
    const struct layout_section *s = &im->section[i];
    l = (struct section_line){
      .address = s->address, .size = s->size, .align = s->align, .cold = s->cold, .pad = s->pad
    };
    if (strlen(s->name) >= sizeof l.name) {
      fclose(f);
      return error_raise(err, ERROR_UNMEASURED, -E2BIG, "the function %.100s… has too long a name to be packed",
                         s->name);
    }
    snprintf(l.name, sizeof l.name, "%s", s->name);
    put(f, &section_columns, &l);
  }
  return finish(f, err);
}

int pack_layout_fixups(const struct layout_image *im, char **text, size_t *size, struct error *err) {
  FILE *f = open_memstream(text, size);
  if (!f) return error_set_errno(err, -ENOMEM, "cannot pack a layout");
  put(f, &fixup_columns, NULL);
  for (size_t i = 0; i < im->fixup_count; i++) {
    const struct layout_fixup *x = &im->fixup[i];
    struct fixup_line l = { .offset = x->offset, .place = x->place, .target = x->target, .kind = (uint32_t)x->kind };
    put(f, &fixup_columns, &l);
  }
  return finish(f, err);
}

static int wrong(struct error *err, const char *name, const char *what) {
  return error_raise(err, ERROR_USAGE, -EBADMSG, "the pack's %s cannot be laid out: %s", name, what);
}

static bool inside(uint64_t at, uint64_t length, uint64_t size) { return at <= size && length <= size - at; }

/* A function lies in .text; that all of them together do too is layout_render()'s to see. */
static const char *section_fault(const struct layout_image *im, const struct layout_section *s) {
  if (s->align == 0 || s->align > 4096 || (s->align & (s->align - 1)) != 0) return "a function's alignment";
  if (s->address < im->text_address || !inside(s->address - im->text_address, s->size, im->text_size))
    return "a function lies outside of the code";
  return NULL;
}

static const char *text_fault(const struct layout_image *im) {
  if (im->size < sizeof(Elf64_Ehdr) || memcmp(im->bytes, ELFMAG, SELFMAG) != 0) return "its image is not ELF";
  if (!inside(im->text_offset, im->text_size, im->size)) return "its code lies outside of the image";
  return im->text_address > UINT64_MAX / 2 ? "its code's address" : NULL;
}

static int read_sections(struct layout_image *im, const char *name, FILE *f, const char *member, struct error *err) {
  struct columns_reader r = { .whole = true };
  struct section_line l;
  int rc = columns_start(&r, &section_columns, f, member, err);
  if (rc == 0) rc = columns_next(&r, &l, err);
  if (rc <= 0) return rc ? rc : wrong(err, name, "its table of functions is empty");
  im->text_address = l.address;
  im->text_size = l.size;
  im->text_offset = l.offset;
  const char *fault = text_fault(im);
  while (!fault && (rc = columns_next(&r, &l, err)) > 0) {
    struct layout_section *s = realloc(im->section, (im->section_count + 1) * sizeof *s);
    if (!s) return error_set_errno(err, -ENOMEM, "cannot read %s", member);
    im->section = s;
    s += im->section_count;
    *s = (struct layout_section){
      .name = strdup(l.name), .address = l.address, .size = l.size, .align = l.align, .cold = l.cold, .pad = l.pad
    };
    if (!s->name) return error_set_errno(err, -ENOMEM, "cannot read %s", member);
    im->section_count++;
    fault = im->section_count > SECTIONS_MAX ? "it has too many functions" : section_fault(im, s);
  }
  return fault ? wrong(err, name, fault) : rc;
}

/* Where a place moves with its function, it has to lie in it; else it stays where it is in the file, but not in
 * .text, which is filled anew. */
static const char *fixup_fault(const struct layout_image *im, const struct fixup_line *l) {
  size_t width = l->kind == FIXUP_PC32 ? 4 : 8;
  long count = (long)im->section_count;
  if (l->kind != FIXUP_PC32 && l->kind != FIXUP_PC64 && l->kind != FIXUP_ABS64) return "an unknown kind of reference";
  if (l->place < -1 || l->place >= count || l->target < -1 || l->target >= count)
    return "a reference to a function that is not there";
  if (!inside(l->offset, width, im->size)) return "a reference outside of the image";
  if (l->place < 0) return NULL;
  const struct layout_section *s = &im->section[l->place];
  if (s->pad) return "a reference in the spare room"; /* which moves without its length */
  uint64_t start = im->text_offset + (s->address - im->text_address);
  if (l->offset < start || !inside(l->offset - start, width, s->size)) return "a reference outside of its function";
  return NULL;
}

static int read_fixups(struct layout_image *im, const char *name, FILE *f, const char *member, struct error *err) {
  struct columns_reader r = { .whole = true };
  struct fixup_line l;
  size_t room = 0;
  int rc = columns_start(&r, &fixup_columns, f, member, err);
  while (rc == 0 && (rc = columns_next(&r, &l, err)) > 0) {
    const char *fault = im->fixup_count >= FIXUPS_MAX ? "it has too many references" : fixup_fault(im, &l);
    if (fault) return wrong(err, name, fault);
    if (im->fixup_count == room) {
      struct layout_fixup *more = reallocarray(im->fixup, room = room ? 2 * room : 1024, sizeof *more);
      if (!more) return error_set_errno(err, -ENOMEM, "cannot read %s", member);
      im->fixup = more;
    }
    im->fixup[im->fixup_count++] = (struct layout_fixup){ l.offset, (int)l.place, (int)l.target, (int)l.kind };
    rc = 0;
  }
  return rc;
}

typedef int read_table(struct layout_image *im, const char *name, FILE *f, const char *member, struct error *err);

static int table(struct layout_image *im, const struct pack_archive *a, const char *name, const char *kind,
                 read_table *read, struct error *err) {
  char member[PACK_NAME_MAX + 1];
  snprintf(member, sizeof member, "%.40s.%s", name, kind);
  const struct pack_file *m = pack_archive_find(a, member);
  if (!m || m->size == 0) return wrong(err, name, "a table is missing");
  FILE *f = fmemopen((void *)(uintptr_t)m->bytes, m->size, "r");
  if (!f) return error_set_errno(err, -ENOMEM, "cannot read %s", member);
  int rc = read(im, name, f, member, err);
  fclose(f);
  return rc ? error_set_kind(err, err->kind == ERROR_INTERNAL ? ERROR_INTERNAL : ERROR_USAGE) : 0;
}

int pack_layout_read(struct layout_image *im, const struct pack_archive *a, const char *name, struct error *err) {
  char member[PACK_NAME_MAX + 1];
  memset(im, 0, sizeof *im);
  snprintf(member, sizeof member, "%.40s.image", name);
  const struct pack_file *m = pack_archive_find(a, member);
  if (!m) return wrong(err, name, "its image is missing");
  im->bytes = malloc(m->size + 1);
  if (!im->bytes) return error_set_errno(err, -ENOMEM, "cannot read %s", member);
  memcpy(im->bytes, m->bytes, m->size);
  im->size = m->size;
  int rc = table(im, a, name, section_columns.file, read_sections, err);
  if (rc == 0) rc = table(im, a, name, fixup_columns.file, read_fixups, err);
  if (rc) layout_close(im);
  return rc;
}
