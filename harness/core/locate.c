/* SPDX-License-Identifier: GPL-3.0-or-later */
/* locate.c: see locate.h. */
#include "harness/core/locate.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/build_paths.h"

static const struct {
  const char *built, *source, *installed, *what;
} places[] = {
  [LOCATE_LIBHAKMEM] = { ".libs/libhakmem.so", NULL, INSTALL_LIBDIR "/libhakmem.so", "libhakmem.so" },
  [LOCATE_SHIPPED] = { ".libs/libhakmem-plain.so", NULL, INSTALL_LIBDIR "/libhakmem.so", "libhakmem-plain.so" },
  [LOCATE_BENCH] = { "hakmem-bench", NULL, INSTALL_PKGLIBEXECDIR "/hakmem-bench", "the workload runner hakmem-bench" },
  [LOCATE_RECORDER] = { ".libs/libhakmem-record.so", NULL, INSTALL_PKGLIBDIR "/libhakmem-record.so",
                        "libhakmem-record.so" },
  [LOCATE_SOURCE_DIR] = { NULL, "", INSTALL_PKGDATADIR "/source", "the allocator's sources" },
  [LOCATE_AB_RUNNER] = { "hakmem-ab-runner", NULL, INSTALL_PKGLIBEXECDIR "/hakmem-ab-runner",
                         "the A/B runner hakmem-ab-runner" },
  [LOCATE_PACK_RUNNER] = { "hakmem-pack-runner", NULL, INSTALL_PKGLIBEXECDIR "/hakmem-pack-runner",
                           "the static runner hakmem-pack-runner" },
  [LOCATE_CAPTURE] = { "hakmem-capture", NULL, INSTALL_PKGLIBEXECDIR "/hakmem-capture", "the hook hakmem-capture" },
  [LOCATE_PROJECT_RUN] = { "hakmem-project-run", NULL, INSTALL_PKGLIBEXECDIR "/hakmem-project-run",
                           "the program hakmem-project-run" },
  [LOCATE_PACK_PROJECT] = { "hakmem-pack-project", NULL, INSTALL_PKGLIBEXECDIR "/hakmem-pack-project",
                            "the static program hakmem-pack-project" },
  [LOCATE_VARIANT_RECIPE] = { "variant.recipe", NULL, INSTALL_PKGDATADIR "/variant.recipe",
                              "the recipe of the variants" },
  [LOCATE_PLOTS_DIR] = { NULL, "plots", INSTALL_PKGDATADIR "/plots", "the gnuplot scripts" },
  [LOCATE_ANALYSIS_DATA] = { NULL, "doc/analysis/data", INSTALL_PKGDATADIR "/analysis", "the recorded results" },
};

/* The folder of the running program, with libtool's .libs taken off. */
static int program_dir(char *buf, size_t size) {
  ssize_t n = readlink("/proc/self/exe", buf, size - 1);
  if (n <= 0) return -errno;
  buf[n] = '\0';
  char *slash = strrchr(buf, '/');
  if (slash == NULL) return -ENOENT;
  *slash = '\0';
  slash = strrchr(buf, '/');
  if (slash != NULL && strcmp(slash, "/.libs") == 0) *slash = '\0';
  return 0;
}

/* The build folder if we run from one: it holds config.status beside the program. */
static int build_dir(char *buf, size_t size) {
  char probe[PATH_MAX + 32];
  int rc = program_dir(buf, size);
  if (rc != 0) return rc;
  snprintf(probe, sizeof probe, "%s/config.status", buf);
  return access(probe, R_OK) == 0 ? 0 : -ENOENT;
}

int locate(enum locate_file what, char *buf, size_t size, struct error *err) {
  char dir[PATH_MAX];
  if (build_dir(dir, sizeof dir) == 0) {
    if (places[what].built != NULL) snprintf(buf, size, "%s/%s", dir, places[what].built);
    else snprintf(buf, size, "%s%s%s", BUILD_ABS_SRCDIR, places[what].source[0] ? "/" : "", places[what].source);
    if (access(buf, R_OK) == 0) return 0;
    int rc = error_raise(err, ERROR_MISSING, -ENOENT, "%s is not in the build folder: %s", places[what].what, buf);
    error_advise(err, "run make in %s", dir);
    return rc;
  }
  snprintf(buf, size, "%s", places[what].installed);
  if (access(buf, R_OK) == 0) return 0;
  int rc = error_raise(err, ERROR_MISSING, -ENOENT, "%s is not installed: %s", places[what].what, buf);
  error_advise(err, "run make install, or run hakmem-harness from its build folder");
  return rc;
}
