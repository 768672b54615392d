/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.h: what is known of functions that are not in the program. */
#ifndef HARNESS_AUDIT_NAMES_H
#define HARNESS_AUDIT_NAMES_H

#include <stdbool.h>

enum effect {
  EFFECT_UNKNOWN,
  EFFECT_NONE, /* computes, reads the environment or a clock: its result depends on its arguments */
  EFFECT_SINK, /* reports to people: printf, write */
  EFFECT_REAL, /* changes what the program does: mmap, free, abort, locks */
  EFFECT_FILL, /* memset, memcpy: writes memory it is given */
};

/* sinks: further names, NULL-terminated, may be NULL. LLVM intrinsics are known too. */
enum effect effect_of(const char *function, char *const *sinks);
/* Whether it is one of the sinks that the user named. */
bool is_given_sink(const char *function, char *const *sinks);
/* Whether an exported function of this name only reports (rule 7). */
bool is_report_name(const char *function);
bool is_env_reader(const char *function);

#endif
