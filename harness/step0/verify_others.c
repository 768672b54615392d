/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_others.c: other users of the files that are armed. A uprobe is set into a file for all who have it
 * mapped: each of them stops at each hit, a simulator takes the breakpoint for code. So the built-in workload
 * runs from copies of its two files, which nobody else has. A command cannot: a program may look for what lies
 * beside it ($ORIGIN, argv[0], /proc/self/exe), it may not see our folder or may start nothing from it, and
 * what it leaves running wants the library again when the copy is gone. There it is said who is disturbed. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "harness/core/locate.h"
#include "harness/core/progress.h"
#include "harness/core/units.h"
#include "harness/step0/memory_map.h"
#include "harness/step0/verify_internal.h"

/* A file that looks for others beside itself names the place so. */
static bool wants_its_folder(const char *path) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  bool wants = true;
  if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
    void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    wants = data == MAP_FAILED || memmem(data, (size_t)st.st_size, "$ORIGIN", 7) != NULL ||
            memmem(data, (size_t)st.st_size, "${ORIGIN}", 9) != NULL;
    if (data != MAP_FAILED) munmap(data, (size_t)st.st_size);
  }
  if (fd >= 0) close(fd);
  return wants;
}

static bool stage_one(const char *path, struct variant_stage *stage) {
  struct statvfs fs;
  struct error ignored = { 0 };
  if (wants_its_folder(path) || variant_stage_copy(stage, path, &ignored) != 0) return false;
  return statvfs(stage->dir, &fs) == 0 && !(fs.f_flag & ST_NOEXEC);
}

void verify_stage(struct verify_request *req, struct verify_result *res) {
  char library[PATH_MAX], bench[PATH_MAX];
  struct error ignored = { 0 };
  if (req->command != NULL || req->pid != 0 || req->binary != NULL) return;
  if (req->library != NULL) snprintf(library, sizeof library, "%s", req->library);
  else if (locate(LOCATE_LIBHAKMEM, library, sizeof library, &ignored) != 0) return;
  if (req->bench != NULL) snprintf(bench, sizeof bench, "%s", req->bench);
  else if (locate(LOCATE_BENCH, bench, sizeof bench, &ignored) != 0) return;
  if (realpath(library, res->original) == NULL) return;
  if (!stage_one(library, &res->staged[0]) || !stage_one(bench, &res->staged[1])) {
    verify_unstage(res);
    return;
  }
  req->library = res->staged[0].path;
  req->bench = res->staged[1].path;
  res->private_copy = true;
}

void verify_unstage(struct verify_result *res) {
  for (int i = 0; i < 2; i++) variant_stage_close(&res->staged[i]);
}

const char *verify_object_path(const struct verify_result *res) {
  return res->private_copy ? res->original : res->objects > 0 ? res->object[0].path : NULL;
}

/* A kernel thread has no memory that a probe could be set into. */
static bool is_kernel_thread(pid_t pid) {
  char path[64], text[512] = "";
  unsigned long flags = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return true; /* it has ended */
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  const char *field = n > 0 ? strrchr(text, ')') : NULL;
  if (field == NULL || sscanf(field, ") %*c %*d %*d %*d %*d %*d %lu", &flags) != 1) return false;
  return (flags & 0x00200000) != 0; /* PF_KTHREAD */
}

/* The object of a place in what the process has mapped; SIZE_MAX: none. */
static size_t mapped_object(const struct verify_result *res, const struct memory_map *map, size_t maps) {
  for (size_t i = 0; i < maps; i++)
    for (size_t k = 0; k < res->points; k++) {
      const struct probe_point *p = &res->point[k];
      const struct elf_object *o = p->object;
      if (map[i].inode == o->mapped_inode && map[i].device == o->mapped_device && p->place.offset >= map[i].offset &&
          p->place.offset - map[i].offset < map[i].end - map[i].start)
        return (size_t)(o - res->object);
    }
  return SIZE_MAX;
}

static void name_of(pid_t pid, char name[64]) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read(fd, name, 63) : -1;
  if (fd >= 0) close(fd);
  name[n > 0 ? n : 0] = '\0';
  name[strcspn(name, "\n")] = '\0';
}

static void look_at(struct verify_result *res, pid_t pid) {
  struct verify_others *o = &res->others;
  size_t maps = 0;
  errno = 0;
  struct memory_map *map = memory_map_read(pid, &maps);
  if (map == NULL) {
    o->unseen += (errno == EACCES || errno == EPERM) && !is_kernel_thread(pid);
    return;
  }
  size_t object = mapped_object(res, map, maps);
  free(map);
  if (object == SIZE_MAX) return;
  if (o->count < VERIFY_OTHERS_MAX) {
    o->one[o->count].pid = pid;
    o->one[o->count].object = object;
    name_of(pid, o->one[o->count].name);
  }
  o->count++;
}

static void say(const struct verify_request *req, const struct verify_result *res) {
  char text[1200];
  /* that some could not be looked at is said with the result: here it is not known whether a probe will be permitted */
  if (res->others.count > 0 && verify_others_text(res, text, sizeof text)) progress_step(req->quiet, "%s", text);
}

void verify_look_at_others(const struct verify_request *req, struct verify_result *res) {
  struct verify_others *o = &res->others;
  struct dirent *e;
  if (o->looked || !res->rung->uprobe) return;
  DIR *d = opendir("/proc");
  while (d != NULL && (e = readdir(d)) != NULL) {
    pid_t pid = isdigit((unsigned char)e->d_name[0]) ? (pid_t)atoi(e->d_name) : 0;
    if (pid > 0 && pid != getpid() && pid != req->pid) look_at(res, pid);
  }
  if (d == NULL) return;
  closedir(d);
  o->looked = true;
  say(req, res);
}

bool verify_others_text(const struct verify_result *res, char *text, size_t size) {
  const struct verify_others *o = &res->others;
  size_t n = 0;
  text[0] = '\0';
  if (!o->looked || (o->count == 0 && (o->unseen == 0 || res->private_copy))) return false;
  if (o->count > 0)
    n += (size_t)snprintf(text + n, size - n,
                          "%zu other process%s what is probed mapped, and stop%s at each hit, too:", o->count,
                          o->count == 1 ? " has" : "es have", o->count == 1 ? "s" : "");
  for (size_t i = 0; i < o->count && i < 8 && n < size; i++) {
    char *name = units_visible(o->one[i].name, false);
    n += (size_t)snprintf(text + n, size - n, "%s %d (%s)", i > 0 ? "," : "", (int)o->one[i].pid,
                          name != NULL ? name : "?");
    free(name);
  }
  if (o->count > 8 && n < size) n += (size_t)snprintf(text + n, size - n, " and more");
  if (o->unseen > 0 && !res->private_copy && n < size)
    n += (size_t)snprintf(text + n, size - n, "%s%zu process%s of others could not be looked at", n > 0 ? "; " : "",
                          o->unseen, o->unseen == 1 ? "" : "es");
  if (n < size) snprintf(text + n, size - n, "; --method %s stops the target alone", rung_ptrace.name);
  return true;
}
