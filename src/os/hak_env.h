/* SPDX-License-Identifier: MIT */
/* hak_env.h: environment values, read without libc's help: malloc runs before everything. */
#ifndef HAK_ENV_H
#define HAK_ENV_H

#include "base/hak_config.h"

/* The switch NAME: true unless it is set to 0, or set at all where fallback is false: "1" turns
 * on, "0" turns off, anything else leaves the fallback. So does a program with more rights than its user
 * (set-uid, capabilities): the environment is the user's. */
HAK_INTERNAL bool hak_env_switch(const char *name, bool fallback);

/* What to read before libc has its own. */
HAK_INTERNAL void hak_env_set(char **environment);

#endif
