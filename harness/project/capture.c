/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture.c: see capture.h. */
#include "harness/project/capture.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/project/capture_log.h"
#include "harness/project/loaded.h"

/* The names under which drivers look for the compiler proper and for linkers. */
static const char *const hook_names[] = { "cc1", "cc1plus", "ld", "ld.bfd", "ld.gold", "ld.lld", "ld.mold" };

static const char *base_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

int capture_prepare(const char *folder, const char *hook, struct error *err) {
  static const char *const folders[] = { "hooks", "log", "keep" };
  int dir = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (dir < 0) return error_set_errno(err, -errno, "%.300s", folder);
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < sizeof folders / sizeof *folders; i++)
    if (mkdirat(dir, folders[i], 0755) != 0) rc = error_set_errno(err, -errno, "%.300s/%s", folder, folders[i]);
  for (size_t i = 0; rc == 0 && i < sizeof hook_names / sizeof *hook_names; i++) {
    char name[64];
    snprintf(name, sizeof name, "hooks/%s", hook_names[i]);
    if (symlinkat(hook, dir, name) != 0) rc = error_set_errno(err, -errno, "%.300s/%s", folder, name);
  }
  close(dir);
  return rc;
}

int capture_environment(struct words *env, const char *folder, const char *tree, char *const *images, size_t count,
                        struct error *err) {
  size_t size = 1;
  for (size_t i = 0; i < count; i++) size += strlen(base_of(images[i])) + 1;
  char *names = calloc(1, size);
  int rc = names == NULL ? -ENOMEM : 0;
  for (size_t i = 0; rc == 0 && i < count; i++) {
    strcat(names, base_of(images[i]));
    strcat(names, "\n");
  }
  if (rc == 0) rc = words_add(env, "COMPILER_PATH=%s/hooks", folder);
  if (rc == 0) rc = words_add(env, "HAKMEM_CAPTURE_HOOKS=%s/hooks", folder);
  if (rc == 0) rc = words_add(env, "HAKMEM_CAPTURE_DIR=%s", folder);
  if (rc == 0) rc = words_add(env, "HAKMEM_CAPTURE_IMAGES=%s", names);
  /* clang has no cc1 of its own in that path */
  if (rc == 0) rc = words_add(env, "CCC_OVERRIDE_OPTIONS=# +-ffunction-sections +-g +-ffile-prefix-map=%s=/src", tree);
  if (rc == 0) rc = words_add(env, "HAKMEM_CAPTURE_TREE=%s", tree);
  if (rc == 0) rc = words_add(env, "SOURCE_DATE_EPOCH=1000000000"); /* __DATE__ would differ between variants */
  if (rc == 0) rc = words_add(env, "CCACHE_DISABLE=1");
  free(names);
  return rc == 0 ? 0 : error_set_errno(err, rc, "the build's environment");
}

/* The whole log; the last byte is the zero that ends the last word. NULL: not a log of ours. */
static char *read_log(int dir, const char *name, size_t *bytes, double *when_s) {
  int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat st;
  char *text = NULL;
  *bytes = 0;
  if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= CAPTURE_LOG_BYTES_MAX)
    text = malloc((size_t)st.st_size);
  while (text != NULL && *bytes < (size_t)st.st_size) {
    ssize_t n = read(fd, text + *bytes, (size_t)st.st_size - *bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    *bytes += (size_t)n;
  }
  if (fd >= 0) close(fd);
  static const char end[] = CAPTURE_END;
  bool whole = text != NULL && *bytes == (size_t)st.st_size && *bytes >= sizeof end &&
               memcmp(text + *bytes - sizeof end, end, sizeof end) == 0;
  if (!whole) {
    free(text);
    return NULL;
  }
  *when_s = (double)st.st_mtim.tv_sec + (double)st.st_mtim.tv_nsec / 1e9;
  return text;
}

static const char *next_word(const char **at, const char *end) {
  if (*at >= end) return NULL;
  const char *word = *at;
  *at += strlen(word) + 1; /* the text ends with a zero */
  return word;
}

/* A kept copy lies in our own keep folder, whatever a log says. */
static bool is_kept(const char *path, const char *folder) {
  size_t n = strlen(folder);
  return strncmp(path, folder, n) == 0 && strncmp(path + n, "/keep/", 6) == 0 && strstr(path + n, "/../") == NULL;
}

static void free_link(struct capture_link *l) {
  free(l->folder);
  free(l->linker);
  free(l->output);
  words_free(&l->words);
  words_free(&l->kept);
}

static int read_link(struct capture_link *l, const char *text, size_t bytes, const char *folder) {
  const char *at = text, *end = text + bytes, *word;
  *l = (struct capture_link){ 0 };
  next_word(&at, end); /* the first was looked at */
  const char *where = next_word(&at, end), *linker = next_word(&at, end), *file = next_word(&at, end);
  if (file == NULL || where[0] != '/' || sscanf(file, "%llu:%llu", &l->device, &l->inode) != 2) return -EBADMSG;
  l->folder = strdup(where);
  l->linker = strdup(linker);
  int rc = l->folder == NULL || l->linker == NULL ? -ENOMEM : 0;
  bool is_output = false;
  while (rc == 0 && (word = next_word(&at, end)) != NULL && at < end) {
    const char *tab = strchr(word, '\t');
    int n = tab == NULL ? (int)strlen(word) : (int)(tab - word);
    rc = words_add(&l->words, "%.*s", n, word);
    if (rc == 0) rc = words_add(&l->kept, "%s", tab != NULL && is_kept(tab + 1, folder) ? tab + 1 : "");
    if (rc == 0 && is_output) {
      free(l->output);
      if ((l->output = strndup(word, (size_t)n)) == NULL) rc = -ENOMEM;
    }
    is_output = strcmp(word, "-o") == 0;
  }
  if (rc == 0 && l->output == NULL) rc = (l->output = strdup("a.out")) == NULL ? -ENOMEM : 0;
  return rc;
}

static void free_unit(struct capture_unit *u) {
  free(u->folder);
  free(u->compiler);
  words_free(&u->words);
}

static int read_unit(struct capture_unit *u, const char *text, size_t bytes) {
  const char *at = text, *end = text + bytes, *word;
  *u = (struct capture_unit){ 0 };
  next_word(&at, end);
  const char *where = next_word(&at, end), *compiler = next_word(&at, end);
  if (where == NULL || compiler == NULL || where[0] != '/') return -EBADMSG;
  u->folder = strdup(where);
  u->compiler = strdup(compiler);
  int rc = u->folder == NULL || u->compiler == NULL ? -ENOMEM : 0;
  while (rc == 0 && (word = next_word(&at, end)) != NULL && at < end) rc = words_add(&u->words, "%s", word);
  return rc;
}

/* One log of a link or a unit; -EBADMSG: it is neither. */
static int add_log(struct capture *c, const char *text, size_t bytes, double when_s, const char *folder) {
  int rc;
  if (strcmp(text, CAPTURE_UNIT) == 0) {
    struct capture_unit unit, *grown = reallocarray(c->unit, c->units + 1, sizeof *grown);
    if (grown == NULL) return -ENOMEM;
    c->unit = grown;
    if ((rc = read_unit(&unit, text, bytes)) == 0) c->unit[c->units++] = unit;
    else free_unit(&unit);
    return rc;
  }
  if (strcmp(text, CAPTURE_LINK) != 0) return -EBADMSG;
  struct capture_link link, *grown = reallocarray(c->link, c->links + 1, sizeof *grown);
  if (grown == NULL) return -ENOMEM;
  c->link = grown;
  rc = read_link(&link, text, bytes, folder);
  link.when_s = when_s;
  if (rc == 0) c->link[c->links++] = link;
  else free_link(&link);
  return rc;
}

static int by_time(const void *a, const void *b) {
  const struct capture_link *x = a, *y = b;
  return (x->when_s > y->when_s) - (x->when_s < y->when_s);
}

int capture_read(struct capture *c, const char *folder, struct error *err) {
  char path[PATH_MAX];
  *c = (struct capture){ 0 };
  if (snprintf(path, sizeof path, "%s/log", folder) >= (int)sizeof path)
    return error_raise(err, ERROR_INTERNAL, -ENAMETOOLONG, "%.300s/log", folder);
  DIR *d = opendir(path);
  if (d == NULL) return error_set_errno(err, -errno, "%.300s", path);
  int rc = 0;
  size_t seen = 0;
  for (struct dirent *e; rc == 0 && (e = readdir(d)) != NULL;) {
    size_t bytes;
    double when_s;
    if (e->d_name[0] == '.') continue;
    if (++seen > CAPTURE_LOGS_MAX) {
      rc = error_raise(err, ERROR_UNMEASURED, -E2BIG, "%.300s holds more than %d logs", path, CAPTURE_LOGS_MAX);
      break;
    }
    char *text = read_log(dirfd(d), e->d_name, &bytes, &when_s);
    rc = text == NULL ? -EBADMSG : add_log(c, text, bytes, when_s, folder);
    if (rc == -EBADMSG) rc = 0, c->damaged++;
    if (rc != 0) error_set_errno(err, rc, "%.300s", path);
    free(text);
  }
  closedir(d);
  if (c->links > 1) qsort(c->link, c->links, sizeof *c->link, by_time);
  if (rc != 0) capture_free(c);
  return rc;
}

void capture_free(struct capture *c) {
  for (size_t i = 0; i < c->links; i++) free_link(&c->link[i]);
  free(c->link);
  for (size_t i = 0; i < c->units; i++) free_unit(&c->unit[i]);
  free(c->unit);
  *c = (struct capture){ 0 };
}

/* The real path of what a link made; false where it is gone. */
static bool made(const struct capture_link *l, char *real) {
  char path[PATH_MAX];
  int n = l->output[0] == '/' ? snprintf(path, sizeof path, "%s", l->output)
                              : snprintf(path, sizeof path, "%s/%s", l->folder, l->output);
  return n < (int)sizeof path && realpath(path, real) != NULL;
}

/* The image is what a link made under another name: the same file, moved, or what is loaded of it, copied or stripped.
 */
static bool became(const struct capture_link *l, const char *image) {
  char real[PATH_MAX];
  struct stat st;
  if (l->inode != 0 && stat(image, &st) == 0 && (unsigned long long)st.st_dev == l->device &&
      (unsigned long long)st.st_ino == l->inode)
    return true;
  return made(l, real) && loaded_same(real, image);
}

const struct capture_link *capture_find(const struct capture *c, const char *image_path) {
  char image[PATH_MAX], real[PATH_MAX];
  const struct capture_link *same_name = NULL;
  size_t named = 0;
  if (realpath(image_path, image) == NULL) return NULL;
  for (size_t i = c->links; i-- > 0;) {
    if (made(&c->link[i], real) && strcmp(real, image) == 0) return &c->link[i];
    if (strcmp(base_of(c->link[i].output), base_of(image_path)) != 0) continue;
    same_name = &c->link[i];
    named++;
  }
  if (named == 1) return same_name;
  for (size_t i = c->links; i-- > 0;)
    if (became(&c->link[i], image)) return &c->link[i];
  return NULL;
}

const char *capture_source(const struct capture_unit *u) {
  const char *source = NULL;
  for (size_t i = 0; i < u->words.count; i++) {
    const char *w = u->words.word[i], *before = i > 0 ? u->words.word[i - 1] : "";
    static const char *const with_value[] = { "-o",          "-D",
                                              "-U",          "-I",
                                              "-MF",         "-MT",
                                              "-MQ",         "-MD",
                                              "-MMD",        "-include",
                                              "-imacros",    "-isystem",
                                              "-iquote",     "-idirafter",
                                              "-iprefix",    "-dumpbase",
                                              "-dumpdir",    "-dumpbase-ext",
                                              "-auxbase",    "-auxbase-strip",
                                              "-imultiarch", "-isysroot",
                                              "-imultilib",  "-A" };
    bool value = false;
    for (size_t k = 0; k < sizeof with_value / sizeof *with_value; k++) value |= strcmp(before, with_value[k]) == 0;
    if (w[0] != '-' && !value) source = w;
  }
  return source;
}

/* A thin archive names its members instead of holding them (ar(1), option T): they are read where they are. */
static int thin_members(const struct capture_link *link, const char *word, const char *kept, struct words *objects,
                        bool *thin) {
  char folder[PATH_MAX];
  int fd = open(kept, O_RDONLY | O_CLOEXEC);
  struct stat st;
  char *text = NULL;
  *thin = false;
  if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size >= 8 && st.st_size < CAPTURE_LOG_BYTES_MAX)
    text = calloc(1, (size_t)st.st_size + 1);
  bool whole = text != NULL && read(fd, text, (size_t)st.st_size) == st.st_size;
  if (fd >= 0) close(fd);
  *thin = whole && memcmp(text, "!<thin>\n", 8) == 0;
  if (!*thin) {
    free(text);
    return 0;
  }
  int n = word[0] == '/' ? snprintf(folder, sizeof folder, "%s", word)
                         : snprintf(folder, sizeof folder, "%s/%s", link->folder, word);
  char *slash = n < (int)sizeof folder ? strrchr(folder, '/') : NULL;
  if (slash != NULL) *slash = '\0';
  const char *names = NULL;
  size_t names_size = 0, size = (size_t)st.st_size;
  int rc = slash == NULL ? -ENAMETOOLONG : 0;
  for (size_t at = 8; rc == 0 && at + 60 <= size;) { /* ar(5): name 16, …, size 10 at 48, "`\n" */
    const char *header = text + at;
    char digits[11] = "";
    memcpy(digits, header + 48, 10);
    size_t bytes = strtoul(digits, NULL, 10);
    at += 60;
    bool index = header[0] == '/' && (header[1] == ' ' || strncmp(header, "/SYM64/", 7) == 0);
    if (header[0] == '/' && header[1] == '/') {
      if (bytes > size - at) break;
      names = text + at;
      names_size = bytes;
    } else if (!index && header[0] == '/') {
      size_t from = strtoul(header + 1, NULL, 10);
      if (names == NULL || from >= names_size) break;
      size_t length = strcspn(names + from, "\n");
      if (from + length > names_size || length < 2) break;
      if (names[from + length - 1] == '/') length--;
      rc = names[from] == '/' ? words_add(objects, "%.*s", (int)length, names + from)
                              : words_add(objects, "%s/%.*s", folder, (int)length, names + from);
    } else if (!index) { /* a short name: up to a slash */
      int length = (int)strcspn(header, "/ ");
      rc = words_add(objects, "%s/%.*s", folder, length < 16 ? length : 16, header);
    }
    if (header[0] == '/' && (index || header[1] == '/')) at += bytes + (bytes & 1); /* members have no content */
  }
  free(text);
  return rc;
}

/* By what is in it: builds call their objects .o, .lo, .obj, .os and what they like. */
static bool is_object(const char *path) {
  unsigned char head[18];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head);
  if (fd >= 0) close(fd);
  if (n >= 8 && (memcmp(head, "!<arch>\n", 8) == 0 || memcmp(head, "!<thin>\n", 8) == 0)) return true;
  if (n >= 4 && memcmp(head, "BC\xc0\xde", 4) == 0) return true; /* LLVM's bitcode: to be refused, not passed over */
  /* e_type, of either byte order: 1 is ET_REL */
  return n == (ssize_t)sizeof head && memcmp(head, "\177ELF", 4) == 0 && (head[16] | head[17]) == 1;
}

/* Of an input that was not kept there is the name alone. */
static bool is_object_name(const char *word) {
  static const char *const ends[] = { ".o", ".a", ".lo", ".obj", ".os" };
  size_t n = strlen(word);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    size_t k = strlen(ends[i]);
    if (word[0] != '-' && n > k && strcmp(word + n - k, ends[i]) == 0) return true;
  }
  return false;
}

int capture_inputs(const struct capture_link *link, struct words *objects, struct words *lost) {
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < link->words.count; i++) {
    const char *word = link->words.word[i], *kept = link->kept.word[i];
    bool thin;
    if (kept[0] == '\0') {
      if (is_object_name(word)) rc = words_add(lost, "%s", word);
      continue;
    }
    if (!is_object(kept)) continue; /* a shared library, a linker's script */
    rc = thin_members(link, word, kept, objects, &thin);
    if (rc == 0 && !thin) rc = words_add(objects, "%s", kept);
  }
  return rc;
}

/* Adds its real path where that lies in the tree. */
static int add_inside(const struct capture_link *link, const char *tree, const char *path, struct words *paths,
                      bool *found) {
  char joined[PATH_MAX], real[PATH_MAX];
  size_t n = strlen(tree);
  int length = path[0] == '/' ? snprintf(joined, sizeof joined, "%s", path)
                              : snprintf(joined, sizeof joined, "%s/%s", link->folder, path);
  *found = length < (int)sizeof joined && realpath(joined, real) != NULL;
  if (!*found || strncmp(real, tree, n) != 0 || real[n] != '/') return 0;
  return words_add(paths, "%s", real + n + 1);
}

int capture_named(const struct capture_link *link, const char *tree, struct words *paths) {
  int rc = 0;
  bool found;
  for (size_t i = 0; rc == 0 && i < link->words.count; i++)
    if (link->kept.word[i][0] != '\0' && is_object(link->kept.word[i]))
      rc = add_inside(link, tree, link->words.word[i], paths, &found);
  return rc;
}

int capture_libraries(const struct capture_link *link, const char *tree, struct words *paths) {
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < link->words.count; i++) {
    const char *word = link->words.word[i];
    bool found = false;
    if (word[0] != '-' && strstr(base_of(word), ".so") != NULL) rc = add_inside(link, tree, word, paths, &found);
    if (strncmp(word, "-l", 2) != 0) continue; /* an archive of the build's own has its path for a word */
    for (size_t k = 0; rc == 0 && !found && k < link->words.count; k++) {
      const char *at = link->words.word[k], *after = k + 1 < link->words.count ? link->words.word[k + 1] : "";
      char path[PATH_MAX];
      if (strncmp(at, "-L", 2) != 0) continue;
      if (snprintf(path, sizeof path, "%s/lib%s.so", at[2] != '\0' ? at + 2 : after, word + 2) < (int)sizeof path)
        rc = add_inside(link, tree, path, paths, &found);
    }
  }
  return rc;
}

bool capture_is_thin(const char *path) {
  char magic[8];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  bool thin = fd >= 0 && read(fd, magic, sizeof magic) == (ssize_t)sizeof magic && memcmp(magic, "!<thin>\n", 8) == 0;
  if (fd >= 0) close(fd);
  return thin;
}
