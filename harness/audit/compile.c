/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compile.c: each unit through clang, to bitcode and to its preprocessed text (units.h). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "harness/audit/map.h"
#include "harness/audit/units.h"
#include "harness/core/child.h"

#ifndef LLVM_BINDIR
# define LLVM_BINDIR ""
#endif

static const char *find_clang(void) {
  static char path[4096];
  const char *given = getenv("HAKMEM_AUDIT_CLANG");
  if (given && *given) return given;
  snprintf(path, sizeof path, "%s/clang", LLVM_BINDIR);
  return access(path, X_OK) == 0 ? path : "clang-14";
}

/* The first error of a compiler's messages, or its last line. */
static char *first_error(const char *log) {
  FILE *f = fopen(log, "re");
  char *line = NULL, *found = NULL;
  size_t room = 0;
  while (f && getline(&line, &room, f) > 0) {
    line[strcspn(line, "\n")] = '\0';
    if (strstr(line, "error:")) {
      free(found);
      found = strdup(line);
      break;
    }
    if (!found && *line) found = strdup(line);
  }
  free(line);
  if (f) fclose(f);
  return found ? found : strdup("clang failed without a message");
}

/* Runs clang with its messages in `log`. 1: it ran and failed. */
static int run_clang(char *const *argv, const char *log, struct error *err) {
  unlink(log);
  int fd = open(log, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return error_raise(err, ERROR_INTERNAL, -errno, "cannot write %s: %s", log, strerror(errno));
  struct child_spec spec = CHILD_SPEC_INIT;
  struct child child;
  spec.argv = argv;
  spec.stdout_fd = spec.stderr_fd = fd;
  spec.new_session = spec.no_new_privs = true;
  spec.memory_max = UINT64_C(8) << 30; /* a source may be made to take all there is */
  int status = 0, rc = child_spawn_held(&spec, &child, err);
  rc = rc ? rc : child_release(&child, err);
  close(fd);
  if (rc == -ENOENT) { /* the compiler, not something of the user's */
    error_raise(err, ERROR_MISSING, -ENOEXEC, "the compiler of the audit, clang 14, is not there");
    return error_advise(err, "install the compiler of the audit: apt-get install clang-14 llvm-14-dev");
  }
  rc = rc ? rc : child_wait(&child, 300, &status, NULL, err);
  if (rc) return rc;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

static const char *unsupported(const char *file) {
  const char *dot = strrchr(file, '.');
  static const char *const cxx[] = { ".cc", ".cpp", ".cxx", ".C", ".c++", ".cp", NULL };
  for (size_t i = 0; dot && cxx[i]; i++)
    if (strcmp(dot, cxx[i]) == 0) return "C++, which is not analysed";
  if (dot && (strcmp(dot, ".S") == 0 || strcmp(dot, ".s") == 0)) return "assembler, which is not analysed";
  return NULL;
}

/* The second lock of the door that flags.c keeps shut: a file of words could load a plug-in. */
static bool names_response_file(const struct words *flags) {
  for (size_t i = 0; i < flags->count; i++)
    if (flags->word[i][0] == '@') return true;
  return false;
}

/* more: words behind those of the unit, or NULL. 1: clang ran and failed. */
static int compile_to(const struct unit *n, const struct words *more, bool to_bitcode, const char *out, const char *log,
                      struct error *err) {
  static const char *const text[] = { "-E", "-dD", "-O1", NULL };
  static const char *const bitcode[] = { "-O1", "-Xclang", "-disable-llvm-passes", "-g", "-emit-llvm", "-c", NULL };
  struct words a = { 0 };
  int rc = words_add(&a, "%s", find_clang());
  for (const char *const *w = to_bitcode ? bitcode : text; rc == 0 && *w; w++) rc = words_add(&a, "%s", *w);
  for (size_t i = 0; rc == 0 && i < n->flags.count; i++) rc = words_add(&a, "%s", n->flags.word[i]);
  for (size_t i = 0; rc == 0 && more && i < more->count; i++) rc = words_add(&a, "%s", more->word[i]);
  rc = rc ? rc : words_add(&a, "-w");
  rc = rc ? rc : words_add(&a, "-Qunused-arguments");
  rc = rc ? rc : words_add(&a, "-working-directory=%s", n->directory);
  rc = rc ? rc : words_add(&a, "%s", n->file);
  rc = rc ? rc : words_add(&a, "-o");
  rc = rc ? rc : words_add(&a, "%s", out);
  rc = rc ? error_raise(err, ERROR_INTERNAL, rc, "compile: %s", strerror(-rc)) : run_clang(a.word, log, err);
  words_free(&a);
  return rc;
}

static int compile_unit(struct units *u, size_t index, struct error *err) {
  struct unit *n = &u->unit[index];
  if (n->own_bitcode) return 0;
  if (n->foreign || unsupported(n->file)) {
    n->failure = strdup(n->foreign ? "C++, which is not analysed" : unsupported(n->file));
    n->foreign = true;
    return 0;
  }
  if (names_response_file(&n->flags)) {
    n->failure = strdup("its flags name a file of words");
    return 0;
  }
  char *log = audit_text("%s/%zu.log", u->work, index), *text = audit_text("%s/%zu.i", u->work, index),
       *bitcode = audit_text("%s/%zu.bc", u->work, index);
  int rc = compile_to(n, NULL, false, text, log, err);
  if (rc == 0) n->preprocessed = strdup(text);
  rc = rc ? rc : compile_to(n, NULL, true, bitcode, log, err);
  if (rc == 0) n->bitcode = strdup(bitcode);
  free(text);
  free(bitcode);
  if (rc == 1) {
    n->failure = first_error(log);
    rc = 0;
  }
  free(log);
  return rc;
}

int units_compile(struct units *u, struct error *err) {
  const char *tmp = getenv("TMPDIR");
  u->work = audit_text("%s/hakmem-audit.XXXXXX", tmp && *tmp ? tmp : "/tmp");
  if (!mkdtemp(u->work)) {
    free(u->work);
    u->work = NULL;
    return error_raise(err, ERROR_INTERNAL, -errno, "cannot make a temporary folder: %s", strerror(errno));
  }
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < u->count; i++) rc = compile_unit(u, i, err);
  return rc;
}

/* The next line that is code. */
static bool next_code(FILE *f, char **line, size_t *room) {
  while (getline(line, room, f) > 0)
    if ((*line)[0] != '#' && (*line)[strspn(*line, " \t\n")]) return true;
  return false;
}

static bool is_same_code(const char *a, const char *b) {
  FILE *x = fopen(a, "re"), *y = fopen(b, "re");
  char *one = NULL, *two = NULL;
  size_t room_one = 0, room_two = 0;
  bool same = x && y, more = same;
  while (more && same) {
    more = next_code(x, &one, &room_one);
    same = more == next_code(y, &two, &room_two) && (!more || strcmp(one, two) == 0);
  }
  free(one);
  free(two);
  if (x) fclose(x);
  if (y) fclose(y);
  return same;
}

/* The text of one unit under other words, where it is other code then. 1: there is none. */
static int text_again(const char *work, size_t index, const struct unit *was, const struct words *words, struct unit *n,
                      struct error *err) {
  char *log = audit_text("%s/%zu.other.log", work, index), *text = audit_text("%s/%zu.other.i", work, index);
  int rc = compile_to(was, words, false, text, log, err);
  if (rc == 0 && !is_same_code(was->preprocessed, text)) {
    n->preprocessed = text;
    text = NULL;
  }
  free(log);
  free(text);
  return rc;
}

/* Its code, where its text is another. 1: it does not compile so. */
static int code_again(const char *work, size_t index, const struct unit *was, const struct words *words, struct unit *n,
                      struct error *err) {
  char *log = audit_text("%s/%zu.other.log", work, index), *bitcode = audit_text("%s/%zu.other.bc", work, index);
  int rc = n->preprocessed ? compile_to(was, words, true, bitcode, log, err) : 0;
  if (rc == 0 && n->preprocessed) {
    n->bitcode = bitcode;
    bitcode = NULL;
  }
  free(log);
  free(bitcode);
  return rc;
}

/* Compiling takes most of an audit's time: a program is not compiled twice over. */
static bool is_cheap(size_t differ) {
  enum { CHEAP = 24 };
  return differ <= CHEAP;
}

int units_again(struct units *other, const struct units *u, const struct words *words, const struct words *fewer,
                size_t *differ, struct error *err) {
  int rc = 0;
  memset(other, 0, sizeof *other);
  *differ = 0;
  other->root = strdup(u->root);
  for (size_t i = 0; rc == 0 && i < u->count && is_cheap(*differ); i++) {
    const struct unit *was = &u->unit[i];
    if (!was->bitcode || !was->preprocessed) continue;
    audit_room(&other->unit, other->count, sizeof *other->unit);
    struct unit *n = &other->unit[other->count++];
    *n = (struct unit){ .file = strdup(was->file),
                        .directory = strdup(was->directory),
                        .again = was->again,
                        .shared = was->shared,
                        .exports = was->exports };
    for (size_t w = 0; rc == 0 && w < was->flags.count; w++) rc = words_add(&n->flags, "%s", was->flags.word[w]);
    if (rc) return error_raise(err, ERROR_INTERNAL, rc, "compile: %s", strerror(-rc));
    n->made_of = i;
    rc = text_again(u->work, i, was, words, n, err);
    n->fewer = rc == 1;
    if (rc == 1) rc = text_again(u->work, i, was, fewer, n, err);
    if (rc == 1) rc = 0;
    *differ += n->preprocessed != NULL;
  }
  if (rc || !*differ) return rc;
  if (!is_cheap(*differ)) return 1;
  for (size_t i = 0; rc == 0 && i < other->count; i++) {
    struct unit *n = &other->unit[i];
    const struct unit *was = &u->unit[n->made_of];
    bool is_other = n->preprocessed != NULL;
    rc = code_again(u->work, n->made_of, was, n->fewer ? fewer : words, n, err);
    if (rc == 1 && !n->fewer) {
      free(n->preprocessed);
      n->preprocessed = NULL;
      rc = text_again(u->work, n->made_of, was, fewer, n, err);
      rc = rc ? rc : code_again(u->work, n->made_of, was, fewer, n, err);
    }
    if (rc == 1) rc = 0;
    if (n->bitcode) continue;
    *differ -= is_other;
    free(n->preprocessed);
    n->preprocessed = strdup(was->preprocessed);
    n->bitcode = strdup(was->bitcode);
  }
  return rc;
}
