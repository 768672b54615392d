/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_builder.c: see pack_builder.h. */
#include "harness/fleet/pack_builder.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/content_hash.h"
#include "harness/core/foreign_file.h"
#include "harness/core/machine.h"
#include "harness/fleet/pack_layout.h"
#include "harness/fleet/pack_open.h"
#include "harness/runner/protocol.h"

static int no_memory(struct error *err) { return error_set_errno(err, -ENOMEM, "cannot make the pack"); }

int pack_builder_start(struct pack_builder *b, struct error *err) {
  struct machine m;
  memset(b, 0, sizeof *b);
  fields_init(&pack_plan_fields, &b->plan);
  machine_read(&m);
  fields_copy_text(&b->plan.arch, m.arch);
  fields_copy_text(&b->plan.harness, m.harness);
  fields_free(&machine_fields, &m);
  b->plan.protocol = AB_VERSION;
  return b->plan.arch ? 0 : no_memory(err);
}

int pack_builder_bytes(struct pack_builder *b, const char *name, bool executable, const void *bytes, size_t size,
                       struct error *err) {
  char hex[65];
  struct content_hash h;
  if (b->plan.members.count == PACK_MEMBERS_MAX - 1 || size > PACK_BYTES_MAX - b->bytes)
    return error_raise(err, ERROR_UNMEASURED, -EFBIG, "%s is too much for a pack: at most %d files of %zu MB together",
                       name, PACK_MEMBERS_MAX - 1, PACK_BYTES_MAX >> 20);
  struct pack_builder_item *item = &b->item[b->plan.members.count];
  item->bytes = malloc(size + 1);
  struct pack_member *m = item->bytes ? fields_append(&b->plan.members, sizeof *m) : NULL;
  if (!m) return free(item->bytes), item->bytes = NULL, no_memory(err);
  fields_init(&pack_member_fields, m);
  if (size) memcpy(item->bytes, bytes, size);
  item->size = size;
  item->executable = executable;
  b->bytes += size;
  content_hash_start(&h);
  content_hash_add(&h, bytes, size);
  content_hash_finish(&h, hex);
  fields_copy_text(&m->name, name);
  fields_copy_text(&m->sha256, hex);
  m->bytes = (int64_t)size;
  return 0;
}

int pack_builder_file(struct pack_builder *b, const char *name, bool executable, const char *path, struct error *err) {
  struct stat st;
  int fd = foreign_file_open(AT_FDCWD, path, O_RDONLY, PACK_BYTES_MAX, err);
  if (fd < 0) return fd;
  int rc = fstat(fd, &st) != 0 ? error_set_errno(err, -errno, "cannot read %s", path) : 0;
  size_t room = rc == 0 ? (size_t)st.st_size : 0, n = 0;
  char *bytes = malloc(room + 1);
  if (rc == 0 && !bytes) rc = no_memory(err);
  while (rc == 0 && n < room) {
    ssize_t k = read(fd, bytes + n, room - n);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) rc = error_set_errno(err, k < 0 ? -errno : -EIO, "cannot read %s", path);
    else n += (size_t)k;
  }
  close(fd);
  if (rc == 0) rc = pack_builder_bytes(b, name, executable, bytes, n, err);
  free(bytes);
  return rc;
}

int pack_builder_image(struct pack_builder *b, int side, const struct layout_image *im, struct error *err) {
  char name[32], *text = NULL;
  const char *which = side ? "b" : "a";
  size_t size = 0;
  snprintf(name, sizeof name, "%s.image", which);
  int rc = pack_builder_bytes(b, name, false, im->bytes, im->size, err);
  for (int t = 0; t < 2 && rc == 0; t++) {
    rc = t ? pack_layout_fixups(im, &text, &size, err) : pack_layout_sections(im, &text, &size, err);
    snprintf(name, sizeof name, "%s.%s.csv", which, t ? "fixups" : "sections");
    if (rc == 0) rc = pack_builder_bytes(b, name, false, text, size, err);
    free(text);
    text = NULL;
  }
  return rc;
}

int pack_place_check(const char *path, struct error *err) {
  struct stat st;
  struct pack_archive a;
  if (lstat(path, &st) != 0) {
    if (errno == ENOENT) return 0;
    return error_set_errno(err, -errno, "cannot write %s", path), error_set_kind(err, ERROR_USAGE);
  }
  struct error why = { 0 };
  if (S_ISREG(st.st_mode) && pack_archive_read(&a, path, &why) == 0) {
    pack_archive_free(&a);
    return 0;
  }
  int rc = error_raise(err, ERROR_USAGE, -EEXIST, "%s is there already, and is no pack: it is not replaced", path);
  return error_advise(err, "choose another name"), rc;
}

static int put_all(struct pack_builder *b, FILE *f, const char *path, struct error *err) {
  json_t *plan = fields_json(&pack_plan_fields, &b->plan);
  char *text = plan ? json_dumps(plan, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) : NULL;
  json_decref(plan);
  if (!text) return error_raise(err, ERROR_INTERNAL, -EINVAL, "the plan of the pack is not valid JSON");
  struct pack_writer w;
  pack_archive_start(&w, f);
  int rc = pack_archive_put(&w, PACK_PLAN_MEMBER, false, text, strlen(text));
  free(text);
  for (size_t i = 0; i < b->plan.members.count && rc == 0; i++)
    rc = pack_archive_put(&w, b->plan.members.item[i].name, b->item[i].executable, b->item[i].bytes, b->item[i].size);
  if (rc == 0) rc = pack_archive_end(&w);
  if (rc == 0 && (fflush(f) != 0 || fsync(fileno(f)) != 0)) rc = -errno;
  return rc ? error_set_errno(err, rc, "cannot write %s", path) : 0;
}

int pack_builder_write(struct pack_builder *b, const char *path, struct pack_summary *out, struct error *err) {
  char temporary[PATH_MAX];
  int rc = pack_place_check(path, err);
  if (rc) return rc;
  if ((size_t)snprintf(temporary, sizeof temporary, "%s.%ld.part", path, (long)getpid()) >= sizeof temporary)
    return error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "the name of the pack is too long");
  int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
  if (!f) return error_set_errno(err, -errno, "cannot write %s", path), error_set_kind(err, ERROR_USAGE);
  rc = put_all(b, f, path, err);
  if (fclose(f) != 0 && rc == 0) rc = error_set_errno(err, -errno, "cannot write %s", path);
  if (rc == 0 && rename(temporary, path) != 0) rc = error_set_errno(err, -errno, "cannot write %s", path);
  if (rc) unlink(temporary);
  struct pack p = { 0 };
  if (rc == 0) rc = pack_open(&p, path, err); /* what was written is read as any other */
  if (rc == 0) rc = pack_summarise(&p, path, out, err);
  pack_close(&p);
  return rc;
}

void pack_builder_free(struct pack_builder *b) {
  for (size_t i = 0; i < b->plan.members.count && i < PACK_MEMBERS_MAX; i++) free(b->item[i].bytes);
  fields_free(&pack_plan_fields, &b->plan);
  memset(b, 0, sizeof *b);
}
