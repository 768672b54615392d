/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_archive.h: the file form of a pack: a tar (POSIX.1-1988, ustar) of plain files, so that `tar tf` shows it.
 *
 * One form alone: regular files with flat names, in blocks of 512 bytes, no owner, no time. The reader makes the
 * header that the writer would have written for this name and size, and takes no other byte for byte: there is no
 * link, no path, no sparse file, no extension that could be misread, which a reader of all tars has to know.
 * That is why it is no general library's (libarchive): a reader of all forms would be the larger part of what hostile
 * bytes reach, and of the static harness, which needs no library. Knows nothing of what the members are. */
#ifndef HARNESS_FLEET_PACK_ARCHIVE_H
#define HARNESS_FLEET_PACK_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "harness/core/content_hash.h"
#include "harness/core/error.h"

enum { PACK_NAME_MAX = 64, PACK_MEMBERS_MAX = 1024 };
/* Of a whole pack. Larger ones are none of ours: they would be held in memory. */
#define PACK_BYTES_MAX ((size_t)512 << 20)

/* [A-Za-z0-9_][A-Za-z0-9._-]*, up to PACK_NAME_MAX: nothing that could leave a folder or hide in it. */
bool pack_name_fits(const char *name);

/* The last member: the SHA-256 of all bytes before it, in hex, so that no byte changes unseen, those of the plan
 * among them. It shows damage; against a sender who means harm stands the hash of the whole (pack_trust.h). */
#define PACK_SEAL_MEMBER "seal"

/* Members one after the other, then the seal and the end. 0 or negative errno of the stream. */
struct pack_writer {
  FILE *f;
  struct content_hash hash;
};
void pack_archive_start(struct pack_writer *w, FILE *f);
int pack_archive_put(struct pack_writer *w, const char *name, bool executable, const void *bytes, size_t size);
int pack_archive_end(struct pack_writer *w);

struct pack_file {
  char name[PACK_NAME_MAX + 1];
  const unsigned char *bytes; /* in the archive's memory */
  size_t size;
  bool executable;
};
struct pack_archive {
  unsigned char *bytes;
  size_t size;
  char hash[65]; /* SHA-256 of the whole file, as sha256sum prints it */
  struct pack_file file[PACK_MEMBERS_MAX];
  size_t count; /* without the seal */
};
/* Reads it whole into memory, so that what was checked is what is used. ERROR_USAGE with what is wrong where it is
 * not in that form, to the last byte. */
int pack_archive_read(struct pack_archive *a, const char *path, struct error *err);
const struct pack_file *pack_archive_find(const struct pack_archive *a, const char *name);
void pack_archive_free(struct pack_archive *a);

#endif
