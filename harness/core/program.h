/* SPDX-License-Identifier: GPL-3.0-or-later */
/* program.h: the search along PATH. */
#ifndef HARNESS_CORE_PROGRAM_H
#define HARNESS_CORE_PROGRAM_H

#include <stddef.h>

/* Where a program would be started from: name itself where it has a slash, else the first in PATH
 * that can be executed. 0, -ENOENT, or -EACCES (there, but we may not execute it). */
int program_find(const char *name, char *path, size_t size);
/* The same along another PATH than ours; dirs NULL: the usual folders. */
int program_find_in(const char *dirs, const char *name, char *path, size_t size);

#endif
