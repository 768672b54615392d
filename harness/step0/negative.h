/* SPDX-License-Identifier: GPL-3.0-or-later */
/* negative.h: a place in somebody's object that cannot run: the negative control. */
#ifndef HARNESS_STEP0_NEGATIVE_H
#define HARNESS_STEP0_NEGATIVE_H

#include <stdbool.h>

#include "harness/step0/elf_object.h"

/* False: there is none. *what: what it is, in words. */
bool negative_place(const struct elf_object *o, struct elf_place *place, const char **what);

#endif
