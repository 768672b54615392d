/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image_libc.c: see image_libc.h; of a runner that the loader started. */
#include "harness/runner/image_libc.h"

#include <dlfcn.h>

void *image_libc_symbol(const char *name) { return dlsym(RTLD_DEFAULT, name); }
