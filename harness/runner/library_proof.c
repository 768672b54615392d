/* SPDX-License-Identifier: GPL-3.0-or-later */
/* library_proof.c: see library_proof.h. Needs libc alone and allocates nothing. */
#include "harness/runner/library_proof.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/runner/bench_io.h"

static const char own[] = "libc";

/* Device, inode, size, time of the last change: a file that was replaced or rewritten since is
 * another one. */
static int describe(const char *path, char identity[LIBRARY_IDENTITY_BYTES]) {
  struct stat st;
  char *p = identity;
  if (stat(path, &st) != 0) return -errno;
  p = bench_format(p, "dev:", (uint64_t)st.st_dev);
  p = bench_format(p, "ino:", (uint64_t)st.st_ino);
  p = bench_format(p, "size:", (uint64_t)st.st_size);
  p = bench_format(p, "mtime:", (uint64_t)st.st_mtim.tv_sec);
  p = bench_format(p, "", (uint64_t)st.st_mtim.tv_nsec);
  p[-1] = '\0';
  for (char *c = identity; *c != '\0'; c++)
    if (*c == ' ') *c = ',';
  return 0;
}

int library_identity(const char *path, char identity[LIBRARY_IDENTITY_BYTES]) {
  if (path != NULL) return describe(path, identity);
  memcpy(identity, own, sizeof own);
  return 0;
}

static char *add(char *p, const char *end, const char *text) {
  while (*text != '\0' && p < end - 1) *p++ = *text++;
  *p = '\0';
  return p;
}

/* "malloc comes from FILE, not from the library that was asked for". */
static const char *refuse(const char *function, const char *file) {
  static char text[160];
  const char *end = text + sizeof text, *name = strrchr(file, '/');
  char *p = add(text, end, function);
  p = add(p, end, " comes from ");
  p = add(p, end, name != NULL ? name + 1 : file);
  add(p, end, ", not from the library that was asked for: it was not loaded, or has no malloc");
  return text;
}

const char *library_proof(const char *identity) {
  static const char *const functions[] = { "malloc", "free" };
  char found[LIBRARY_IDENTITY_BYTES];
  Dl_info libc_info, program_info, info;
  bool libc_wanted = strcmp(identity, own) == 0;
  /* a function that no malloc library has, and one of the program, which a sanitizer's malloc is part of */
  void *in_libc = dlsym(RTLD_DEFAULT, "getppid"), *in_program = (void *)(uintptr_t)library_proof;
  if (in_libc == NULL || dladdr(in_libc, &libc_info) == 0 || dladdr(in_program, &program_info) == 0)
    return "the C library cannot be found in this process";
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *at = dlsym(RTLD_DEFAULT, functions[i]);
    if (at == NULL || dladdr(at, &info) == 0 || info.dli_fname == NULL) return refuse(functions[i], "an unknown place");
    bool same = libc_wanted ? info.dli_fbase == libc_info.dli_fbase || info.dli_fbase == program_info.dli_fbase
                            : describe(info.dli_fname, found) == 0 && strcmp(found, identity) == 0;
    if (!same) return refuse(functions[i], info.dli_fname);
  }
  return NULL;
}
