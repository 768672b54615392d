/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples_load.c: reads a campaign's samples back, for --resume and for what is computed later. */
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/foreign_file.h"
#include "harness/data/csv_tables.h"
#include "harness/data/samples.h"

FILE *samples_file(struct results *results, const char *name, bool repair, struct error *err) {
  int fd = foreign_file_open(results->dir_fd, name, (repair ? O_RDWR : O_RDONLY) | O_NOFOLLOW, 0, err);
  if (fd < 0) {
    error_prefix(err, "%s", results->path);
    error_advise(err, "is this the folder of an A/B campaign?");
    return NULL;
  }
  off_t end = lseek(fd, 0, SEEK_END);
  char c = '\n';
  off_t keep = end;
  while (keep > 0 && pread(fd, &c, 1, keep - 1) == 1 && c != '\n') keep--;
  if (repair && keep != end && ftruncate(fd, keep) != 0) {
    error_set_errno(err, -errno, "cannot repair %s/%s", results->path, name);
    close(fd);
    return NULL;
  }
  lseek(fd, 0, SEEK_SET);
  return fdopen(fd, "r");
}

static uint64_t counted(uint64_t value) { return value == COLUMN_EMPTY ? 0 : value; }

static struct round round_of(const struct round_line *l) {
  struct round r = { .wall_ns = l->wall_ns,
                     .tsc = l->tsc,
                     .ops = l->ops,
                     .allocs = l->allocs,
                     .frees = l->frees,
                     .tiny_frees = l->tiny_frees,
                     .minor_faults = l->minor_faults,
                     .major_faults = l->major_faults,
                     .voluntary_switches = l->voluntary,
                     .involuntary_switches = l->involuntary,
                     .cpu = l->cpu,
                     .migrated = l->migrated,
                     .toggled = l->toggled,
                     .enabled_ns = counted(l->enabled_ns),
                     .running_ns = counted(l->running_ns),
                     .done = 1,
                     .width = l->width > 0 ? l->width : 0,
                     .wait_ns = l->wait_ns == COLUMN_EMPTY ? ROUND_NOT_MEASURED : l->wait_ns };
  for (uint32_t k = 0; k < AB_PMU_MAX; k++) r.pmu[k] = counted(l->pmu[k]);
  return r;
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

static bool can_be(const struct sample *s) {
  return s->side < 2 && s->place < 2 && s->pair <= SAMPLES_PAIR_MAX && s->run < 1u << 30 &&
         s->rounds <= AB_ROUNDS_MAX && s->pmu_count <= AB_PMU_MAX && s->elapsed_s >= 0 && s->elapsed_s < 1e12;
}

static bool round_can_be(const struct round_line *l) {
  return l->pair <= SAMPLES_PAIR_MAX && l->side < 2 && l->round < AB_ROUNDS_MAX &&
         (isnan(l->width) || (l->width >= 0 && l->width <= SAMPLES_WIDTH_MAX));
}

static int load_processes(FILE *f, const char *path, struct sample **list, size_t *count, struct error *err) {
  struct columns_reader reader;
  struct sample s;
  size_t room = 0;
  int rc = columns_start(&reader, &process_columns, f, path, err);
  while (rc == 0 && (rc = columns_next(&reader, &s, err)) > 0) {
    if (*count == room) {
      struct sample *more = reallocarray(*list, room = room ? 2 * room : 256, sizeof *more);
      if (!more) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
      *list = more;
    }
    if (!can_be(&s))
      return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s:%zu is not as it was written", path, reader.line);
    s.log_ns = s.log_mean_ns = s.toggle_log = s.hit_share = NAN;
    (*list)[(*count)++] = s;
    rc = 0;
  }
  return rc;
}

int samples_rounds(struct results *results, bool repair, samples_round_fn *each, void *context, struct error *err) {
  struct columns_reader reader;
  struct round_line line;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3900s/%s", results->path, round_columns.file);
  FILE *f = samples_file(results, round_columns.file, repair, err);
  if (!f) return err->code;
  int rc = columns_start(&reader, &round_columns, f, path, err);
  while (rc == 0 && (rc = columns_next(&reader, &line, err)) > 0)
    rc = round_can_be(&line)
             ? each(context, &line, err)
             : error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s:%zu is not as it was written", path, reader.line);
  fclose(f);
  return rc;
}

/* Rounds of one process stand together. */
struct reduction {
  struct sample *list;
  size_t count, hint;
  struct round round[AB_ROUNDS_MAX];
  uint64_t pair;
  uint32_t side, n;
};

static void reduce(struct reduction *r) {
  struct sample *s = r->n && r->count ? find(r->list, r->count, r->pair, r->side, &r->hint) : NULL;
  if (s && r->n >= s->rounds) samples_reduce(s, r->round, s->rounds);
  r->n = 0;
}

static int add_round(void *context, const struct round_line *line, struct error *err) {
  struct reduction *r = context;
  (void)err;
  if (r->n && (line->pair != r->pair || line->side != r->side || r->n == AB_ROUNDS_MAX)) reduce(r);
  r->pair = line->pair;
  r->side = line->side;
  r->round[r->n++] = round_of(line);
  return 0;
}

int samples_load(struct results *results, bool repair, struct sample **list, size_t *count, struct error *err) {
  static struct reduction r;
  char path[PATH_MAX];
  *list = NULL;
  *count = 0;
  snprintf(path, sizeof path, "%.3900s/%s", results->path, process_columns.file);
  FILE *f = samples_file(results, process_columns.file, repair, err);
  if (!f) return err->code;
  int rc = load_processes(f, path, list, count, err);
  fclose(f);
  r = (struct reduction){ .list = *list, .count = *count };
  if (rc == 0) rc = samples_rounds(results, repair, add_round, &r, err);
  if (rc == 0) reduce(&r);
  if (rc) {
    free(*list);
    *list = NULL;
    *count = 0;
  }
  return rc;
}
