/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_pack_forms.c: a pack's archive, a variant's tables and a run's lines, each with one thing wrong. The same
 * writers and readers as in fuzz_foreign.c, which changes them blindly. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/security/fuzz_packs.h"
#include "tests/unit.h"

enum { ROOM = 131072 };
static uint8_t good[ROOM], bad[ROOM];
static char folder[] = "/tmp/hakmem-forms.XXXXXX";

/* good with the first `from` replaced; the length. */
static size_t with(size_t n, const char *from, const char *to) {
  const uint8_t *at = memmem(good, n, from, strlen(from));
  assert_non_null(at);
  size_t before = (size_t)(at - good), after = n - before - strlen(from);
  memcpy(bad, good, before);
  memcpy(bad + before, to, strlen(to));
  memcpy(bad + before + strlen(to), at + strlen(from), after);
  return before + strlen(to) + after;
}

static void layouts(void **state) {
  (void)state;
  size_t n = fuzz_pack_layout_good(good);
  assert_true(fuzz_pack_layout(good, n));
  static const char *const wrong[][2] = {
    { "4096,256,0,128,0,0,", "4096,385,0,128,0,0," },                  /* code that ends behind the image */
    { "4096,256,0,128,0,0,", "4096,256,0,513,0,0," },                  /* that begins there */
    { "4096,256,0,128,0,0,", "4096,18446744073709551615,0,128,0,0," }, /* whose end wraps around */
    { "4096,256,0,128,0,0,", "18446744073709551615,256,0,128,0,0," },
    { "4096,32,16,", "4095,32,16," },   /* a function before the code */
    { "4096,32,16,", "4096,257,16," },  /* that ends behind it */
    { "4096,32,16,", "4096,32,0," },    /* without alignment */
    { "4096,32,16,", "4096,32,24," },   /* with one that is no power of two */
    { "4096,32,16,", "4096,32,8192," }, /* that does not fit a page */
    { "4096,32,16,", "-1,32,16," },
    { "130,0,1,", "159,0,1," }, /* a reference that ends behind its function */
    { "130,0,1,", "127,0,1," }, /* before it */
    { "130,0,1,", "18446744073709551613,0,1," },
    { "130,0,1,", "130,5,1," }, /* in a function that is not there */
    { "130,0,1,", "130,0,5," }, /* to one */
    { "130,0,1,", "130,-2,1," },
    { "130,0,1,0", "130,0,1,3" },        /* of an unknown kind */
    { "400,-1,", "505,-1," },            /* that ends behind the image */
    { "400,-1,3,", "300,4,3," },         /* in the spare room, which moves to where the functions end */
    { "offset,place", "offset,plaice" }, /* no second table */
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    size_t k = with(n, wrong[i][0], wrong[i][1]);
    if (fuzz_pack_layout(bad, k)) fail_msg("taken: %s for %s", wrong[i][1], wrong[i][0]);
  }
}

static void archives(void **state) {
  (void)state;
  size_t n = fuzz_pack_good(folder, good);
  assert_true(fuzz_pack(folder, good, n));
  /* every field of the first header, sealed again: one form alone is taken */
  for (size_t at = 0; at < 512; at++) {
    memcpy(bad, good, n);
    bad[at] ^= 1;
    fuzz_pack_seal(bad, n);
    if (fuzz_pack(folder, bad, n)) fail_msg("taken with another byte %zu", at);
  }
  for (size_t cut = 512; cut < n; cut += 512)
    if (fuzz_pack(folder, good, cut)) fail_msg("taken when cut to %zu bytes", cut);
  memcpy(bad, good, n);
  memset(bad + n, 0, 512);
  assert_false(fuzz_pack(folder, bad, n + 512));
  memcpy(bad + n, good, n);
  assert_false(fuzz_pack(folder, bad, 2 * n));
}

static void plans(void **state) {
  (void)state;
  size_t n = fuzz_pack_plan_good(good);
  assert_true(fuzz_pack_plan(folder, good, n));
  static const char *const wrong[][2] = {
    { "\"name\":\"prog\"", "\"name\":\"../prog\"" },
    { "\"name\":\"prog\"", "\"name\":\"\"" },
    { "libprog.so.1", "/etc/ld.so.preload" },
    { "\"name\":\"input.txt\"", "\"name\":\"..\"" },
    { "\"name\":\"input.txt\"", "\"name\":\"a/b\"" },
    { "image=prog", "image=/bin/sh" },
    { "env=A=b", "env=LD_AUDIT=x" },
    { "clock=cpu", "cwd=/" },
    { "\"layouts\":1", "\"layouts\":2" },
    { "\"line\":7", "\"line\":4294967303" },
    { "\"root\":\"/src\"", "\"root\":null" },
    { "\"member_a\":\"w0.a\"", "\"member_a\":\"w1.a\"" },
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    size_t k = with(n, wrong[i][0], wrong[i][1]);
    if (fuzz_pack_plan(folder, bad, k)) fail_msg("taken: %s for %s", wrong[i][1], wrong[i][0]);
  }
}

static void lines(void **state) {
  (void)state;
  size_t n = fuzz_pack_log_good(folder, good);
  assert_true(fuzz_pack_log(folder, good, n));
  static const char *const wrong[][2] = {
    { "{\"pair\":7,", "{\"pair\":6,\"x\":1," }, /* with fields of nobody */
    { "{\"pair\":7,", "{\"pair\":6," },         /* twice */
    { "\"log_ratio\":[0.0", "\"log_ratio\":[nan" },
    { "\"log_ratio\":[0.0", "\"log_ratio\":[99.0" },
    { "\"kind\":\"control\"", "\"kind\":\"contest\"" },
    { "\"core\":[0.9", "\"core\":[-0.9" },
    { "\"pairs\":60", "\"pairs\":61" },
    { "\"margin_pct\":0.5", "\"margin_pct\":-1.0" },
    { "\"level\":0.95", "\"level\":1.95" },
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    size_t k = with(n, wrong[i][0], wrong[i][1]);
    fuzz_pack_log_sums(bad, k);
    if (fuzz_pack_log(folder, bad, k)) fail_msg("taken: %s for %s", wrong[i][1], wrong[i][0]);
  }
  /* without sums that fit nothing is taken; cut off behind enough pairs, it is */
  size_t k = with(n, "{\"pair\":7,", "{\"pair\":8,");
  assert_false(fuzz_pack_log(folder, bad, k));
  const uint8_t *end = memmem(good, n, "{\"schema\":\"hakmem.pack-end", 26);
  assert_non_null(end);
  assert_true(fuzz_pack_log(folder, good, (size_t)(end - good)));
  assert_true(fuzz_pack_log(folder, good, (size_t)(end - good) + 9));
}

int main(void) {
  if (mkdtemp(folder) == NULL) return 99;
  const struct CMUnitTest tests[] = { cmocka_unit_test(layouts), cmocka_unit_test(archives), cmocka_unit_test(plans),
                                      cmocka_unit_test(lines) };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  if (rmdir(folder) != 0) printf("files were left in %s\n", folder), failed++;
  return failed;
}
