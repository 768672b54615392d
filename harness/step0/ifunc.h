/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ifunc.h: what the resolver of an indirect function (STT_GNU_IFUNC) chooses from. */
#ifndef HARNESS_STEP0_IFUNC_H
#define HARNESS_STEP0_IFUNC_H

#include "harness/step0/elf_find.h"

enum { IFUNC_CHOICES_MAX = 32 };

struct ifunc_choice {
  uint64_t address[IFUNC_CHOICES_MAX];
  size_t count;
  bool whole; /* it takes the address of each in its own code: there are no others */
};

/* Reads the resolver's code. False: it is not code that can be read here. */
bool ifunc_implementations(const struct elf_object *o, const struct code_range *resolver, struct ifunc_choice *c);

#endif
