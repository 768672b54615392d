/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flags.c: flags.h. Meanings after the manuals of GCC and Clang. */
#include "harness/audit/flags.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/audit/map.h"

static bool starts(const char *s, const char *prefix) { return strncmp(s, prefix, strlen(prefix)) == 0; }

/* With a value, joined or as the next word. */
static const char *const with_value[] = { "-D",         "-U",       "-I", "-isystem",  "-iquote",
                                          "-idirafter", "-imacros", "-x", "--sysroot", NULL };
/* The long spellings of the same: NAME=VALUE, or NAME and a word. */
static const struct {
  const char *spelling, *means;
} long_spellings[] = { { "--define-macro", "-D" },
                       { "--undefine-macro", "-U" },
                       { "--include-directory", "-I" },
                       { "--include", "-include" },
                       { "--imacros", "-imacros" },
                       { "--language", "-x" },
                       { "--include-directory-after", "-idirafter" },
                       { NULL, NULL } };
static const char *const whole[] = { "-ansi",
                                     "-nostdinc",
                                     "-pthread",
                                     "-fopenmp",
                                     "-fgnu89-inline",
                                     "-fcommon",
                                     "-fno-common",
                                     "-ffreestanding",
                                     "-fhosted",
                                     "-fms-extensions",
                                     "-fwrapv",
                                     "-fshort-enums",
                                     "-fshort-wchar",
                                     "-fsigned-char",
                                     "-funsigned-char",
                                     "-fno-signed-char",
                                     "-fno-unsigned-char",
                                     "-fno-strict-aliasing",
                                     "-fPIC",
                                     "-fpic",
                                     "-fPIE",
                                     "-fpie",
                                     "-ffast-math",
                                     "-fblocks",
                                     "-fdollars-in-identifiers",
                                     "-m32",
                                     "-m64",
                                     "-mx32",
                                     "-undef",
                                     NULL };
static const char *const prefixes[] = {
  "-std=",  "--std=",    "-fvisibility=", "-fno-builtin", "-fbuiltin", "-ftls-model=", "-march=",  "-mtune=",
  "-mcpu=", "--target=", "--sysroot=",    "-mavx",        "-msse",     "-mssse3",      "-mbmi",    "-mfma",
  "-mcx16", "-maes",     "-mpclmul",      "-mpopcnt",     "-mlzcnt",   "-mrdrnd",      "-mrdseed", "-mf16c",
  "-mrtm",  "-msha",     "-mcrc32",       "-mno-avx",     "-mno-sse",  "-mmmx",        NULL
};
/* Says nothing about what the source means. */
static const char *const harmless[] = { "-W",
                                        "-w",
                                        "-g",
                                        "-pipe",
                                        "-c",
                                        "-l",
                                        "-L",
                                        "-B",
                                        "-v",
                                        "-pedantic",
                                        "-p",
                                        "-fdiagnostics",
                                        "-fmessage-length",
                                        "-fno-diagnostics",
                                        "-fcolor",
                                        "-S",
                                        "-save-temps",
                                        "-static",
                                        "-Qunused",
                                        "-shared",
                                        "-rdynamic",
                                        "-s",
                                        "-nostdlib",
                                        "-nodefaultlibs",
                                        "-nostartfiles",
                                        "-no-pie",
                                        "-pie",
                                        "-###",
                                        "-fmax-errors",
                                        "-ferror-limit",
                                        "-fmacro-prefix-map",
                                        "-ffile-prefix-map",
                                        "-fdebug-prefix-map",
                                        "-fuse-ld",
                                        "-e",
                                        "-r",
                                        "-R",
                                        "-z",
                                        "-T",
                                        "-u",
                                        NULL };
static const char *const harmless_value[] = {
  "-MF",      "-MT",       "-MQ",     "-MJ",   "-l",       "-L",          "-B",
  "-z",       "-T",        "-u",      "-e",    "-R",       "-dumpbase",   "-dumpbase-ext",
  "-dumpdir", "-aux-info", "--param", "-arch", "-Xlinker", "-Xassembler", NULL
};
/* With the next word, left out together; they may change anything. */
static const char *const unknown_value[] = { "-Xclang", "-Xpreprocessor", "-include-pch", "-specs",   "-wrapper",
                                             "-load",   "-mllvm",         "-imultilib",   "-iprefix", "-iwithprefix",
                                             NULL };

static bool listed(const char *const *list, const char *word) {
  for (; *list; list++)
    if (strcmp(*list, word) == 0) return true;
  return false;
}

static bool begins(const char *const *list, const char *word) {
  for (; *list; list++)
    if (starts(word, *list)) return true;
  return false;
}

static int sort_word(struct flags *f, char *const *words, size_t count, size_t *i, const char *directory, int depth);

/* @file: its words stand in its place. */
static int read_response(struct flags *f, const char *word, const char *directory, int depth) {
  char *path = word[1] == '/' ? strdup(word + 1) : audit_text("%s/%s", directory, word + 1);
  struct stat st;
  FILE *in = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "re") : NULL;
  char *text = NULL;
  size_t room = 0;
  int rc = 0;
  ssize_t n = in ? getdelim(&text, &room, '\0', in) : -1;
  if (in) fclose(in);
  struct words inner = { 0 };
  for (ssize_t c = 0; c < n; c++)
    if (text[c] == '\n' || text[c] == '\r') text[c] = ' ';
  if (!in || depth > 8 || (n > 0 && words_split(&inner, text, NULL))) rc = words_add(&f->unknown, "%s", word);
  else
    for (size_t i = 0; rc == 0 && i < inner.count; i++)
      rc = sort_word(f, inner.word, inner.count, &i, directory, depth + 1);
  words_free(&inner);
  free(text);
  free(path);
  return rc;
}

/* -Wp,A,B: words for the preprocessor. */
static int preprocessor_words(struct flags *f, const char *list, const char *directory, int depth) {
  struct words inner = { 0 };
  char *copy = strdup(list), *rest = NULL;
  int rc = 0;
  for (char *w = strtok_r(copy, ",", &rest); w && rc == 0; w = strtok_r(NULL, ",", &rest))
    rc = words_add(&inner, "%s", w);
  for (size_t i = 0; rc == 0 && i < inner.count; i++)
    if (starts(inner.word[i], "-M")) i += i + 1 < inner.count && inner.word[i + 1][0] != '-'; /* -Wp,-MD,file */
    else rc = sort_word(f, inner.word, inner.count, &i, directory, depth + 1);
  free(copy);
  words_free(&inner);
  return rc;
}

static int keep_safe(struct flags *f, const char *option, const char *value) {
  if (strcmp(option, "-x") == 0 && value) f->cxx = strstr(value, "++") != NULL;
  if (strcmp(option, "-x") == 0 && value && strstr(value, "header")) f->no_unit = "it makes a precompiled header";
  /* the driver would take a precompiled header of another compiler, which lies beside it */
  if (strcmp(option, "-include") == 0 && value)
    return words_add(&f->kept, "-Xclang") || words_add(&f->kept, "-include") || words_add(&f->kept, "-Xclang") ||
                   words_add(&f->kept, "%s", value)
               ? -ENOMEM
               : 0;
  if (words_add(&f->kept, "%s", option)) return -ENOMEM;
  return value ? words_add(&f->kept, "%s", value) : 0;
}

/* Clang, and its driver once more, reads a file of words wherever one begins with '@', also as the value of an option,
 * and words of such a file may load plug-ins. */
static bool names_response_file(const char *value) { return value != NULL && value[0] == '@'; }

static bool is_language(const char *value) {
  static const char *const languages[] = { "c",         "c-header",           "cpp-output",
                                           "c++",       "c++-header",         "c++-cpp-output",
                                           "assembler", "assembler-with-cpp", "none",
                                           NULL };
  return listed(languages, value);
}

static int keep(struct flags *f, const char *option, const char *value) {
  char *path = NULL;
  bool language = strcmp(option, "-x") == 0 && value != NULL;
  bool macro = strcmp(option, "-D") == 0 || strcmp(option, "-U") == 0;
  if (names_response_file(option) || (language && !is_language(value)) || (macro && names_response_file(value)))
    return words_add(&f->unknown, "%s%s%s", option, value != NULL ? " " : "", value != NULL ? value : "");
  if (names_response_file(value)) value = path = audit_text("./%s", value);
  int rc = keep_safe(f, option, value);
  free(path);
  return rc;
}

static int sort_option(struct flags *f, char *const *words, size_t count, size_t *i) {
  const char *w = words[*i], *next = *i + 1 < count ? words[*i + 1] : NULL;
  if (strcmp(w, "-include") == 0) {
    ++*i;
    return keep(f, "-include", next);
  }
  if (strcmp(w, "-o") == 0) {
    ++*i;
    free(f->output);
    f->output = next ? strdup(next) : NULL;
    return 0;
  }
  for (size_t k = 0; with_value[k]; k++)
    if (strcmp(w, with_value[k]) == 0) {
      ++*i;
      return next ? keep(f, with_value[k], next) : 0;
    } else if (starts(w, with_value[k]) && with_value[k][1] != '-' && strlen(with_value[k]) == 2)
      return keep(f, with_value[k], w + 2);
    else if (starts(w, with_value[k]) && with_value[k][1] != '-' && w[strlen(with_value[k])] != '-')
      return keep(f, with_value[k], w + strlen(with_value[k]) + (w[strlen(with_value[k])] == '='));
  if (listed(whole, w) || begins(prefixes, w)) return keep(f, w, NULL);
  if (listed(unknown_value, w)) {
    ++*i;
    return next ? words_add(&f->unknown, "%s %s", w, next) : words_add(&f->unknown, "%s", w);
  }
  if (starts(w, "-fplugin") || starts(w, "-specs") || starts(w, "--specs") || starts(w, "-wrapper") ||
      starts(w, "-Xclang"))
    return words_add(&f->unknown, "%s", w);
  if (starts(w, "-f") || starts(w, "-m")) return begins(harmless, w) ? 0 : words_add(&f->dropped, "%s", w);
  if (listed(harmless_value, w)) {
    ++*i;
    return 0;
  }
  return begins(harmless, w) ? 0 : words_add(&f->unknown, "%s", w);
}

static int sort_word(struct flags *f, char *const *words, size_t count, size_t *i, const char *directory, int depth) {
  const char *w = words[*i];
  if (w[0] == '@' && w[1]) return read_response(f, w, directory, depth);
  if (w[0] != '-' || !w[1]) return 0; /* launcher, compiler, source, objects */
  if (starts(w, "-Wp,")) return preprocessor_words(f, w + 4, directory, depth);
  if (strcmp(w, "-E") == 0 || strcmp(w, "--preprocess") == 0) f->no_unit = "it only preprocesses";
  else if (strcmp(w, "-M") == 0 || strcmp(w, "-MM") == 0) f->no_unit = "it only lists dependencies";
  else if (strcmp(w, "-fsyntax-only") == 0) f->no_unit = "it only checks";
  else if (starts(w, "-O")) {
    /* the level says what __OPTIMIZE__ is; the audit compiles with one of its own */
    return strcmp(w, "-Os") == 0 || strcmp(w, "-Oz") == 0 ? words_add(&f->kept, "-D__OPTIMIZE_SIZE__=1") : 0;
  } else if (strcmp(w, "-c") == 0 || strcmp(w, "-S") == 0) f->links = false;
  else if (starts(w, "-M")) *i += listed(harmless_value, w);
  else if (starts(w, "-o") && w[2] && !starts(w, "-objc")) {
    free(f->output);
    f->output = strdup(w + 2);
  } else {
    f->shared |= strcmp(w, "-shared") == 0;
    f->exports |= strcmp(w, "-rdynamic") == 0 || strstr(w, "-export-dynamic") || strcmp(w, "-Wl,-E") == 0;
    for (size_t k = 0; long_spellings[k].spelling; k++) {
      size_t n = strlen(long_spellings[k].spelling);
      if (!starts(w, long_spellings[k].spelling) || (w[n] && w[n] != '=')) continue;
      if (w[n] == '=') return keep(f, long_spellings[k].means, w + n + 1);
      if (*i + 1 < count) return keep(f, long_spellings[k].means, words[++*i]);
      return 0;
    }
    return sort_option(f, words, count, i);
  }
  return 0;
}

/* Whether the command optimises at all: the last level counts. */
static bool optimises(char *const *words, size_t count) {
  bool on = false;
  for (size_t i = 0; i < count; i++)
    if (starts(words[i], "-O")) on = strcmp(words[i], "-O0") != 0;
  return on;
}

int flags_sort(struct flags *f, char *const *words, size_t count, const char *directory) {
  memset(f, 0, sizeof *f);
  f->links = true;
  int rc = 0;
  for (size_t i = 1; rc == 0 && i < count; i++) rc = sort_word(f, words, count, &i, directory, 0);
  /* after the source's own words, which may undefine it themselves */
  if (rc == 0 && !optimises(words, count)) rc = words_add(&f->kept, "-U__OPTIMIZE__") ? -ENOMEM : 0;
  return rc;
}

void flags_free(struct flags *f) {
  words_free(&f->kept);
  words_free(&f->dropped);
  words_free(&f->unknown);
  free(f->output);
  memset(f, 0, sizeof *f);
}
