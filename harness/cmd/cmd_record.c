/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_record.c: `hakmem-harness record`: a trace of a program's allocations. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/child.h"
#include "harness/core/command.h"
#include "harness/core/json_out.h"
#include "harness/core/units.h"
#include "harness/trace/trace_reader.h"
#include "harness/trace/trace_record.h"

#define DEFAULT_LIMIT "100M"

static void dump_event(const struct trace_event *e, void *context) {
  printf("%u %s", e->thread, trace_op_name(e->op));
  if (e->op == TRACE_MEMALIGN) printf(":%llu", 1ULL << e->align_log2);
  if (e->op == TRACE_FREE) printf(" -");
  else printf(" %llu", (unsigned long long)e->size);
  printf(" %llu\n", (unsigned long long)e->slot);
}

static int dump(const char *file) {
  struct error err = { 0 };
  struct trace_header header;
  if (trace_walk(file, &header, dump_event, NULL, &err) != 0) return command_fail(&err);
  return fflush(stdout) == 0 ? EXIT_DONE : EXIT_INTERNAL;
}

/* PROGRAM.trace, or the first of PROGRAM-1.trace, … that does not exist. */
static const char *default_file(const char *program, char *buf, size_t size) {
  const char *slash = strrchr(program, '/'), *name = slash != NULL ? slash + 1 : program;
  snprintf(buf, size, "%.200s.trace", name);
  for (unsigned n = 1; access(buf, F_OK) == 0; n++) snprintf(buf, size, "%.200s-%u.trace", name, n);
  return buf;
}

static int print_result(const struct invocation *inv, const char *file, const struct trace_record_result *r) {
  const struct trace_header *h = &r->header;
  char words[64];
  child_describe_status(r->status, words, sizeof words);
  if (!inv->json) {
    printf("%s: %llu call%s by %u thread%s, %llu slot%s for blocks, %llu bytes (%.2f for a call)\n", file,
           (unsigned long long)h->events, units_plural(h->events, "", "s"), h->threads,
           units_plural(h->threads, "", "s"), (unsigned long long)h->slots, units_plural(h->slots, "", "s"),
           (unsigned long long)r->bytes, (double)r->bytes / (double)h->events);
    if (h->failed > 0)
      printf("  left out: %llu call%s that returned NULL\n", (unsigned long long)h->failed,
             units_plural(h->failed, "", "s"));
    if (h->unmatched > 0)
      printf("  left out: %llu free%s of blocks from before the recording\n", (unsigned long long)h->unmatched,
             units_plural(h->unmatched, "", "s"));
    if (r->end_unseen)
      printf("  not complete: how it ended was not seen: it became another program, which did not take the library\n"
             "  (it is static, or its environment was cleared: record it by itself), or ended by a system call\n");
    else if (h->incomplete)
      printf("  not complete: the limit of calls was reached, or a part of the recording is missing\n");
    return 0;
  }
  json_t *o = json_result("record");
  json_object_set_new(o, "file", json_text(file));
  json_object_set_new(o, "events", json_integer((json_int_t)h->events));
  json_object_set_new(o, "threads", json_integer(h->threads));
  json_object_set_new(o, "bytes", json_integer((json_int_t)r->bytes));
  json_object_set_new(o, "blocks", json_integer((json_int_t)h->slots));
  json_object_set_new(o, "failed", json_integer((json_int_t)h->failed));
  json_object_set_new(o, "unmatched", json_integer((json_int_t)h->unmatched));
  json_object_set_new(o, "complete", json_boolean(!h->incomplete));
  json_object_set_new(o, "end_seen", WIFEXITED(r->status) ? json_boolean(!r->end_unseen) : json_null());
  json_object_set_new(o, "child_status", json_text(words));
  int rc = json_print(o);
  json_decref(o);
  return rc;
}

static int run_record(const struct invocation *inv) {
  struct error err = { 0 };
  struct trace_record_result result;
  char file[256], words[64];
  if (option_is_set(inv, "dump")) {
    if (inv->child_argv != NULL) return command_usage(inv, "--dump reads a trace and runs nothing");
    return dump(option_string(inv, "dump"));
  }
  if (inv->child_argv == NULL) return command_usage(inv, "which program? record -- CMD…");
  struct trace_record_spec spec = {
    .argv = inv->child_argv,
    .limit = option_u64(inv, "events"),
    .env = inv->env,
    .user = inv->user,
    .stdout_fd = inv->json ? STDERR_FILENO : -1,
    .timeout_s = inv->timeout_s,
    .file = option_is_set(inv, "output") ? option_string(inv, "output")
                                         : default_file(inv->child_argv[0], file, sizeof file),
  };
  int rc = trace_record(&spec, &result, &err);
  if (rc != 0 && result.kept) { /* Ctrl-C or the time-out: what there is is said, and why it is no more */
    if (print_result(inv, spec.file, &result) != 0) return EXIT_INTERNAL;
    command_note(inv, "the trace up to there is kept");
  }
  if (rc != 0) return command_fail(&err);
  if (print_result(inv, spec.file, &result) != 0) return EXIT_INTERNAL;
  if (WIFEXITED(result.status) && WEXITSTATUS(result.status) == 0) return EXIT_DONE;
  error_raise(&err, ERROR_UNMEASURED, -ECHILD, "%s ended with %s; the trace up to there is kept", inv->child_argv[0],
              child_describe_status(result.status, words, sizeof words));
  return command_fail(&err);
}

static const char *const synopsis[] = { "[-o FILE] [--events N] [--json] -- CMD…", "--dump FILE", NULL };
static const struct option_spec options[] = {
  { "output", 'o', OPTION_STRING, "FILE", "where the trace goes; default: PROGRAM.trace, never over an existing file",
    NULL },
  { "events", 0, OPTION_COUNT, "N", "stop recording after N calls; the program goes on", DEFAULT_LIMIT },
  { "dump", 0, OPTION_STRING, "FILE", "print a trace: thread, call, size, block; one line for each call", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_record = {
  .name = "record",
  .summary = "record the allocations of a program, to be replayed by bench",
  .synopsis = synopsis,
  .description = "CMD runs once with libhakmem-record.so preloaded. Its calls of the malloc family, of all of its\n"
                 "threads, go to FILE in the order in which they happened; `bench replay:FILE` plays them again\n"
                 "over any malloc. Contents, the time between calls and the programs that CMD starts are not\n"
                 "recorded; what CMD turns into by execve is. Memory is bounded by 32 kB for each thread.\n"
                 "Damage of a trace is found by its checksums and told with its offset.",
  .options = options,
  .common = "jqe",
  .takes_command = true,
  .run = run_record,
};
