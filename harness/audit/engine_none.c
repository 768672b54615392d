/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engine_none.c: the audit in a build without LLVM: it says what to install. */
#include <string.h>

#include "harness/audit/audit.h"

int audit_run(const struct audit_options *options, struct audit_result *result, struct error *err) {
  (void)options;
  memset(result, 0, sizeof *result);
  error_raise(err, ERROR_MISSING, -ENOTSUP,
              "this build of the harness has no audit: LLVM was not there when it was configured");
  return error_advise(err, "apt-get install llvm-14-dev clang-14, then configure and make again");
}
