/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gate_class.c: the class of a gate's atomics (audit.h): what Step 1 tells the A/B engine. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "harness/audit/audit.h"
#include "harness/core/registry.h"

bool audit_is_behind(const struct audit_row *row, const char *flag) {
  const char *conditions = row->compile_gate;
  size_t n = strlen(flag);
  for (const char *at = conditions; at && (at = strstr(at, flag)) != NULL; at += n)
    if ((at == conditions || (at[-1] != '!' && at[-1] != '_' && !isalnum((unsigned char)at[-1]))) && at[n] != '_' &&
        !isalnum((unsigned char)at[n]))
      return true;
  return false;
}

/* The audit of HAKMEM with all telemetry and this feature (NULL: none): made once a process. */
static int own_audit(const struct gate *feature, const struct audit_result **result, struct error *err) {
  enum { KEPT = 8 };
  static struct {
    const struct gate *feature;
    struct audit_result result;
  } kept[KEPT];
  static size_t count;
  for (size_t i = 0; i < count; i++)
    if (kept[i].feature == feature) {
      *result = &kept[i].result;
      return 0;
    }
  if (count == KEPT) return error_raise(err, ERROR_INTERNAL, -ENOSPC, "there are more than %d feature gates", KEPT - 1);
  char *names[2] = { feature ? (char *)feature->name : NULL, NULL };
  struct audit_options o = { .all_gates = true, .features = names };
  int rc = audit_run(&o, &kept[count].result, err);
  if (rc) return rc;
  kept[count].feature = feature;
  *result = &kept[count++].result;
  return 0;
}

int audit_class_of_gate(const char *gate_name, enum audit_class *cls, char *reason, size_t size, struct error *err) {
  const struct gate *gate = registry_find(gate_name);
  char near[256];
  if (!gate) {
    error_raise(err, ERROR_USAGE, -ENOENT, "no gate is called '%s'", gate_name);
    return error_advise(err, "near it: %s", registry_near(gate_name, near, sizeof near));
  }
  /* some gates only have a site where a feature is compiled in */
  for (size_t f = 0; f <= registry_count(); f++) {
    const struct gate *feature = f ? registry_gate(f - 1) : NULL;
    if (feature && feature->class != GATE_FEATURE) continue;
    const struct audit_result *r = NULL;
    const struct audit_row *worst = NULL;
    int rc = own_audit(feature, &r, err);
    if (rc) return rc;
    for (size_t i = 0; i < r->row_count; i++)
      if (audit_is_behind(&r->rows[i], gate->flag) && (!worst || r->rows[i].cls > worst->cls)) worst = &r->rows[i];
    if (!worst) continue;
    *cls = worst->cls;
    snprintf(reason, size, "%s of %s in %s() (%s:%u): %s", worst->op, worst->variable, worst->function, worst->file,
             worst->line, worst->reason);
    return 0;
  }
  return error_raise(err, ERROR_USAGE, -ENOENT, "no atomic stands behind the gate %s", gate_name);
}
