/* SPDX-License-Identifier: GPL-3.0-or-later */
/* distance.c: how far a function is from the program's entries (rows.h). It stands in for
 * executions where none were measured. */
#include <stdlib.h>
#include <string.h>

#include "harness/audit/rows.h"

static bool is_entry(struct program *p, LLVMValueRef f, const struct function *fn) {
  return strcmp(value_name(f), "main") == 0 || fn->address_taken || has_outside_callers(p, f);
}

static void measure(struct program *p, struct map *cache) {
  LLVMValueRef *queue = NULL;
  size_t count = 0;
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    if (!LLVMIsDeclaration(f) && is_entry(p, f, function_of(p, f))) {
      audit_room(&queue, count, sizeof *queue);
      queue[count++] = f;
      map_put(cache, f, (void *)1);
    }
  for (size_t next = 0; next < count; next++) {
    size_t distance = (size_t)map_get(cache, queue[next]);
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(queue[next]); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
        LLVMValueRef callee = LLVMIsACallInst(i) ? called_function(p, i) : NULL;
        if (!callee || LLVMIsDeclaration(callee) || map_has(cache, callee)) continue;
        map_put(cache, callee, (void *)(distance + 1));
        audit_room(&queue, count, sizeof *queue);
        queue[count++] = callee;
      }
  }
  free(queue);
}

int call_distance(struct program *p, struct map *cache, LLVMValueRef function) {
  if (!cache->room) measure(p, cache);
  return (int)(size_t)map_get(cache, function) - 1;
}
