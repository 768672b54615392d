/* SPDX-License-Identifier: GPL-3.0-or-later */
/* library_proof.h: proof that the malloc that is measured is the one that was asked for.
 *
 * The loader only warns about a library that it cannot preload (no permission for this user, no
 * such file any more) and runs the program on the C library's malloc; and a library without a
 * malloc loads well and changes nothing. So the harness says which file it means (its identity,
 * taken once, when it was looked at), and each measured process compares that with the file that
 * its own malloc and free came from, before the first round. */
#ifndef HARNESS_RUNNER_LIBRARY_PROOF_H
#define HARNESS_RUNNER_LIBRARY_PROOF_H

#include <stdbool.h>
#include <stddef.h>

enum { LIBRARY_IDENTITY_BYTES = 128 };

/* The identity of a library's file as words for library=; NULL: of the C library's own malloc.
 * 0 or negative errno. */
int library_identity(const char *path, char identity[LIBRARY_IDENTITY_BYTES]);
/* In the measured process. NULL, or why what serves here is not that library (static). */
const char *library_proof(const char *identity);

#endif
