/* SPDX-License-Identifier: GPL-3.0-or-later */
/* opener.c: `opener threads|forks|spaces LIBRARY`: loads and unloads a library from several threads, or in
 * children that were forked while it was loaded; `spawns`: threads that fork; `spaces`: in
 * two namespaces at once. Prints the calls. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static long calls;
static const char *library;

static int call_it(int times) {
  void *handle = dlopen(library, RTLD_NOW);
  if (handle == NULL) exit(3);
  int (*entry)(int) = (int (*)(int))dlsym(handle, "opened_entry");
  for (int i = 0; i < times; i++) entry(i);
  dlclose(handle);
  return times;
}
static void *load_often(void *unused) {
  for (int i = 0; i < 30; i++) __atomic_fetch_add(&calls, call_it(4), __ATOMIC_RELAXED);
  return unused;
}
static void *fork_often(void *unused) {
  for (int i = 0; i < 8; i++) {
    pid_t child = fork();
    if (child == 0) {
      call_it(2);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) exit(4);
    __atomic_fetch_add(&calls, 2, __ATOMIC_RELAXED);
  }
  return unused;
}
/* The same file is mapped twice, each with its own code to stop in. */
static void two_spaces(void) {
  void *first = dlopen(library, RTLD_NOW), *second = dlmopen(LM_ID_NEWLM, library, RTLD_NOW);
  if (first == NULL || second == NULL) exit(3);
  int (*one)(int) = (int (*)(int))dlsym(first, "opened_entry");
  int (*other)(int) = (int (*)(int))dlsym(second, "opened_entry");
  for (int i = 0; i < 10; i++) one(i);
  for (int i = 0; i < 7; i++) other(i);
  dlclose(second);
  for (int i = 0; i < 5; i++) one(i);
  calls += 22;
}
int main(int argc, char **argv) {
  pthread_t thread[5];
  if (argc < 3) return 2;
  library = argv[2];
  if (strcmp(argv[1], "spaces") == 0) {
    two_spaces();
  } else if (strcmp(argv[1], "forks") == 0) {
    void *handle = dlopen(library, RTLD_NOW);
    if (handle == NULL) return 3;
    int (*entry)(int) = (int (*)(int))dlsym(handle, "opened_entry");
    for (int i = 0; i < 15; i++) {
      entry(i);
      pid_t child = fork();
      if (child == 0) {
        dlclose(handle);
        call_it(2);
        _exit(0);
      }
      int status = 0;
      waitpid(child, &status, 0);
      if (status != 0) return 4;
      calls += 3;
    }
  } else {
    void *(*const work)(void *) = strcmp(argv[1], "spawns") == 0 ? fork_often : load_often;
    for (int i = 0; i < 5; i++) pthread_create(&thread[i], NULL, work, NULL);
    for (int i = 0; i < 5; i++) pthread_join(thread[i], NULL);
  }
  printf("calls=%ld\n", calls);
  return 0;
}
