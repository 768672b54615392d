/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image_libc.h: where a mapped image's undefined symbols come from: the runner's own libc.
 *
 * Two answers, one for each way of linking the runner: image_libc.c asks the loader, image_libc_static.c
 * has a table, because a static program has no loader to ask. */
#ifndef HARNESS_RUNNER_IMAGE_LIBC_H
#define HARNESS_RUNNER_IMAGE_LIBC_H

/* Address of a function or variable of libc, NULL where there is none. */
void *image_libc_symbol(const char *name);

#endif
