/* SPDX-License-Identifier: MIT */
/* hak_env.c: see hak_env.h. */
#include "os/hak_env.h"

#include <string.h>

extern char **environ;

bool hak_env_switch(const char *name, bool fallback) {
  size_t n = strlen(name);
  for (char **e = environ; e != NULL && *e != NULL; e++) {
    if (strncmp(*e, name, n) != 0 || (*e)[n] != '=') continue;
    const char *value = *e + n + 1;
    if (strcmp(value, "0") == 0) return false;
    if (strcmp(value, "1") == 0) return true;
    return fallback;
  }
  return fallback;
}
