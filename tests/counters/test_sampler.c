/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sampler: records of every shape through the parser, then a real process tree: threads,
 * forks, registers, stacks, mappings, and the account of what was lost. */
#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "harness/core/child.h"
#include "harness/counters/sampler.h"
#include "tests/test_skip.h"

enum { RECORD_ROOM = 1024 };

static size_t put(uint8_t *p, size_t at, const void *data, size_t size) {
  memcpy(p + at, data, size);
  return at + size;
}

/* A sample with registers 1000, 1001, … and 16 bytes of stack of which 8 could be read. */
static size_t make_sample(uint8_t *p) {
  struct perf_event_header h = { .type = PERF_RECORD_SAMPLE };
  size_t n = sizeof h;
  const uint64_t ip = 0x1234, time = 77, abi = PERF_SAMPLE_REGS_ABI_64, size = 16, used = 8;
  const uint32_t ids[2] = { 10, 11 };
  n = put(p, n, &ip, 8);
  n = put(p, n, ids, 8);
  n = put(p, n, &time, 8);
  n = put(p, n, &abi, 8);
  for (uint64_t i = 0; i < SAMPLER_REGS; i++) {
    uint64_t v = 1000 + i;
    n = put(p, n, &v, 8);
  }
  n = put(p, n, &size, 8);
  n = put(p, n, "ABCDEFGHabcdefgh", 16);
  n = put(p, n, &used, 8);
  h.size = (uint16_t)n;
  memcpy(p, &h, sizeof h);
  return n;
}

static void test_parse_sample(void **state) {
  (void)state;
  uint8_t record[RECORD_ROOM];
  struct sampler_batch b = { 0 };
  size_t n = make_sample(record);
  assert_int_equal(sampler_batch_add(&b, true, record, n), 0);
  assert_int_equal(b.count, 1);
  assert_int_equal(b.samples[0].ip, 0x1234);
  assert_int_equal(b.samples[0].pid, 10);
  assert_int_equal(b.samples[0].tid, 11);
  assert_int_equal(b.samples[0].time_ns, 77);
  assert_true(b.samples[0].has_regs);
  assert_int_equal(b.samples[0].stack_bytes, 8);
  assert_memory_equal(sampler_stack(&b, &b.samples[0]), "ABCDEFGH", 8);
#if defined __x86_64__
  /* given in the kernel's order ax bx cx dx si di bp sp ip r8…, wanted in DWARF's */
  assert_int_equal(b.samples[0].regs[0], 1000); /* rax */
  assert_int_equal(b.samples[0].regs[1], 1003); /* rdx */
  assert_int_equal(b.samples[0].regs[3], 1001); /* rbx */
  assert_int_equal(b.samples[0].regs[SAMPLER_REG_SP], 1007);
  assert_int_equal(b.samples[0].regs[SAMPLER_REG_IP], 1008);
  assert_int_equal(b.samples[0].regs[15], 1016); /* r15 */
#endif
  sampler_batch_free(&b);
}

static void test_parse_truncated(void **state) {
  (void)state;
  uint8_t record[RECORD_ROOM];
  size_t n = make_sample(record);
  for (size_t cut = 0; cut < n; cut++) {
    struct sampler_batch b = { 0 };
    uint8_t *exact = malloc(cut > 0 ? cut : 1); /* so that a sanitizer sees a read beyond it */
    memcpy(exact, record, cut);
    assert_int_equal(sampler_batch_add(&b, true, exact, cut), 0);
    assert_int_equal(b.count, 0);
    assert_int_equal(b.malformed, 1);
    free(exact);
    sampler_batch_free(&b);
  }
  uint64_t huge = UINT64_MAX - 4; /* a stack longer than the record */
  struct sampler_batch b = { 0 };
  memcpy(record + n - 32, &huge, 8);
  assert_int_equal(sampler_batch_add(&b, true, record, n), 0);
  assert_int_equal(b.malformed, 1);
  sampler_batch_free(&b);
}

static void test_maps_are_inherited(void **state) {
  (void)state;
  struct sampler_batch b = { 0 };
  struct __attribute__((packed)) {
    struct perf_event_header h;
    uint32_t pid, tid;
    uint64_t start, length, offset;
    uint8_t id[24];
    uint32_t prot, flags;
    char path[8];
    uint32_t end_pid, end_tid;
    uint64_t time;
  } map = { { PERF_RECORD_MMAP2, 0, sizeof map }, 5, 5, 0x1000, 0x100, 0x40, { 0 }, 5, 0, "/lib/a", 5, 5, 100 };
  struct __attribute__((packed)) {
    struct perf_event_header h;
    uint32_t pid, parent, tid, ptid;
    uint64_t time;
  } birth = { { PERF_RECORD_FORK, 0, sizeof birth }, 6, 5, 6, 5, 200 };
  assert_int_equal(sampler_batch_add(&b, true, &map, sizeof map), 0);
  assert_int_equal(sampler_batch_add(&b, true, &birth, sizeof birth), 0);
  assert_non_null(sampler_batch_find_map(&b, 5, 0x1080, 150));
  assert_null(sampler_batch_find_map(&b, 5, 0x1100, 150)); /* one beyond its end */
  assert_null(sampler_batch_find_map(&b, 5, 0x1080, 50));  /* before it was mapped */
  const struct sampler_map *m = sampler_batch_find_map(&b, 6, 0x1080, 300);
  assert_non_null(m);
  assert_string_equal(m->path, "/lib/a");
  assert_int_equal(m->file_offset, 0x40);
  map.time = 250; /* the parent maps something new after the birth: not the child's */
  map.start = 0x9000;
  assert_int_equal(sampler_batch_add(&b, true, &map, sizeof map), 0);
  assert_null(sampler_batch_find_map(&b, 6, 0x9001, 300));
  struct {
    struct perf_event_header h;
    uint64_t id, lost;
  } lost = { { PERF_RECORD_LOST, 0, sizeof lost }, 1, 42 };
  assert_int_equal(sampler_batch_add(&b, true, &lost, sizeof lost), 0);
  assert_int_equal(b.lost_records, 42);
  sampler_batch_free(&b);
}

static __attribute__((noinline)) void spin_here(unsigned ms) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  int64_t end = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + ms;
  do {
    for (volatile unsigned i = 0; i < 200000; i++) continue;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  } while ((int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 < end);
}

static void *spin_thread(void *ms) {
  spin_here((unsigned)(uintptr_t)ms);
  return NULL;
}

/* A process that waits for a byte on its pipe, then spins in two threads and one child. */
static pid_t start_tree(int *go, unsigned ms) {
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  pid_t pid = fork();
  if (pid == 0) {
    char c;
    pthread_t t;
    close(fds[1]);
    if (read(fds[0], &c, 1) != 1) _exit(1);
    pid_t child = fork();
    if (child == 0) {
      spin_here(ms);
      _exit(0);
    }
    pthread_create(&t, NULL, spin_thread, (void *)(uintptr_t)ms);
    spin_here(ms);
    pthread_join(t, NULL);
    waitpid(child, NULL, 0);
    _exit(0);
  }
  close(fds[0]);
  *go = fds[1];
  return pid;
}

static void start_or_skip(const struct sampler_spec *spec, struct sampler **s) {
  struct error err = { 0 };
  int rc = sampler_start(spec, s, &err);
  if (rc == -EACCES || rc == -EPERM || rc == -ENOSYS) test_skip("perf", err.text);
  if (rc != 0) print_error("%s\n", err.text);
  assert_int_equal(rc, 0);
}

static void test_tree(void **state) {
  (void)state;
  int go, status;
  pid_t pid = start_tree(&go, 80), tids[3] = { 0 };
  struct sampler_spec spec = { .pid = pid, .event = SAMPLER_CPU_CLOCK, .stack_bytes = 1001, .period = 500000 };
  struct sampler *s;
  struct sampler_batch b = { 0 };
  struct sampler_totals totals;
  struct error err = { 0 };
  start_or_skip(&spec, &s);
  assert_int_equal(write(go, "x", 1), 1);
  close(go);
  while (waitpid(pid, &status, WNOHANG) == 0) {
    sampler_wait(s, 20);
    assert_int_equal(sampler_drain(s, &b, &err), 0);
  }
  sampler_stop(s);
  assert_int_equal(sampler_drain(s, &b, &err), 0);
  sampler_totals(s, &b, &totals);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  assert_int_equal(b.malformed, 0);
  assert_true(b.count > 20);
  size_t here = 0, own_tids = 0, mapped = 0, children = 0;
  for (size_t i = 0; i < b.count; i++) {
    const struct sampler_sample *x = &b.samples[i];
    size_t k = 0;
    assert_true(x->has_regs);
    assert_int_equal(x->regs[SAMPLER_REG_IP], x->ip);
    assert_true(x->stack_bytes <= 1008);
    children += x->pid != pid;
    while (k < own_tids && tids[k] != x->tid) k++;
    if (k == own_tids && own_tids < 3) tids[own_tids++] = x->tid;
    here += x->ip - (uintptr_t)spin_here < 512;
    const struct sampler_map *m = sampler_batch_find_map(&b, x->pid, x->ip, x->time_ns);
    mapped += m != NULL && strstr(m->path, "test_sampler") != NULL;
    if (i > 0 && x->ip == b.samples[0].ip) assert_true(x->stack_bytes > 0);
  }
  assert_int_equal(own_tids, 3); /* two threads and the child */
  assert_true(children > 0);
  assert_true(here > b.count / 2); /* the rest: clock_gettime */
  assert_true(mapped >= here);
  assert_int_equal(totals.lost, 0);
  assert_int_equal(totals.samples, b.count);
  assert_true((double)b.count <= totals.expected + 12.0);
  sampler_batch_free(&b);
  sampler_free(s);
}

static void test_lost_is_told(void **state) {
  (void)state;
  int go, status;
  pid_t pid = start_tree(&go, 60);
  struct sampler_spec spec = {
    .pid = pid, .event = SAMPLER_BEST, .stack_bytes = 2048, .ring_pages = 1, .period = 200000
  };
  struct sampler *s;
  struct sampler_batch b = { 0 };
  struct sampler_totals totals;
  struct error err = { 0 };
  start_or_skip(&spec, &s);
  assert_int_equal(write(go, "x", 1), 1);
  close(go);
  assert_int_equal(waitpid(pid, &status, 0), pid); /* nobody drains meanwhile */
  sampler_stop(s);
  assert_int_equal(sampler_drain(s, &b, &err), 0);
  sampler_totals(s, &b, &totals);
  if (totals.lost_known) assert_true(totals.lost > 0);
  assert_true(totals.expected > (double)b.count);
  sampler_batch_free(&b);
  sampler_free(s);
}

static void test_held_child(void **state) {
  (void)state;
  char path[4096];
  const char *build = getenv("top_builddir");
  snprintf(path, sizeof path, "%s/hakmem-bench", build != NULL ? build : ".");
  char workload[] = "random_mixed", ops[] = "ops=2000000", out[] = "fd=2";
  char *argv[] = { path, workload, ops, out, NULL };
  struct child_spec child = CHILD_SPEC_INIT;
  struct child c;
  struct sampler *s;
  struct sampler_batch b = { 0 };
  struct error err = { 0 };
  int status;
  child.argv = argv;
  assert_int_equal(child_spawn_held(&child, &c, &err), 0);
  struct sampler_spec spec = { .pid = c.pid, .event = SAMPLER_CPU_CLOCK, .on_exec = true };
  start_or_skip(&spec, &s);
  assert_int_equal(child_release(&c, &err), 0);
  while (waitpid(c.pid, &status, WNOHANG) == 0) {
    sampler_wait(s, 20);
    assert_int_equal(sampler_drain(s, &b, &err), 0);
  }
  sampler_stop(s);
  assert_int_equal(sampler_drain(s, &b, &err), 0);
  assert_true(b.count > 10);
  size_t known = 0, own = 0;
  for (size_t i = 0; i < b.count; i++) {
    own += b.samples[i].pid == c.pid; /* a leak checker ends a sanitized runner from a child */
    assert_int_equal(b.samples[i].stack_bytes, 0);
    known += sampler_batch_find_map(&b, c.pid, b.samples[i].ip, b.samples[i].time_ns) != NULL;
  }
  assert_true(known > b.count / 2);
  assert_true(own > b.count / 2);
  sampler_batch_free(&b);
  sampler_free(s);
}

static void test_refusals(void **state) {
  (void)state;
  struct sampler *s;
  struct error err = { 0 };
  struct sampler_spec spec = { .pid = getpid(), .ring_pages = 3 };
  assert_int_equal(sampler_start(&spec, &s, &err), -EINVAL);
  spec = (struct sampler_spec){ .pid = 0x7ffffff0 };
  assert_int_equal(sampler_start(&spec, &s, &err), -ESRCH);
  assert_true(err.text[0] != '\0');
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_parse_sample),
    cmocka_unit_test(test_parse_truncated),
    cmocka_unit_test(test_maps_are_inherited),
    cmocka_unit_test(test_refusals),
    cmocka_unit_test(test_tree),
    cmocka_unit_test(test_lost_is_told),
    cmocka_unit_test(test_held_child),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
