/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_dwarf.c: places from DWARF: lines, and functions inlined into others (libdw). */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/step0/elf_dwarf.h"

enum { SEARCH_S = 60 };

/* The statement's first address in one instance (a function, or one inlined copy of it). A line
 * has several rows in the table; an instance runs through the lowest of them first. */
struct instance {
  Dwarf_Off scope;
  uint64_t address;
};
struct instances {
  struct instance *i;
  size_t count, room;
};

static int keep_lowest(struct instances *s, Dwarf_Off scope, uint64_t address) {
  for (size_t k = 0; k < s->count; k++)
    if (s->i[k].scope == scope) {
      if (address < s->i[k].address) s->i[k].address = address;
      return 0;
    }
  if (s->count == s->room) {
    size_t room = s->room != 0 ? 2 * s->room : 16;
    struct instance *grown = reallocarray(s->i, room, sizeof *grown);
    if (grown == NULL) return -ENOMEM;
    s->i = grown;
    s->room = room;
  }
  s->i[s->count++] = (struct instance){ scope, address };
  return 0;
}

/* "a.c" matches "/x/a.c"; "x/a.c" matches "/y/x/a.c". */
static bool file_matches(const char *wanted, const char *name) {
  size_t w = strlen(wanted), n = strlen(name);
  return n >= w && strcmp(name + n - w, wanted) == 0 && (n == w || name[n - w - 1] == '/');
}

static Dwarf_Off innermost_scope(Dwarf_Die *cu, Dwarf_Addr address) {
  Dwarf_Die *scopes = NULL;
  Dwarf_Off off = 0;
  int n = dwarf_getscopes(cu, address, &scopes);
  for (int i = 0; i < n && off == 0; i++) {
    int tag = dwarf_tag(&scopes[i]);
    if (tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram) off = dwarf_dieoffset(&scopes[i]);
  }
  free(scopes);
  return off;
}

static int lines_of_unit(Dwarf_Die *cu, const char *file, int line, struct instances *found) {
  Dwarf_Lines *lines;
  size_t count;
  if (dwarf_getsrclines(cu, &lines, &count) != 0) return 0;
  for (size_t i = 0; i < count; i++) {
    Dwarf_Line *l = dwarf_onesrcline(lines, i);
    Dwarf_Addr address;
    int number;
    bool statement = false, end = false;
    if (l == NULL || dwarf_lineno(l, &number) != 0 || number != line || dwarf_lineaddr(l, &address) != 0) continue;
    dwarf_linebeginstatement(l, &statement);
    dwarf_lineendsequence(l, &end);
    const char *name = dwarf_linesrc(l, NULL, NULL);
    if (!statement || end || name == NULL || !file_matches(file, name)) continue;
    int rc = keep_lowest(found, innermost_scope(cu, address), address);
    if (rc != 0) return rc;
  }
  return 0;
}

/* Every inlined copy of function `name` below `die`. */
static int inlined_below(Dwarf_Die *die, const char *name, struct instances *found) {
  Dwarf_Die child;
  if (dwarf_child(die, &child) != 0) return 0;
  do {
    if (dwarf_tag(&child) == DW_TAG_inlined_subroutine) {
      const char *n = dwarf_diename(&child);
      Dwarf_Addr pc;
      if (n != NULL && strcmp(n, name) == 0 && dwarf_entrypc(&child, &pc) == 0) {
        int rc = keep_lowest(found, dwarf_dieoffset(&child), pc);
        if (rc != 0) return rc;
      }
    }
    int rc = inlined_below(&child, name, found);
    if (rc != 0) return rc;
  } while (dwarf_siblingof(&child, &child) == 0);
  return 0;
}

static int find_instances(const struct elf_object *o, const char *name_or_file, int line, struct instances *found) {
  Dwarf *dw = dwarf_begin_elf(o->elf, DWARF_C_READ, NULL);
  int rc = 0;
  if (dw == NULL) return -ENODATA;
  Dwarf_CU *unit = NULL;
  Dwarf_Die cu;
  while (rc == 0 && dwarf_get_units(dw, unit, &unit, NULL, NULL, &cu, NULL) == 0)
    rc = line > 0 ? lines_of_unit(&cu, name_or_file, line, found) : inlined_below(&cu, name_or_file, found);
  dwarf_end(dw);
  return rc;
}

/* What the child says: a result, then that many addresses. */
struct answer {
  int rc;
  size_t count;
};

static void answer_and_exit(int fd, const struct elf_object *o, const char *name_or_file, int line) {
  struct instances found = { 0 };
  alarm(SEARCH_S);
  struct answer a = { .rc = find_instances(o, name_or_file, line, &found) };
  a.count = a.rc == 0 ? found.count : 0;
  bool said = write(fd, &a, sizeof a) == (ssize_t)sizeof a;
  for (size_t i = 0; i < a.count && said; i++)
    said = write(fd, &found.i[i].address, sizeof found.i[i].address) == (ssize_t)sizeof found.i[i].address;
  _exit(said ? 0 : 1);
}

static bool read_whole(int fd, void *buf, size_t size) {
  size_t n = 0;
  while (n < size) {
    ssize_t k = read(fd, (char *)buf + n, size - n);
    if (k == 0 || (k < 0 && errno != EINTR)) return false;
    if (k > 0) n += (size_t)k;
  }
  return true;
}

/* libdw reads beyond its buffers where .debug_line is damaged (fuzzing found it in elfutils
 * 0.188), so it works in a process of its own, which may crash, or be stopped when it does not
 * come to an end. */
static int search(const struct elf_object *o, const char *name_or_file, int line, struct elf_places *places,
                  struct error *err) {
  int fd[2], status = 0, rc = 0;
  struct answer a = { 0 };
  uint64_t address;
  if (pipe2(fd, O_CLOEXEC) != 0) return error_set_errno(err, -errno, "pipe");
  pid_t pid = fork();
  if (pid == 0) answer_and_exit(fd[1], o, name_or_file, line);
  close(fd[1]);
  if (pid < 0) {
    close(fd[0]);
    return error_set_errno(err, -errno, "fork");
  }
  bool whole = read_whole(fd[0], &a, sizeof a);
  for (size_t i = 0; whole && rc == 0 && i < a.count; i++) {
    whole = read_whole(fd[0], &address, sizeof address);
    if (whole) rc = elf_places_add(places, o, address, 0, err);
  }
  close(fd[0]);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (rc != 0) return rc;
  if (!whole) return error_set(err, -ENOEXEC, "%s: its debug information is damaged", o->path);
  if (a.rc == -ENODATA) {
    error_set(err, a.rc, "%s has no debug information", o->path);
    return error_advise(err, "compile it with -g");
  }
  return a.rc != 0 ? error_set_errno(err, a.rc, "debug information of %s", o->path) : 0;
}

int elf_object_line(const struct elf_object *o, const char *file, int line, struct elf_places *places,
                    struct error *err) {
  size_t before = places->count;
  int rc = search(o, file, line, places, err);
  if (rc == 0 && places->count == before) {
    rc = error_set(err, -ENOENT, "%s has no code for %s:%d", o->path, file, line);
    error_advise(err, "the line may hold no statement, or the compiler removed it");
  }
  return rc;
}

int elf_object_inlined(const struct elf_object *o, const char *name, struct elf_places *places, struct error *err) {
  return search(o, name, 0, places, err);
}
