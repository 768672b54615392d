/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracefs.h: reading and writing the kernel's tracing files. */
#ifndef HARNESS_STEP0_TRACEFS_H
#define HARNESS_STEP0_TRACEFS_H

/* Groups of our events; the pid of their maker follows. doctor looks for those whose maker is
 * gone. */
#define TRACEFS_GROUP_PREFIX "hakmem_step0_"

/* Where tracefs is mounted; else a private mount of this process; NULL: not permitted. The
 * answer stays the same for the process. */
const char *tracefs_root(void);
/* Appends one line to a file below root; 0 or negative errno. */
int tracefs_append(const char *root, const char *file, const char *line);
/* A small file's number, or negative errno. */
long tracefs_number(const char *root, const char *file);

#endif
