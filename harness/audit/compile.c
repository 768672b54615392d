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
  char *log = audit_text("%s/%zu.log", u->work, index);
  int rc = 0;
  for (int pass = 0; rc == 0 && pass < 2; pass++) {
    char *out = audit_text("%s/%zu.%s", u->work, index, pass ? "bc" : "i");
    struct words a = { 0 };
    rc = words_add(&a, "%s", find_clang());
    static const char *const to_text[] = { "-E", "-dD", "-O1", NULL };
    static const char *const to_bitcode[] = {
      "-O1", "-Xclang", "-disable-llvm-passes", "-g", "-emit-llvm", "-c", NULL
    };
    for (const char *const *w = pass ? to_bitcode : to_text; rc == 0 && *w; w++) rc = words_add(&a, "%s", *w);
    for (size_t i = 0; rc == 0 && i < n->flags.count; i++) rc = words_add(&a, "%s", n->flags.word[i]);
    rc = rc ? rc : words_add(&a, "-w");
    rc = rc ? rc : words_add(&a, "-Qunused-arguments");
    rc = rc ? rc : words_add(&a, "-working-directory=%s", n->directory);
    rc = rc ? rc : words_add(&a, "%s", n->file);
    rc = rc ? rc : words_add(&a, "-o");
    rc = rc ? rc : words_add(&a, "%s", out);
    rc = rc ? error_raise(err, ERROR_INTERNAL, rc, "compile: %s", strerror(-rc)) : run_clang(a.word, log, err);
    words_free(&a);
    if (rc == 0) *(pass ? &n->bitcode : &n->preprocessed) = strdup(out);
    free(out);
  }
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
