/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_audit.c: what Step 1 tells the A/B engine of a gate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/audit/audit.h"

static void telemetry_gates(void **state)
{
  (void)state;
  static const char *const names[] = { "free-trace", "class-stats", "debug-ring", "warm-pool-logs", "hdr-mismatch-log", "pool-hotbox-v2-stats" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    enum audit_class cls = AUDIT_CORRECTNESS;
    char reason[400] = "";
    struct error err = { 0 };
    int rc = audit_class_of_gate(names[i], &cls, reason, sizeof reason, &err);
    if (rc == -ENOTSUP || rc == -ENOEXEC)
      skip();
    if (rc || cls != AUDIT_TELEMETRY)
      fail_msg("%s: %d %s: %s%s", names[i], rc, audit_class_name(cls), reason, err.text);
    assert_non_null(strchr(reason, ':'));
  }
}

static void unknown_gate(void **state)
{
  (void)state;
  enum audit_class cls = AUDIT_TELEMETRY;
  char reason[400] = "";
  struct error err = { 0 };
  assert_int_equal(audit_class_of_gate("free-tracce", &cls, reason, sizeof reason, &err), -ENOENT);
  assert_non_null(strstr(err.advice, "free-trace"));
}

int main(void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test(telemetry_gates), cmocka_unit_test(unknown_gate) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
