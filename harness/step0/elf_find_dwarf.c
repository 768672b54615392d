/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_find_dwarf.c: goes through the units of the debug information; and which of it could not be read, or is not
 * there. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/debug_file.h"
#include "harness/step0/elf_find_dwarf_internal.h"

void find_add_range(struct code_range **list, size_t *count, uint64_t start, uint64_t end) {
  find_room(list, *count, sizeof **list);
  (*list)[(*count)++] = (struct code_range){ start, end };
}

/* 0, 1 and the two last numbers stand where the linker dropped what they were the address of. */
bool reading_is_code(const struct reading *r, Dwarf_Addr address) {
  return address > 1 && address < UINT64_MAX - 1 && find_is_code(r->f, address + (uint64_t)r->shift);
}

size_t reading_code_of(const struct reading *r, Dwarf_Die *die, struct code_range **list) {
  Dwarf_Addr base, start, end;
  size_t count = 0;
  for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &start, &end)) > 0;)
    if (end > start && reading_is_code(r, start))
      find_add_range(list, &count, start + (uint64_t)r->shift, end + (uint64_t)r->shift);
  return count;
}

/* --- completeness ----------------------------------------------------------------------------- */

static int by_start(const void *a, const void *b) {
  const struct code_range *x = a, *y = b;
  return x->start < y->start ? -1 : x->start > y->start;
}

/* Functions of the start files: every program has them, and nothing is inlined into them. */
static bool of_start_files(const char *name) {
  static const char *const names[] = { "_start",
                                       "_init",
                                       "_fini",
                                       "deregister_tm_clones",
                                       "register_tm_clones",
                                       "__do_global_dtors_aux",
                                       "frame_dummy",
                                       "_dl_relocate_static_pie",
                                       "__libc_csu_init",
                                       "__libc_csu_fini",
                                       "__clang_call_terminate" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0) return true;
  return false;
}

static void count_uncovered(struct finder *f) {
  if (f->unit_codes > 0) qsort(f->unit_code, f->unit_codes, sizeof *f->unit_code, by_start);
  size_t at = 0;
  uint64_t reach = 0;
  for (size_t i = 0; i < f->functions; i++) {
    const struct find_function *g = &f->function[i];
    for (; at < f->unit_codes && f->unit_code[at].start <= g->start; at++)
      if (f->unit_code[at].end > reach) reach = f->unit_code[at].end;
    if (g->start < reach || g->end == g->start || of_start_files(g->name)) continue;
    if (f->uncovered++ == 0) snprintf(f->uncovered_name, sizeof f->uncovered_name, "%s", g->name);
  }
}

static void gap_of_symbols(struct finder *f, const char *why) {
  for (size_t q = 0; q < f->count; q++)
    if (f->query[q].kind == FIND_SYMBOL) find_say_gap(f, q, "inlined copies", why);
}

/* gcc tells its options, without an -O where it was given none. */
static bool is_plain(struct finder *f, Dwarf_Die *unit) {
  Dwarf_Attribute attr;
  const char *producer = dwarf_attr(unit, DW_AT_producer, &attr) != NULL ? dwarf_formstring(&attr) : NULL;
  if (producer != NULL && (strstr(producer, "clang") != NULL || strstr(producer, "LLVM") != NULL)) f->llvm = true;
  if (producer == NULL || strncmp(producer, "GNU ", 4) != 0) return false;
  for (const char *o = producer; (o = strstr(o, " -O")) != NULL; o += 3)
    if (o[3] != '0') return false;
  return true;
}

int find_dwarf(struct finder *f) {
  struct reading r = { .f = f, .shift = (int64_t)(f->dwarf_bias - f->bias) };
  Dwarf_CU *cu = NULL;
  Dwarf_Die split;
  uint8_t type;
  char why[200];
  size_t missing = 0;
  int rc;
  if (f->dwarf == NULL) return 0;
  memset(&split, 0, sizeof split);
  const char *debug_path = NULL;
  dwfl_module_info(f->module, NULL, NULL, NULL, NULL, NULL, NULL, &debug_path);
  bool trap = debug_file_split_is_trap(f->dwarf, f->object->path) ||
              (debug_path != NULL && debug_file_split_is_trap(f->dwarf, debug_path));
  while ((rc = dwarf_get_units(f->dwarf, cu, &cu, NULL, &type, &r.unit, trap ? NULL : &split)) == 0) {
    struct code_range *list = NULL;
    size_t n = reading_code_of(&r, &r.unit, &list);
    for (size_t i = 0; i < n; i++) find_add_range(&f->unit_code, &f->unit_codes, list[i].start, list[i].end);
    free(list);
    r.intervals = r.hollows = 0;
    r.has_code = n > 0;
    r.split = type == DW_UT_skeleton;
    r.plain = is_plain(f, &r.unit);
    r.source = dwarf_diename(split.addr != NULL ? &split : &r.unit);
    if (type == DW_UT_skeleton) {
      if (split.addr == NULL) missing++;
      else reading_see_functions(&r, &split);
    } else reading_see_functions(&r, &r.unit);
    reading_see_lines(&r, &r.unit);
    memset(&split, 0, sizeof split);
  }
  if (rc < 0) {
    snprintf(why, sizeof why, "its debug information is damaged: %.120s", dwarf_errmsg(-1));
    for (size_t q = 0; q < f->count; q++) find_say_gap(f, q, "debug information", why);
  }
  if (missing > 0) {
    if (trap) snprintf(why, sizeof why, "what %zu of its units name as their .dwo or .dwp file is not a file", missing);
    else
      snprintf(why, sizeof why,
               "the .dwo files of %zu of its units are not there, or packed as .dwp: put them where they were built",
               missing);
    gap_of_symbols(f, why);
  }
  if (find_section(dwarf_getelf(f->dwarf), 0, ".gnu_debugaltlink") != NULL && dwarf_getalt(f->dwarf) == NULL)
    gap_of_symbols(f,
                   "the common file of its debug information (dwz, .gnu_debugaltlink) could not be read: install it");
  count_uncovered(f);
  return 0;
}
