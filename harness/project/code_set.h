/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code_set.h: the functions and data of a program's objects, and how two builds differ in them, by meaning.
 *
 * Two builds of one source are compared function by function: a function is known by its source file and name
 * (numbers that the compiler put behind .constprop, .isra, .part are left out), and is the same where its
 * instructions are and every relocation means the same: the same symbol, the same string, the same constant,
 * not the same offset. So a string that was added does not make all its neighbours differ. Objects are foreign:
 * every index and size of them is checked. */
#ifndef HARNESS_PROJECT_CODE_SET_H
#define HARNESS_PROJECT_CODE_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/error.h"
#include "harness/core/words.h"

struct code_item {
  char *file, *name; /* of the unit (its STT_FILE symbol); of the function, or the data section */
  char hash[65];     /* of what it means */
  bool is_code;
  bool is_movable; /* alone in its section: a linker can put it anywhere */
};

struct code_set {
  struct code_item *item; /* sorted by file, name, kind */
  size_t count, functions, unmovable;
};

/* Relocatable objects and archives of such; -ENOEXEC (ERROR_UNMEASURED) for what is none, bitcode included. */
int code_set_read(struct code_set *set, const struct words *objects, struct error *err);
void code_set_free(struct code_set *set);

struct code_set_diff {
  bool identical, data_only; /* nothing differs; data does, and no function */
  struct words functions;    /* FILE:FUNCTION in both, with another meaning */
  struct words only_in, only_out;
  struct words data;
};
int code_set_compare(const struct code_set *in, const struct code_set *out, struct code_set_diff *diff,
                     struct error *err);
void code_set_diff_free(struct code_set_diff *diff);

#endif
