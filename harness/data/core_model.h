/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_model.h: the gain as a function of the core's width (core_probe.h).
 *
 * What an instruction costs depends on how much of the core another hardware thread leaves: the same two
 * files are apart by -0.2% on a core that is ours alone and by +2% on a shared one. So the gain is a
 * broken line over the width, with its ends where the core is ours alone and where it is shared, fitted to
 * all pairs at once (block_fit.h); a pair whose two processes had different widths counts too, the
 * difference that the width itself makes being fitted with it. Knows nothing of verdicts. */
#ifndef HARNESS_DATA_CORE_MODEL_H
#define HARNESS_DATA_CORE_MODEL_H

#include "harness/data/pairs.h"

enum core_end_name { CORE_END_ALONE, CORE_END_SHARED, CORE_ENDS };

struct core_end {
  struct estimate gain, mean; /* in percent: robust, and by least squares of the ordinary means */
  size_t pairs;               /* that had about this width; 0: this end was not seen, and gain is unknown */
  double width;               /* of the end, times the width of the core alone; NaN: not seen */
};

/* The tests of p at error alpha, after pairs_find_alone(). An end is seen where PAIRS_MIN pairs had about
 * its width. Returns whether any is: false where the width is not known. */
bool core_model_fit(const struct pairs *p, double alpha, struct core_end end[CORE_ENDS]);

#endif
