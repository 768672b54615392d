/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_elf.c: the ELF reader of Step 0 on files that are not what they seem.
 *
 * LLVMFuzzerTestOneInput() takes bytes as a file and asks everything of it that verify asks. With
 * libFuzzer (make fuzz-elf) that is all; built without (FUZZ_REPLAY) main() changes the files
 * named on its command line in -n N ways each, always the same for one seed, and prints how many
 * could be read and how many were refused. A crash, a sanitizer's report or a hang is a failure. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/step0/elf_find.h"
#include "harness/step0/elf_object.h"
#include "harness/step0/insn.h"

static unsigned long accepted, refused;

static int see(void *context, const char *provider, const char *name, const struct elf_place *place) {
  const struct elf_object *o = context;
  unsigned char code[16] = { 0 };
  struct insn insn;
  struct error err = { 0 };
  char function[96];
  size_t n = elf_object_read(o, place->offset, code, sizeof code);
  if (strlen(provider) + strlen(name) > o->size) abort(); /* not of this file */
  if (place->offset >= o->size) abort();
  insn_read(o->machine, code, n, place->address, &insn, &err);
  elf_object_function_at(o, place->address, function, sizeof function);
  return 0;
}

static void ask(const struct elf_object *o) {
  struct elf_places places = { 0 };
  struct elf_place place;
  struct error err = { 0 };
  uint64_t address, size, offset;
  elf_object_walk_notes(o, see, (void *)o, &err);
  elf_object_notes(o, "known", "tick", &places, &err);
  elf_object_symbol(o, "main", &places, &err);
  if (accepted % 16 == 1) { /* each forks: libdw works in a process of its own */
    static const struct find_query query[] = { { FIND_SYMBOL, "known_inlined", 0 }, { FIND_LINE, "known.c", 33 } };
    struct find_result found;
    elf_find(o, query, 2, &found, &err);
    elf_find_free(&found);
  }
  for (size_t i = 0; i < places.count; i++)
    if (places.place[i].offset >= o->size) abort();
  elf_places_free(&places);
  elf_object_data(o, "known_sink", &address, &size, &err);
  elf_object_function(o, "known_called", &address, &size, &err);
  elf_object_offset(o, o->entry, &offset);
  if (elf_object_padding(o, &place) && place.offset >= o->size) abort();
  if (elf_object_constructor(o, &place) && place.offset >= o->size) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char path[64];
  struct elf_object o;
  struct error err = { 0 };
  int fd = memfd_create("fuzz_elf", MFD_CLOEXEC);
  if (fd < 0) return 0;
  if (size == 0 || write(fd, data, size) == (ssize_t)size) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (elf_object_open(&o, path, &err) == 0) {
      accepted++;
      ask(&o);
      elf_object_close(&o);
    } else {
      refused++;
      if (err.text[0] == '\0') abort(); /* a refusal says why */
    }
  }
  close(fd);
  return 0;
}

#ifdef FUZZ_REPLAY
static uint64_t state = 88172645463325252u;
static uint64_t draw(uint64_t n) { /* xorshift64 */
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return n != 0 ? state % n : 0;
}

/* Headers, section headers, notes and the debug information's starts are where lies do harm. */
static void change(uint8_t *b, size_t *size) {
  static const uint64_t nasty[] = { 0,
                                    1,
                                    0xff,
                                    0x7fff,
                                    0xffff,
                                    0x7fffffff,
                                    0x80000000,
                                    0xffffffff,
                                    0x100000000,
                                    0x7fffffffffffffff,
                                    0x8000000000000000,
                                    0xffffffffffffffff };
  uint64_t shoff = 0;
  unsigned times = 1 + (unsigned)draw(4);
  if (*size >= 64) memcpy(&shoff, b + 40, 8);
  for (unsigned i = 0; i<times && * size> 0; i++) {
    size_t at;
    switch (draw(6)) {
    case 0: at = draw(64); break;           /* the ELF header */
    case 1: at = 64 + draw(14 * 56); break; /* program headers, as a rule */
    case 2:
    case 3: at = shoff < *size ? shoff + draw(*size - shoff) : draw(*size); break; /* section headers */
    default: at = draw(*size);
    }
    if (at >= *size) at = *size - 1;
    uint64_t v = draw(2) != 0 ? nasty[draw(sizeof nasty / sizeof *nasty)] : draw(*size);
    size_t n = (size_t)1 << draw(4);
    if (n > *size - at) n = *size - at;
    if (draw(4) == 0) b[at] ^= (uint8_t)(1u << draw(8));
    else memcpy(b + at, &v, n);
  }
  if (draw(12) == 0) *size = draw(*size);
}

int main(int argc, char **argv) {
  unsigned long each = 1000;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "-n") == 0 && i + 1 < argc) {
      each = strtoul(argv[++i], NULL, 10);
      continue;
    }
    int fd = open(argv[i], O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
      perror(argv[i]);
      return 99;
    }
    size_t whole = (size_t)st.st_size;
    uint8_t *file = malloc(whole + 1), *b = malloc(whole + 1);
    if (file == NULL || b == NULL || read(fd, file, whole) != (ssize_t)whole) return 99;
    close(fd);
    for (unsigned long k = 0; k <= each; k++) {
      size_t size = whole;
      memcpy(b, file, whole);
      if (k > 0) change(b, &size); /* the first one is the file itself */
      LLVMFuzzerTestOneInput(b, size);
    }
    free(file);
    free(b);
  }
  printf("%lu read, %lu refused\n", accepted, refused);
  return accepted > 0 && refused > 0 ? 0 : 1;
}
#endif
