/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_shipped_code.c: what `ab` times is what ships. The variant with every gate out, as `ab` builds
 * it, has the objects of the library without gates and markers, to the byte; the variant with
 * this build's gates and markers in has those of this build's library. Both come from one variable of
 * flags: this test fails where a second list of them appears. */
#include "tests/unit.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/build/code_diff.h"
#include "harness/build/variant.h"
#include "harness/core/registry.h"
#include "tests/test_skip.h"

static struct recipe recipe;
static char scratch[] = "/tmp/hakmem-shipped.XXXXXX";

/* src/os/hak_env.c of LIBRARY: src/os/.libs/LIBRARY_la-hak_env.o, where libtool puts it. */
static int objects_of(const char *library, struct words *w) {
  const char *build = getenv("top_builddir");
  for (size_t i = 0; i < recipe.sources.count; i++) {
    const char *source = recipe.sources.word[i], *name = strrchr(source, '/') + 1;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%.*s.libs/%s_la-%.*s.o", build ? build : ".", (int)(name - source), source, library,
             (int)(strlen(name) - 2), name);
    if (access(path, R_OK) != 0) return fprintf(stderr, "%s is not there\n", path), -ENOENT;
    words_add(w, "%s", path);
  }
  return 0;
}

/* Without what a variant has beside the sources: room for layouts, and what is not in libc.so. */
static struct words of_sources(const struct variant *v) {
  return (struct words){ .word = v->objects.word, .count = recipe.sources.count };
}

static void say(const char *what, const struct words *w) {
  for (size_t i = 0; i < w->count; i++) fprintf(stderr, "%s: %s\n", what, w->word[i]);
}

static void no_gate(void **state) {
  (void)state;
  const char *none[] = { NULL };
  struct variant_spec spec = { .flags_on = none };
  struct variant v;
  struct words plain = { 0 }, timed;
  struct code_diff diff;
  struct error err;
  error_clear(&err);
  assert_true(objects_of("libhakmem_plain", &plain) == 0);
  assert_true(variant_build(&recipe, &spec, &v, &err) == 0);
  timed = of_sources(&v);
  assert_true(timed.count >= 10);
  assert_true(code_diff_make(&timed, &plain, &diff, &err) == 0);
  say("other code", &diff.functions);
  say("other data", &diff.data);
  assert_true(diff.identical && diff.functions.count == 0 && diff.data.count == 0);
  code_diff_free(&diff);
  words_free(&plain);
  variant_free(&v);
}

static bool same_as(const struct words *shipped, const char *const *on, bool markers, struct words *functions) {
  struct variant_spec spec = { .flags_on = on, .markers = markers };
  struct variant v;
  struct code_diff diff;
  struct error err;
  error_clear(&err);
  assert_true(variant_build(&recipe, &spec, &v, &err) == 0);
  struct words built = of_sources(&v);
  assert_true(code_diff_make(&built, shipped, &diff, &err) == 0);
  bool same = diff.identical && diff.functions.count == 0;
  for (size_t i = 0; i < diff.functions.count; i++) words_add(functions, "%s", diff.functions.word[i]);
  code_diff_free(&diff);
  variant_free(&v);
  return same;
}

/* This build's library is the variant with the same gates, with markers or (--disable-site-markers)
 * without. And the comparison sees a gate: else it would see nothing. */
static void own_gates(void **state) {
  (void)state;
  const char *on[256] = { NULL };
  struct words shipped = { 0 }, functions = { 0 };
  size_t n = 0;
  for (size_t i = 0; i < registry_count() && n < 255; i++)
    if (registry_gate(i)->compiled) on[n++] = registry_gate(i)->flag;
  assert_true(objects_of("libhakmem", &shipped) == 0);
  bool same = same_as(&shipped, on, true, &functions) || same_as(&shipped, on, false, &functions);
  if (!same) say("other code", &functions);
  assert_true(same);
  const char *calls = "HAKMEM_TINY_FREE_CALLS_COMPILED", *trace = "HAKMEM_TINY_FREE_TRACE_COMPILED";
  const char *other[] = { n && strcmp(on[0], calls) == 0 ? trace : calls, NULL };
  assert_true(n == registry_count() || !same_as(&shipped, other, true, &functions));
  words_free(&functions);
  words_free(&shipped);
}

static int remove_scratch(void **state) {
  char command[64];
  (void)state;
  snprintf(command, sizeof command, "rm -rf %s", scratch);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(no_gate), cmocka_unit_test(own_gates) };
  struct error err;
  error_clear(&err);
  if (recipe_load(&recipe, NULL, &err) != 0) return fprintf(stderr, "%s\n", err.text), 99;
  for (size_t i = 0; i < recipe.cflags.count; i++)
    if (strncmp(recipe.cflags.word[i], "-fsanitize=", 11) == 0) test_skip("sanitizer", "the library holds a sanitizer");
  if (mkdtemp(scratch) == NULL || setenv("XDG_CACHE_HOME", scratch, 1) != 0) return 99;
  int failed = cmocka_run_group_tests(tests, NULL, remove_scratch);
  recipe_free(&recipe);
  return failed != 0;
}
