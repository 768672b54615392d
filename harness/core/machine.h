/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine.h: the record of the machine that goes with every result. */
#ifndef HARNESS_CORE_MACHINE_H
#define HARNESS_CORE_MACHINE_H

#include "harness/core/fields.h"

/* What cannot be read is NULL. */
struct machine {
  uint64_t absent;
  char *cpu, *cpu_model; /* virtual machines often call several generations by one name: family.model */
  char *stepping, *microcode;
  int64_t cpus;
  char *kernel, *arch, *governor, *smt, *thp, *aslr, *perf_event_paranoid;
  char *addresses;          /* addresses.h: of the processes that this one starts */
  char *compiler, *harness; /* that this harness was made with, and its version */
};
extern const struct field_table machine_fields;

/* Reads it anew; to be freed by fields_free. */
void machine_read(struct machine *m);
/* The same as JSON, a new reference. */
json_t *machine_record(void);

#endif
