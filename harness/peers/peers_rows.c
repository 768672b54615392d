/* SPDX-License-Identifier: GPL-3.0-or-later */
/* peers_rows.c: the rows, the allocators, and one measurement of a row. */
#include "harness/peers/peers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/locate.h"
#include "harness/counters/bench_run.h"
#include "harness/data/stats.h"

/* A process of a row takes 30 to 100 ms here: long against its start, short enough for many. */
const struct peer_row peer_rows[] = {
  { "random_mixed-400", "ns/step", "random_mixed, 400 slots", "random_mixed", 400, 500000, 7, 1, 1, NULL, NULL },
  { "random_mixed-8192", "ns/step", "random_mixed, 8192 slots", "random_mixed", 8192, 500000, 7, 1, 1, NULL, NULL },
  { "random_mixed-65536", "ns/step", "random_mixed, 65536 slots", "random_mixed", 65536, 500000, 6, 2, 1, NULL, NULL },
  { "remote-free-50", "ns/step", "two threads, half of the frees remote", "remote-free-50", 400, 400000, 5, 1, 2, NULL,
    NULL },
  { "remote-free-90", "ns/step", "two threads, nine tenths of the frees remote", "remote-free-90", 400, 400000, 5, 1, 2,
    NULL, NULL },
  { "producer-consumer", "ns/block", "one thread allocates, the other frees", "producer-consumer", 1024, 400000, 5, 1,
    2, NULL, NULL },
  { "larson", "ns/step", "larson, two threads, 5000 slots", "larson", 5000, 300000, 5, 1, 2, NULL, NULL },
  { "mstress", "ns/step", "mstress, four threads in ten generations", "mstress", 1000, 100000, 1, 0, 4, NULL, NULL },
  { "realloc", "ns/step", "growth by half up to 64 KB", "realloc", 400, 200000, 4, 1, 1, NULL, NULL },
  { "calloc", "ns/step", "calloc 16..4096 B", "calloc", 400, 300000, 5, 1, 1, NULL, NULL },
  { "mid-size", "ns/step", "1 to 64 KB", "mid-size", 256, 60000, 5, 1, 1, NULL, NULL },
  { "large", "ns/step", "1 to 64 MB", "large", 16, 400, 3, 1, 1, NULL, NULL },
  { "large-bursts", "ns/step", "64 KB to 1 MB, all allocated, all freed", "large-bursts", 64, 1280, 5, 2, 1, NULL,
    NULL },
  { "churn", "ns/step", "bursts of changing sizes", "churn", 20000, 250000, 3, 1, 1, NULL, NULL },
  { "redis", "ns/request", "redis-server under redis-benchmark on loopback", NULL, 0, 0, 0, 0, 0, "redis-server",
    peer_measure_redis },
  { "sqlite3", "ns/run", "sqlite3 bulk insert with an index", NULL, 0, 0, 0, 0, 0, "sqlite3", peer_measure_sqlite },
  { "python3", "ns/run", "python3 building and dropping objects, PYTHONMALLOC=malloc", NULL, 0, 0, 0, 0, 0, "python3",
    peer_measure_python },
  { "gcc", "ns/run", "gcc -O2 of a generated file", NULL, 0, 0, 0, 0, 0, "gcc", peer_measure_gcc },
  { NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, NULL, NULL },
};

const struct peer_row *peer_row_find(const char *name) {
  for (const struct peer_row *r = peer_rows; r->name != NULL; r++)
    if (strcmp(r->name, name) == 0) return r;
  return NULL;
}

static const struct {
  const char *name, *file, *package;
} packaged[] = {
#define PEER(name, file, package) { name, file, package },
#include "harness/peers/peers.def"
#undef PEER
};

/* Debian's multiarch folder first. */
static int find_library(const char *file, char *path, size_t size) {
  static const char *const dirs[] = { "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64",
                                      "/usr/lib", "/usr/local/lib" };
  for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
    snprintf(path, size, "%s/%s", dirs[i], file);
    if (access(path, R_OK) == 0) return 0;
  }
  path[0] = '\0';
  return -ENOENT;
}

size_t peers_find(const char *library, struct peer *peers, size_t max) {
  struct error err = { 0 };
  size_t n = 0;
  memset(peers, 0, max * sizeof *peers);
  snprintf(peers[n].name, sizeof peers[n].name, "hakmem");
  if (library == NULL) {
    /* whoever compares allocators means the one that ships, whatever this build has compiled in */
    if (locate(LOCATE_SHIPPED, peers[n].library, sizeof peers[n].library, &err) != 0 &&
        locate(LOCATE_LIBHAKMEM, peers[n].library, sizeof peers[n].library, &err) != 0)
      snprintf(peers[n].reason, sizeof peers[n].reason, "%.150s", err.text);
  } else if (realpath(library, peers[n].library) == NULL) {
    snprintf(peers[n].reason, sizeof peers[n].reason, "no file %.140s", library);
  }
  n++;
  snprintf(peers[n++].name, sizeof peers[n].name, "glibc");
  for (size_t i = 0; i < sizeof packaged / sizeof packaged[0] && n < max; i++, n++) {
    snprintf(peers[n].name, sizeof peers[n].name, "%s", packaged[i].name);
    if (find_library(packaged[i].file, peers[n].library, sizeof peers[n].library) != 0)
      snprintf(peers[n].reason, sizeof peers[n].reason, "not installed: apt-get install %s", packaged[i].package);
  }
  return n;
}

int peer_row_measure(const struct peer_row *row, const char *library, uint64_t seed, const char *cpus,
                     const char *scratch_dir, struct peer_sample *sample, struct error *err) {
  if (row->measure != NULL) return row->measure(library, scratch_dir, sample, err);
  struct bench_run_spec spec = {
    .workload = row->workload,
    .library = library,
    .slots = row->slots,
    .ops = row->ops,
    .seed = seed,
    .rounds = row->rounds,
    .warmup = row->warmup,
    .threads = row->threads,
    .cpus = cpus,
    .timeout_s = 60,
  };
  struct bench_run_result result;
  double ns[64];
  int rc = bench_run(&spec, &result, err);
  if (rc != 0) return rc;
  size_t n = result.record.rounds < 64 ? result.record.rounds : 64;
  for (size_t i = 0; i < n; i++) ns[i] = (double)result.rounds[i].wall_ns / (double)row->ops;
  sample->time_ns = stats_median(ns, n);
  sample->peak_rss_bytes = result.record.peak_rss == BENCH_NOT_MEASURED ? (double)NAN : (double)result.record.peak_rss;
  bench_run_free(&result);
  return 0;
}
