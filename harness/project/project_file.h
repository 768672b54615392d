/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_file.h: somebody's project, its gates and its workloads, as a text file says them.
 *
 * Owns the format: lines of `key value`, a backslash at the end goes on on the next line, # begins a comment
 * line; `gate NAME` and `workload NAME` begin blocks. Runs and opens nothing but the file itself: what is in it
 * is somebody's, and hostile until its owner says otherwise. Names are identifiers (letters, digits, . _ + -,
 * at most 64, not beginning with - or .), for they become parts of paths. */
#ifndef HARNESS_PROJECT_PROJECT_FILE_H
#define HARNESS_PROJECT_PROJECT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/error.h"

enum project_change { PROJECT_DEFINE, PROJECT_OPTION, PROJECT_PATCH, PROJECT_REV };
enum project_class { PROJECT_CLASS_UNSAID, PROJECT_CLASS_TELEMETRY, PROJECT_CLASS_CORRECTNESS };
enum project_clock { PROJECT_CLOCK_CPU, PROJECT_CLOCK_CPU_REQUEST, PROJECT_CLOCK_WALL, PROJECT_CLOCK_PRINT };
enum project_ready { PROJECT_READY_NONE, PROJECT_READY_HTTP, PROJECT_READY_TCP, PROJECT_READY_EXEC };

enum {
  PROJECT_BYTES_MAX = 1 << 20, /* of a file; more is no project file */
  PROJECT_NAME_MAX = 64,
  PROJECT_LIST_MAX = 256, /* gates, workloads, images, values of one key */
};

struct project_list {
  char **text;
  size_t count;
};

struct project_gate {
  char *name;
  unsigned line;
  bool has_change;
  enum project_change change;
  char *in, *out; /* of rev: B and A; out NULL: nothing (a define or option that is not given) */
  enum project_class user_class;
};

struct project_workload {
  char *name;
  unsigned line;
  char *run, *server, *client, *preload, *port, *stdin_file, *done;
  enum project_ready ready;
  char *ready_text; /* the path of HTTP, the command of EXEC */
  enum project_clock clock;
  char *clock_regex; /* of PRINT; one group */
  struct project_list size, env;
  double requests, timeout_s; /* 0: not said */
};

struct project {
  char *path, *folder; /* of the file, as given */
  bool in_place;       /* commands run in that folder, not in a copy: there is no file */
  char *source, *build;
  struct project_list image, driver;
  struct project_gate *gate;
  size_t gates;
  struct project_workload *workload;
  size_t workloads;
};

/* Reads path; extra: lines behind it, NULL: none. Errors name the file, the line and what was expected there
 * (ERROR_USAGE). */
int project_file_read(struct project *p, const char *path, const char *extra, struct error *err);
/* The same from memory; path stands in errors, and its folder is where relative names begin. */
int project_file_parse(struct project *p, const char *path, const char *text, size_t bytes, struct error *err);
void project_free(struct project *p);

/* NULL and an error with the near names where there is none. NULL as the name is the only one, or the first. */
const struct project_gate *project_find_gate(const struct project *p, const char *name, struct error *err);
const struct project_workload *project_find_workload(const struct project *p, const char *name, struct error *err);

/* `text` with each @name@ of the list replaced; an unknown @name@ is an error. The caller frees *out. */
struct project_variable {
  const char *name, *value; /* value NULL: known, but not here */
};
int project_expand(const char *text, const struct project_variable *variables, size_t count, char **out,
                   struct error *err);

bool project_is_name(const char *text);

#endif
