/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture_real.h: which program a hook stands for, and how it is started without coming back to the hook. */
#ifndef HARNESS_PROJECT_CAPTURE_REAL_H
#define HARNESS_PROJECT_CAPTURE_REAL_H

#include <stdbool.h>
#include <stddef.h>

const char *capture_base_of(const char *path);
/* Says so and ends with 1: the build is not to go on as if it had been seen. */
__attribute__((noreturn)) void capture_fail(const char *what, const char *name);

/* Where it was started out of the folder that stands in PATH: what a build said HAKMEM_CAPTURE_… is that its
 * environment was emptied of is read from there. In every case PATH and COMPILER_PATH are left without our folders.
 * True: it was found in PATH, and no driver calls. */
bool capture_leave_paths(const char *started_as);
/* Whether this is the name of a compiler's driver; does not come back, but runs the real one so that it looks for
 * linkers here first whatever -B names. */
bool capture_is_driver(const char *name);
__attribute__((noreturn)) void capture_run_driver(const char *name, char **argv);
/* The program behind a hook: of a driver, what it would have run itself. */
void capture_find_real(const char *name, bool by_path, char *out, size_t size);
bool capture_is_self(const char *path);

#endif
