/* SPDX-License-Identifier: GPL-3.0-or-later */
/* object_file.h: an object file that the compiler made, open for reading by sections. What Step 0
 * reads of foreign executables is step0/elf_object.h. */
#ifndef HARNESS_BUILD_OBJECT_FILE_H
#define HARNESS_BUILD_OBJECT_FILE_H

#include <gelf.h>
#include <libelf.h>

#include "harness/core/error.h"

struct object_file {
  const char *path; /* the caller's */
  int fd;           /* -1: not open */
  Elf *elf;
  size_t strings; /* index of the section that names sections */
};

/* Closed, so that object_file_close() does nothing. */
#define OBJECT_FILE_CLOSED \
 { .fd = -1 }

/* On failure the file is closed; ERROR_UNMEASURED: it is no ELF object. */
int object_file_open(struct object_file *o, const char *path, struct error *err);
void object_file_close(struct object_file *o);

/* The section behind `section` (NULL: the first), with its header; NULL at the end. */
Elf_Scn *object_file_next(const struct object_file *o, Elf_Scn *section, GElf_Shdr *header);
/* "" where the file is damaged. */
const char *object_file_section_name(const struct object_file *o, const GElf_Shdr *header);
/* Name of a symbol of the table whose header is given; "" where the file is damaged. */
const char *object_file_symbol_name(const struct object_file *o, const GElf_Shdr *table, const GElf_Sym *symbol);

#endif
