/* SPDX-License-Identifier: MIT */
/* hak_env.h: environment values, read without libc's help: malloc runs before everything. */
#ifndef HAK_ENV_H
#define HAK_ENV_H

#include "base/hak_config.h"

/* The switch NAME: true unless it is set to 0, or set at all where fallback is false: "1" turns
 * on, "0" turns off, anything else leaves the fallback. */
HAK_INTERNAL bool hak_env_switch(const char *name, bool fallback);

#endif
