/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core.c: unit tests of harness/core: errors, registry, held children, result folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/child.h"
#include "harness/core/error.h"
#include "harness/core/json_out.h"
#include "harness/core/registry.h"
#include "harness/core/results.h"

static char scratch[] = "/tmp/hakmem-core.XXXXXX";

static void test_error(void **state) {
  struct error e = { 0 };
  assert_int_equal(error_set_errno(&e, -EACCES, "open %s", "x"), -EACCES);
  assert_string_equal(e.text, "open x: Permission denied");
  error_advise(&e, "run as root");
  assert_int_equal(error_prefix(&e, "probe"), -EACCES);
  assert_string_equal(e.text, "probe: open x: Permission denied");
  assert_string_equal(e.advice, "run as root");
  assert_int_equal(error_raise(NULL, ERROR_INTERNAL, -EIO, "nobody listens"), -EIO);
}

static void test_json(void **state) {
  assert_true(json_is_null(json_number(NAN)));
  assert_true(json_is_null(json_number(INFINITY)));
  assert_true(json_is_null(json_count(false, 0)));
  json_t *n = json_number(0.1 + 0.2);
  assert_true(json_real_value(n) == 0.3);
  json_decref(n);
}

static void test_registry(void **state) {
  const struct gate *g[8];
  char near[128];
  assert_int_equal(registry_match("tiny_free", g, 8), 3);
  assert_int_equal(registry_match("hak_tiny_free", g, 8), 3);
  assert_int_equal(registry_match("free-trace", g, 8), 1);
  assert_string_equal(g[0]->flag, "HAKMEM_TINY_FREE_TRACE_COMPILED");
  registry_marker_name(g[0], near, sizeof near);
  assert_string_equal(near, "free_trace");
  assert_int_equal(registry_match("no-such", g, 8), 0);
  assert_non_null(strstr(registry_near("fre-trace", near, sizeof near), "free-trace"));
  assert_non_null(strstr(registry_near("tiny_fre", near, sizeof near), "tiny_free"));
}

static int run(char **argv, char **env, char *out, size_t size, double timeout_s) {
  int fds[2], status = -1;
  struct error e = { 0 };
  struct child c;
  assert_int_equal(pipe(fds), 0);
  struct child_spec spec = CHILD_SPEC_INIT;
  spec.argv = argv;
  spec.env_set = env;
  spec.stdout_fd = fds[1];
  spec.new_session = true;
  int rc = child_spawn_held(&spec, &c, &e);
  if (rc == 0) {
    assert_int_equal(waitpid(c.pid, &status, WNOHANG), 0); /* held: neither run nor ended */
    rc = child_release(&c, &e);
  }
  close(fds[1]);
  if (rc == 0) rc = child_wait(&c, timeout_s, &status, NULL, &e);
  ssize_t n = read(fds[0], out, size - 1);
  out[n > 0 ? n : 0] = '\0';
  close(fds[0]);
  return rc != 0 ? rc : status;
}

static void test_child_environment(void **state) {
  char out[65536];
  char *argv[] = { "/usr/bin/env", NULL };
  char *env[] = { "HAKMEM_WANTED=a b=c", "EMPTY=", NULL };
  setenv("HAKMEM_INHERITED", "1", 1);
  setenv("OTHER", "kept", 1);
  assert_int_equal(run(argv, env, out, sizeof out, 10), 0);
  assert_null(strstr(out, "HAKMEM_INHERITED"));
  assert_non_null(strstr(out, "\nHAKMEM_WANTED=a b=c\n"));
  assert_non_null(strstr(out, "\nEMPTY=\n"));
  assert_non_null(strstr(out, "OTHER=kept\n"));
}

static void test_child_ends(void **state) {
  char out[64], text[64];
  char *fails[] = { "sh", "-c", "exit 3", NULL };
  char *dies[] = { "sh", "-c", "kill -SEGV $$", NULL };
  char *hangs[] = { "sleep", "1000", NULL };
  char *not_executable[] = { "/etc/passwd", NULL };
  char file[160];
  char *not_a_program[] = { file, NULL };
  struct error e = { 0 };
  struct child c;
  struct child_spec spec = CHILD_SPEC_INIT;
  char *missing[] = { "no-such-program-here", NULL };
  int status = run(fails, NULL, out, sizeof out, 10);
  assert_string_equal(child_describe_status(status, text, sizeof text), "exit 3");
  status = run(dies, NULL, out, sizeof out, 10);
  assert_string_equal(child_describe_status(status, text, sizeof text), "killed by SIGSEGV");
  assert_int_equal(run(hangs, NULL, out, sizeof out, 0.2), -ETIMEDOUT);
  assert_int_equal(run(not_executable, NULL, out, sizeof out, 10), -EACCES);
  /* what only execve can refuse is told by the child, through its pipe */
  snprintf(file, sizeof file, "%s/not-a-program", scratch);
  int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
  assert_int_equal(write(fd, "\177none", 5), 5);
  close(fd);
  assert_int_equal(run(not_a_program, NULL, out, sizeof out, 10), -ENOEXEC);
  unlink(file);
  spec.argv = missing;
  assert_int_equal(child_spawn_held(&spec, &c, &e), -ENOENT);
  assert_non_null(strstr(e.text, "no-such-program-here"));
}

static void test_results(void **state) {
  struct results a, b;
  struct error e = { 0 };
  char dir[128], file[512], text[8] = "";
  snprintf(dir, sizeof dir, "%s/deep/er", scratch);
  assert_int_equal(results_create(&a, dir, "verify", "odd /../name", &e), 0);
  assert_int_equal(results_create(&b, dir, "verify", "odd /../name", &e), 0);
  assert_string_not_equal(a.path, b.path);
  assert_null(strstr(strrchr(a.path, '/'), " "));
  assert_int_equal(results_write(&a, "x.txt", "hello", 5, &e), 0);
  snprintf(file, sizeof file, "%s/x.txt", a.path);
  int fd = open(file, O_RDONLY);
  assert_int_equal(read(fd, text, sizeof text), 5);
  close(fd);
  assert_string_equal(text, "hello");
  assert_int_equal(results_write(&a, "no/such/x", "", 0, &e), -ENOENT);
  results_close(&a);
  results_close(&b);
  /* a full disk is said, and leaves no half file: /dev/full stands for the folder's disk */
  assert_int_not_equal(results_create(&a, "/proc/no", "verify", "x", &e), 0);
  assert_non_null(strstr(e.advice, "--out"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_error),      cmocka_unit_test(test_json),
    cmocka_unit_test(test_registry),   cmocka_unit_test(test_child_environment),
    cmocka_unit_test(test_child_ends), cmocka_unit_test(test_results),
  };
  if (mkdtemp(scratch) == NULL) return 99;
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  char *argv[] = { "rm", "-rf", scratch, NULL };
  char out[8];
  run(argv, NULL, out, sizeof out, 10);
  return failed ? 1 : 0;
}
