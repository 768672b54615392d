/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_archive.c: see pack_archive.h. */
#include "harness/fleet/pack_archive.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/foreign_file.h"

/* IEEE Std 1003.1, pax, "ustar Interchange Format". */
struct header {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, linkname[100], magic[6], version[2],
      uname[32], gname[32], devmajor[8], devminor[8], prefix[155], rest[12];
};
enum { BLOCK = 512, END_BLOCKS = 2 };
_Static_assert(sizeof(struct header) == BLOCK, "struct header");

bool pack_name_fits(const char *name) {
  static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");
  return n > 0 && n <= PACK_NAME_MAX && name[n] == '\0' && strchr(first, name[0]) != NULL;
}

static void make_header(struct header *h, const char *name, bool executable, size_t size) {
  unsigned sum = 0;
  memset(h, 0, sizeof *h);
  snprintf(h->name, sizeof h->name, "%s", name);
  memcpy(h->mode, executable ? "0000755" : "0000644", 8);
  memcpy(h->uid, "0000000", 8);
  memcpy(h->gid, "0000000", 8);
  snprintf(h->size, sizeof h->size, "%011zo", size);
  memcpy(h->mtime, "00000000000", 12);
  memcpy(h->checksum, "        ", 8);
  h->type = '0';
  memcpy(h->magic, "ustar", 6);
  memcpy(h->version, "00", 2);
  memcpy(h->devmajor, "0000000", 8);
  memcpy(h->devminor, "0000000", 8);
  for (size_t i = 0; i < sizeof *h; i++) sum += ((const unsigned char *)h)[i];
  snprintf(h->checksum, sizeof h->checksum, "%06o", sum);
  h->checksum[7] = ' ';
}

static size_t padded(size_t size) { return (size + BLOCK - 1) / BLOCK * BLOCK; }

static int put(struct pack_writer *w, const void *bytes, size_t size) {
  content_hash_add(&w->hash, bytes, size);
  return fwrite(bytes, 1, size, w->f) == size ? 0 : errno ? -errno : -EIO;
}

void pack_archive_start(struct pack_writer *w, FILE *f) {
  w->f = f;
  content_hash_start(&w->hash);
}

int pack_archive_put(struct pack_writer *w, const char *name, bool executable, const void *bytes, size_t size) {
  static const char zero[BLOCK];
  struct header h;
  if (!pack_name_fits(name) || size > PACK_BYTES_MAX) return -EINVAL;
  make_header(&h, name, executable, size);
  int rc = put(w, &h, sizeof h);
  if (rc == 0) rc = put(w, bytes, size);
  return rc ? rc : put(w, zero, padded(size) - size);
}

int pack_archive_end(struct pack_writer *w) {
  static const char zero[END_BLOCKS * BLOCK];
  struct content_hash h = w->hash;
  char hex[65];
  content_hash_finish(&h, hex);
  int rc = pack_archive_put(w, PACK_SEAL_MEMBER, false, hex, 64);
  return rc ? rc : put(w, zero, sizeof zero);
}

static int wrong(const char *path, struct error *err, const char *what) {
  int rc = error_raise(err, ERROR_USAGE, -EBADMSG, "%s is not a pack: %s", path, what);
  return error_advise(err, "a pack is what hakmem-harness ab … --pack FILE writes, unchanged"), rc;
}

static bool all_zero(const unsigned char *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (p[i]) return false;
  return true;
}

/* The member at *at; NULL or what is wrong. */
static const char *next_member(struct pack_archive *a, size_t *at) {
  struct header h, expected;
  memcpy(&h, a->bytes + *at, sizeof h);
  struct pack_file *f = &a->file[a->count];
  size_t room = a->size - *at - BLOCK;
  char digits[sizeof h.size + 1] = "", *end;
  if (a->count == PACK_MEMBERS_MAX) return "it has too many members";
  snprintf(f->name, sizeof f->name, "%.*s", (int)sizeof f->name - 1, h.name);
  if (!pack_name_fits(f->name)) return "a member's name is no plain file name";
  memcpy(digits, h.size, sizeof h.size);
  unsigned long long size = strtoull(digits, &end, 8);
  if (size > PACK_BYTES_MAX || padded((size_t)size) > room) return "a member is longer than the file";
  f->size = (size_t)size;
  f->executable = memcmp(h.mode, "0000755", 8) == 0;
  make_header(&expected, f->name, f->executable, f->size);
  if (memcmp(&h, &expected, sizeof h) != 0) return "a member is no plain file as ab --pack writes it";
  f->bytes = a->bytes + *at + BLOCK;
  if (!all_zero(f->bytes + f->size, padded(f->size) - f->size)) return "there are bytes behind a member";
  if (pack_archive_find(a, f->name)) return "a member stands in it twice";
  *at += BLOCK + padded(f->size);
  a->count++;
  return NULL;
}

/* Whether its beginning is that of an archive at all, however much of it is there. */
static const char *wrong_beginning(const struct pack_archive *a) {
  struct header h;
  if (a->size == 0) return "it is empty";
  if (a->size < sizeof h) return "it is too short to be one";
  memcpy(&h, a->bytes, sizeof h);
  return memcmp(h.magic, "ustar", sizeof h.magic) == 0 ? NULL : "it does not begin as one";
}

static const char *parse(struct pack_archive *a) {
  size_t at = 0, before = 0; /* begin of the next member, and of the last */
  char hex[65];
  const char *beginning = wrong_beginning(a);
  if (beginning) return beginning;
  if (a->size % BLOCK != 0 || a->size < END_BLOCKS * BLOCK) return "it was cut short";
  while (at < a->size && !all_zero(a->bytes + at, BLOCK)) {
    before = at;
    const char *fault = next_member(a, &at);
    if (fault) return fault;
  }
  if (a->size - at != END_BLOCKS * BLOCK || !all_zero(a->bytes + at, a->size - at))
    return at == a->size || a->size - at < END_BLOCKS * BLOCK ? "it was cut short"
                                                              : "there is something behind its end";
  const struct pack_file *seal = a->count ? &a->file[a->count - 1] : NULL;
  if (!seal || strcmp(seal->name, PACK_SEAL_MEMBER) != 0 || seal->size != 64) return "it has no seal";
  struct content_hash h;
  content_hash_start(&h);
  content_hash_add(&h, a->bytes, before);
  content_hash_finish(&h, hex);
  if (memcmp(hex, seal->bytes, 64) != 0) return "a byte of it was changed: it does not fit its seal";
  a->count--;
  return NULL;
}

static int read_whole(struct pack_archive *a, const char *path, struct error *err) {
  struct stat st;
  int fd = foreign_file_open(AT_FDCWD, path, O_RDONLY, PACK_BYTES_MAX, err);
  if (fd < 0) return error_set_kind(err, ERROR_USAGE);
  int rc = fstat(fd, &st) != 0 ? error_set_errno(err, -errno, "cannot read %s", path) : 0;
  a->bytes = rc == 0 ? malloc((size_t)st.st_size + 1) : NULL;
  if (rc == 0 && !a->bytes) rc = error_set_errno(err, -ENOMEM, "cannot read %s", path);
  while (rc == 0 && a->size < (size_t)st.st_size) {
    ssize_t n = read(fd, a->bytes + a->size, (size_t)st.st_size - a->size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) rc = error_set_errno(err, -errno, "cannot read %s", path);
    if (n <= 0) break;
    a->size += (size_t)n;
  }
  close(fd);
  return rc;
}

int pack_archive_read(struct pack_archive *a, const char *path, struct error *err) {
  struct content_hash h;
  memset(a, 0, sizeof *a);
  int rc = read_whole(a, path, err);
  if (rc == 0) {
    const char *fault = parse(a);
    if (fault) rc = wrong(path, err, fault);
  }
  if (rc) {
    pack_archive_free(a);
    return rc;
  }
  content_hash_start(&h);
  content_hash_add(&h, a->bytes, a->size);
  content_hash_finish(&h, a->hash);
  return 0;
}

const struct pack_file *pack_archive_find(const struct pack_archive *a, const char *name) {
  for (size_t i = 0; i < a->count; i++)
    if (strcmp(a->file[i].name, name) == 0) return &a->file[i];
  return NULL;
}

void pack_archive_free(struct pack_archive *a) {
  free(a->bytes);
  memset(a, 0, sizeof *a);
}
