/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_io.h: output and numbers of the runner, without stdio, which would allocate. */
#ifndef HARNESS_RUNNER_BENCH_IO_H
#define HARNESS_RUNNER_BENCH_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes all of it; _exit(4) where that fails. */
void bench_write(int fd, const void *data, size_t size);
void bench_put(int fd, const char *text);
/* "hakmem-bench: a b" and a newline to stderr. */
void bench_say(const char *a, const char *b);
/* name and decimal value and a space at p; the end. */
char *bench_format(char *p, const char *name, uint64_t value);
/* A number up to `stop`; decimal, or hexadecimal with hex. false: not a number. */
bool bench_parse(const char **text, bool hex, uint64_t *value);
/* The value in kB of a line of /proc/self/status as bytes, BENCH_NOT_MEASURED if not there. */
uint64_t bench_status_bytes(const char *name);

#endif
