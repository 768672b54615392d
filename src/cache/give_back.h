/* SPDX-License-Identifier: MIT */
/* give_back.h: when what was not needed for a while is given back: there is no thread for it, so the
 * slow paths of all threads look at the clock now and then. */
#ifndef GIVE_BACK_H
#define GIVE_BACK_H

#include "base/hak_config.h"

/* Called at the end of each slow path, with no lock held: at every 16th of a thread's what was not
 * needed for a while is given back. */
HAK_INTERNAL void give_back_tick(void);

#endif
