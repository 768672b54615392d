/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_builtin.h: HAKMEM as a project like any other: its gates by the gate table, its build by the recipe of this
 * build, its workload by hakmem-bench. */
#ifndef HARNESS_PROJECT_PROJECT_BUILTIN_H
#define HARNESS_PROJECT_PROJECT_BUILTIN_H

#include "harness/project/project_file.h"

#define PROJECT_BUILTIN "hakmem"

/* Whether this names it: "hakmem", and no such file is there. */
bool project_is_builtin(const char *path);
/* The lines of its project file; the caller frees them. */
int project_builtin_text(char **text, struct error *err);
/* project_file_read(), or the built-in project. */
int project_open(struct project *p, const char *path, const char *extra, struct error *err);

#endif
