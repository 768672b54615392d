/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code_proof.c: see code_proof.h. Needs libc alone and allocates nothing. */
#include "harness/runner/code_proof.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static bool segment_differs(int fd, const ElfW(Phdr) * p, const unsigned char *memory) {
  unsigned char file[4096];
  for (uint64_t at = 0; at < p->p_filesz;) {
    uint64_t left = p->p_filesz - at;
    ssize_t n = pread(fd, file, left < sizeof file ? left : sizeof file, (off_t)(p->p_offset + at));
    if (n <= 0) return false; /* the file is another one now, or cannot be read: nothing is known */
    if (memcmp(file, memory + at, (size_t)n) != 0) return true;
    at += (uint64_t)n;
  }
  return false;
}

/* The program comes first and has no name. */
static int look(struct dl_phdr_info *info, size_t size, void *malloc_file) {
  bool program = info->dlpi_name[0] == '\0', differs = false;
  if (!program && (malloc_file == NULL || strcmp(info->dlpi_name, malloc_file) != 0)) return 0;
  int fd = open(program ? "/proc/self/exe" : info->dlpi_name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  for (int i = 0; i < info->dlpi_phnum && !differs; i++) {
    const ElfW(Phdr) *p = &info->dlpi_phdr[i];
    if (p->p_type == PT_LOAD && (p->p_flags & PF_X) && !(p->p_flags & PF_W))
      differs = segment_differs(fd, p, (const unsigned char *)(info->dlpi_addr + p->p_vaddr));
  }
  close(fd);
  return differs;
}

bool code_is_patched(void) {
  Dl_info info;
  void *at = dlsym(RTLD_DEFAULT, "malloc");
  char *file = at != NULL && dladdr(at, &info) != 0 ? (char *)(uintptr_t)info.dli_fname : NULL;
  return dl_iterate_phdr(look, file) != 0;
}
