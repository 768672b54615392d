/* SPDX-License-Identifier: GPL-3.0-or-later */
/* relink.c: see relink.h. */
#include "harness/project/relink.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/child.h"
#include "harness/project/object_sections.h"

/* A link of megabytes of objects takes seconds; one that takes this long hangs. */
#define LINK_TIMEOUT_S 300
/* In front of the functions: every place within a page, in steps that keep the usual alignment. */
#define GAP_STEP 16
#define GAP_MAX 4096

static const char *base_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

/* Runs it in the link's folder, where that is still there, with its output in a file; its exit status or a negative
 * errno. */
static int run_tool(const struct relink *r, const struct words *w, const char *log, struct error *err) {
  struct child_spec spec = CHILD_SPEC_INIT;
  struct child child;
  struct words argv = { 0 };
  int status = 0;
  /* builds remove folders of their own; what was kept is known by whole paths */
  const char *folder = access(r->link->folder, X_OK) == 0 ? r->link->folder : r->scratch;
  int rc = words_add(&argv, "env") || words_add(&argv, "-C") || words_add(&argv, "%s", folder) ? -ENOMEM : 0;
  for (size_t i = 0; rc == 0 && i < w->count; i++) rc = words_add(&argv, "%s", w->word[i]);
  if (rc != 0) {
    words_free(&argv);
    return error_set_errno(err, rc, "a link");
  }
  int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  spec.argv = argv.word;
  spec.stdin_fd = null;
  spec.stdout_fd = spec.stderr_fd = out;
  spec.new_session = true;
  rc = out < 0 ? error_set_errno(err, -errno, "%.300s", log) : child_spawn_held(&spec, &child, err);
  if (rc == 0) rc = child_release(&child, err);
  if (rc == 0) rc = child_wait(&child, LINK_TIMEOUT_S, &status, NULL, err);
  if (null >= 0) close(null);
  if (out >= 0) close(out);
  words_free(&argv);
  if (rc != 0) return rc;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static char *read_text(const char *path) {
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  struct stat st;
  char *text = NULL;
  if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < CAPTURE_LOG_BYTES_MAX)
    text = calloc(1, (size_t)st.st_size + 1);
  if (text != NULL && read(fd, text, (size_t)st.st_size) != st.st_size) text[0] = '\0';
  if (fd >= 0) close(fd);
  return text;
}

static int fails(const struct relink *r, int status, const char *log, struct error *err) {
  char *text = read_text(log), line[300] = "";
  for (char *at = text; at != NULL && *at != '\0';) {
    size_t n = strcspn(at, "\n");
    if (n > 0) snprintf(line, sizeof line, "%.*s", (int)n, at); /* the last one */
    at += n + (at[n] == '\n');
  }
  free(text);
  for (char *p = line; *p != '\0'; p++)
    if ((unsigned char)*p < ' ' || *p == 127) *p = ' ';
  error_raise(err, ERROR_UNMEASURED, -ECHILD, "linking %.200s again ended with %d: %s", base_of(r->link->output),
              status, line);
  return -ECHILD;
}

/* --- the arguments -------------------------------------------------------------------------------- */

/* Options that name what a first link left or what is not wanted in a second one. */
static bool is_dropped(const struct words *w, size_t i, size_t *more) {
  const char *word = w->word[i];
  *more = 0;
  if (strcmp(word, "-plugin") == 0 || strcmp(word, "-o") == 0 || strcmp(word, "-Map") == 0) {
    *more = 1;
    return true;
  }
  /* debug information and symbols are for us to keep or to strip */
  if (strcmp(word, "-s") == 0 || strcmp(word, "-S") == 0 || strcmp(word, "--strip-all") == 0 ||
      strcmp(word, "--strip-debug") == 0)
    return true;
  return strncmp(word, "-plugin-opt", 11) == 0 || strncmp(word, "--plugin", 8) == 0 || strncmp(word, "-Map=", 5) == 0 ||
         strncmp(word, "--build-id", 10) == 0 || strncmp(word, "--dependency-file", 17) == 0;
}

static int arguments(const struct relink *r, struct words *w, const char *output) {
  int rc = words_add(w, "%s", r->link->linker);
  for (size_t i = 0, more; rc == 0 && i < r->link->words.count; i++) {
    if (is_dropped(&r->link->words, i, &more)) {
      i += more;
      continue;
    }
    const char *word = r->link->words.word[i], *kept = r->link->kept.word[i];
    /* a shared library may be known by the path that it is given by, a thin archive by where it stands */
    bool as_it_was = kept[0] == '\0' || strstr(word, ".so") != NULL || capture_is_thin(kept);
    rc = words_add(w, "%s", as_it_was ? word : kept);
  }
  if (rc == 0) rc = words_add(w, "--build-id=none");
  if (rc == 0) rc = words_add(w, "-o");
  if (rc == 0) rc = words_add(w, "%s", output);
  return rc;
}

static bool names_script(const struct words *w) {
  for (size_t i = 0; i < w->count; i++)
    if (strcmp(w->word[i], "-T") == 0 || strncmp(w->word[i], "--script", 8) == 0 || strcmp(w->word[i], "-c") == 0 ||
        strcmp(w->word[i], "-r") == 0 || strcmp(w->word[i], "--relocatable") == 0)
      return true;
  return false;
}

/* --- sections ------------------------------------------------------------------------------------- */

static unsigned kind_of(const char *name) {
  static const char *const prefix[] = { ".text.unlikely.", ".text.exit.", ".text.startup.", ".text.hot." };
  for (unsigned i = 0; i < sizeof prefix / sizeof *prefix; i++)
    if (strncmp(name, prefix[i], strlen(prefix[i])) == 0) return i;
  return sizeof prefix / sizeof *prefix;
}
enum { KIND_OTHERS = 4, KINDS };

/* A script takes other characters for patterns or separators. */
static bool is_plain(const char *name) {
  for (; *name != '\0'; name++)
    if (!isalnum((unsigned char)*name) && strchr("_.$", *name) == NULL) return false;
  return true;
}

static int by_name(const void *a, const void *b) {
  const struct relink_section *x = a, *y = b;
  if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
  return strcmp(x->name, y->name);
}

static int add_section(void *context, const char *name, const char *symbol, struct error *err) {
  struct relink *r = context;
  if (!is_plain(name) || !is_plain(symbol)) return 0;
  if (r->sections % 256 == 0) {
    struct relink_section *grown = reallocarray(r->section, r->sections + 256, sizeof *grown);
    if (grown == NULL) return error_set_errno(err, -ENOMEM, "the sections of a link");
    r->section = grown;
  }
  struct relink_section *s = &r->section[r->sections];
  *s = (struct relink_section){ strdup(name), strdup(symbol), kind_of(name) };
  if (s->name == NULL || s->symbol == NULL) {
    free(s->name);
    free(s->symbol);
    return error_set_errno(err, -ENOMEM, "the sections of a link");
  }
  r->sections++;
  return 0;
}

static void each_once(struct relink *r) {
  size_t kept = 0;
  if (r->sections > 1) qsort(r->section, r->sections, sizeof *r->section, by_name);
  for (size_t i = 0; i < r->sections; i++) {
    if (kept > 0 && by_name(&r->section[kept - 1], &r->section[i]) == 0) {
      free(r->section[i].name);
      free(r->section[i].symbol);
    } else r->section[kept++] = r->section[i];
  }
  r->sections = kept;
}

/* The linker's own script for these arguments, between two lines of =. */
static int ask_script(struct relink *r, struct error *err) {
  struct words w = { 0 };
  char log[PATH_MAX], output[PATH_MAX];
  snprintf(log, sizeof log, "%s/script.log", r->scratch);
  snprintf(output, sizeof output, "%s/script.out", r->scratch);
  int rc = arguments(r, &w, output);
  if (rc == 0) rc = words_add(&w, "--verbose");
  if (rc != 0) rc = error_set_errno(err, rc, "a link");
  else if ((rc = run_tool(r, &w, log, err)) > 0) rc = fails(r, rc, log, err);
  words_free(&w);
  unlink(output);
  char *text = rc == 0 ? read_text(log) : NULL;
  char *from = text == NULL ? NULL : strstr(text, "\n====="), *to = NULL;
  if (from != NULL) from = strchr(from + 1, '\n');
  if (from != NULL) to = strstr(from, "\n=====");
  if (to != NULL) {
    *to = '\0';
    r->script = strdup(from + 1);
  }
  free(text);
  if (rc == 0 && r->script == NULL)
    rc = error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "%.200s does not show its script", r->link->linker);
  if (rc == 0 && strstr(r->script, "*(.text.unlikely") == NULL)
    rc = error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "the script of %.200s is another than GNU ld's", r->link->linker);
  return rc;
}

/* Which of the linkers it is: by what it says of itself, for all of them may be called ld. */
static int which_linker(struct relink *r, struct error *err) {
  struct words w = { 0 };
  char log[PATH_MAX];
  snprintf(log, sizeof log, "%s/version.log", r->scratch);
  int rc = words_add(&w, "%s", r->link->linker) || words_add(&w, "--version") ? -ENOMEM : 0;
  if (rc != 0) rc = error_set_errno(err, rc, "a link");
  else if ((rc = run_tool(r, &w, log, err)) > 0) rc = fails(r, rc, log, err);
  words_free(&w);
  char *text = rc == 0 ? read_text(log) : NULL;
  if (text != NULL) text[strcspn(text, "\n")] = '\0';
  if (text != NULL && strncmp(text, "GNU ld", 6) == 0) r->method = RELINK_BFD;
  else if (text != NULL && strncmp(text, "GNU gold", 8) == 0) r->method = RELINK_GOLD;
  else if (text != NULL && strstr(text, "LLD") != NULL) r->method = RELINK_LLD;
  else if (rc == 0)
    rc = error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "%.200s (%.60s) takes no order of functions", r->link->linker,
                     text == NULL ? "" : text);
  free(text);
  return rc;
}

/* Two functions with one no-operation between them, that nobody calls. Without it there is no pad. */
#define PAD_SYMBOL "hakmem_pad_before"
static void make_pad(struct relink *r) {
  static const char text[] = "\t.section .text.hakmem_pad,\"ax\",%progbits\n"
                             "\t.globl " PAD_SYMBOL "\n\t.type " PAD_SYMBOL ",%function\n" PAD_SYMBOL ":\n\tret\n"
                             "\t.size " PAD_SYMBOL ", .-" PAD_SYMBOL "\n"
#if defined __x86_64__
                             "\t.byte 0x66, 0x90\n"
#else
                             "\tnop\n"
#endif
                             "\t.type hakmem_pad_after,%function\nhakmem_pad_after:\n\tret\n"
                             "\t.size hakmem_pad_after, .-hakmem_pad_after\n"
                             "\t.section .note.GNU-stack,\"\",%progbits\n";
  char source[PATH_MAX], object[PATH_MAX], log[PATH_MAX];
  struct words w = { 0 };
  snprintf(source, sizeof source, "%s/pad.s", r->scratch);
  snprintf(object, sizeof object, "%s/pad.o", r->scratch);
  snprintf(log, sizeof log, "%s/pad.log", r->scratch);
  FILE *f = fopen(source, "we");
  bool made = f != NULL && fputs(text, f) >= 0;
  if (f != NULL) made &= fclose(f) == 0;
  if (made &&
      (words_add(&w, "as") || words_add(&w, "-o") || words_add(&w, "%s", object) || words_add(&w, "%s", source)))
    made = false;
  struct error ignored = { 0 };
  if (made && run_tool(r, &w, log, &ignored) == 0) r->pad = strdup(object);
  words_free(&w);
}

int relink_open(struct relink *r, const struct capture_link *link, const char *scratch, struct error *err) {
  struct words objects = { 0 }, lost = { 0 };
  *r = (struct relink){ .link = link, .scratch = strdup(scratch) };
  int rc = r->scratch == NULL ? error_set_errno(err, -ENOMEM, "a link") : 0;
  if (rc == 0 && names_script(&link->words))
    rc = error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "%.200s is linked with a script of its own, or not to its end",
                     base_of(link->output));
  if (rc == 0 && capture_inputs(link, &objects, &lost) != 0) rc = error_set_errno(err, -ENOMEM, "a link");
  if (rc == 0 && lost.count > 0)
    rc = error_raise(err, ERROR_UNMEASURED, -ENOENT, "%.200s could not be kept", lost.word[0]);
  for (size_t i = 0; rc == 0 && i < objects.count; i++) rc = object_sections(objects.word[i], add_section, r, err);
  if (rc == 0) each_once(r);
  if (rc == 0 && r->sections < 1)
    rc = error_raise(err, ERROR_UNMEASURED, -ENOTSUP, "%.200s has no functions that a linker could move",
                     base_of(link->output));
  if (rc == 0) rc = which_linker(r, err);
  if (rc == 0 && r->method == RELINK_BFD) rc = ask_script(r, err);
  if (rc == 0) make_pad(r);
  words_free(&objects);
  words_free(&lost);
  if (rc != 0) relink_close(r);
  return rc;
}

void relink_close(struct relink *r) {
  for (size_t i = 0; i < r->sections; i++) {
    free(r->section[i].name);
    free(r->section[i].symbol);
  }
  free(r->section);
  free(r->script);
  free(r->pad);
  free(r->scratch);
  *r = (struct relink){ 0 };
}

/* --- orders --------------------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t next_random(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

struct both {
  uint32_t index[2]; /* of the section in each, NONE where it has none */
};
#define NONE UINT32_MAX

static void shuffle(struct both *list, size_t count, uint64_t *state) {
  for (size_t i = count; i > 1; i--) {
    size_t k = (size_t)(next_random(state) % i);
    struct both t = list[i - 1];
    list[i - 1] = list[k];
    list[k] = t;
  }
}

/* The sections of one kind: those of both, then of one alone; how many. */
static size_t merge(const struct relink *const side[2], unsigned kind, struct both *common, struct both *alone,
                    size_t *alones) {
  size_t i = 0, k = 0, n = 0;
  *alones = 0;
  while (i < side[0]->sections && side[0]->section[i].kind < kind) i++;
  while (k < side[1]->sections && side[1]->section[k].kind < kind) k++;
  for (;;) {
    bool a = i < side[0]->sections && side[0]->section[i].kind == kind;
    bool b = k < side[1]->sections && side[1]->section[k].kind == kind;
    if (!a && !b) return n;
    int order = !a ? 1 : !b ? -1 : strcmp(side[0]->section[i].name, side[1]->section[k].name);
    struct both one = { { order <= 0 ? (uint32_t)i : NONE, order >= 0 ? (uint32_t)k : NONE } };
    if (order == 0) common[n++] = one;
    else alone[(*alones)++] = one;
    i += order <= 0;
    k += order >= 0;
  }
}

int relink_plan_pair(const struct relink *a, const struct relink *b, uint64_t seed, struct relink_plan *plan,
                     struct error *err) {
  const struct relink *const side[2] = { a, b };
  size_t most = a->sections + b->sections;
  struct both *common = calloc(most, sizeof *common), *alone = calloc(most, sizeof *alone);
  size_t used[2] = { 0, 0 };
  uint64_t state = seed;
  *plan = (struct relink_plan){ { calloc(a->sections, sizeof(uint32_t)), calloc(b->sections, sizeof(uint32_t)) }, 0 };
  int rc = common == NULL || alone == NULL || plan->order[0] == NULL || plan->order[1] == NULL
               ? error_set_errno(err, -ENOMEM, "an order of functions")
               : 0;
  plan->gap = (unsigned)(next_random(&state) % (GAP_MAX / GAP_STEP)) * GAP_STEP;
  for (unsigned kind = 0; rc == 0 && kind < KINDS; kind++) {
    size_t alones, n = merge(side, kind, common, alone, &alones);
    shuffle(common, n, &state);
    shuffle(alone, alones, &state);
    for (size_t i = 0; i < n + alones; i++)
      for (unsigned s = 0; s < 2; s++) {
        uint32_t index = i < n ? common[i].index[s] : alone[i - n].index[s];
        if (index != NONE) plan->order[s][used[s]++] = index;
      }
  }
  free(common);
  free(alone);
  if (rc != 0) relink_plan_free(plan);
  return rc;
}

void relink_plan_free(struct relink_plan *plan) {
  free(plan->order[0]);
  free(plan->order[1]);
  *plan = (struct relink_plan){ { NULL, NULL }, 0 };
}

/* --- links ---------------------------------------------------------------------------------------- */

/* The default script with every section named in front of the first pattern. lld and gold have an option. */
static int write_order(const struct relink *r, const uint32_t *order, unsigned gap, const char *path,
                       struct error *err) {
  FILE *f = fopen(path, "we");
  if (f == NULL) return error_set_errno(err, -errno, "%.300s", path);
  const char *rest = NULL;
  if (r->method == RELINK_BFD) {
    rest = strstr(r->script, "*(.text.unlikely");
    fwrite(r->script, 1, (size_t)(rest - r->script), f);
    fprintf(f, ". = . + %u;\n", gap);
  }
  for (size_t i = 0; i < r->sections; i++) {
    const struct relink_section *s = &r->section[order[i]];
    if (r->method == RELINK_BFD) fprintf(f, "    *(%s)\n", s->name);
    else fprintf(f, "%s\n", r->method == RELINK_LLD ? s->symbol : s->name);
  }
  if (rest != NULL) fprintf(f, "    %s\n", rest);
  bool bad = ferror(f) != 0;
  bad |= fclose(f) != 0;
  return bad ? error_set_errno(err, errno ? -errno : -EIO, "%.300s", path) : 0;
}

static int do_link(const struct relink *r, struct words *w, struct error *err) {
  char log[PATH_MAX];
  snprintf(log, sizeof log, "%s/link.log", r->scratch);
  int rc = run_tool(r, w, log, err);
  return rc > 0 ? fails(r, rc, log, err) : rc;
}

int relink_run(const struct relink *r, const uint32_t *order, unsigned gap, const char *output, struct error *err) {
  struct words w = { 0 };
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/order", r->scratch);
  int rc = write_order(r, order, gap, path, err);
  if (rc != 0) return rc;
  rc = arguments(r, &w, output) || words_add(&w, "--strip-debug");
  if (rc == 0 && r->method == RELINK_BFD) rc = words_add(&w, "-T") || words_add(&w, "%s", path);
  if (rc == 0 && r->method == RELINK_LLD)
    rc = words_add(&w, "--symbol-ordering-file") || words_add(&w, "%s", path) ||
         words_add(&w, "--no-warn-symbol-ordering");
  if (rc == 0 && r->method == RELINK_GOLD) rc = words_add(&w, "--section-ordering-file=%s", path);
  rc = rc != 0 ? error_set_errno(err, -ENOMEM, "a link") : do_link(r, &w, err);
  words_free(&w);
  return rc;
}

int relink_debug(const struct relink *r, const char *output, struct error *err) {
  struct words w = { 0 };
  int rc = arguments(r, &w, output);
  if (rc == 0 && r->pad != NULL) rc = words_add(&w, "-u") || words_add(&w, PAD_SYMBOL) || words_add(&w, "%s", r->pad);
  rc = rc != 0 ? error_set_errno(err, -ENOMEM, "a link") : do_link(r, &w, err);
  words_free(&w);
  return rc;
}
