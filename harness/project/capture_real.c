/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture_real.c: see capture_real.h. Linked against libc alone. */
#include "harness/project/capture_real.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/project/capture_log.h"

const char *capture_base_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

void capture_fail(const char *what, const char *name) {
  fprintf(stderr, "hakmem-capture: %s %s: %s\n", what, name, strerror(errno));
  exit(1);
}

/* A list of folders in the environment without one of them, or with it in front. */
static void without(const char *variable, const char *folder, bool in_front) {
  const char *path = getenv(variable);
  if (folder == NULL || (path == NULL && !in_front)) return;
  char *left = calloc(1, strlen(path == NULL ? "" : path) + strlen(folder) + 2);
  if (left == NULL) capture_fail("memory for", variable);
  if (in_front) strcpy(left, folder);
  for (const char *at = path == NULL ? "" : path; *at != '\0';) {
    size_t n = strcspn(at, ":"), bare = n;
    while (bare > 1 && at[bare - 1] == '/') bare--; /* gcc puts a slash behind each */
    if (n > 0 && !(bare == strlen(folder) && strncmp(at, folder, bare) == 0)) {
      if (left[0] != '\0') strcat(left, ":");
      strncat(left, at, n);
    }
    at += n + (at[n] == ':');
  }
  if (left[0] == '\0') unsetenv(variable);
  else setenv(variable, left, 1);
  free(left);
}

/* What an emptied environment had: NAME=VALUE, one a line. */
static void take_environment(const char *folder) {
  char path[PATH_MAX], line[2 * PATH_MAX];
  if (snprintf(path, sizeof path, "%s/" CAPTURE_ENVIRONMENT, folder) >= (int)sizeof path) return;
  FILE *f = fopen(path, "re");
  while (f != NULL && fgets(line, sizeof line, f) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    char *value = strchr(line, '=');
    if (value == NULL) continue;
    *value++ = '\0';
    for (char *p = value; *p != '\0'; p++)
      if (*p == '\t') *p = '\n'; /* of a list of lines */
    setenv(line, value, 0);
  }
  if (f != NULL) fclose(f);
}

bool capture_leave_paths(const char *started_as) {
  char folder[PATH_MAX], real[PATH_MAX], marker[PATH_MAX];
  snprintf(folder, sizeof folder, "%s", started_as);
  char *slash = strrchr(folder, '/');
  bool by_path = false;
  if (slash != NULL) {
    *slash = '\0';
    by_path = realpath(folder, real) != NULL &&
              snprintf(marker, sizeof marker, "%s/" CAPTURE_ENVIRONMENT, real) < (int)sizeof marker &&
              access(marker, R_OK) == 0;
  }
  if (by_path && getenv("HAKMEM_CAPTURE_DIR") == NULL) take_environment(real);
  without("COMPILER_PATH", getenv("HAKMEM_CAPTURE_HOOKS"), false);
  without("PATH", getenv("HAKMEM_CAPTURE_TOOLS"), false);
  if (by_path) {
    without("PATH", real, false);
    without("PATH", folder, false);
  }
  return by_path;
}

/* The program of that name in a list of folders. */
static bool in_folders(const char *list, const char *name, char *out, size_t size) {
  for (const char *at = list == NULL ? "" : list; *at != '\0';) {
    size_t n = strcspn(at, ":");
    int length = snprintf(out, size, "%.*s/%s", (int)n, at, name);
    if (n > 0 && length < (int)size && access(out, X_OK) == 0 && !capture_is_self(out)) return true;
    at += n + (at[n] == ':');
  }
  return false;
}

bool capture_is_driver(const char *name) {
  static const char *const names[] = { "gcc", "g++", "cc", "c++", "clang", "clang++" };
  size_t n = strlen(name);
  while (n > 0 && strchr("0123456789.", name[n - 1]) != NULL) n--;
  if (n == 0 || (n < strlen(name) && name[n - 1] != '-')) n = strlen(name); /* gcc-12 */
  else if (n < strlen(name)) n--;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    size_t k = strlen(names[i]);
    if (n >= k && strncmp(name + n - k, names[i], k) == 0 && (n == k || name[n - k - 1] == '-')) return true;
  }
  return false;
}

/* The folders of -B, which a driver looks into before COMPILER_PATH: for the hook, which asks no driver for them. */
static bool note_folders(char **argv) {
  char list[4 * PATH_MAX] = "";
  bool any = false;
  for (int i = 1; argv[i] != NULL; i++) {
    if (strncmp(argv[i], "-B", 2) != 0) continue;
    const char *folder = argv[i][2] != '\0' ? argv[i] + 2 : argv[i + 1];
    if (folder == NULL || strlen(list) + strlen(folder) + 2 > sizeof list) continue;
    if (list[0] != '\0') strcat(list, ":");
    strcat(list, folder);
    any = true;
  }
  if (any) setenv("HAKMEM_CAPTURE_FIRST", list, 1);
  else unsetenv("HAKMEM_CAPTURE_FIRST");
  return any;
}

void capture_run_driver(const char *name, char **argv) {
  char real[PATH_MAX], first[PATH_MAX + 8];
  const char *hooks = getenv("HAKMEM_CAPTURE_HOOKS");
  size_t count = 0;
  while (argv[count] != NULL) count++;
  char **args = calloc(count + 2, sizeof *args);
  if (args == NULL) capture_fail("memory for", name);
  if (!in_folders(getenv("PATH"), name, real, sizeof real)) {
    errno = ENOENT;
    capture_fail("no program behind", name);
  }
  size_t to = 0;
  /* gcc's children ask it by that name again */
  args[to++] = strchr(argv[0], '/') != NULL ? real : argv[0];
  if (hooks != NULL) {
    without("COMPILER_PATH", hooks, true);
    snprintf(first, sizeof first, "-B%s/", hooks);
    if (note_folders(argv)) args[to++] = first;
  }
  for (size_t i = 1; i < count; i++) args[to++] = argv[i];
  execv(real, args);
  capture_fail("running", real);
}

/* The driver that called us: gcc says so, of clang and its kin it is the parent. */
static bool driver(char *out, size_t size) {
  static const char *const names[] = { "clang", "flang", "icx", "icpx" };
  const char *gcc = getenv("COLLECT_GCC");
  if (gcc != NULL && gcc[0] != '\0') return snprintf(out, size, "%s", gcc) < (int)size;
  char link[64];
  snprintf(link, sizeof link, "/proc/%d/exe", (int)getppid());
  ssize_t n = readlink(link, out, size - 1);
  if (n <= 0) return false;
  out[n] = '\0';
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strstr(capture_base_of(out), names[i]) != NULL) return true;
  return false; /* a shell, make */
}

/* What the driver itself would have run: `driver -print-prog-name=NAME`. */
static void ask_driver(const char *compiler, const char *name, char *out, size_t size) {
  char ask[128];
  int answer[2];
  /* a driver that finds us all the same would start us for ever */
  if (getenv("HAKMEM_CAPTURE_ASKS") != NULL) {
    errno = ELOOP;
    capture_fail("the driver finds us again as", name);
  }
  if (pipe(answer) != 0) capture_fail("asking for", name);
  snprintf(ask, sizeof ask, "-print-prog-name=%s", name);
  pid_t child = fork();
  if (child < 0) capture_fail("fork for", name);
  if (child == 0) {
    dup2(answer[1], STDOUT_FILENO);
    close(answer[0]);
    close(answer[1]);
    unsetenv("COLLECT_GCC"); /* the driver sets its own */
    setenv("HAKMEM_CAPTURE_ASKS", "1", 1);
    execlp(compiler, compiler, ask, (char *)NULL);
    _exit(127);
  }
  close(answer[1]);
  size_t used = 0;
  for (ssize_t n; used + 1 < size && ((n = read(answer[0], out + used, size - 1 - used)) > 0 || errno == EINTR);)
    if (n > 0) used += (size_t)n;
    else if (n == 0) break;
  close(answer[0]);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  out[used] = '\0';
  out[strcspn(out, "\n")] = '\0';
}

void capture_find_real(const char *name, bool by_path, char *out, size_t size) {
  char compiler[PATH_MAX];
  if (!by_path && in_folders(getenv("HAKMEM_CAPTURE_FIRST"), name, out, size)) return;
  out[0] = '\0';
  if (!by_path && driver(compiler, sizeof compiler)) ask_driver(compiler, name, out, size);
  else snprintf(out, size, "%s", name); /* a build asked the driver for its linker, and calls that by itself */
  if (out[0] == '\0') capture_fail("no program behind", name);
  if (strchr(out, '/') != NULL) return;
  char found[PATH_MAX]; /* in nobody's prefix: PATH */
  if (in_folders(getenv("PATH"), out, found, sizeof found) || in_folders("/usr/bin:/bin", out, found, sizeof found))
    snprintf(out, size, "%s", found);
}

bool capture_is_self(const char *path) {
  struct stat mine, other;
  return stat("/proc/self/exe", &mine) == 0 && stat(path, &other) == 0 && mine.st_dev == other.st_dev &&
         mine.st_ino == other.st_ino;
}
