/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_dwarf.h: what elf_dwarf.c adds to elf_object.h. */
#ifndef HARNESS_STEP0_ELF_DWARF_H
#define HARNESS_STEP0_ELF_DWARF_H

#include "harness/step0/elf_object.h"

/* Entry of every inlined copy of a function; -ENODATA without debug information. */
int elf_object_inlined(const struct elf_object *o, const char *name, struct elf_places *places, struct error *err);

#endif
