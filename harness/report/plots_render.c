/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plots_render.c: runs gnuplot once for each picture, for all formats. */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/child.h"
#include "harness/core/locate.h"
#include "harness/core/progress.h"
#include "harness/report/plot_data.h"

enum { CANNOT_DRAW = -EBADMSG };

static void quoted(FILE *f, const char *name, const char *dir, const char *file, const char *ending) {
  char text[PATH_MAX];
  snprintf(text, sizeof text, "%.3000s%s%.200s%s", dir, file[0] ? "/" : "", file, ending);
  plot_data_quoted(f, name, text);
}

/* What gnuplot would write through a link goes away first. */
static int clear_place(const char *out, const char *name, struct error *err) {
  static const char *const ending[] = { "svg", "png", "pdf" };
  char path[PATH_MAX];
  for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
    snprintf(path, sizeof path, "%.3800s/%.95s.%s", out, name, ending[i]);
    if (unlink(path) != 0 && errno != ENOENT) return error_set_errno(err, -errno, "cannot write %s", path);
  }
  return 0;
}

/* What gnuplot is given: the words of the picture, then its script for each format. */
static int write_driver(const struct picture *p, const char *scripts, const char *data_dir, const char *out, char *path,
                        size_t size, struct error *err) {
  snprintf(path, size, "%.3800s/%.95s.run", data_dir, p->name);
  unlink(path);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
  if (!f) return error_set_errno(err, -errno, "cannot write %s", path);
  quoted(f, "plots", scripts, "", "");
  quoted(f, "data", data_dir, p->name, ".dat");
  quoted(f, "words_file", data_dir, p->name, ".gp");
  quoted(f, "script", scripts, p->script, "");
  quoted(f, "out", out, p->name, "");
  fputs("load words_file\ndo for [fmt in 'svg png pdf'] { load script; unset output; reset }\n", f);
  return fclose(f) == 0 ? 0 : error_set_errno(err, -errno, "cannot write %s", path);
}

static int run_gnuplot(const char *driver, const char *name, struct error *err) {
  /* -d: neither the user's nor the system's start file */
  char *argv[] = { (char *)"gnuplot", (char *)"-d", (char *)driver, NULL }, how[64];
  struct child_spec spec = CHILD_SPEC_INIT;
  struct child child;
  int status;
  spec.argv = argv;
  spec.stdout_fd = STDERR_FILENO;
  spec.bare_env = spec.no_new_privs = true;
  int rc = child_spawn_held(&spec, &child, err);
  if (rc == 0) rc = child_release(&child, err);
  if (rc) {
    rc = error_raise(err, ERROR_MISSING, -ENOEXEC, "gnuplot cannot be run");
    error_advise(err, "install it (Debian: apt-get install gnuplot-nox); nothing else of the harness needs it");
    return rc;
  }
  rc = child_wait(&child, 120, &status, NULL, err);
  if (rc == 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
    rc = error_raise(err, ERROR_UNMEASURED, CANNOT_DRAW, "gnuplot failed on %s: %s", name,
                     child_describe_status(status, how, sizeof how));
    error_advise(err, "its message stands above; try it alone with gnuplot %s", driver);
  }
  return rc;
}

/* The driver stays, for who wants to see why. */
static int leave_out(struct pictures *p, size_t i, const char *driver, const char *out, struct error *err) {
  int rc = clear_place(out, p->list[i].name, err);
  size_t n = strlen(p->missing);
  snprintf(p->missing + n, sizeof p->missing - n, "%s: gnuplot cannot draw it; gnuplot -d %s says why\n",
           p->list[i].name, driver);
  p->count--;
  p->undrawn++;
  memmove(&p->list[i], &p->list[i + 1], (p->count - i) * sizeof p->list[i]);
  return rc;
}

int plots_render(struct pictures *pictures, const char *data_dir, const char *out, int quiet, struct error *err) {
  char scripts[PATH_MAX], driver[PATH_MAX];
  struct progress progress;
  int rc = locate(LOCATE_PLOTS_DIR, scripts, sizeof scripts, err);
  progress_start(&progress, "plots", quiet != 0);
  for (size_t i = 0, done = 0, all = pictures->count; i < pictures->count && rc == 0; done++) {
    rc = clear_place(out, pictures->list[i].name, err);
    if (rc == 0) rc = write_driver(&pictures->list[i], scripts, data_dir, out, driver, sizeof driver, err);
    if (rc == 0) rc = run_gnuplot(driver, pictures->list[i].name, err);
    progress_update(&progress, (double)(done + 1) / (double)all, pictures->list[i].name);
    if (rc == CANNOT_DRAW) rc = leave_out(pictures, i, driver, out, err);
    else if (rc == 0) {
      unlink(driver);
      i++;
    }
  }
  progress_finish(&progress);
  return rc;
}
