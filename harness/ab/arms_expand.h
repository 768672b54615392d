/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arms_expand.h: from --cmd, --lib, --name and --param to the arms that are run. */
#ifndef HARNESS_AB_ARMS_EXPAND_H
#define HARNESS_AB_ARMS_EXPAND_H

#include <stdbool.h>

#include "harness/ab/ab_options.h"
#include "harness/core/words.h"

enum { ARM_PARAMETERS_MAX = 8 };

struct arm {
  char *name, *command; /* the library's file, of a library */
  struct words words;   /* of the runner's command line */
  char *parameter[ARM_PARAMETERS_MAX], *value[ARM_PARAMETERS_MAX];
  size_t parameters;
};

struct arms {
  struct arm arm[AB_ARMS_MAX];
  size_t count;
};

/* Each command with each combination of the parameters that it names; a parameter that no command names is a
 * usage error. -EINVAL with what to say. Free with arms_free, also after an error. */
int arms_expand(const struct ab_options *o, struct arms *arms, struct error *err);
void arms_free(struct arms *arms);
/* Whether a command or hook has a {NAME} that no --param lists; it goes to the command as it stands. */
bool arms_without_list(const struct ab_options *o, char *name, size_t size);

#endif
