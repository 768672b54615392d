/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture_words.c: see capture_words.h. Linked against libc alone. */
#include "harness/project/capture_words.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/project/capture_real.h"

/* The words of a response file, as GNU ld and lld split them: blanks separate, quotes and backslashes keep. */
static char **read_response(const char *path, int *count) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  char *text = NULL, **list = NULL;
  *count = 0;
  if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < (16 << 20))
    text = calloc(1, (size_t)st.st_size + 1);
  if (text == NULL || read(fd, text, (size_t)st.st_size) != st.st_size ||
      (list = calloc((size_t)st.st_size / 2 + 2, sizeof *list)) == NULL) {
    if (fd >= 0) close(fd);
    return NULL; /* the word is then a word: so say the linkers, too */
  }
  close(fd);
  char *to = text, quote = 0;
  for (char *at = text; *at != '\0';) {
    while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r') at++;
    if (*at == '\0') break;
    char *start = to;
    bool ended = false;
    for (; *at != '\0' && !ended; at++) {
      if (*at == '\\' && at[1] != '\0' && quote != '\'') *to++ = *++at;
      else if (quote != 0 && *at == quote) quote = 0;
      else if (quote == 0 && (*at == '\'' || *at == '"')) quote = *at;
      else if (quote == 0 && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) ended = true;
      else *to++ = *at;
    }
    char *word = strndup(start, (size_t)(to - start)); /* to has not passed at */
    if (word == NULL) capture_fail("memory for", path);
    list[(*count)++] = word;
  }
  free(text);
  return list;
}

static char **expand(char **argv, int *argc, int depth) {
  for (int i = 1; i < *argc; i++) {
    int count;
    char **words = argv[i][0] == '@' && depth < 8 ? read_response(argv[i] + 1, &count) : NULL;
    if (words == NULL) continue;
    char **grown = calloc((size_t)(*argc + count + 1), sizeof *grown);
    if (grown == NULL) capture_fail("memory for", argv[i]);
    memcpy(grown, argv, (size_t)i * sizeof *grown);
    memcpy(grown + i, words, (size_t)count * sizeof *grown);
    memcpy(grown + i + count, argv + i + 1, (size_t)(*argc - i - 1) * sizeof *grown);
    *argc += count - 1;
    return expand(grown, argc, depth + 1); /* a file may name others */
  }
  return argv;
}

char **capture_expand(char **argv, int *argc) { return expand(argv, argc, 0); }

/* An argument that is a file's name, and not an option's value. */
bool capture_is_input(char **argv, int i) {
  static const char *const with_value[] = { "-o",
                                            "-m",
                                            "-z",
                                            "-L",
                                            "-T",
                                            "-rpath",
                                            "-soname",
                                            "-e",
                                            "-u",
                                            "-h",
                                            "-plugin",
                                            "-Map",
                                            "-rpath-link",
                                            "-y",
                                            "-dynamic-linker",
                                            "--dynamic-linker",
                                            "-A",
                                            "-b",
                                            "-f",
                                            "--defsym",
                                            "--version-script",
                                            "--dynamic-list",
                                            "-init",
                                            "-fini" };
  if (argv[i][0] == '-' || argv[i][0] == '\0') return false;
  for (size_t k = 0; k < sizeof with_value / sizeof *with_value; k++)
    if (strcmp(argv[i - 1], with_value[k]) == 0) return false;
  return true;
}

/* --- what stands for a file without being its name ------------------------------------------------------------ */

const char *capture_named_file(const char *word, char *option, size_t size) {
  static const char *const options[] = { "version-script", "dynamic-list", "retain-symbols-file",
                                         "export-dynamic-symbol-list", "script" };
  const char *bare = word[0] == '-' ? word + 1 + (word[1] == '-') : "";
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    size_t n = strlen(options[i]);
    if (strncmp(bare, options[i], n) != 0 || (bare[n] != '\0' && bare[n] != '=')) continue;
    snprintf(option, size, "--%s", options[i]);
    return bare[n] == '=' ? bare + n + 1 : "";
  }
  if (strcmp(word, "-T") != 0) return NULL;
  snprintf(option, size, "-T");
  return "";
}

const char *capture_output(char **argv, int i) {
  const char *word = argv[i];
  if (strcmp(word, "-o") == 0 || strcmp(word, "--output") == 0) return argv[i + 1];
  if (strncmp(word, "--output=", 9) == 0) return word + 9;
  /* -omagic is an option of its own */
  return strncmp(word, "-o", 2) == 0 && strcmp(word, "-omagic") != 0 ? word + 2 : NULL;
}

static bool is_word(const char *word, const char *const *list) {
  for (; *list != NULL; list++)
    if (strcmp(word, *list) == 0) return true;
  return false;
}

/* As a linker looks: of each folder the shared library before the archive, unless archives alone are asked for. */
static bool find_archive(int argc, char **argv, const char *name, bool archives_alone, char *out, size_t size) {
  for (int i = 1; i < argc; i++) {
    const char *folder = NULL;
    if (strncmp(argv[i], "-L", 2) == 0) folder = argv[i][2] != '\0' ? argv[i] + 2 : i + 1 < argc ? argv[i + 1] : NULL;
    else if (strncmp(argv[i], "--library-path=", 15) == 0) folder = argv[i] + 15;
    if (folder == NULL || folder[0] == '=') continue; /* of a system root: no folder of the build's */
    bool exact = name[0] == ':';
    if (!exact && !archives_alone && snprintf(out, size, "%s/lib%s.so", folder, name) < (int)size &&
        access(out, R_OK) == 0)
      return false;
    int n = exact ? snprintf(out, size, "%s/%s", folder, name + 1) : snprintf(out, size, "%s/lib%s.a", folder, name);
    if (n < (int)size && access(out, R_OK) == 0) return true;
  }
  return false;
}

bool capture_library(int argc, char **argv, int i, char *out, size_t size) {
  static const char *const alone[] = { "-Bstatic", "-dn", "-non_shared", "-static", "--Bstatic", NULL };
  static const char *const both[] = { "-Bdynamic", "-dy", "-call_shared", "--Bdynamic", NULL };
  bool archives_alone = false;
  char real[PATH_MAX];
  const char *name = strncmp(argv[i], "-l", 2) == 0            ? argv[i] + 2
                     : strncmp(argv[i], "--library=", 10) == 0 ? argv[i] + 10
                                                               : "";
  if (name[0] == '\0') return false;
  for (int k = 1; k < i; k++) {
    if (is_word(argv[k], alone)) archives_alone = true;
    if (is_word(argv[k], both)) archives_alone = false;
  }
  if (!find_archive(argc, argv, name, archives_alone, out, size) || realpath(out, real) == NULL) return false;
  /* the system's are the same for both variants */
  return strncmp(real, "/usr/", 5) != 0 && strncmp(real, "/lib", 4) != 0;
}
