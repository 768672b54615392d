/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_foreign.c: the readers of foreign bytes (traces, shared records, CSV, campaigns' plans, records of
 * reports, texts of pages and plots, packs and what is measured with them) on what is not what it seems. ELF has
 * fuzz_elf.c, the allocator fuzz_api.c.
 *
 * The first byte of an input chooses the reader, the rest is its file. With libFuzzer (make fuzz-foreign) that is
 * all; otherwise
 *
 *     fuzz_foreign [RUNS [FIRST [KIND]]]
 *
 * takes one good input of each kind (or of that one), changes it RUNS times (1000) with the numbers FIRST, FIRST + 1, …
 * (1), and says how many were taken and how many refused. One number and kind are always the same change. A crash or a
 * hang is a failure, and said with its kind and number; make fuzz-mutate runs 10^7. */
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/ab/ab_options.h"
#include "harness/core/identifier.h"
#include "harness/core/words.h"
#include "harness/data/record.h"
#include "harness/data/samples.h"
#include "harness/report/markdown.h"
#include "harness/report/pages.h"
#include "harness/report/plot_data.h"
#include "harness/trace/trace_reader.h"
#include "harness/trace/trace_writer.h"
#include "tests/security/fuzz_packs.h"

enum kind { TRACE, RECORD, PROCESSES, ROUNDS, PLAN, PAIRS, REPORT, TEXT, PACK, PACK_PLAN, LAYOUT, RESULT, KINDS };
#define PROCESSES_HEAD                                                                              \
 "pair,side,kind,place,seed,run,rounds,complete,started_ns,ready_ns,ended_ns,cpu_ns,max_rss_bytes," \
 "steal_ticks,elapsed_s,pmu\n"
#define ROUNDS_HEAD                                                                                       \
 "pair,side,round,wall_ns,tsc,ops,allocs,frees,tiny_frees,minor_faults,major_faults,voluntary,"           \
 "involuntary,cpu,migrated,toggled,cycles,instructions,cache_misses,branch_misses,enabled_ns,running_ns," \
 "width,wait_ns\n"
#define PAIRS_HEAD "pair,kind,first,elapsed_s,out_ns,in_ns,out_mean_ns,in_mean_ns,disturbed,left_out\n"

static const char *const kind_name[] = { "trace",  "record", "processes", "rounds",    "plan",   "pairs",
                                         "report", "text",   "pack",      "pack-plan", "layout", "result" };

static char folder[96];
static unsigned long taken[KINDS], refused[KINDS];

static void put(const char *name, const void *data, size_t size) {
  char path[256];
  snprintf(path, sizeof path, "%s/%.100s", folder, name);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
  close(fd);
}

static void drop(const char *name) {
  char path[256];
  snprintf(path, sizeof path, "%s/%.100s", folder, name);
  unlink(path);
}

/* What plots wrote, whatever its name. */
static void drop_all(void) {
  struct dirent *e;
  DIR *d = opendir(folder);
  while (d != NULL && (e = readdir(d)) != NULL)
    if (e->d_name[0] != '.') unlinkat(dirfd(d), e->d_name, 0);
  if (d != NULL) closedir(d);
}

static bool ask_trace(const uint8_t *data, size_t size) {
  struct trace_reader r;
  struct trace_event e;
  int rc = trace_reader_open(&r, data, size);
  while (rc == 0 && (rc = trace_reader_next(&r, &e)) == 1) {
    if (e.op >= TRACE_OPS || e.thread >= r.header.threads || e.slot >= r.header.slots) abort();
    rc = 0;
    if (r.ended) break;
  }
  bool good = rc == 0 && r.ended;
  trace_reader_close(&r);
  return good;
}

/* What a measured process can write: no index or number of it gets out. */
static bool ask_record(const uint8_t *data, size_t size) {
  static struct ab_record record;
  struct samples_log log;
  struct error err = { 0 };
  struct results results;
  memset(&record, 0, sizeof record);
  memcpy(&record, data, size < sizeof record ? size : sizeof record);
  if (samples_record_fault(&record) != NULL) return false;
  struct sample s = { .pair = record.id, .pmu_count = record.pmu_count };
  samples_reduce(&s, record.round, record.rounds_done);
  drop("rounds.csv");
  drop("processes.csv");
  if (results_open(&results, folder, &err) != 0 || samples_open(&log, &results, &err) != 0) abort();
  if (samples_append(&log, &s, &record, &err) != 0) abort();
  samples_close(&log);
  /* and comes back as it was */
  struct sample *list;
  size_t count;
  if (samples_load(&results, true, &list, &count, &err) != 0 || count != 1 || list[0].pair != record.id) abort();
  free(list);
  results_close(&results);
  return true;
}

static bool ask_samples(const char *name, const uint8_t *data, size_t size) {
  static const char processes[] =
      PROCESSES_HEAD "1,0,test,0,1,0,2,1,1,1,1,1,1,0,0.5,0\n1,1,test,1,1,0,2,1,1,1,1,1,1,0,0.5,0\n";
  static const char rounds[] =
      ROUNDS_HEAD "1,0,0,5,5,5,5,5,5,0,0,0,0,0,0,0,,,,,,,0.9,0\n1,0,1,5,5,5,5,5,5,0,0,0,0,0,0,0,,,,,,,0.9,\n";
  struct sample *list;
  size_t count;
  struct error err = { 0 };
  struct results results;
  put("processes.csv", processes, sizeof processes - 1);
  put("rounds.csv", rounds, sizeof rounds - 1);
  put(name, data, size);
  if (results_open(&results, folder, &err) != 0) abort();
  int rc = samples_load(&results, true, &list, &count, &err);
  for (size_t i = 0; rc == 0 && i < count; i++)
    if (list[i].side > 1 || list[i].rounds > AB_ROUNDS_MAX || list[i].pmu_count > AB_PMU_MAX) abort();
  if (rc == 0) free(list);
  results_close(&results);
  return rc == 0;
}

static bool ask_plan(const uint8_t *data, size_t size) {
  struct ab_options o;
  struct error err = { 0 };
  put("campaign.json", data, size);
  int rc = ab_options_load(&o, folder, &err);
  for (const unsigned *t = o.threads; rc == 0 && *t; t++)
    if (*t > AB_THREADS_MAX) abort();
  if (rc == 0) ab_options_free(&o);
  return rc == 0;
}

static bool ask_report(const char *name, const uint8_t *data, size_t size) {
  static const char record[] = "{\"schema\": \"hakmem.phase-record/1\", \"id\": \"31\", \"ab\": {\"schema\": "
                               "\"hakmem.ab/1\", \"gain_pct\": {\"level\": 0.95, \"n\": 9}}}";
  static struct record_set set;
  static struct pictures pictures;
  struct error err = { 0 };
  put("record.json", record, sizeof record - 1);
  drop("pairs.csv");
  drop("rounds.csv"); /* of a campaign: not what a record's is */
  put(name, data, size);
  memset(&pictures, 0, sizeof pictures);
  int rc = record_set_add(&set, folder, &err);
  if (rc == 0 && set.rows > 0) {
    char *page = NULL;
    size_t length;
    FILE *f = open_memstream(&page, &length);
    if (!identifier_is(set.row[0].id)) abort();
    page_summary(f, &set);
    fclose(f);
    f = fopen("/dev/null", "w");
    markdown_to_html(f, page, 1);
    fclose(f);
    free(page);
    if (plot_data_write(&set, folder, &pictures, &err) != 0) abort();
    for (size_t i = 0; i < pictures.count; i++)
      if (!identifier_is(pictures.list[i].name)) abort();
    drop_all();
  }
  record_set_free(&set);
  drop("record.json");
  drop("pairs.csv");
  return rc == 0;
}

static bool ask_text(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1), id[40], *made = NULL;
  size_t length;
  struct words words = { 0 };
  struct error err = { 0 };
  memcpy(text, data, size);
  text[size] = '\0';
  identifier_make(id, sizeof id, text);
  if (!identifier_is(id)) abort();
  FILE *f = open_memstream(&made, &length);
  markdown_to_html(f, page_safe(text), 1);
  fclose(f);
  if (strstr(made, "<img") != NULL || strstr(made, "<script") != NULL || strstr(made, "href=\"j") != NULL) abort();
  free(made);
  f = open_memstream(&made, &length);
  plot_data_quoted(f, "word", text);
  fclose(f);
  if (strchr(made, '\n') != made + length - 1) abort();
  free(made);
  bool good = words_split(&words, text, &err) == 0;
  words_free(&words);
  free(text);
  return good;
}

static void need_folder(void) {
  const char *tmp = getenv("TMPDIR");
  if (folder[0] != '\0') return;
  snprintf(folder, sizeof folder, "%.60s/hakmem-fuzz.XXXXXX", tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
  if (mkdtemp(folder) == NULL) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  need_folder();
  if (size == 0 || data[0] >= KINDS) return 0;
  enum kind kind = (enum kind)data[0];
  /* a copy of exactly that size: a sanitizer sees what is read beyond it */
  uint8_t *exact = malloc(size > 1 ? size - 1 : 1);
  memcpy(exact, data + 1, size - 1);
  bool good = kind == TRACE       ? ask_trace(exact, size - 1)
              : kind == RECORD    ? ask_record(exact, size - 1)
              : kind == PROCESSES ? ask_samples("processes.csv", exact, size - 1)
              : kind == ROUNDS    ? ask_samples("rounds.csv", exact, size - 1)
              : kind == PLAN      ? ask_plan(exact, size - 1)
              : kind == PAIRS     ? ask_report("pairs.csv", exact, size - 1)
              : kind == REPORT    ? ask_report("record.json", exact, size - 1)
              : kind == PACK      ? fuzz_pack(folder, exact, size - 1)
              : kind == PACK_PLAN ? fuzz_pack_plan(folder, exact, size - 1)
              : kind == LAYOUT    ? fuzz_pack_layout(exact, size - 1)
              : kind == RESULT    ? fuzz_pack_log(folder, exact, size - 1)
                                  : ask_text(exact, size - 1);
  free(exact);
  (good ? taken : refused)[kind]++;
  return 0;
}

#ifndef HAKMEM_FUZZER

enum { INPUT_MAX = 65536 };

static size_t make_trace(uint8_t *to) {
  struct error err = { 0 };
  struct trace_writer *w = malloc(sizeof *w);
  FILE *f = tmpfile();
  if (w == NULL || f == NULL || trace_writer_begin(w, fileno(f), &err) != 0) abort();
  for (unsigned i = 0; i < 300; i++) {
    struct trace_event e = { .op = TRACE_MALLOC, .thread = i % 3 < 2 ? i % 3 : 0, .size = 16 + i, .slot = i };
    if (trace_writer_add(w, &e, &err) != 0) abort();
  }
  for (unsigned i = 0; i < 300; i++) {
    struct trace_event e = { .op = TRACE_FREE, .slot = i };
    if (trace_writer_add(w, &e, &err) != 0) abort();
  }
  if (trace_writer_finish(w, &err) != 0) abort();
  ssize_t n = pread(fileno(f), to, INPUT_MAX, 0);
  fclose(f);
  free(w);
  return n > 0 ? (size_t)n : 0;
}

static size_t make_record(uint8_t *to) {
  struct ab_record r = { .state = AB_RECORD_DONE, .rounds_done = 5, .id = 7, .pmu_count = 2, .job = { .rounds = 5 } };
  for (int i = 0; i < 5; i++)
    r.round[i] = (struct round){ .wall_ns = 1000 + (unsigned)i, .ops = 100, .done = 1, .width = 0.9 };
  memcpy(to, &r, sizeof r);
  return sizeof r;
}

static size_t good_input(enum kind kind, uint8_t *to) {
  static const char *const text[] = {
    [PROCESSES] = PROCESSES_HEAD "1,0,test,0,1,0,2,1,1,1,1,1,1,0,0.5,0\n1,1,test,1,1,0,2,1,1,1,1,1,1,0,0.5,0\n",
    [ROUNDS] =
        ROUNDS_HEAD "1,0,0,5,5,5,5,5,5,0,0,0,0,0,0,0,1,2,3,4,5,6,0.9,7\n1,0,1,5,5,5,5,5,5,0,0,0,0,0,0,0,,,,,,,0.9,\n",
    [PLAN] =
        "{\"schema\":\"hakmem.ab-campaign/"
        "1\",\"gates\":[\"free-trace\"],\"with\":[],\"a\":null,\"b\":null,\"cmd_a\":null,"
        "\"protocol\":\"paired\",\"workload\":\"random_mixed\",\"threads\":[1,2],\"slots\":0,\"seed\":1,\"budget_s\":1,"
        "\"margin_pct\":0.5,\"level\":0.95,\"env\":[\"A=b\"],\"user\":null,\"timeout_s\":0}",
    [PAIRS] = PAIRS_HEAD "1,test,0,0.01,7.3,8.5,7.6,8.5,0,0\n2,test,1,0.02,7.4,8.6,7.6,8.5,0,0\n"
                         "3,test,0,0.03,7.2,8.4,7.6,8.5,1,0\n4,control,0,0.04,7.3,7.5,7.6,8.5,0,1\n",
    [REPORT] = "{\"schema\": \"hakmem.phase-record/1\", \"id\": \"31\", \"verdict\": \"GO\", \"reason\": \"<b>`x`</b> "
               "[a](b) it's\", \"ab\": {\"step0\": "
               "{\"per_site\": [{\"name\": "
               "\"a\", \"verdict\": \"EXECUTED\", \"hits\": 3, \"hits_per_op\": 0.5}]}, \"gain_pct\": {\"level\": "
               "0.95, \"n\": 2}}}",
    [TEXT] = "a 'b c' \"d\\\"e\" `f` <img src=x onerror=1> [g](javascript:1) **h** | i\\|j\n!k\n<script>",
  };
  if (kind == TRACE) return make_trace(to);
  if (kind == RECORD) return make_record(to);
  need_folder();
  if (kind == PACK) return fuzz_pack_good(folder, to);
  if (kind == PACK_PLAN) return fuzz_pack_plan_good(to);
  if (kind == LAYOUT) return fuzz_pack_layout_good(to);
  if (kind == RESULT) return fuzz_pack_log_good(folder, to);
  memcpy(to, text[kind], strlen(text[kind]));
  return strlen(text[kind]);
}

static uint64_t draw(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/* A byte, a bit, a number, a cut, a doubled piece. */
static size_t change(uint8_t *d, size_t n, uint64_t *random) {
  static const char *const word[] = {
    "-1", "nan", "1e308", "18446744073709551615", "\n", "\"", "null", "%s", "<", "../"
  };
  for (uint64_t i = 0, times = draw(random) % 6; i <= times && n > 0; i++) {
    uint64_t r = draw(random);
    size_t at = draw(random) % n;
    switch (r % 6) {
    case 0: d[at] ^= (uint8_t)(1u << (r >> 32 & 7)); break;
    case 1: d[at] = (uint8_t)(r >> 32); break;
    case 2: memset(d + at, r & 64 ? 0xff : 0, n - at < 8 ? n - at : 8); break;
    case 3: n = at; break;
    case 4: {
      const char *w = word[r >> 32 & 7 ? (r >> 35) % 10 : 0];
      size_t k = strlen(w);
      if (at + k <= n) memcpy(d + at, w, k);
      break;
    }
    default: {
      size_t k = (r >> 32) % 64;
      if (n + k > INPUT_MAX - 1 || at + k > n) break;
      memmove(d + at + k, d + at, n - at);
      n += k;
    }
    }
  }
  return n;
}

static void sum_again(uint8_t *d, size_t n) {
  if (n < sizeof(struct trace_header)) return;
  uint32_t crc = trace_crc32(0, d, offsetof(struct trace_header, crc));
  memcpy(d + offsetof(struct trace_header, crc), &crc, sizeof crc);
  for (size_t at = sizeof(struct trace_header); at + sizeof(struct trace_chunk) <= n;) {
    struct trace_chunk c;
    memcpy(&c, d + at, sizeof c);
    if (c.bytes > n - at - sizeof c) break;
    c.crc = trace_crc32(trace_crc32(0, d + at, offsetof(struct trace_chunk, crc)), d + at + sizeof c, c.bytes);
    memcpy(d + at, &c, sizeof c);
    at += sizeof c + c.bytes;
  }
}

static enum kind kind_now;
static unsigned long number_now;

/* Says which input it was; async-signal-safe but for snprintf of integers and a name. */
static void say_input(int sig) {
  char text[160];
  int n = snprintf(text, sizeof text, "fuzz_foreign: SIG%s on %s, number %lu; again: fuzz_foreign 1 %lu %s\n",
                   sigabbrev_np(sig), kind_name[kind_now], number_now, number_now, kind_name[kind_now]);
  if (write(STDOUT_FILENO, text, (size_t)n) == n) fsync(STDOUT_FILENO);
  signal(sig, SIG_DFL);
  raise(sig);
}

/* Numbers beside each other give states that are not (splitmix64, Steele et al. 2014). */
static uint64_t state_of(enum kind kind, unsigned long number) {
  uint64_t z = number * KINDS + kind + 1;
  z = (z * UINT64_C(0x9e3779b97f4a7c15)) ^ (z >> 29);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  z ^= z >> 31;
  return z != 0 ? z : 1;
}

static bool run_kind(enum kind kind, unsigned long runs, unsigned long first) {
  static uint8_t good[INPUT_MAX], changed[INPUT_MAX + 1];
  size_t n = good_input(kind, good);
  kind_now = kind;
  for (unsigned long i = 0; i <= runs; i++) {
    uint64_t random = state_of(kind, number_now = i == 0 ? 0 : first + i - 1);
    memcpy(changed + 1, good, n);
    changed[0] = (uint8_t)kind;
    size_t k = i == 0 ? n : change(changed + 1, n, &random); /* first as it is: that must be taken */
    if (i > 0 && draw(&random) % 4 != 0) {
      if (kind == TRACE) sum_again(changed + 1, k);
      if (kind == PACK) fuzz_pack_seal(changed + 1, k);
      if (kind == RESULT) fuzz_pack_log_sums(changed + 1, k);
    }
    alarm(60); /* a hang */
    LLVMFuzzerTestOneInput(changed, k + 1);
    if (i == 0 && taken[kind] != 1) {
      printf("the good input of %s is refused\n", kind_name[kind]);
      return false;
    }
  }
  alarm(0);
  printf("%-10s numbers %lu to %lu: %lu taken, %lu refused\n", kind_name[kind], first, first + runs - 1,
         taken[kind] - 1, refused[kind]);
  fflush(stdout);
  return true;
}

int main(int argc, char **argv) {
  unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
  unsigned long first = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
  static const int sigs[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM };
  for (size_t i = 0; i < sizeof sigs / sizeof sigs[0]; i++) signal(sigs[i], say_input);
  bool good = true;
  for (enum kind kind = 0; kind < KINDS && good; kind++)
    if (argc <= 3 || strcmp(argv[3], kind_name[kind]) == 0) good = run_kind(kind, runs, first);
  drop_all();
  if (folder[0] != '\0' && rmdir(folder) != 0) {
    printf("files were left in %s\n", folder);
    return 1;
  }
  return good ? 0 : 1;
}
#endif
