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

#endif
