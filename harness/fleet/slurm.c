/* SPDX-License-Identifier: GPL-3.0-or-later */
/* slurm.c: see slurm.h. */
#include "harness/fleet/slurm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/child.h"

enum { OUTPUT_MAX = 4 << 20, COMMAND_SECONDS = 60 };

static int no_memory(struct error *err) { return error_set_errno(err, -ENOMEM, "cannot ask Slurm"); }

/* All of a file in memory, ended; NULL: no memory. */
static char *text_of(int fd) {
  struct stat st;
  size_t size = fstat(fd, &st) == 0 && st.st_size < OUTPUT_MAX ? (size_t)st.st_size : OUTPUT_MAX;
  char *text = malloc(size + 1);
  ssize_t n = text ? pread(fd, text, size, 0) : -1;
  if (text) text[n > 0 ? n : 0] = '\0';
  return text;
}

static int run_child(char *const *argv, int out, int both, int *status, struct error *err) {
  struct child_spec spec = CHILD_SPEC_INIT;
  struct child child;
  spec.argv = argv;
  spec.stdout_fd = out;
  spec.stderr_fd = both;
  spec.no_new_privs = true;
  spec.new_session = true; /* Ctrl-C is ours to handle */
  int rc = child_spawn_held(&spec, &child, err);
  if (rc == 0) rc = child_release(&child, err);
  if (rc) {
    rc = error_raise(err, ERROR_MISSING, -ENOEXEC, "%s cannot be run: there is no Slurm here", argv[0]);
    error_advise(err, "on Debian: apt-get install slurm-client; or see --print for other ways");
    return rc;
  }
  return child_wait(&child, COMMAND_SECONDS, status, NULL, err);
}

/* Its stdout, to be freed. An exit code other than 0 is ERROR_UNMEASURED with the end of what it says. */
static int ask(const struct words *w, char **text, struct error *err) {
  int status = 0, out = memfd_create("slurm", MFD_CLOEXEC), said = memfd_create("slurm", MFD_CLOEXEC);
  *text = NULL;
  int rc = out < 0 || said < 0 ? error_set_errno(err, -errno, "cannot ask Slurm") : 0;
  if (rc == 0) rc = run_child(w->word, out, said, &status, err);
  if (rc == 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
    char *words = text_of(said), how[64];
    for (char *p = words; p && *p; p++)
      if ((unsigned char)*p < ' ' || *p == 127) *p = ' ';
    rc = error_raise(err, ERROR_UNMEASURED, -EIO, "%s: %s: %.400s", w->word[0],
                     child_describe_status(status, how, sizeof how), words ? words : "");
    free(words);
  }
  if (rc == 0 && !(*text = text_of(out))) rc = no_memory(err);
  if (out >= 0) close(out);
  if (said >= 0) close(said);
  return rc;
}

static bool in_list(const char *list, const char *word) {
  size_t n = strlen(word);
  for (const char *p = list; (p = strstr(p, word)) != NULL; p += n)
    if ((p == list || p[-1] == ',') && (p[n] == ',' || p[n] == '\0')) return true;
  return false;
}

/* States from which no job starts again by itself; a flag may stand behind the word. */
static bool usable(const char *state) {
  static const char *const words[] = { "idle", "mixed", "allocated", "completing", "planned" };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strncmp(state, words[i], strlen(words[i])) == 0) return strchr(state, '*') == NULL; /* * does not answer */
  return false;
}

int slurm_count_nodes(const char *partition, char *const *features, size_t *count, struct error *err) {
  struct words w = { 0 }, seen = { 0 };
  char *text = NULL, *save = NULL;
  *count = 0;
  int rc = words_add(&w, "sinfo") || words_add(&w, "-hNo") || words_add(&w, "%%N|%%T|%%f") ||
                   (partition && (words_add(&w, "-p") || words_add(&w, "%s", partition)))
               ? no_memory(err)
               : ask(&w, &text, err);
  for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line && rc == 0; line = strtok_r(NULL, "\n", &save)) {
    char *state = strchr(line, '|'), *feature = state ? strchr(state + 1, '|') : NULL;
    if (!feature) continue;
    *state++ = *feature++ = '\0';
    bool fits = usable(state), known = false;
    for (char *const *f = features; f && *f && fits; f++) fits = in_list(feature, *f);
    for (size_t i = 0; i < seen.count; i++) known |= strcmp(seen.word[i], line) == 0; /* of several partitions */
    if (fits && !known && words_add(&seen, "%s", line)) rc = no_memory(err);
  }
  *count = seen.count;
  free(text);
  words_free(&w);
  words_free(&seen);
  if (rc == 0 && *count == 0) {
    rc = error_raise(err, ERROR_UNMEASURED, -ENOENT, "Slurm has no node that could take this%s%s",
                     partition ? " in partition " : "", partition ? partition : "");
    error_advise(err, "sinfo -N shows the nodes, their states and features");
  }
  return rc;
}

int slurm_submit(const char *script, const char *elements, const char *partition, char *const *features,
                 const char *log, char *job, struct error *err) {
  struct words w = { 0 };
  char *text = NULL, constraint[512] = "";
  size_t n = 0;
  for (char *const *f = features; f && *f && n < sizeof constraint; f++)
    n += (size_t)snprintf(constraint + n, sizeof constraint - n, "%s%s", n ? "&" : "", *f);
  if (n >= sizeof constraint) return error_raise(err, ERROR_USAGE, -E2BIG, "the constraints are too long");
  /* a node to itself; one that died is named, not silently measured again on another */
  int rc = words_add(&w, "sbatch") || words_add(&w, "--parsable") || words_add(&w, "--array=%s", elements) ||
                   words_add(&w, "--nodes=1") || words_add(&w, "--ntasks=1") || words_add(&w, "--exclusive") ||
                   words_add(&w, "--no-requeue") || words_add(&w, "--job-name=hakmem-fleet") ||
                   words_add(&w, "--open-mode=append") || words_add(&w, "--output=%s", log) ||
                   (partition && words_add(&w, "--partition=%s", partition)) ||
                   (constraint[0] && words_add(&w, "--constraint=%s", constraint)) || words_add(&w, "%s", script)
               ? no_memory(err)
               : ask(&w, &text, err);
  if (rc == 0) { /* NUMBER, or NUMBER;CLUSTER */
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 20) rc = error_raise(err, ERROR_UNMEASURED, -EPROTO, "sbatch gives no job number");
    else snprintf(job, 32, "%.*s", (int)digits, text);
  }
  free(text);
  words_free(&w);
  return rc;
}

int slurm_cancel(const char *job, struct error *err) {
  struct words w = { 0 };
  char *text = NULL;
  int rc = words_add(&w, "scancel") || words_add(&w, "%s", job) ? no_memory(err) : ask(&w, &text, err);
  free(text);
  words_free(&w);
  return rc;
}

/* Value of KEY= in a line of scontrol -o. */
static void value_of(const char *line, const char *key, char *value, size_t size) {
  const char *p = line;
  size_t n = strlen(key);
  value[0] = '\0';
  while ((p = strstr(p, key)) != NULL) {
    if ((p == line || p[-1] == ' ') && p[n] == '=') {
      snprintf(value, size, "%.*s", (int)strcspn(p + n + 1, " "), p + n + 1);
      return;
    }
    p += n;
  }
}

static bool parse_queue(char *line, struct slurm_element *e) {
  char *state = strchr(line, '|'), *node = state ? strchr(state + 1, '|') : NULL, *end;
  if (!node) return false;
  *state++ = *node++ = '\0';
  e->index = strtol(line, &end, 10);
  snprintf(e->state, sizeof e->state, "%s", state);
  snprintf(e->node, sizeof e->node, "%s", node);
  return end != line && *end == '\0';
}

static bool parse_job(const char *line, struct slurm_element *e) {
  char index[24], *end;
  value_of(line, "ArrayTaskId", index, sizeof index);
  value_of(line, "JobState", e->state, sizeof e->state);
  value_of(line, "NodeList", e->node, sizeof e->node);
  if (strcmp(e->node, "(null)") == 0) e->node[0] = '\0';
  e->index = strtol(index, &end, 10);
  return end != index && *end == '\0';
}

int slurm_elements(const char *job, bool ended, struct slurm_element *list, size_t room, size_t *count,
                   struct error *err) {
  struct words w = { 0 };
  char *text = NULL, *save = NULL;
  *count = 0;
  int rc = (ended ? words_add(&w, "scontrol") || words_add(&w, "-o") || words_add(&w, "show") || words_add(&w, "job") ||
                        words_add(&w, "%s", job)
                  : words_add(&w, "squeue") || words_add(&w, "-hrj") || words_add(&w, "%s", job) ||
                        words_add(&w, "-o") || words_add(&w, "%%K|%%T|%%N"))
               ? no_memory(err)
               : ask(&w, &text, err);
  for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line && *count < room;
       line = strtok_r(NULL, "\n", &save)) {
    struct slurm_element e = { 0 };
    if (ended ? parse_job(line, &e) : parse_queue(line, &e)) list[(*count)++] = e;
  }
  free(text);
  words_free(&w);
  return rc;
}
