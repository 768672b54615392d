/* SPDX-License-Identifier: GPL-3.0-or-later */
/* relink.h: a captured link, done again with its functions in another order.
 *
 * The linker that the build chose, its arguments and its kept inputs; what is added is the order alone: of GNU ld
 * by its own default script with the sections named one by one, of lld and gold by their options for that. Code
 * that is in no section of its own (start-up code, assembler, archives of the system) stays where the linker puts
 * it. The inputs are foreign objects: what cannot be read is an error, names that a linker's script could take
 * for something else are left where they are. */
#ifndef HARNESS_PROJECT_RELINK_H
#define HARNESS_PROJECT_RELINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/core/error.h"
#include "harness/project/capture.h"

struct relink_section {
  char *name;    /* of the section, as .text.f */
  char *symbol;  /* of its function */
  unsigned kind; /* as default scripts group them: cold, at the end, at the start, hot, the others */
};

enum relink_method { RELINK_BFD, RELINK_LLD, RELINK_GOLD };

struct relink {
  const struct capture_link *link;
  enum relink_method method;
  struct relink_section *section; /* sorted by kind, name; each name once */
  size_t sections;
  char *script;  /* RELINK_BFD: the default one */
  char *pad;     /* an object of ours with a place that nothing executes, for the images of Step 0 */
  char *scratch; /* a folder of ours for scripts and orders */
};

/* Reads the inputs' sections and asks the linker for its script. ERROR_UNMEASURED where this link cannot be done
 * again in another order, with the reason. link must outlive it; scratch is there and ours. */
int relink_open(struct relink *r, const struct capture_link *link, const char *scratch, struct error *err);
void relink_close(struct relink *r);

/* Two orders of one seed: what both have stands in the same random order in both, then what one has alone. */
struct relink_plan {
  uint32_t *order[2]; /* indices of section */
  unsigned gap;       /* bytes in front of the functions, the same in both */
};
int relink_plan_pair(const struct relink *a, const struct relink *b, uint64_t seed, struct relink_plan *plan,
                     struct error *err);
void relink_plan_free(struct relink_plan *plan);

/* Links into `output`, without debug information, in that order. */
int relink_run(const struct relink *r, const uint32_t *order, unsigned gap, const char *output, struct error *err);
/* As the linker likes it, with debug information, and with the pad where there is an assembler: Step 0's negative
 * control, which images of functions in sections of their own may lack. */
int relink_debug(const struct relink *r, const char *output, struct error *err);

#endif
