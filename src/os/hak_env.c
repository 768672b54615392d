/* SPDX-License-Identifier: MIT */
/* hak_env.c: see hak_env.h. */
#include "os/hak_env.h"

#include <string.h>
#include <sys/auxv.h>

extern char **environ;

static char **given;

void hak_env_set(char **environment) { given = environment; }

bool hak_env_switch(const char *name, bool fallback) {
  size_t n = strlen(name);
  if (getauxval(AT_SECURE) != 0) return fallback;
  for (char **e = environ != NULL ? environ : given; e != NULL && *e != NULL; e++) {
    if (strncmp(*e, name, n) != 0 || (*e)[n] != '=') continue;
    const char *value = *e + n + 1;
    if (strcmp(value, "0") == 0) return false;
    if (strcmp(value, "1") == 0) return true;
    return fallback;
  }
  return fallback;
}
