/* SPDX-License-Identifier: GPL-3.0-or-later */
/* variant.c: see variant.h. A variant is made in a temporary folder of the cache and renamed when
 * whole, so that two campaigns may build the same one at once and a killed one leaves no half. */
#include "harness/build/variant.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/build/layout.h"
#include "harness/core/cache.h"
#include "harness/core/child.h"
#include "harness/core/content_hash.h"
#include "harness/core/program.h"
#include "harness/core/registry.h"

/* Grows with what a cached variant holds; part of its name. */
#define CACHE_VERSION "6"

static int run_start(char *const *argv, struct child *c, struct error *err) {
  struct child_spec spec = CHILD_SPEC_INIT;
  spec.argv = argv;
  spec.stdout_fd = 2;
  int rc = child_spawn_held(&spec, c, err);
  if (rc == -ENOENT) error_advise(err, "the compiler that this build was configured with must be in PATH");
  return rc ? rc : child_release(c, err);
}

static int run_end(struct child *c, const char *what, struct error *err) {
  char text[64];
  int status, rc = child_wait(c, 0, &status, NULL, err);
  if (rc == 0 && status != 0) {
    rc = error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s failed (%s)", what,
                     child_describe_status(status, text, sizeof text));
    error_advise(err, "the messages above are the tool's own");
  }
  return rc;
}

int variant_run_tool(char *const *argv, const char *what, struct error *err) {
  struct child c;
  int rc = run_start(argv, &c, err);
  return rc ? error_prefix(err, "%s", what), rc : run_end(&c, what, err);
}

static int name_order(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static int is_source(const struct dirent *d) {
  if (d->d_name[0] == '.') return 0;
  if (d->d_type == DT_DIR) return 1;
  const char *dot = strrchr(d->d_name, '.');
  return dot && (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0 || strcmp(dot, ".S") == 0 ||
                 strcmp(dot, ".inc") == 0 || strcmp(dot, ".def") == 0);
}

static int hash_tree(struct content_hash *h, const char *dir, int depth, struct error *err) {
  struct dirent **list;
  int n = scandir(dir, &list, is_source, name_order), rc = 0;
  if (n < 0) return errno == ENOENT ? 0 : error_set_errno(err, -errno, "cannot read %s", dir);
  for (int i = 0; i < n; i++) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.3000s/%s", dir, list[i]->d_name);
    if (rc == 0 && list[i]->d_type == DT_DIR) rc = depth > 6 ? 0 : hash_tree(h, path, depth + 1, err);
    else if (rc == 0) {
      content_hash_add_text(h, list[i]->d_name);
      rc = content_hash_add_file(h, path, err);
    }
    free(list[i]);
  }
  free(list);
  return rc;
}

static void hash_words(struct content_hash *h, const struct words *w) {
  for (size_t i = 0; i < w->count; i++) content_hash_add_text(h, w->word[i]);
  content_hash_add_text(h, "");
}

static bool named(const char *const *list, const char *flag) {
  for (; list && *list; list++)
    if (strcmp(*list, flag) == 0) return true;
  return false;
}

/* Flags of the gates: every telemetry gate is said, 0 or 1, whatever this build was configured
 * with; features (what the allocator does) are as this build has them, unless the spec says. */
static int gate_flags(const struct variant_spec *spec, struct words *w) {
  int rc = 0;
  for (size_t i = 0; i < registry_count() && rc == 0; i++) {
    const struct gate *g = registry_gate(i);
    bool on = named(spec->flags_on, g->flag), off = named(spec->flags_off, g->flag);
    bool feature = g->class == GATE_FEATURE;
    if (feature && !off) on |= g->compiled;
    if (on || off || !feature) rc = words_add(w, "-U%s", g->flag) || words_add(w, "-D%s=%d", g->flag, on);
  }
  if (rc == 0) rc = words_add(w, "-UHAKMEM_SITE_MARKERS") || words_add(w, "-DHAKMEM_SITE_MARKERS=%d", spec->markers);
  if (rc == 0 && spec->define) rc = words_add(w, "-D%s", spec->define);
  return rc;
}

static int variant_name(const struct recipe *r, const struct words *flags, char hex[65], struct error *err) {
  struct content_hash h;
  char path[PATH_MAX];
  struct stat st;
  content_hash_start(&h);
  content_hash_add_text(&h, CACHE_VERSION);
  hash_words(&h, &r->compiler);
  hash_words(&h, &r->cppflags);
  hash_words(&h, &r->cflags);
  hash_words(&h, &r->linkflags);
  hash_words(&h, &r->sources);
  hash_words(&h, flags);
  content_hash_add_text(&h, r->linker ? r->linker : "");
  /* the compiler itself: its file */
  if (program_find(r->compiler.word[0], path, sizeof path) == 0 && stat(path, &st) == 0) {
    content_hash_add(&h, &st.st_size, sizeof st.st_size);
    content_hash_add(&h, &st.st_mtim, sizeof st.st_mtim);
  }
  int rc = 0;
  static const char *const parts[] = { "src", "probes" };
  for (size_t i = 0; i < 2 && rc == 0; i++) {
    snprintf(path, sizeof path, "%.4000s/%s", r->source_root, parts[i]);
    rc = hash_tree(&h, path, 0, err);
  }
  if (rc == 0) {
    snprintf(path, sizeof path, "%.4000s/probes", r->build_root);
    rc = hash_tree(&h, path, 0, err);
  }
  content_hash_finish(&h, hex);
  return rc;
}

/* OBJECT names: the source's path with / as -, so that they are the same in every variant. */
static void object_name(const char *source, char *name, size_t size) {
  snprintf(name, size, "%s", source);
  char *dot = strrchr(name, '.');
  if (dot) *dot = '\0';
  for (char *p = name; *p; p++)
    if (*p == '/') *p = '-';
  strncat(name, ".o", size - strlen(name) - 1);
}

static int compile_start(const struct recipe *r, const struct words *flags, const char *source, const char *object,
                         struct child *c, struct error *err) {
  struct words a = { 0 };
  int rc = 0;
  const struct words *parts[] = { &r->compiler, &r->cppflags, &r->cflags, flags };
  for (size_t k = 0; k < 4; k++)
    for (size_t i = 0; i < parts[k]->count && rc == 0; i++) rc = words_add(&a, "%s", parts[k]->word[i]);
  /* warnings were said by make; -Werror must not stop a variant */
  if (rc == 0)
    rc = words_add(&a, "-ffunction-sections") || words_add(&a, "-w") || words_add(&a, "-c") || words_add(&a, "-o") ||
         words_add(&a, "%s", object) || words_add(&a, "%s", source);
  rc = rc ? error_set_errno(err, -ENOMEM, "compile") : run_start(a.word, c, err);
  words_free(&a);
  return rc;
}

static int write_text(const char *path, const char *text, struct error *err) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return error_set_errno(err, -errno, "cannot write %s", path);
  ssize_t n = write(fd, text, strlen(text));
  int rc = n == (ssize_t)strlen(text) ? 0 : error_set_errno(err, n < 0 ? -errno : -ENOSPC, "cannot write %s", path);
  if (close(fd) != 0 && rc == 0) rc = error_set_errno(err, -errno, "cannot write %s", path);
  return rc;
}

/* Objects two at a time: the machine's other CPU is idle now. */
static int compile_all(const struct recipe *r, const struct words *flags, const char *dir, struct error *err) {
  struct child running[2] = { { .pid = -1 }, { .pid = -1 } };
  char source[PATH_MAX], object[PATH_MAX], name[512];
  int rc = 0;
  struct error first;
  for (size_t i = 0; i < r->sources.count + 2; i++) {
    struct child *c = &running[i % 2];
    if (c->pid > 0) {
      struct error e;
      error_clear(&e);
      int ended = run_end(c, "compiling a variant", &e);
      if (ended && rc == 0) {
        rc = ended;
        first = e;
      }
      c->pid = -1;
    }
    if (i < r->sources.count && rc == 0) {
      snprintf(source, sizeof source, "%.2000s/%.2000s", r->source_root, r->sources.word[i]);
      object_name(r->sources.word[i], name, sizeof name);
      snprintf(object, sizeof object, "%.3000s/%s", dir, name);
      error_clear(&first);
      rc = compile_start(r, flags, source, object, c, &first);
    }
  }
  if (rc && err) *err = first;
  return rc;
}

static int compile_support(const struct recipe *r, const char *dir, const char *name, const char *extension,
                           const char *text, struct error *err) {
  char source[PATH_MAX], object[PATH_MAX];
  snprintf(source, sizeof source, "%.4000s/%s.%s", dir, name, extension);
  snprintf(object, sizeof object, "%.4000s/%s.o", dir, name);
  int rc = write_text(source, text, err);
  struct words a = { 0 };
  for (size_t i = 0; i < r->compiler.count && rc == 0; i++) rc = words_add(&a, "%s", r->compiler.word[i]);
  if (rc == 0)
    rc = words_add(&a, "-O2") || words_add(&a, "-fPIC") || words_add(&a, "-ffunction-sections") ||
         words_add(&a, "-c") || words_add(&a, "-o") || words_add(&a, "%s", object) || words_add(&a, "%s", source);
  if (rc == 0) rc = variant_run_tool(a.word, "assembling", err);
  words_free(&a);
  return rc;
}

/* The spare room behind the functions (layout.h), and what glibc would link in from its archive
 * libc_nonshared.a: its code must be in an object of ours to be moved. */
static const char *const support_objects[] = { "pad.o", "atfork.o" };
static const char atfork_text[] =
    "#include <features.h>\n"
    "#ifdef __GLIBC__\n"
    "extern int __register_atfork(void (*)(void), void (*)(void), void (*)(void), void *);\n"
    "__attribute__((visibility(\"hidden\"))) int pthread_atfork(void (*a)(void), void (*b)(void), void (*c)(void));\n"
    "static char handle;\n"
    "int pthread_atfork(void (*a)(void), void (*b)(void), void (*c)(void)) { return __register_atfork(a, b, c, "
    "&handle); }\n"
    "#else\n"
    "typedef int nothing;\n"
    "#endif\n";

static int make_support(const struct recipe *r, const char *dir, struct error *err) {
  char text[256];
  snprintf(text, sizeof text,
           ".section .text.zz_ab_pad,\"ax\",%%progbits\n.skip %zu\n.section .note.GNU-stack,\"\",%%progbits\n",
           layout_spare_bytes(1000));
  int rc = compile_support(r, dir, "pad", "S", text, err);
  return rc ? rc : compile_support(r, dir, "atfork", "c", atfork_text, err);
}

static int link_image(const struct recipe *r, const char *dir, bool markers, struct error *err) {
  struct words a = { 0 };
  char name[512];
  int rc = 0;
  for (size_t i = 0; i < r->compiler.count && rc == 0; i++) rc = words_add(&a, "%s", r->compiler.word[i]);
  /* -nostdlib: no start files, whose code is in no function's section; libc is named, so that the
   * library also works as any other under LD_PRELOAD. */
  rc = rc || words_add(&a, "-shared") || words_add(&a, "-nostdlib") || words_add(&a, "-fPIC") ||
       (r->linker && words_add(&a, "-fuse-ld=%s", r->linker)) || words_add(&a, "-Wl,-Map,%s/image.map", dir) ||
       words_add(&a, "-Wl,--hash-style=both") || words_add(&a, "-Wl,--build-id") || words_add(&a, "-Wl,-z,now") ||
       (!markers && words_add(&a, "-s")) || words_add(&a, "-o") || words_add(&a, "%s/image.so", dir);
  for (size_t i = 0; i < r->linkflags.count && rc == 0; i++) rc = words_add(&a, "%s", r->linkflags.word[i]);
  for (size_t i = 0; i < r->sources.count && rc == 0; i++) {
    object_name(r->sources.word[i], name, sizeof name);
    rc = words_add(&a, "%s/%s", dir, name);
  }
  for (size_t i = 0; i < sizeof support_objects / sizeof *support_objects && rc == 0; i++)
    rc = words_add(&a, "%s/%s", dir, support_objects[i]);
  if (rc == 0) rc = words_add(&a, "-lc") || words_add(&a, "-lgcc");
  rc = rc ? error_set_errno(err, -ENOMEM, "link") : variant_run_tool(a.word, "linking a variant", err);
  words_free(&a);
  return rc;
}

/* By the descriptor of the folder that was made: its name may be somebody else's link by now. */
static void remove_folder(int fd, const char *dir) {
  DIR *d = fdopendir(fd);
  struct dirent *e;
  while (d && (e = readdir(d)) != NULL)
    if (e->d_name[0] != '.') unlinkat(dirfd(d), e->d_name, 0);
  if (d) closedir(d);
  rmdir(dir);
}

/* Compilers take names: whoever can write to the cache may have put a link there meanwhile. */
static int check_same(int made, const char *dir, struct error *err) {
  struct stat there, ours;
  if (fstat(made, &ours) == 0 && lstat(dir, &there) == 0 && there.st_dev == ours.st_dev && there.st_ino == ours.st_ino)
    return 0;
  return error_raise(err, ERROR_REFUSED, -EPERM, "something else was put in the place of %.300s while it was filled",
                     dir);
}

static int fill_in(struct variant *v, const struct recipe *r, struct error *err) {
  char name[512];
  int rc = 0;
  for (size_t i = 0; i < r->sources.count && rc == 0; i++) {
    object_name(r->sources.word[i], name, sizeof name);
    rc = words_add(&v->objects, "%s/%s", v->dir, name);
  }
  for (size_t i = 0; i < sizeof support_objects / sizeof *support_objects && rc == 0; i++)
    rc = words_add(&v->objects, "%s/%s", v->dir, support_objects[i]);
  if (rc || asprintf(&v->image_path, "%s/image.so", v->dir) < 0 || asprintf(&v->map_path, "%s/image.map", v->dir) < 0)
    return error_set_errno(err, -ENOMEM, "variant");
  return 0;
}

/* What it is, for `hakmem-harness cache`: the gates that are on. */
static int seal(const struct variant_spec *spec, const char *dir, struct error *err) {
  char what[256];
  size_t used = 0;
  struct words all = { 0 };
  what[0] = '\0';
  for (const char *const *flag = spec->flags_on; flag && *flag && used < sizeof what; flag++) {
    const char *name = *flag;
    for (size_t i = 0; i < registry_count(); i++)
      if (strcmp(registry_gate(i)->flag, name) == 0) name = registry_gate(i)->name;
    used += (size_t)snprintf(what + used, sizeof what - used, "%s%s", used ? ", " : "with ", name);
  }
  if (used < sizeof what)
    snprintf(what + used, sizeof what - used, "%s%s%s%s", used ? "" : "no gate on",
             spec->markers ? "; site markers" : "", spec->define ? "; " : "", spec->define ? spec->define : "");
  int rc = words_add(&all, ".") ? error_set_errno(err, -ENOMEM, "variant") : cache_seal(dir, &all, what, err);
  words_free(&all);
  return rc;
}

static int build_anew(const struct recipe *r, const struct variant_spec *spec, const struct words *flags,
                      const char *cache, const char *final, struct error *err) {
  char temporary[PATH_MAX];
  struct cache_hold *hold;
  snprintf(temporary, sizeof temporary, "%s/%sXXXXXX", cache, cache_build_prefix);
  int rc = cache_hold_temporary(temporary, &hold, err);
  if (rc != 0) return rc;
  int made = open(temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (made < 0) rc = error_set_errno(err, -errno, "cannot open %s", temporary);
  if (rc == 0) rc = compile_all(r, flags, temporary, err);
  if (rc == 0) rc = check_same(made, temporary, err);
  if (rc == 0) rc = make_support(r, temporary, err);
  if (rc == 0) rc = link_image(r, temporary, spec->markers, err);
  if (rc == 0) rc = check_same(made, temporary, err);
  if (rc == 0) rc = seal(spec, temporary, err);
  if (rc == 0) rc = check_same(made, temporary, err);
  /* another campaign may have been faster */
  if (rc == 0 && rename(temporary, final) != 0 && !cache_sealed(final))
    rc = error_set_errno(err, -errno, "cannot keep the variant in %s", final);
  if (made >= 0 && (rc || access(temporary, F_OK) == 0)) remove_folder(made, temporary);
  else if (made >= 0) close(made);
  cache_release(hold);
  return rc;
}

/* One that was cut or changed, or somebody's link; as a rule there is none. Another campaign may have put its own there
 * since we looked, and use it. */
static void remove_damaged(const char *final) {
  int left = open(final, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (left >= 0 && cache_sealed(final)) close(left);
  else if (left >= 0) remove_folder(left, final);
  else if (errno == ENOTDIR || errno == ELOOP) unlink(final);
}

int variant_build(const struct recipe *r, const struct variant_spec *spec, struct variant *v, struct error *err) {
  char cache[PATH_MAX - 512], final[PATH_MAX];
  struct words flags = { 0 };
  bool built = false;
  memset(v, 0, sizeof *v);
  int rc = gate_flags(spec, &flags) ? error_set_errno(err, -ENOMEM, "variant") : variant_name(r, &flags, v->hash, err);
  if (rc == 0) rc = cache_folder(CACHE_VARIANTS, cache, sizeof cache, err);
  if (rc == 0) snprintf(final, sizeof final, "%s/%.32s", cache, v->hash);
  /* who removes what was not used for long may be there between its build and our hold on it */
  for (int turn = 0; rc == 0 && (cache_hold(final, &v->hold) != 0 || !cache_sealed(final)); turn++) {
    cache_release(v->hold);
    v->hold = NULL;
    if (turn == 3)
      rc = error_raise(err, ERROR_UNMEASURED, -EIO, "the variant in %.300s is not what was just written there", final);
    if (rc == 0) remove_damaged(final);
    if (rc == 0) rc = build_anew(r, spec, &flags, cache, final, err);
    built = true;
  }
  if (rc == 0) {
    v->dir = strdup(final);
    rc = fill_in(v, r, err);
  }
  if (rc == 0 && built) cache_make_room();
  words_free(&flags);
  if (rc) variant_free(v);
  return rc;
}

void variant_free(struct variant *v) {
  free(v->dir);
  free(v->image_path);
  free(v->map_path);
  words_free(&v->objects);
  cache_release(v->hold);
  memset(v, 0, sizeof *v);
}
