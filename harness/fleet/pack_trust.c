/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_trust.c: see pack_trust.h. */
#include "harness/fleet/pack_trust.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/paths.h"

#define FILE_NAME "packs"
enum { HASH = 64 };

static int place(char *path, size_t size, struct error *err) {
  return path_user_folder(PATH_STATE, "hakmem", path, size, err);
}

bool pack_trust_has(const char *hash) {
  char folder[PATH_MAX], path[PATH_MAX + 16], line[HASH + 2];
  struct error err = { 0 };
  struct stat st;
  bool found = false;
  if (place(folder, sizeof folder, &err) != 0) return false;
  snprintf(path, sizeof path, "%s/%s", folder, FILE_NAME);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
  if (!f) return false;
  /* a list that others could have written says nothing */
  bool ours = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 022) == 0;
  while (ours && !found && fgets(line, sizeof line, f))
    found = strncmp(line, hash, HASH) == 0 && (line[HASH] == '\n' || line[HASH] == '\0');
  fclose(f);
  return found;
}

int pack_trust_add(const char *hash, struct error *err) {
  char folder[PATH_MAX], path[PATH_MAX + 16], line[HASH + 2];
  if (pack_trust_has(hash)) return 0;
  int rc = place(folder, sizeof folder, err);
  if (rc == 0) rc = path_make_user_folder(folder, NULL, err);
  if (rc) return rc;
  snprintf(path, sizeof path, "%s/%s", folder, FILE_NAME);
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (fd < 0) return error_set_errno(err, -errno, "cannot write %s", path);
  int n = snprintf(line, sizeof line, "%.64s\n", hash);
  if (write(fd, line, (size_t)n) != n) rc = error_set_errno(err, -errno, "cannot write %s", path);
  close(fd);
  return rc;
}

static bool confirmed(const char *hash) {
  char answer[16] = "";
  FILE *terminal = fopen("/dev/tty", "r+e");
  if (!terminal) return false;
  fprintf(terminal, "This pack brings programs. Its SHA-256 is\n  %s\nRun it? [y/N] ", hash);
  fflush(terminal);
  bool yes = fgets(answer, sizeof answer, terminal) && (answer[0] == 'y' || answer[0] == 'Y');
  fclose(terminal);
  return yes;
}

int pack_trust(const char *hash, const char *given, bool ask, struct error *err) {
  if (given) {
    if (strcasecmp(given, hash) == 0) return 0;
    int rc = error_raise(err, ERROR_USAGE, -EBADMSG, "the pack is another one than --hash says: it has %s", hash);
    return error_advise(err, "fetch it again from where it was made; nothing of it was run"), rc;
  }
  if (pack_trust_has(hash)) return 0;
  if (ask && isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && confirmed(hash)) {
    struct error ignored = { 0 };
    pack_trust_add(hash, &ignored); /* it will be asked again then */
    return 0;
  }
  int rc = error_raise(err, ERROR_REFUSED, -EPERM, "nobody has said that this pack may be run: it was not made here");
  return error_advise(err, "compare its hash with that of the machine that made it, then: pack run … --hash %s", hash),
         rc;
}
