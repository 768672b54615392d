/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_sections.h: what the sections of an ELF file that may be anything make a reader take.
 *
 * libelf reads each section for itself. Two thousand headers that name the same megabyte are two
 * gigabytes in memory, and a library that gets no more memory leaves out what it could not read,
 * without a word: so this is asked first. */
#ifndef HARNESS_CORE_ELF_SECTIONS_H
#define HARNESS_CORE_ELF_SECTIONS_H

#include <libelf.h>
#include <stdint.h>

#include "harness/core/error.h"

/* 0, or ERROR_UNMEASURED with -EBADMSG where the sections lie outside of a file of that many bytes, where they name
 * more than twice as much as it has (they overlap), or where what is compressed would become more than a reader of
 * such a file may take (core/confined.h). `path` names the file in the error. */
int elf_sections_check(Elf *elf, uint64_t file_size, const char *path, struct error *err);

#endif
