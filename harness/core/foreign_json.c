/* SPDX-License-Identifier: GPL-3.0-or-later */
/* foreign_json.c: see foreign_file.h. A file of its own: programs without a JSON library read files too. */
#include "harness/core/foreign_file.h"

json_t *foreign_file_json(const char *path, struct error *err) {
  json_error_t e;
  FILE *f = foreign_file_stream(path, err);
  if (f == NULL) return NULL;
  json_t *j = json_loadf(f, 0, &e);
  fclose(f);
  if (j == NULL) error_raise(err, ERROR_USAGE, -EBADMSG, "%s:%d:%d: %s", path, e.line, e.column, e.text);
  return j;
}
