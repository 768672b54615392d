/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_open.c: see pack_open.h. */
#include "harness/fleet/pack_open.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness/core/content_hash.h"
#include "harness/core/machine.h"
#include "harness/fleet/pack_needs.h"
#include "harness/runner/protocol.h"

static int wrong(const char *path, const char *what, const char *name, struct error *err) {
  int rc = error_raise(err, ERROR_USAGE, -EBADMSG, "%s is damaged, or no pack: %s%s", path, what, name);
  return error_advise(err, "fetch it again from where it was made; sha256sum compares the two"), rc;
}

static int load_plan(struct pack *p, const char *path, struct error *err) {
  json_error_t where;
  const struct pack_file *f = p->archive.count ? &p->archive.file[0] : NULL;
  if (!f || strcmp(f->name, PACK_PLAN_MEMBER) != 0)
    return wrong(path, "its first member is not ", PACK_PLAN_MEMBER, err);
  json_t *value = json_loadb((const char *)f->bytes, f->size, JSON_REJECT_DUPLICATES, &where);
  if (!value || !fields_is(&pack_plan_fields, value)) {
    json_decref(value);
    return wrong(path, "it has no plan in ", PACK_PLAN_MEMBER, err);
  }
  int rc = fields_load(&pack_plan_fields, &p->plan, value, path, err);
  json_decref(value);
  return rc ? error_set_kind(err, ERROR_USAGE), rc : 0;
}

static int check_members(const struct pack *p, const char *path, struct error *err) {
  if (p->plan.members.count != p->archive.count - 1)
    return wrong(path, "its plan names other members than it has", "", err);
  for (size_t i = 0; i < p->plan.members.count; i++) {
    const struct pack_member *m = &p->plan.members.item[i];
    const struct pack_file *f = &p->archive.file[i + 1];
    struct content_hash h;
    char hex[65];
    if (!m->name || !m->sha256 || strcmp(m->name, f->name) != 0)
      return wrong(path, "its plan does not name ", f->name, err);
    content_hash_start(&h);
    content_hash_add(&h, f->bytes, f->size);
    content_hash_finish(&h, hex);
    if (m->bytes < 0 || (size_t)m->bytes != f->size || strcmp(m->sha256, hex) != 0)
      return wrong(path, "not what it was when it was packed: ", f->name, err);
  }
  return 0;
}

bool pack_has(const struct pack *p, const char *name, bool executable) {
  const struct pack_file *f = pack_archive_find(&p->archive, name);
  return f && f->executable == executable;
}

bool pack_env_fits(const char *text) {
  return text && text[0] != '=' && strchr(text, '=') && strncmp(text, "LD_", 3) != 0;
}

/* NULL, or what the plan lacks. */
static const char *plan_fault(const struct pack *p) {
  const struct pack_plan *d = &p->plan;
  if (!d->subject || !d->arch || d->kind >= PACK_KIND_NONE) return "its plan does not say what is measured";
  if (d->threads < 1 || d->threads > AB_THREADS_MAX || d->slots < 0 || d->seed < 0) return "its plan's numbers";
  if (!(d->budget_s > 0 && d->budget_s < 1e7) || !(d->margin_pct > 0 && d->margin_pct < 1e4) ||
      !(d->level >= 0.5 && d->level < 1) || d->timeout_s < 0 || isinf(d->timeout_s))
    return "its plan's numbers";
  for (size_t i = 0; i < d->env.count; i++)
    if (!pack_env_fits(d->env.item[i])) return "its plan's environment";
  if (!pack_has(p, PACK_RUNNER_MEMBER, true)) return "it has no runner";
  if (d->kind != PACK_COMMANDS && !d->workload) return "its plan names no workload";
  if (d->kind == PACK_GATES && d->gates.count == 0) return "its plan names no gate";
  if (d->kind == PACK_PROJECT) return pack_project_fault(p);
  if (d->kind == PACK_LIBRARIES && !pack_has(p, PACK_BENCH_MEMBER, true)) return "it has no program for its libraries";
  for (int side = 0; side < 2 && d->kind == PACK_COMMANDS; side++) {
    if (d->words[side].count == 0 || d->words[side].count > 200) return "its plan names no commands";
    for (size_t i = 0; i < d->words[side].count; i++) {
      const struct pack_word *w = &d->words[side].item[i];
      if (!w->text || (w->member == ANSWER_YES && !pack_archive_find(&p->archive, w->text)))
        return "a command's file is not in it";
      if (i == 0 && (w->member != ANSWER_YES || !pack_has(p, w->text, true))) return "a command's program is not in it";
    }
  }
  return NULL;
}

int pack_open(struct pack *p, const char *path, struct error *err) {
  memset(p, 0, sizeof *p);
  fields_init(&pack_plan_fields, &p->plan);
  int rc = pack_archive_read(&p->archive, path, err);
  if (rc == 0) rc = load_plan(p, path, err);
  if (rc == 0) rc = check_members(p, path, err);
  const char *fault = rc == 0 ? plan_fault(p) : NULL;
  if (fault) rc = wrong(path, fault, "", err);
  if (rc) pack_close(p);
  return rc;
}

void pack_close(struct pack *p) {
  pack_archive_free(&p->archive);
  fields_free(&pack_plan_fields, &p->plan);
}

int pack_summarise(const struct pack *p, const char *path, struct pack_summary *out, struct error *err) {
  char glibc[16];
  fields_copy_text(&out->file, path);
  fields_copy_text(&out->hash, p->archive.hash);
  out->bytes = (int64_t)p->archive.size;
  pack_needs_glibc(&p->archive, glibc, sizeof glibc);
  fields_copy_text(&out->glibc, glibc[0] ? glibc : NULL);
  for (size_t i = 0; i < p->plan.members.count; i++) {
    struct pack_member *m = fields_append(&out->members, sizeof *m);
    if (!m) return error_set_errno(err, -ENOMEM, "cannot list %s", path);
    fields_init(&pack_member_fields, m);
    if (fields_copy(&pack_member_fields, m, &p->plan.members.item[i]) != 0)
      return error_set_errno(err, -ENOMEM, "cannot list %s", path);
  }
  return 0;
}

int pack_fits(const struct pack *p, struct error *err) {
  struct utsname u;
  if (uname(&u) != 0) return error_set_errno(err, -errno, "cannot tell what machine this is");
  if (strcmp(u.machine, p->plan.arch) != 0)
    return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "the pack is for %s, this machine is %s", p->plan.arch,
                       u.machine);
  if (p->plan.protocol == AB_VERSION) return 0;
  int rc = error_raise(err, ERROR_UNMEASURED, -EPROTO,
                       "the pack was made by hakmem-harness %s, whose runner speaks "
                       "another version (%lld) than this one (%d)",
                       p->plan.harness ? p->plan.harness : "unknown", (long long)p->plan.protocol, AB_VERSION);
  return error_advise(err, "install the version that made it, or pack it anew"), rc;
}

int pack_write_file(const struct pack_file *f, int dir_fd, const char *name) {
  int rc = 0;
  int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, f->executable ? 0755 : 0644);
  if (fd < 0) return -errno;
  for (size_t done = 0; done < f->size && rc == 0;) {
    ssize_t n = write(fd, f->bytes + done, f->size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) rc = n < 0 ? -errno : -ENOSPC;
    else done += (size_t)n;
  }
  return close(fd) != 0 && rc == 0 ? -errno : rc;
}

static int write_member(const struct pack_file *f, struct results *folder, struct error *err) {
  int rc = pack_write_file(f, folder->dir_fd, f->name);
  if (rc == 0) return 0;
  error_set_errno(err, rc, "cannot unpack %s into %s", f->name, folder->path);
  return error_advise(err, "free some space, or choose another place with --out DIR"), rc;
}

int pack_unpack(const struct pack *p, struct results *folder, struct error *err) {
  int rc = 0;
  for (size_t i = 1; i < p->archive.count && rc == 0; i++) rc = write_member(&p->archive.file[i], folder, err);
  return rc;
}

void pack_remove(const struct pack *p, struct results *folder) {
  for (size_t i = 1; i < p->archive.count; i++) unlinkat(folder->dir_fd, p->archive.file[i].name, 0);
}
