/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_project_file.c: what a project file may say, and that every mistake names its line and what was wanted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/project/project_file.h"
#include "tests/unit.h"

static const char head[] = "source ./s\nbuild make @gate@\nimage p\n";

static int parse(struct project *p, const char *rest, struct error *err) {
  char text[4096];
  snprintf(text, sizeof text, "%s%s", head, rest);
  error_clear(err);
  return project_file_parse(p, "dir/x.ab", text, strlen(text), err);
}

static void whole_file(void **state) {
  (void)state;
  struct project p;
  struct error err = { 0 };
  assert_int_equal(
      parse(&p,
            "# a comment\r\n\r\ndriver cc a.c \\\n  -lz\n"
            "gate a\n  define X=2 | Y\n  class telemetry\n"
            "gate b\n  option --with | -\n"
            "gate c\n  patch p.diff\n"
            "gate d\n  rev v1..v2\n  class correctness\n"
            "workload w\n  run @image@ @size@\n  size 3 .. 6\n  clock print ([0-9.]+) ns\n  env A=1\n  env B=2\n"
            "workload s\n  server @image@\n  client wrk\n  ready http /r\n  requests 2000\n  clock cpu/request\n",
            &err),
      0);
  assert_string_equal(p.folder, "dir");
  assert_string_equal(p.driver.text[0], "cc a.c   -lz");
  assert_int_equal(p.gates, 4);
  assert_int_equal(p.gate[0].change, PROJECT_DEFINE);
  assert_string_equal(p.gate[0].in, "X=2");
  assert_string_equal(p.gate[0].out, "Y");
  assert_int_equal(p.gate[0].user_class, PROJECT_CLASS_TELEMETRY);
  assert_string_equal(p.gate[1].in, "--with");
  assert_null(p.gate[1].out);
  assert_null(p.gate[2].out);
  assert_string_equal(p.gate[3].out, "v1");
  assert_string_equal(p.gate[3].in, "v2");
  assert_int_equal(p.workload[0].size.count, 4);
  assert_string_equal(p.workload[0].size.text[3], "6");
  assert_int_equal(p.workload[0].env.count, 2);
  assert_string_equal(p.workload[0].clock_regex, "([0-9.]+) ns");
  assert_int_equal(p.workload[1].ready, PROJECT_READY_HTTP);
  assert_string_equal(p.workload[1].ready_text, "/r");
  assert_true(p.workload[1].requests == 2000);
  assert_ptr_equal(project_find_gate(&p, "c", &err), &p.gate[2]);
  assert_null(project_find_gate(&p, NULL, &err)); /* four: which one? */
  assert_non_null(strstr(err.text, "which one"));
  project_free(&p);
}

struct mistake {
  const char *rest;
  unsigned line;
  const char *says;
};

static const struct mistake mistakes[] = {
  { "gaet x\n", 4, "unknown key 'gaet'" },
  { "define X\n", 4, "stands in a gate" },
  { "image\n", 4, "has no value" },
  { "source again\n", 4, "said twice" },
  { "gate\n", 4, "wants a name" },
  { "gate ../x\n", 4, "wants a name" },
  { "gate -x\n", 4, "wants a name" },
  { "gate a\n", 4, "has none of define" },
  { "gate a\n  define X\n  option Y\n", 6, "one of define" },
  { "gate a\n  define 1X\n", 5, "no macro's name" },
  { "gate a\n  define X;y\n", 5, "no macro's name" },
  { "gate a\n  option X |\n", 5, "nothing stands" },
  { "gate a\n  option - | X\n", 5, "turn the sides" },
  { "gate a\n  rev only\n", 5, "is not A..B" },
  { "gate a\n  rev --upload-pack=x..y\n", 5, "does not begin with -" },
  { "gate a\n  define X\ngate a\n  define X\n", 6, "there already, in line 4" },
  { "gate a\n  define X\n  class maybe\n", 6, "no class" },
  { "workload w\n", 4, "either run or server" },
  { "workload w\n  run a\n  server b\n", 4, "either run or server" },
  { "workload w\n  server b\n", 4, "wants client, ready and requests" },
  { "workload w\n  run b\n  clock print [0-9\n", 6, "" },
  { "workload w\n  run b\n  clock print [0-9]+\n", 6, "groups" },
  { "workload w\n  run b\n  clock sun\n", 6, "no clock" },
  { "workload w\n  run b\n  size 9 .. 1\n", 6, "no values" },
  { "workload w\n  run b\n  size 1 .. 100000\n", 6, "more than" },
  { "workload w\n  run b\n  requests many\n", 6, "no positive number" },
  { "workload w\n  run b\n  requests nan\n", 6, "no positive number" },
  { "workload w\n  run b\n  clock cpu/request\n", 4, "wants requests" },
  { "# x \\", 4, "nothing behind it" },
};

static void every_mistake(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    struct project p;
    struct error err = { 0 };
    char where[64];
    assert_int_not_equal(parse(&p, mistakes[i].rest, &err), 0);
    snprintf(where, sizeof where, "dir/x.ab:%u: ", mistakes[i].line);
    if (strncmp(err.text, where, strlen(where)) != 0 || strstr(err.text, mistakes[i].says) == NULL)
      fail_msg("%s gave: %s", mistakes[i].rest, err.text);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_int_equal(p.gates, 0); /* nothing is left behind */
  }
}

static void bytes_that_are_no_text(void **state) {
  (void)state;
  struct project p;
  struct error err = { 0 };
  assert_int_not_equal(project_file_parse(&p, "x", "source a\0b\n", 11, &err), 0);
  assert_int_not_equal(project_file_parse(&p, "x", "", 0, &err), 0);
  assert_non_null(strstr(err.text, "no source"));
}

static void variables(void **state) {
  (void)state;
  struct error err = { 0 };
  char *out;
  const struct project_variable v[] = { { "a", "1" }, { "port", NULL }, { "long", "0123456789" } };
  assert_int_equal(project_expand("@a@x@long@ a@b.org @unknown@ @", v, 3, &out, &err), 0);
  assert_string_equal(out, "1x0123456789 a@b.org @unknown@ @");
  free(out);
  assert_int_not_equal(project_expand("x @port@", v, 3, &out, &err), 0);
  assert_null(out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(whole_file),
    cmocka_unit_test(every_mistake),
    cmocka_unit_test(bytes_that_are_no_text),
    cmocka_unit_test(variables),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
