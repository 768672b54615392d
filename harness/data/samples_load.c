/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples_load.c: reads a campaign's samples back, for --resume and for what is computed later. */
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/foreign_file.h"
#include "harness/data/samples.h"

FILE *samples_whole_lines(struct results *results, const char *name, struct error *err) {
  int fd = foreign_file_open(results->dir_fd, name, O_RDWR | O_NOFOLLOW, 0, err);
  if (fd < 0) {
    error_prefix(err, "%s", results->path);
    error_advise(err, "is this the folder of an A/B campaign?");
    return NULL;
  }
  off_t end = lseek(fd, 0, SEEK_END);
  char c = '\n';
  off_t keep = end;
  while (keep > 0 && pread(fd, &c, 1, keep - 1) == 1 && c != '\n') keep--;
  if (keep != end && ftruncate(fd, keep) != 0) {
    error_set_errno(err, -errno, "cannot repair %s/%s", results->path, name);
    close(fd);
    return NULL;
  }
  lseek(fd, 0, SEEK_SET);
  return fdopen(fd, "r");
}

static bool parse_process(const char *line, struct sample *s) {
  char kind[16];
  int complete;
  memset(s, 0, sizeof *s);
  s->log_ns = s->log_mean_ns = s->toggle_log = s->hit_share = NAN;
  int n =
      sscanf(line,
             "%" SCNu64 ",%" SCNu32 ",%15[a-z],%" SCNu32 ",%" SCNu64 ",%" SCNu32 ",%" SCNu32 ",%d,%" SCNu64 ",%" SCNu64
             ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%ld,%lf,%" SCNu32,
             &s->pair, &s->side, kind, &s->place, &s->seed, &s->run, &s->rounds, &complete, &s->started_ns,
             &s->ready_ns, &s->ended_ns, &s->cpu_ns, &s->max_rss_bytes, &s->steal_ticks, &s->elapsed_s, &s->pmu_count);
  s->complete = complete != 0;
  s->kind = strcmp(kind, "control") == 0 ? SAMPLE_CONTROL : SAMPLE_TEST;
  return n == 16 && s->side < 2 && s->place < 2 && s->pair <= SAMPLES_PAIR_MAX && s->run < 1u << 30 &&
         s->rounds <= AB_ROUNDS_MAX && s->pmu_count <= AB_PMU_MAX && s->elapsed_s >= 0 && s->elapsed_s < 1e12;
}

static bool parse_round(char *line, uint64_t *pair, uint32_t *side, struct round *r) {
  uint64_t v[22] = { 0 };
  char *p = line, *end;
  for (int i = 0; i < 22; i++) {
    v[i] = strtoull(p, &end, 10); /* an empty field, a counter that is not there, reads as 0 */
    if (*end != ',') return false;
    p = end + 1;
  }
  double width = strtod(p, &end);
  if (*end != '\n' || !(width >= 0 && width <= SAMPLES_WIDTH_MAX)) return false;
  if (v[0] > SAMPLES_PAIR_MAX || v[1] > 1 || v[2] >= AB_ROUNDS_MAX) return false;
  *pair = v[0];
  *side = (uint32_t)v[1];
  *r = (struct round){ .wall_ns = v[3],
                       .tsc = v[4],
                       .ops = v[5],
                       .allocs = v[6],
                       .frees = v[7],
                       .tiny_frees = v[8],
                       .minor_faults = (uint32_t)v[9],
                       .major_faults = (uint32_t)v[10],
                       .voluntary_switches = (uint32_t)v[11],
                       .involuntary_switches = (uint32_t)v[12],
                       .cpu = (uint32_t)v[13],
                       .migrated = (uint32_t)v[14],
                       .toggled = (uint32_t)v[15],
                       .pmu = { v[16], v[17], v[18], v[19] },
                       .enabled_ns = v[20],
                       .running_ns = v[21],
                       .done = 1,
                       .width = width };
  return true;
}

/* Processes stand in the order in which their rounds do, so the search starts where it ended. */
static struct sample *find(struct sample *list, size_t count, uint64_t pair, uint32_t side, size_t *hint) {
  for (size_t i = 0; i < count; i++) {
    struct sample *s = &list[(*hint + i) % count];
    if (s->pair == pair && s->side == side) {
      *hint = (*hint + i) % count;
      return s;
    }
  }
  return NULL;
}

static int load_processes(FILE *f, struct sample **list, size_t *count, const char *path, struct error *err) {
  char line[1024];
  size_t room = 0;
  for (size_t number = 1; fgets(line, sizeof line, f); number++) {
    if (number == 1) continue;
    if (*count == room) {
      struct sample *more = reallocarray(*list, room = room ? 2 * room : 256, sizeof *more);
      if (!more) return error_set_errno(err, -ENOMEM, "cannot read the samples");
      *list = more;
    }
    if (!parse_process(line, &(*list)[*count]))
      return error_set(err, -EBADMSG, "%s/processes.csv line %zu is not one of ours", path, number);
    (*count)++;
  }
  return 0;
}

int samples_load(struct results *results, struct sample **list, size_t *count, struct error *err) {
  *list = NULL;
  *count = 0;
  FILE *f = samples_whole_lines(results, "processes.csv", err);
  if (!f) return err->code;
  int rc = load_processes(f, list, count, results->path, err);
  fclose(f);
  f = rc == 0 ? samples_whole_lines(results, "rounds.csv", err) : NULL;
  if (rc == 0 && !f) rc = err->code;
  static struct round rounds[AB_ROUNDS_MAX];
  char line[1024];
  uint64_t pair = 0, next_pair = 0;
  uint32_t side = 0, next_side = 0, n = 0;
  size_t hint = 0;
  bool more = f && fgets(line, sizeof line, f);
  bool has_width = more && strstr(line, ",width\n");
  while (rc == 0 && more) {
    struct round r = { 0 };
    more = fgets(line, sizeof line, f) != NULL;
    if (more && !parse_round(line, &next_pair, &next_side, &r)) {
      rc = error_set(err, -EBADMSG, "%s/rounds.csv holds a line that is not one of ours", results->path);
      if (!has_width)
        error_advise(err, "it is of a version that did not look at the core: finish it with that, or measure anew");
      break;
    }
    if (n && (!more || next_pair != pair || next_side != side || n == AB_ROUNDS_MAX)) {
      struct sample *s = *count ? find(*list, *count, pair, side, &hint) : NULL;
      if (s && n >= s->rounds) samples_reduce(s, rounds, s->rounds);
      n = 0;
    }
    pair = next_pair;
    side = next_side;
    if (more) rounds[n++] = r;
  }
  if (f) fclose(f);
  if (rc) {
    free(*list);
    *list = NULL;
    *count = 0;
  }
  return rc;
}
