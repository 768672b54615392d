/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smash.c: a measured command that writes into the harness's shared records: KIND FOLDER-OF-RESULTS. */
#include <fcntl.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/runner/protocol.h"

static void smash(struct ab_record *r, const char *kind) {
  if (strcmp(kind, "rounds") == 0) r->rounds_done = ~0u;
  if (strcmp(kind, "pmu") == 0) r->pmu_count = ~0u;
  if (strcmp(kind, "message") == 0) memset(r->message, 'x', sizeof r->message);
  if (strcmp(kind, "state") == 0) r->state = 77;
  if (strcmp(kind, "job") == 0) memset(&r->job, 0xff, sizeof r->job), r->id = ~0ull, r->arm = ~0u;
  for (int i = 0; i < AB_ROUNDS_MAX; i++) {
    if (strcmp(kind, "width") == 0) r->round[i].width = 1e308;
    if (strcmp(kind, "nan") == 0) r->round[i].width = (double)NAN;
    if (strcmp(kind, "count") == 0) r->round[i].ops = ~0ull;
  }
}

int main(int argc, char **argv) {
  char path[512];
  glob_t g;
  if (argc != 3) return 2;
  if (strcmp(argv[1], "answer") == 0) {
    struct ab_answer a = { .record = 1000000000 };
    for (int fd = 3; fd < 64; fd++) {
      snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getppid(), fd);
      int f = open(path, O_WRONLY | O_NONBLOCK);
      if (f >= 0 && lseek(f, 0, SEEK_CUR) < 0 && write(f, &a, sizeof a) < 0) return 3;
      if (f >= 0) close(f);
    }
    return 0;
  }
  snprintf(path, sizeof path, "%s/*/inflight.rec", argv[2]);
  if (glob(path, 0, NULL, &g) != 0) return 0;
  int fd = open(g.gl_pathv[0], O_RDWR);
  if (strcmp(argv[1], "cut") == 0) return ftruncate(fd, 0) != 0;
  if (strcmp(argv[1], "unlink") == 0) return unlink(g.gl_pathv[0]) != 0;
  struct ab_records *r = mmap(NULL, sizeof *r, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (r == MAP_FAILED) return 0;
  for (int i = 0; i < AB_RECORDS; i++)
    if (r->record[i].state == AB_RECORD_RUNNING) smash(&r->record[i], argv[1]);
  return 0;
}
