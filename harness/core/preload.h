/* SPDX-License-Identifier: GPL-3.0-or-later */
/* preload.h: whether the loader would take a library from LD_PRELOAD.
 *
 * The loader only warns about what it cannot preload and runs the program without it. A
 * measurement of that run would be one of the C library's malloc under another name. */
#ifndef HARNESS_CORE_PRELOAD_H
#define HARNESS_CORE_PRELOAD_H

#include "harness/core/error.h"

/* 0, or -ENOEXEC (the name has a blank or a colon, which LD_PRELOAD cannot hold: ld.so(8); or the
 * file is no shared library of this machine's kind), or the errno of opening it, with advice. */
int preload_check(const char *library, struct error *err);

/* The absolute path of a library that the user named, into path (PATH_MAX bytes), not checked
 * further. ERROR_USAGE: there is no such file; ERROR_REFUSED: it may not be read. */
int preload_find(const char *name, char *path, struct error *err);

#endif
