/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image_libc_static.c: see image_libc.h; of the static runner of a pack. */
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "harness/runner/image_libc.h"

/* Names of libc's inner interface, which no header has. Their types do not matter: addresses are taken. */
#define SYMBOL(name)
#define HIDDEN(name) extern char hidden_##name[] __asm__(#name);
#include "harness/runner/libc_names.def"
#undef HIDDEN

void *image_libc_symbol(const char *name) {
#undef SYMBOL
#define SYMBOL(name) { #name, (void *)(uintptr_t)&name },
#define HIDDEN(name) { #name, hidden_##name },
  static const struct {
    const char *name;
    void *address;
  } table[] = {
#include "harness/runner/libc_names.def"
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (strcmp(table[i].name, name) == 0) return table[i].address;
  return NULL;
}
