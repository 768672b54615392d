/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_find.c: the process that reads, and what it answers, a line for each thing; see elf_find.h. */
#include "harness/step0/elf_find.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/confined.h"
#include "harness/core/debug_file.h"
#include "harness/core/units.h"
#include "harness/step0/elf_find_internal.h"

/* A large program's debug information takes seconds; with debuginfod it is fetched first. */
enum { SEARCH_S = 300 };

/* --- the reading process: says -------------------------------------------------------------- */

void find_room(void *list, size_t count, size_t size) {
  void *grown;
  if ((count & (count - 1)) != 0) return;
  memcpy(&grown, list, sizeof grown);
  grown = reallocarray(grown, count != 0 ? 2 * count : 1, size);
  if (grown == NULL) _exit(FIND_NO_MEMORY);
  memcpy(list, &grown, sizeof grown);
}

/* Names come from a file: what would end the field becomes "?". */
static void put_text(FILE *out, const char *text) {
  fputc('\t', out);
  for (; text != NULL && *text != '\0'; text++) fputc(*text == '\t' || *text == '\n' ? '?' : *text, out);
}

static void put_ranges(FILE *out, const struct code_range *r, size_t n) {
  fputc('\t', out);
  for (size_t i = 0; i < n; i++)
    fprintf(out, "%llx-%llx,", (unsigned long long)r[i].start, (unsigned long long)r[i].end);
}

void find_say_spot(struct finder *f, const struct find_spot *s) {
  f->asked[s->query].found++;
  fprintf(f->out, "S\t%zu\t%d\t%llx\t%llx\t%d\t%d", s->query, (int)s->kind, (unsigned long long)s->address,
          (unsigned long long)s->scope, s->line, s->plain);
  put_ranges(f->out, s->range, s->ranges);
  put_ranges(f->out, s->body, s->bodies);
  put_text(f->out, s->file);
  put_text(f->out, s->function);
  fputc('\n', f->out);
}

void find_say_gap(struct finder *f, size_t query, const char *what, const char *why) {
  fprintf(f->out, "G\t%zu", query);
  put_text(f->out, what);
  put_text(f->out, why);
  fputc('\n', f->out);
}

void find_say_word(struct finder *f, char tag, size_t query, const char *text) {
  fprintf(f->out, "%c\t%zu", tag, query);
  put_text(f->out, text);
  fputc('\n', f->out);
}

void find_say_twin(struct finder *f, size_t query, uint64_t start, const char *name) {
  fprintf(f->out, "T\t%zu\t%llx", query, (unsigned long long)start);
  put_text(f->out, name);
  fputc('\n', f->out);
}

static int no_elf(Dwfl_Module *m, void **u, const char *n, Dwarf_Addr b, char **f, Elf **e) {
  (void)m, (void)u, (void)n, (void)b, (void)f, (void)e;
  return -1;
}

static void say_near_line(struct finder *f, size_t q, int line) {
  char text[16];
  snprintf(text, sizeof text, "%d", line);
  if (line > 0) find_say_word(f, 'N', q, text);
}

static void say_near(struct finder *f, size_t q) {
  if (f->query[q].kind == FIND_LINE && f->asked[q].file_seen) {
    say_near_line(f, q, f->asked[q].line_below);
    say_near_line(f, q, f->asked[q].line_above);
    return;
  }
  for (size_t i = 0; i < f->functions && f->query[q].kind == FIND_SYMBOL; i++)
    find_note_near(f, q, f->query[q].name, f->function[i].name);
  for (size_t i = 0; i < f->asked[q].near.count; i++) find_say_word(f, 'N', q, f->asked[q].near.text[i]);
}

/* May a unit without debug information have code of the line's file? Such as include it, as others do, or were
 * compiled from it, as far as the symbol table tells: it names each unit's source, and units with the information are
 * as many. */
static bool may_be_elsewhere(const struct finder *f, size_t q) {
  const struct find_asked *a = &f->asked[q];
  size_t named = 0;
  const char *last = find_last_part(f->query[q].name);
  for (size_t i = 0; i < f->sources; i++) named += strcmp(f->source[i], last) == 0;
  return !a->file_seen || a->shared || named == 0 || named > a->namesakes;
}

static void say_gaps(struct finder *f, size_t q) {
  const struct find_asked *a = &f->asked[q];
  char why[200];
  bool line = f->query[q].kind == FIND_LINE;
  const char *where = "compile it with -g, or install its debug file";
  if (f->dwarf == NULL) {
    snprintf(why, sizeof why, "%s: %s", line ? "there is none" : "it has no debug information, which tells of them",
             where);
    find_say_gap(f, q, line ? "debug information" : "inlined copies", why);
  }
  if (!line && !f->whole_table)
    find_say_gap(f, q, "symbols", "it has no symbol table: it is stripped, and its debug file is not there");
  else if (!line && a->found == 0 && f->unnamed > 0) {
    snprintf(why, sizeof why, "%zu of its functions have no symbol", f->unnamed);
    find_say_gap(f, q, "symbols", why);
  }
  if (a->bodiless) find_say_gap(f, q, "inlined copies", "of one copy no code is left: that it runs cannot be seen");
  else if (a->inlined && !a->copied && a->found == 0)
    find_say_gap(f, q, "inlined copies", "the compiler inlined it, and of no copy code is left");
  if (a->removed && a->found == 0) find_say_word(f, 'R', q, f->query[q].name);
  const char *hollow = line ? a->hollow_line : a->hollow && !a->in_symbols ? f->query[q].name : NULL;
  if (a->found == 0 && hollow != NULL) {
    snprintf(why, sizeof why, "%.80s has none of its own: the compiler dropped it, or made it one with another",
             hollow);
    find_say_gap(f, q, "code", why);
  }
  /* gcc always tells of a function that it inlined */
  if (!line && f->llvm && a->found == 0 && !a->in_symbols)
    find_say_gap(f, q, "inlined copies", "clang leaves no word of a function whose code it has merged with others");
  bool matters = line ? may_be_elsewhere(f, q) : a->header || (a->found == 0 && !a->in_symbols);
  if (f->dwarf != NULL && f->uncovered > 0 && matters) {
    snprintf(why, sizeof why, "%zu function%s (%.60s …) %s compiled without it%s", f->uncovered,
             units_plural(f->uncovered, "", "s"), f->uncovered_name, units_plural(f->uncovered, "was", "were"),
             line ? ", and may hold code of the line, too" : "");
    find_say_gap(f, q, "debug information", why);
  }
}

static int answer(struct finder *f) {
  static char *path = NULL; /* the standard places */
  const Dwfl_Callbacks callbacks = { .find_elf = no_elf,
                                     .find_debuginfo = debug_file_find,
                                     .section_address = dwfl_offline_section_address,
                                     .debuginfo_path = &path };
  char name[64];
  Dwfl *dwfl = dwfl_begin(&callbacks);
  int fd = dup(f->object->fd);
  if (dwfl == NULL || fd < 0) return -ENOMEM;
  dwfl_report_begin(dwfl);
  snprintf(name, sizeof name, "object");
  f->module = dwfl_report_offline(dwfl, name, f->object->path, fd);
  dwfl_report_end(dwfl, NULL, NULL);
  if (f->module == NULL || dwfl_module_getelf(f->module, &f->bias) == NULL) return -ENOEXEC;
  f->dwarf = dwfl_module_getdwarf(f->module, &f->dwarf_bias);
  int rc = find_read_symbols(f);
  if (rc != 0) return rc;
  find_unnamed(f);
  find_symbols(f);
  rc = find_dwarf(f);
  find_say_folded(f);
  for (size_t q = 0; q < f->count && rc == 0; q++) {
    say_gaps(f, q);
    if (f->asked[q].found == 0) say_near(f, q);
  }
  return rc;
}

static void answer_and_exit(int fd, const struct elf_object *o, const struct find_query *query, size_t count) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(SEARCH_S);
  struct finder f = { .object = o, .query = query, .count = count, .out = fdopen(fd, "w") };
  f.asked = calloc(count, sizeof *f.asked);
  if (f.out == NULL || f.asked == NULL) _exit(FIND_NO_MEMORY);
  int rc = answer(&f);
  fprintf(f.out, "E\t%d\n", rc == 0 && confined_is_short() ? -ENOMEM : rc);
  _exit(fflush(f.out) == 0 ? 0 : 1);
}

/* --- the asking one: hears --------------------------------------------------------------------- */

/* What the other says comes of an untrusted file, and it may have been led astray. */
static size_t parse_ranges(const char *text, struct code_range **out) {
  size_t n = 0, at = 0;
  for (const char *c = text; *c != '\0'; c++) n += *c == ',';
  if (n == 0 || (*out = calloc(n, sizeof **out)) == NULL) return 0;
  for (const char *c = text; at < n && *c != '\0'; at++) {
    unsigned long long start, end;
    if (sscanf(c, "%llx-%llx,", &start, &end) != 2) break;
    (*out)[at] = (struct code_range){ start, end };
    c = strchr(c, ',') + 1;
  }
  return at;
}

static char *copy_of(const char *text) { return text[0] != '\0' ? strdup(text) : NULL; }

static int hear_spot(struct find_result *r, char **field, size_t query) {
  if ((r->spots & (r->spots - 1)) == 0) {
    struct find_spot *grown = reallocarray(r->spot, r->spots != 0 ? 2 * r->spots : 1, sizeof *grown);
    if (grown == NULL) return -ENOMEM;
    r->spot = grown;
  }
  struct find_spot *s = &r->spot[r->spots++];
  *s = (struct find_spot){ .query = query,
                           .kind = (enum spot_kind)atoi(field[2]),
                           .address = strtoull(field[3], NULL, 16),
                           .scope = strtoull(field[4], NULL, 16),
                           .line = atoi(field[5]),
                           .plain = atoi(field[6]) != 0 };
  s->ranges = parse_ranges(field[7], &s->range);
  s->bodies = parse_ranges(field[8], &s->body);
  s->file = copy_of(field[9]);
  s->function = copy_of(field[10]);
  return 0;
}

static int hear_word(struct find_word **list, size_t *count, size_t query, const char *text) {
  for (size_t i = 0; i < *count; i++)
    if ((*list)[i].query == query && strcmp((*list)[i].text, text) == 0) return 0;
  struct find_word *grown = reallocarray(*list, *count + 1, sizeof *grown);
  if (grown == NULL) return -ENOMEM;
  *list = grown;
  grown[*count] = (struct find_word){ query, strdup(text) };
  return grown[(*count)++].text != NULL ? 0 : -ENOMEM;
}

static int hear(struct find_result *r, char *line, size_t count, bool *ended, int *result) {
  enum { FIELDS = 11 };
  char *field[FIELDS] = { 0 };
  size_t n = 0;
  for (char *c = line; n < FIELDS; n++) {
    field[n] = strsep(&c, "\t");
    if (field[n] == NULL) break;
  }
  if (n < 2 || field[0][1] != '\0') return -ENOEXEC;
  if (field[0][0] == 'E') {
    *ended = true;
    *result = atoi(field[1]);
    return 0;
  }
  size_t query = strtoul(field[1], NULL, 10);
  if (query >= count) return -ENOEXEC;
  switch (field[0][0]) {
  case 'S': return n == FIELDS ? hear_spot(r, field, query) : -ENOEXEC;
  case 'N': return n == 3 ? hear_word(&r->near, &r->nears, query, field[2]) : -ENOEXEC;
  case 'R': return n == 3 ? hear_word(&r->removed, &r->removals, query, field[2]) : -ENOEXEC;
  case 'F': return n == 3 ? hear_word(&r->file, &r->files, query, field[2]) : -ENOEXEC;
  case 'T': {
    if (n != 4) return -ENOEXEC;
    struct find_twin *grown = reallocarray(r->twin, r->twins + 1, sizeof *grown);
    if (grown == NULL) return -ENOMEM;
    r->twin = grown;
    struct find_twin *t = &grown[r->twins++];
    *t = (struct find_twin){ .query = query, .start = strtoull(field[2], NULL, 16) };
    snprintf(t->name, sizeof t->name, "%s", field[3]);
    return 0;
  }
  case 'G': {
    if (n != 4) return -ENOEXEC;
    struct find_gap *grown = reallocarray(r->gap, r->gaps + 1, sizeof *grown);
    if (grown == NULL) return -ENOMEM;
    r->gap = grown;
    struct find_gap *g = &grown[r->gaps++];
    g->query = query;
    snprintf(g->what, sizeof g->what, "%s", field[2]);
    snprintf(g->why, sizeof g->why, "%s", field[3]);
    return 0;
  }
  default: return -ENOEXEC;
  }
}

int elf_find(const struct elf_object *o, const struct find_query *query, size_t count, struct find_result *r,
             struct error *err) {
  int fd[2], status = 0, rc = 0, result = 0;
  bool ended = false;
  memset(r, 0, sizeof *r);
  if (count == 0) return 0;
  if (pipe2(fd, O_CLOEXEC) != 0) return error_raise(err, ERROR_INTERNAL, -errno, "pipe: %s", strerror(errno));
  pid_t pid = fork();
  if (pid == 0) {
    close(fd[0]);
    answer_and_exit(fd[1], o, query, count);
  }
  close(fd[1]);
  FILE *in = pid > 0 ? fdopen(fd[0], "r") : NULL;
  if (in == NULL) {
    close(fd[0]);
    return error_raise(err, ERROR_INTERNAL, -ENOMEM, "no process could be started to read %s", o->path);
  }
  char *line = NULL;
  size_t room = 0;
  ssize_t n;
  while (rc == 0 && (n = getline(&line, &room, in)) > 0) {
    if (line[n - 1] != '\n') break;
    line[n - 1] = '\0';
    rc = hear(r, line, count, &ended, &result);
  }
  free(line);
  fclose(in);
  if (rc != 0) kill(pid, SIGKILL);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (rc == -ENOMEM) return error_raise(err, ERROR_INTERNAL, rc, "no memory for the places of %s", o->path);
  if (rc == 0 && ended && result == 0) return 0;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) /* the limit of core/confined.h, in the trial */
    return error_raise(err, ERROR_UNMEASURED, -ETIMEDOUT,
                       "%s: reading its symbols and debug information takes too long for its size: damaged, or made to",
                       o->path);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    return error_raise(err, ERROR_UNMEASURED, -ETIMEDOUT, "%s: its debug information could not be read within %d s",
                       o->path, SEARCH_S);
  if ((ended && result == -ENOMEM) || (WIFEXITED(status) && WEXITSTATUS(status) == FIND_NO_MEMORY))
    return error_raise(err, ERROR_UNMEASURED, -ENOMEM,
                       "%s: reading its symbols and debug information takes too much memory: damaged, or made to",
                       o->path);
  return error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s: its symbols or debug information are damaged", o->path);
}

void elf_find_free(struct find_result *r) {
  for (size_t i = 0; i < r->spots; i++) {
    free(r->spot[i].file);
    free(r->spot[i].function);
    free(r->spot[i].range);
    free(r->spot[i].body);
  }
  for (size_t i = 0; i < r->nears; i++) free(r->near[i].text);
  for (size_t i = 0; i < r->files; i++) free(r->file[i].text);
  for (size_t i = 0; i < r->removals; i++) free(r->removed[i].text);
  free(r->removed);
  free(r->spot);
  free(r->gap);
  free(r->near);
  free(r->file);
  free(r->twin);
  memset(r, 0, sizeof *r);
}
