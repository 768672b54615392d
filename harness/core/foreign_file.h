/* SPDX-License-Identifier: GPL-3.0-or-later */
/* foreign_file.h: opening what may be anything: a pipe that nobody writes to, a device, a file of a
 * terabyte. What is not a regular file is refused before it is read, and never waited for. */
#ifndef HARNESS_CORE_FOREIGN_FILE_H
#define HARNESS_CORE_FOREIGN_FILE_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/core/error.h"

/* A larger file of text is none of ours. */
#define FOREIGN_TEXT_MAX (UINT64_C(256) << 20)

/* For reading; flags are added (O_NOFOLLOW, O_RDWR in place of O_RDONLY …). A descriptor, or a negative errno;
 * -EINVAL: not a regular file; -EFBIG: more than max bytes (0: any). err may be NULL. */
int foreign_file_open(int dir_fd, const char *path, int flags, uint64_t max, struct error *err);
/* The same as a stream of text; NULL with err and errno. */
FILE *foreign_file_stream(const char *path, struct error *err);
/* A JSON file of at most FOREIGN_TEXT_MAX; NULL with err: not there (-ENOENT …), or -EBADMSG with line and column. */
json_t *foreign_file_json(const char *path, struct error *err);

#endif
