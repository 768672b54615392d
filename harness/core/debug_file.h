/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debug_file.h: the separate debug files that a program names.
 *
 * libdwfl opens what .gnu_debuglink says beside the program, and libdw what .gnu_debugaltlink and split units say
 * anywhere, and waits where it finds a pipe: who may write the program may write that, too. */
#ifndef HARNESS_CORE_DEBUG_FILE_H
#define HARNESS_CORE_DEBUG_FILE_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>

#include "harness/core/error.h"

/* For Dwfl_Callbacks.find_debuginfo: dwfl_standard_find_debuginfo, where the places beside the program hold regular
 * files or nothing. */
int debug_file_find(Dwfl_Module *module, void **userdata, const char *module_name, Dwarf_Addr base,
                    const char *file_name, const char *link, GElf_Word crc, char **found);

/* What .gnu_debugaltlink of an open file names: 0 where it is a regular file, not there or not named, otherwise
 * ERROR_UNMEASURED with -EBADMSG. path: the file, for its folder and the error. */
int debug_file_check_alternative(Elf *elf, const char *path, struct error *err);

/* Whether what one of the units of a file names as the rest of it (.dwo), or what would be all of these (.dwp), is
 * something else than a regular file: libdw would wait for a pipe. path: where the units were read from. */
bool debug_file_split_is_trap(Dwarf *dwarf, const char *path);

#endif
