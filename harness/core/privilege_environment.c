/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privilege_environment.c: the environment that goes with a change of user. A list of what stays, and
 * not of what goes: root's environment may hold anything. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/privilege.h"

static const char default_path[] = "/usr/local/bin:/usr/bin:/bin";

static bool is_one_of(const char *entry, const char *const *names) {
  size_t n = strcspn(entry, "=");
  if (entry[n] == '\0') return false;
  for (; *names != NULL; names++)
    if (strncmp(entry, *names, n) == 0 && (*names)[n] == '\0') return true;
  return false;
}

static bool stays(const char *entry, uid_t uid) {
  static const char *const plain[] = { "LANG", "LANGUAGE", "TZ", "TERM", "COLORTERM", "NO_COLOR", NULL };
  static const char *const folders[] = { "TMPDIR",          "XDG_CACHE_HOME", "XDG_STATE_HOME",
                                         "XDG_CONFIG_HOME", "XDG_DATA_HOME",  NULL };
  if (strncmp(entry, "HAKMEM_", 7) == 0 || strncmp(entry, "LC_", 3) == 0 || is_one_of(entry, plain)) return true;
  /* access(2) asks for the real user id */
  return is_one_of(entry, folders) && getuid() == uid && access(strchr(entry, '=') + 1, W_OK | X_OK) == 0;
}

/* PATH without entries that depend on where one stands. */
static char *safe_path(const char *dirs) {
  char *text = malloc(strlen("PATH=") + strlen(dirs) + sizeof default_path);
  if (text == NULL) return NULL;
  char *end = stpcpy(text, "PATH=");
  for (const char *d = dirs; *d != '\0';) {
    size_t n = strcspn(d, ":");
    if (d[0] == '/') {
      if (end[-1] != '=') *end++ = ':';
      memcpy(end, d, n);
      end += n;
    }
    d += n + (d[n] == ':');
  }
  *end = '\0';
  if (end[-1] == '=') strcpy(end, default_path);
  return text;
}

static char *joined(const char *name, const char *value) {
  char *text = malloc(strlen(name) + strlen(value) + 2);
  if (text != NULL) stpcpy(stpcpy(stpcpy(text, name), "="), value);
  return text;
}

char **privilege_environment(char *const *from, const struct passwd *user) {
  size_t n = 0, count = 0, added = 0;
  while (from[count] != NULL) count++;
  char **env = calloc(count + 7, sizeof *env);
  if (env == NULL) return NULL;
  const char *path = default_path;
  for (size_t i = 0; i < count; i++) {
    if (strncmp(from[i], "PATH=", 5) == 0) path = from[i] + 5;
    else if (stays(from[i], user->pw_uid) && (env[n] = strdup(from[i])) != NULL) n++;
  }
  char *own[5];
  own[added++] = safe_path(path);
  own[added++] = joined("HOME", user->pw_dir != NULL ? user->pw_dir : "/");
  if (user->pw_name != NULL) {
    own[added++] = joined("USER", user->pw_name);
    own[added++] = joined("LOGNAME", user->pw_name);
    own[added++] = joined("SHELL", user->pw_shell != NULL && user->pw_shell[0] != '\0' ? user->pw_shell : "/bin/sh");
  }
  for (size_t i = 0; i < added; i++)
    if (own[i] != NULL) env[n++] = own[i];
  return env;
}
