/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reload.c LIBRARY: a target that loads a library, calls its plugged(), unloads it, and puts data where
 * it was, over and over; after SIGTERM (or a minute) it says how often, and how many bytes of that data
 * others changed. */
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ROUNDS = 1500, PAGE = 4096 };

static volatile sig_atomic_t stop;
static void on_term(int signal) {
  (void)signal;
  stop = 1;
}

int main(int n, char **a) {
  int changed = 0, i = 0;
  signal(SIGTERM, on_term);
  puts("ready");
  fflush(stdout);
  for (; n > 1 && i < ROUNDS && !stop; i++) {
    void *library = dlopen(a[1], RTLD_NOW);
    int (*plugged)(int) = library != NULL ? (int (*)(int))dlsym(library, "plugged") : NULL;
    if (plugged == NULL) return 3;
    usleep(20000);
    plugged(i);
    dlclose(library);
    unsigned char *page = (unsigned char *)((uintptr_t)plugged & ~(uintptr_t)(PAGE - 1));
    unsigned char *data =
        mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (data != page) return 4;
    memset(data, 0x55, PAGE);
    usleep(20000);
    for (int k = 0; k < PAGE; k++) changed += data[k] != 0x55;
    munmap(data, PAGE);
  }
  printf("%d calls, %d bytes changed\n", i, changed);
  return 0;
}
