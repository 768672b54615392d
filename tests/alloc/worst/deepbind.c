/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program and its plugin (PLUGIN), which is opened with RTLD_DEEPBIND: it has libc's malloc, whatever is preloaded.
 * `apart`: each frees what it allocated. Else the program takes a block of the plugin's for its own (`free`,
 * `realloc`, `size`), or the plugin one of the program's (`back`). Which malloc is whose is checked by itself. */
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef PLUGIN
void *plugin_make(size_t size) { return malloc(size); }
void plugin_end(void *block) { free(block); }
void *plugin_malloc(void) { return (void *)malloc; }
#else
enum { BLOCKS = 3000 };
static void *(*make)(size_t), *(*whose)(void);
static void (*end)(void *);

static size_t size_of(size_t i) { return i % 50 == 0 ? 200000 : 1 + i % 5000; }

static int apart(void) {
  static char *own[BLOCKS], *other[BLOCKS];
  for (size_t round = 0; round < 3; round++) {
    for (size_t i = 0; i < BLOCKS; i++) {
      own[i] = malloc(size_of(i));
      other[i] = make(size_of(i));
      if (own[i] == NULL || other[i] == NULL) return 2;
      memset(own[i], (int)i, size_of(i));
      memset(other[i], (int)~i, size_of(i));
    }
    for (size_t i = 0; i < BLOCKS; i++) {
      for (size_t k = 0; k < size_of(i); k++)
        if (own[i][k] != (char)i || other[i][k] != (char)~i) return 3;
      free(own[i]);
      end(other[i]);
    }
  }
  return 0;
}

int main(int count, char **argument) {
  void *plugin = count == 3 ? dlopen(argument[1], RTLD_NOW | RTLD_DEEPBIND) : NULL;
  if (plugin == NULL) return 99;
  *(void **)&make = dlsym(plugin, "plugin_make");
  *(void **)&end = dlsym(plugin, "plugin_end");
  *(void **)&whose = dlsym(plugin, "plugin_malloc");
  if (whose() == (void *)malloc && strcmp(argument[2], "one") != 0) return 77; /* they share one */
  if (strcmp(argument[2], "apart") == 0) return apart();
  void *theirs = make(100), *volatile ours = malloc(100);
  if (strcmp(argument[2], "free") == 0) free(theirs);
  if (strcmp(argument[2], "realloc") == 0) ours = realloc(theirs, 5000);
  if (strcmp(argument[2], "size") == 0) printf("%zu\n", malloc_usable_size(theirs));
  if (strcmp(argument[2], "back") == 0) end(ours);
  if (strcmp(argument[2], "one") == 0) {
    free(theirs);
    end(ours);
  }
  return 0;
}
#endif
