/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image.h: maps a variant (a shared library, as it ships) into a process of the runner.
 *
 * Why not the system's loader: a new layout for each pair would then have to go through the
 * file system and ld.so, 1.8 ms a process on a virtual machine where a page fault costs 10 us;
 * this takes 0.1 ms. The code that runs is the same to the byte: the library's own instructions,
 * its GOT, initial-exec TLS. Undefined symbols come from the runner's own libc.
 * Not supported (and said so): general-dynamic TLS, libraries that need other libraries. */
#ifndef HARNESS_RUNNER_IMAGE_H
#define HARNESS_RUNNER_IMAGE_H

#include <stddef.h>
#include <stdint.h>

struct image {
  const unsigned char *file;
  size_t file_size;
  unsigned char *base; /* what has to be added to a vaddr */
  size_t span;
  const void *dynsym;
  const char *dynstr;
  size_t symbol_count;
  const unsigned char *tls_template;
  size_t tls_filesz, tls_memsz;
};

/* Maps file (an ELF shared library in memory) at the kernel's next place and relocates it.
 * writable_text leaves the code writable, for the live toggle. Returns NULL or what is wrong. */
const char *image_load(struct image *im, const unsigned char *file, size_t size, int writable_text);
/* Address of an exported symbol, NULL where there is none. */
void *image_symbol(const struct image *im, const char *name);
/* Runs its constructors. */
void image_initialise(const struct image *im);
/* Sets up the library's TLS for this thread: call first in each new thread. */
void image_thread_start(const struct image *im);

#endif
