/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal.h: which programs a target starts, and whether each maps an object: the kernel's own records
 * (perf_event_open with a dummy event, inherited). What has never had the object cannot have run its
 * code, and a zero of it proves nothing. */
#ifndef HARNESS_STEP0_JOURNAL_H
#define HARNESS_STEP0_JOURNAL_H

#include <sys/types.h>

#include "harness/step0/elf_object.h"
#include "harness/step0/rung.h"

struct journal;
/* NULL where it is not permitted: then nothing is known. The process has not called execve yet. */
struct journal *journal_start(pid_t pid, const struct elf_object *object);
/* To be called now and then, or records are lost. NULL is allowed. */
void journal_drain(struct journal *j);
/* Into scope->unseen, replaced and lost; frees. */
void journal_finish(struct journal *j, struct rung_scope *scope);

#endif
