/* SPDX-License-Identifier: GPL-3.0-or-later */
/* confined.h: readers of foreign formats that live in libraries (libelf, libdw, LLVM) are tried in a
 * process of their own first, with limits on memory and time: what crashes them, or makes them take a
 * hundred times the file's size, ends that process, and we say so. */
#ifndef HARNESS_CORE_CONFINED_H
#define HARNESS_CORE_CONFINED_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/core/error.h"

struct confined_limits {
  uint64_t memory; /* bytes more than we have now */
  unsigned seconds;
};

/* What a file of that size may make a reader take. */
struct confined_limits confined_limits_for(uint64_t file_size);

/* work(context) in a child, whose memory is lost: for its error alone. 0 or work's negative errno with its error;
 * ERROR_UNMEASURED where it was ended: -ENOMEM, -ETIMEDOUT, or -EBADMSG where it crashed; `what` names the input. */
int confined_try(const char *what, int (*work)(void *context, struct error *err), void *context,
                 const struct confined_limits *limits, struct error *err);

/* Where the real reading follows in this process, after a trial: the same limit on memory from confined_hold() to
 * confined_release(), for what is started in between too. */
struct confined_held {
  bool held;
  uint64_t before; /* bytes */
};
void confined_hold(struct confined_held *held, const struct confined_limits *limits);
void confined_release(struct confined_held *held);

/* Has this process, under a limit on its memory, taken nearly all of it? What was read by then may have gaps. */
bool confined_is_short(void);

#endif
