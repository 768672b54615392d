/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plugin.c: allocates in its constructor, frees in its destructor, and makes blocks for others. */
#include <stdlib.h>
#include <string.h>

void *plugin_make(size_t size);
void plugin_drop(void *block);

static void *held[20];
__attribute__((constructor)) static void begin(void) {
  for (int i = 0; i < 20; i++) held[i] = calloc(1, 100 + (size_t)i * 200);
}
__attribute__((destructor)) static void end(void) {
  for (int i = 0; i < 20; i++) free(held[i]);
}
void *plugin_make(size_t size) { return malloc(size); }
void plugin_drop(void *block) { free(block); }
