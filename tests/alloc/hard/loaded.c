/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loaded.c: HAKMEM itself as a plugin: opened late, used by threads, closed while a thread that
 * used it still lives and blocks are still in use, opened again. usage: loaded LIBHAKMEM.SO */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *file;
static sem_t used, closed;
static char *kept;

static void *use(void *library) {
  void *(*hak_malloc)(size_t) = (void *(*)(size_t))dlsym(library, "hak_malloc");
  void (*hak_free)(void *) = (void (*)(void *))dlsym(library, "hak_free");
  if (hak_malloc == NULL || hak_free == NULL) return NULL;
  for (int i = 0; i < 2000; i++) hak_free(memset(hak_malloc(10 + (size_t)i * 11), 1, 10 + (size_t)i * 11));
  kept = hak_malloc(500);
  memset(kept, 7, 500);
  sem_post(&used);
  sem_wait(&closed);
  return kept; /* and now this thread's destructors run */
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  file = argv[1];
  sem_init(&used, 0, 0);
  sem_init(&closed, 0, 0);
  for (int i = 0; i < 5; i++) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL), *result;
    if (library == NULL) {
      fprintf(stderr, "FAIL: %s\n", dlerror());
      return 1;
    }
    pthread_t thread;
    if (pthread_create(&thread, NULL, use, library) != 0) return 1;
    sem_wait(&used);
    dlclose(library);
    sem_post(&closed);
    pthread_join(thread, &result);
    if (result == NULL || kept[0] != 7 || kept[499] != 7) {
      fputs("FAIL: a block did not outlive dlclose\n", stderr);
      return 1;
    }
    /* handlers of fork must not be left behind in memory that is gone */
    pid_t child = fork();
    int status = -1;
    if (child == 0) _exit(0);
    if (waitpid(child, &status, 0) != child || status != 0) return 1;
  }
  puts("loaded: opened and closed 5 times under a living thread");
  return 0;
}
