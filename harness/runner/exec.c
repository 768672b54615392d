/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exec.c: hakmem-ab-exec, the measured process where the malloc comes through the system's own
 * loader (LD_PRELOAD): `ab --a LIB --b LIB`. The job is read from the shared record.
 *
 * usage: hakmem-ab-exec RECORDS_FD RECORD WORKLOAD */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/runner/protocol.h"
#include "harness/runner/rounds.h"

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int fd = atoi(argv[1]), index = atoi(argv[2]);
  const struct workload *w = workload_find(argv[3]);
  struct ab_records *records = mmap(NULL, sizeof *records, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (records == MAP_FAILED || records->magic != AB_MAGIC || index < 0 || index >= AB_RECORDS || w == NULL) return 2;
  close(fd);
  struct ab_record *r = &records->record[index];
  static struct ab_job job;
  job = r->job;
  const char *wrong = rounds_run(&job, w, NULL, r);
  if (wrong != NULL) {
    size_t n = strnlen(wrong, sizeof r->message - 1);
    memcpy(r->message, wrong, n);
    r->state = AB_RECORD_FAILED;
    _exit(3);
  }
  r->state = AB_RECORD_DONE;
  _exit(0);
}
