/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elf_find_names.c: which names mean the same function: versions, clones, mangled names, templates; and
 * which paths the same file. */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* libiberty.h declares basename() otherwise */
#include <libiberty/demangle.h>

#include "harness/step0/elf_find_internal.h"

/* gcc: -fipa-sra, -fpartial-inlining, -fipa-cp, -freorder-blocks-and-partition, LTO; clang: ThinLTO,
 * -funique-internal-linkage-names. A name of the program's own may have dots, too: only these are taken, and the
 * first kind with the number alone that its compiler gives (Go's main.part is a function of its own). */
static const char *const numbered_words[] = { "isra",   "part",  "constprop", "lto_priv",   "llvm",
                                              "__uniq", "clone", "__part",    "specialized" };
static const char *const bare_words[] = { "cold", "warm", "localalias" };

static bool ends_word(char c) { return c == '.' || c == '\0' || c == '@'; }

static size_t digits_at(const char *text) { return strspn(text, "0123456789"); }

/* Two static functions of one name get a number at link time (LLVM), functions within functions always (gcc).
 * In Go's names, which have dots throughout, it is another function. */
static bool is_number(const char *raw, const char *dot) {
  size_t digits = digits_at(dot + 1);
  return digits > 0 && strchr(raw, '.') == dot && ends_word(dot[1 + digits]);
}

static bool is_clone_word(const char *word) {
  for (size_t i = 0; i < sizeof numbered_words / sizeof *numbered_words; i++) {
    size_t n = strlen(numbered_words[i]);
    if (strncmp(word, numbered_words[i], n) == 0 && word[n] == '.' && digits_at(word + n + 1) > 0) return true;
  }
  for (size_t i = 0; i < sizeof bare_words / sizeof *bare_words; i++) {
    size_t n = strlen(bare_words[i]);
    if (strncmp(word, bare_words[i], n) == 0 && ends_word(word[n])) return true;
  }
  return false;
}

const char *find_clone_suffix(const char *raw) {
  const char *version = raw + strcspn(raw, "@"); /* f@@GLIBC_2.2.5: its dots are none of the name's */
  for (const char *dot = strchr(raw, '.'); dot != NULL && dot < version; dot = strchr(dot + 1, '.'))
    if (dot != raw && (is_number(raw, dot) || is_clone_word(dot + 1))) return dot;
  return version;
}

enum clone_kind find_clone_kind(const char *raw) {
  const char *suffix = find_clone_suffix(raw);
  if (strstr(suffix, ".cold") != NULL || strstr(suffix, ".warm") != NULL) return CLONE_COLD;
  return strstr(suffix, ".part") != NULL || strstr(suffix, ".__part") != NULL ? CLONE_PART : CLONE_WHOLE;
}

/* "std::vector<int>::push_back(int const&)" -> "std::vector::push_back"; where keep, the <int> stays. */
static void without_parameters(const char *text, bool keep_templates, char *out, size_t size) {
  int depth = 0;
  size_t n = 0;
  for (const char *c = text; *c != '\0' && n + 1 < size; c++) {
    bool named_operator = strncmp(c, "operator", 8) == 0 && (c == text || c[-1] == ':');
    if (named_operator && depth == 0) {
      /* operator<, operator(), operator-> … end the name */
      const char *end = strchr(c + 8 + (strncmp(c + 8, "()", 2) == 0 ? 2 : 0), '(');
      while (*c != '\0' && c != end && n + 1 < size) out[n++] = *c++;
      break;
    }
    if (*c == '<') depth++;
    /* Rust: f::<u32> is f of u32 */
    if (*c == '<' && depth == 1 && !keep_templates && n > 2 && out[n - 1] == ':' && out[n - 2] == ':') n -= 2;
    bool anonymous = strncmp(c, "(anonymous namespace)", 21) == 0;
    if (*c == '(' && depth == 0 && !anonymous) break;
    if (anonymous) {
      for (int i = 0; i < 20 && n + 1 < size; i++) out[n++] = *c++;
    }
    if (depth == 0 || keep_templates) out[n++] = *c;
    if (*c == '>' && depth > 0) depth--;
  }
  out[n] = '\0';
}

/* The whole, or the end of it behind a "::". A return type (of a template) stands before a blank. */
static bool ends_in(const char *whole, const char *wanted) {
  size_t n = strlen(whole), w = strlen(wanted);
  if (w > n || w == 0 || strcmp(whole + n - w, wanted) != 0) return false;
  return n == w || whole[n - w - 1] == ' ' || (n - w >= 2 && whole[n - w - 1] == ':' && whole[n - w - 2] == ':');
}

/* Identifiers stand in mangled names as they are: most names are ruled out before they are demangled. */
static bool may_be_in(const char *wanted, const char *raw) {
  char word[128];
  if (strstr(wanted, "operator") != NULL || strpbrk(wanted, "{~") != NULL) return true;
  size_t end = strcspn(wanted, "(<"), start = end;
  while (start > 0 && (isalnum((unsigned char)wanted[start - 1]) || wanted[start - 1] == '_')) start--;
  if (end == start || end - start >= sizeof word) return true;
  memcpy(word, wanted + start, end - start);
  word[end - start] = '\0';
  return strstr(raw, word) != NULL;
}

bool find_name_matches(const char *wanted, const char *raw) {
  size_t n = strlen(wanted);
  if (strncmp(raw, wanted, n) == 0 && raw[n] == '\0') return true;
  const char *suffix = find_clone_suffix(raw);
  size_t base = (size_t)(suffix - raw);
  if (strchr(wanted, '@') != NULL) { /* f@V1 is an old version, f@@V2 the default: one at names either */
    const char *at = strchr(wanted, '@'), *has = strchr(raw, '@');
    return has != NULL && (size_t)(at - wanted) == base && strncmp(raw, wanted, base) == 0 &&
           strcmp(at + strspn(at, "@"), has + strspn(has, "@")) == 0 && (at[1] != '@' || has[1] == '@');
  }
  if (base == n && strncmp(raw, wanted, n) == 0) return true;
  if (raw[0] != '_' || (raw[1] != 'Z' && raw[1] != 'R')) return false;
  char plain[1024], bare[1024];
  if (base >= sizeof plain || !may_be_in(wanted, raw)) return false;
  memcpy(plain, raw, base);
  plain[base] = '\0';
  if (strcmp(plain, wanted) == 0) return true;
  char *full = cplus_demangle(plain, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO);
  if (full == NULL) return false;
  bool same = strcmp(full, wanted) == 0 || ends_in(full, wanted);
  if (!same) {
    without_parameters(full, true, bare, sizeof bare);
    same = ends_in(bare, wanted);
  }
  if (!same && strchr(wanted, '<') == NULL) {
    without_parameters(full, false, bare, sizeof bare);
    same = ends_in(bare, wanted);
  }
  free(full);
  return same;
}

/* --- paths ------------------------------------------------------------------------------------ */

/* Without "." and "..", "//" ; `from` is put before a relative one. */
static void plain_path(const char *path, const char *from, char out[PATH_MAX]) {
  char whole[PATH_MAX];
  size_t n = 0;
  if (path[0] == '/' || from == NULL) snprintf(whole, sizeof whole, "%s", path);
  else snprintf(whole, sizeof whole, "%.2000s/%.2000s", from, path);
  bool absolute = whole[0] == '/';
  out[0] = '\0';
  char *save = NULL;
  for (char *part = strtok_r(whole, "/", &save); part != NULL; part = strtok_r(NULL, "/", &save)) {
    if (strcmp(part, ".") == 0) continue;
    char *slash = strrchr(out, '/');
    if (strcmp(part, "..") == 0 && n > 0 && strcmp(slash != NULL ? slash + 1 : out, "..") != 0) {
      n = slash != NULL ? (size_t)(slash - out) : 0;
      out[n] = '\0';
      continue;
    }
    n += (size_t)snprintf(out + n, PATH_MAX - n, "%s%s", n > 0 || absolute ? "/" : "", part);
    if (n >= PATH_MAX) n = PATH_MAX - 1;
  }
}

static bool is_tail(const char *whole, const char *tail) {
  size_t n = strlen(whole), t = strlen(tail);
  return n >= t && strcmp(whole + n - t, tail) == 0 && (n == t || tail[0] == '/' || whole[n - t - 1] == '/');
}

bool find_file_matches(const char *wanted, const char *path, const char *comp_dir) {
  char has[PATH_MAX], want[PATH_MAX];
  plain_path(path, comp_dir, has);
  plain_path(wanted, NULL, want);
  if (is_tail(has, want)) return true;
  if (strncmp(want, "..", 2) == 0) {
    char here[PATH_MAX / 2];
    if (getcwd(here, sizeof here) != NULL) plain_path(wanted, here, want);
    return strcmp(has, want) == 0;
  }
  if (wanted[0] != '/') return false;
  /* names that were made relative (-ffile-prefix-map), and links on the way */
  char bare[PATH_MAX], real[PATH_MAX];
  plain_path(path, NULL, bare);
  if (bare[0] != '/' && strchr(bare, '/') != NULL && is_tail(want, bare)) return true;
  return realpath(wanted, real) != NULL && strcmp(real, has) == 0;
}

bool find_same_file(const char *a, const char *b, const char *comp_dir) {
  char x[PATH_MAX], y[PATH_MAX];
  plain_path(a, comp_dir, x);
  plain_path(b, comp_dir, y);
  return strcmp(x, y) == 0;
}

const char *find_last_part(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

void find_note_near(struct finder *f, size_t q, const char *wanted, const char *name) {
  struct find_near *n = &f->asked[q].near;
  if (f->count > FIND_NEAR_QUERIES_MAX || f->asked[q].found > 0) return;
  int apart = find_distance(wanted, name);
  if (apart < 1 || apart > 3) return;
  for (size_t i = 0; i < n->count; i++)
    if (strcmp(n->text[i], name) == 0) return;
  size_t at = n->count;
  while (at > 0 && n->apart[at - 1] > apart) at--;
  if (at == FIND_NEAR_MAX) return;
  if (n->count < FIND_NEAR_MAX) n->count++;
  for (size_t i = n->count - 1; i > at; i--) {
    n->text[i] = n->text[i - 1];
    n->apart[i] = n->apart[i - 1];
  }
  n->text[at] = name;
  n->apart[at] = apart;
}

int find_distance(const char *a, const char *b) {
  enum { LONGEST = 64 };
  size_t n = strlen(a), m = strlen(b);
  int row[LONGEST + 1];
  if (n > LONGEST || m > LONGEST) return LONGEST;
  for (size_t j = 0; j <= m; j++) row[j] = (int)j;
  for (size_t i = 1; i <= n; i++) {
    int corner = row[0];
    row[0] = (int)i;
    for (size_t j = 1; j <= m; j++) {
      int above = row[j];
      int best = corner + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
      if (above + 1 < best) best = above + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      row[j] = best;
      corner = above;
    }
  }
  return row[m];
}
