/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_object.h: what Step 0 reads from an ELF file: identity, USDT notes, symbols, lines, and
 * the file offset that a uprobe wants for an address.
 *
 * Files are untrusted: every size and offset that comes from one is checked, and what does not
 * fit is an error (-ENOEXEC) that says what is wrong, never a crash. */
#ifndef HARNESS_STEP0_ELF_OBJECT_H
#define HARNESS_STEP0_ELF_OBJECT_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "harness/core/error.h"

struct elf_object {
  char *path; /* real path */
  int fd;
  Elf *elf;
  dev_t device;
  ino_t inode;
  dev_t mapped_device; /* as /proc/PID/maps has them (memory_map.h) */
  ino_t mapped_inode;
  size_t size;
  int machine;                     /* EM_… */
  int type;                        /* ET_EXEC or ET_DYN */
  bool has_interpreter;            /* PT_INTERP: an executable that the dynamic linker starts */
  bool changes_user;               /* set-uid or set-gid to somebody else: traced by us it would run as us */
  uint64_t entry;                  /* e_entry, as an address */
  char build_id[129];              /* hex, "" where there is none */
  char hash[65];                   /* SHA-256 of the file */
  struct elf_functions *functions; /* of its symbol tables, read when first asked for (elf_symbols.c) */
};

/* -ENOENT/-EACCES …: cannot be read; -ENOEXEC: not an ELF file we can use (not regular, truncated,
 * damaged, a 32-bit or big-endian file, a relocatable one). */
int elf_object_open(struct elf_object *o, const char *path, struct error *err);
void elf_object_close(struct elf_object *o);

/* Address to file offset through PT_LOAD; false where no executable segment has it. */
bool elf_object_offset(const struct elf_object *o, uint64_t address, uint64_t *offset);
/* Up to `size` bytes of code at a file offset; how many were read. */
size_t elf_object_read(const struct elf_object *o, uint64_t offset, void *buf, size_t size);

/* One place where code may be stopped. */
struct elf_place {
  uint64_t address, offset;
  uint64_t semaphore_offset; /* file offset of the USDT semaphore, 0: none */
  uint64_t semaphore;        /* its address */
};

struct elf_places {
  struct elf_place *place;
  size_t count, room;
};
void elf_places_free(struct elf_places *p);

/* All copies of USDT note provider:name (name may end in '*'); adds to *places, which starts
 * zeroed. Returns 0 also where there is none; -ENOEXEC: a note is damaged. */
int elf_object_notes(const struct elf_object *o, const char *provider, const char *name, struct elf_places *places,
                     struct error *err);
/* Calls `see` for every note of the object; a non-zero answer ends the walk and is returned. */
int elf_object_walk_notes(const struct elf_object *o,
                          int (*see)(void *context, const char *provider, const char *name,
                                     const struct elf_place *place),
                          void *context, struct error *err);
/* Entry of a function by its symbol (.symtab, else .dynsym; versions left out). */
int elf_object_symbol(const struct elf_object *o, const char *name, struct elf_places *places, struct error *err);
/* Address of a data symbol and its size; -ENOENT. */
int elf_object_data(const struct elf_object *o, const char *name, uint64_t *address, uint64_t *size, struct error *err);
/* Name of the function at an address into buf, "" where unknown. */
const char *elf_object_function_at(const struct elf_object *o, uint64_t address, char *buf, size_t size);
struct code_range;
/* Of the functions by address; false: there is no such one. */
bool elf_object_nth_function(const struct elf_object *o, size_t n, struct code_range *range);
/* Code of the function that holds an address, then of what was split off it; how many ranges. */
size_t elf_object_bodies(const struct elf_object *o, uint64_t address, struct code_range *out, size_t room);
/* Does more than one writable segment have the page that a file offset lies in? Then the kernel may take
 * one for the other. */
bool elf_object_data_is_shared(const struct elf_object *o, uint64_t offset);
/* Start and size of a function by name; -ENOENT. */
int elf_object_function(const struct elf_object *o, const char *name, uint64_t *address, uint64_t *size,
                        struct error *err);
/* Orders names of one function (free, cfree, __libc_free): the last is the one to show, with the fewest underscores in
 * front, then the shortest. */
int elf_name_order(const char *a, const char *b);
/* A place that no correct execution reaches: alignment padding between two functions. */
bool elf_object_padding(const struct elf_object *o, struct elf_place *place);
/* What others load, also where it can be started by itself (libc.so.6). A static-pie program passes for one. */
bool elf_object_is_library(const struct elf_object *o);
/* What runs once where the object is loaded: DT_INIT, of glibc's libc __libc_early_init. */
bool elf_object_constructor(const struct elf_object *o, struct elf_place *place);

/* For the other elf_*.c: */
void elf_functions_free(struct elf_functions *f);
int elf_places_add(struct elf_places *p, const struct elf_object *o, uint64_t address, uint64_t semaphore,
                   struct error *err);

#endif
