/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_object.c: opening, identity and addresses; see elf_object.h. */
#include "harness/step0/elf_object.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/content_hash.h"
#include "harness/core/debug_file.h"
#include "harness/core/elf_sections.h"
#include "harness/step0/memory_map.h"

static void read_build_id(struct elf_object *o) {
  size_t count;
  if (elf_getphdrnum(o->elf, &count) != 0) return;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr ph;
    if (gelf_getphdr(o->elf, (int)i, &ph) == NULL || ph.p_type != PT_NOTE) continue;
    if (ph.p_offset > o->size || ph.p_filesz > o->size - ph.p_offset) continue;
    Elf_Data *d =
        elf_getdata_rawchunk(o->elf, (int64_t)ph.p_offset, ph.p_filesz, ph.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
    GElf_Nhdr n;
    size_t at = 0, name_at, desc_at, next;
    while (d != NULL && (next = gelf_getnote(d, at, &n, &name_at, &desc_at)) > 0) {
      const char *base = d->d_buf;
      if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == 4 && memcmp(base + name_at, "GNU", 4) == 0 && n.n_descsz <= 64) {
        for (size_t k = 0; k < n.n_descsz; k++)
          snprintf(o->build_id + 2 * k, 3, "%02x", (unsigned char)base[desc_at + k]);
        return;
      }
      at = next;
    }
  }
}

static int check_header(struct elf_object *o, const char *path, struct error *err) {
  GElf_Ehdr eh;
  if (o->elf == NULL || elf_kind(o->elf) != ELF_K_ELF || gelf_getehdr(o->elf, &eh) == NULL)
    return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s is not an ELF file", path);
  if (eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_ident[EI_DATA] != ELFDATA2LSB)
    return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s is not a 64-bit little-endian ELF file", path);
  if (eh.e_type != ET_EXEC && eh.e_type != ET_DYN)
    return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s is neither an executable nor a shared library", path);
  o->machine = eh.e_machine;
  o->type = eh.e_type;
  o->entry = eh.e_entry;
  size_t count;
  bool loads = false;
  if (elf_getphdrnum(o->elf, &count) != 0)
    return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s: damaged program headers", path);
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr ph;
    if (gelf_getphdr(o->elf, (int)i, &ph) == NULL)
      return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s: damaged program headers", path);
    if (ph.p_type == PT_INTERP) o->has_interpreter = true;
    if (ph.p_type != PT_LOAD) continue;
    loads = true;
    if (ph.p_offset > o->size || ph.p_filesz > o->size - ph.p_offset)
      return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s is truncated: a segment ends behind the end of the file",
                         path);
  }
  if (!loads) return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s has no loadable segment", path);
  return 0;
}

/* Of the file that is open, whatever its name says by now: what sha256sum(1) prints. */
static int read_hash(struct elf_object *o, struct error *err) {
  struct content_hash h;
  char buf[65536];
  ssize_t n;
  off_t at = 0;
  content_hash_start(&h);
  while ((n = pread(o->fd, buf, sizeof buf, at)) > 0) {
    content_hash_add(&h, buf, (size_t)n);
    at += n;
  }
  if (n < 0) return error_set_errno(err, -errno, "cannot read %s", o->path);
  content_hash_finish(&h, o->hash);
  return 0;
}

int elf_object_open(struct elf_object *o, const char *path, struct error *err) {
  struct stat st;
  memset(o, 0, sizeof *o);
  /* O_NONBLOCK: a FIFO must not hang us */
  o->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (o->fd < 0) return error_set_errno(err, -errno, "cannot read %s", path);
  int rc = 0;
  if (fstat(o->fd, &st) != 0) rc = error_set_errno(err, -errno, "cannot read %s", path);
  else if (!S_ISREG(st.st_mode)) rc = error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s is not a regular file", path);
  if (rc == 0) {
    o->device = o->mapped_device = st.st_dev;
    o->inode = o->mapped_inode = st.st_ino;
    memory_map_identity(o->fd, &o->mapped_device, &o->mapped_inode);
    o->size = (size_t)st.st_size;
    o->changes_user =
        geteuid() != 0 && (((st.st_mode & S_ISUID) != 0 && st.st_uid != geteuid()) ||
                           ((st.st_mode & S_ISGID) != 0 && (st.st_mode & S_IXGRP) != 0 && st.st_gid != getegid()));
    o->path = realpath(path, NULL);
    /* what /proc/PID/exe and /proc/self/fd/N lead to may have no name any more */
    if (o->path == NULL && errno == ENOENT) o->path = strdup(path);
    elf_version(EV_CURRENT);
    /* read, not mapped: a file that shrinks under us must not raise SIGBUS */
    o->elf = elf_begin(o->fd, ELF_C_READ, NULL);
    rc = o->path == NULL ? error_set_errno(err, -errno, "cannot resolve %s", path) : check_header(o, path, err);
  }
  if (rc == 0) rc = elf_sections_check(o->elf, o->size, path, err);
  if (rc == 0) rc = debug_file_check_alternative(o->elf, o->path, err);
  if (rc == 0) {
    rc = read_hash(o, err);
    read_build_id(o);
  }
  if (rc != 0) elf_object_close(o);
  return rc;
}

void elf_object_close(struct elf_object *o) {
  elf_functions_free(o->functions);
  if (o->elf != NULL) elf_end(o->elf);
  if (o->fd >= 0) close(o->fd);
  free(o->path);
  memset(o, 0, sizeof *o);
  o->fd = -1;
}

bool elf_object_offset(const struct elf_object *o, uint64_t address, uint64_t *offset) {
  size_t count;
  if (elf_getphdrnum(o->elf, &count) != 0) return false;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr ph;
    if (gelf_getphdr(o->elf, (int)i, &ph) == NULL || ph.p_type != PT_LOAD || !(ph.p_flags & PF_X)) continue;
    if (address < ph.p_vaddr || address - ph.p_vaddr >= ph.p_filesz) continue;
    *offset = ph.p_offset + (address - ph.p_vaddr);
    return *offset < o->size;
  }
  return false;
}

size_t elf_object_read(const struct elf_object *o, uint64_t offset, void *buf, size_t size) {
  ssize_t n = pread(o->fd, buf, size, (off_t)offset);
  return n > 0 ? (size_t)n : 0;
}

/* A semaphore lies in a writable segment: any PT_LOAD counts. */
static uint64_t data_offset(const struct elf_object *o, uint64_t address) {
  size_t count;
  if (address == 0 || elf_getphdrnum(o->elf, &count) != 0) return 0;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr ph;
    if (gelf_getphdr(o->elf, (int)i, &ph) == NULL || ph.p_type != PT_LOAD) continue;
    if (address >= ph.p_vaddr && address - ph.p_vaddr < ph.p_filesz) return ph.p_offset + (address - ph.p_vaddr);
  }
  return 0;
}

bool elf_object_data_is_shared(const struct elf_object *o, uint64_t offset) {
  enum { PAGE = 4096 };
  size_t count, holders = 0;
  if (elf_getphdrnum(o->elf, &count) != 0) return false;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr ph;
    if (gelf_getphdr(o->elf, (int)i, &ph) == NULL || ph.p_type != PT_LOAD || !(ph.p_flags & PF_W)) continue;
    uint64_t start = ph.p_offset / PAGE * PAGE, end = (ph.p_offset + ph.p_filesz + PAGE - 1) / PAGE * PAGE;
    holders += offset >= start && offset < end;
  }
  return holders > 1;
}

int elf_places_add(struct elf_places *p, const struct elf_object *o, uint64_t address, uint64_t semaphore,
                   struct error *err) {
  uint64_t offset;
  if (!elf_object_offset(o, address, &offset))
    return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s: address 0x%llx is in no executable segment", o->path,
                       (unsigned long long)address);
  for (size_t i = 0; i < p->count; i++)
    if (p->place[i].offset == offset) return 0;
  if (p->count == p->room) {
    size_t room = p->room != 0 ? 2 * p->room : 16;
    struct elf_place *grown = reallocarray(p->place, room, sizeof *grown);
    if (grown == NULL) return error_set_errno(err, -ENOMEM, "places of %s", o->path);
    p->place = grown;
    p->room = room;
  }
  p->place[p->count++] = (struct elf_place){ address, offset, data_offset(o, semaphore), semaphore };
  return 0;
}

void elf_places_free(struct elf_places *p) {
  free(p->place);
  memset(p, 0, sizeof *p);
}
