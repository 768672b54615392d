/* SPDX-License-Identifier: GPL-3.0-or-later */
/* known.c: a target whose totals are known to the digit. It passes its markers in a constructor,
 * in threads, in forked, vforked and executed children, in inlined copies, and in a library that
 * comes by dlopen.
 *
 *   known [rounds=N] [plugin=FILE] [exec] [wait]
 *
 * With N rounds (7 unless given) known:tick is passed 7 + 7 N times:
 *   7 by a constructor, 4 N by four threads, 3 N by three forked children.
 * known:inl sits in three inlined copies of one function: N + 2 N + 3 N times.
 * `exec`: the program executes itself first through a chain of two (the constructor runs again in
 * each: 7 times more each); `wait`: it prints its pid and waits for a line before main's part. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sdt.h>
#include <sys/wait.h>
#include <unistd.h>

volatile int known_sink;

__attribute__((noinline)) void known_called(int i) {
  known_sink += i;
  STAP_PROBE(known, tick);
}

static inline __attribute__((always_inline)) void known_inlined(int i) {
  STAP_PROBE(known, inl);
  known_sink ^= i; /* LINE-INL */
}

/* A function with locks in it, called N times by main alone. */
__attribute__((noinline)) void known_locked(long *n) { __sync_fetch_and_add(n, 1); }

/* Never called. */
__attribute__((noinline, used)) void known_dead(void) {
  STAP_PROBE(known, dead);
  known_sink++;
}

static int rounds = 7;

__attribute__((constructor)) static void at_start(void) {
  for (int i = 0; i < 7; i++) known_called(i);
}

static void *in_thread(void *arg) {
  for (int i = 0; i < rounds; i++) known_called(i);
  return arg;
}

__attribute__((noinline)) static void copy_one(void) {
  for (int i = 0; i < rounds; i++) known_inlined(i);
}
__attribute__((noinline)) static void copy_two(void) {
  for (int i = 0; i < 2 * rounds; i++) known_inlined(i);
}
__attribute__((noinline)) static void copy_three(void) {
  for (int i = 0; i < 3 * rounds; i++) known_inlined(i);
}

static int forks(void) {
  pid_t pid[3];
  int bad = 0;
  for (int k = 0; k < 3; k++) {
    pid[k] = fork();
    if (pid[k] == 0) {
      for (int i = 0; i < rounds; i++) known_called(i);
      _exit(0);
    }
  }
  for (int k = 0; k < 3; k++) {
    int status = 1;
    bad |= pid[k] < 0 || waitpid(pid[k], &status, 0) != pid[k] || status != 0;
  }
  return bad;
}

static int vforks(void) {
  for (int i = 0; i < 3; i++) {
    int status = 1;
    pid_t pid = vfork();
    if (pid == 0) {
      execl("/bin/true", "true", (char *)NULL);
      _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) return 1;
  }
  return 0;
}

static int plugin(const char *file) {
#ifndef KNOWN_STATIC
  for (int turn = 0; turn < 2; turn++) { /* opened, closed, and opened again, perhaps elsewhere */
    void *lib = dlopen(file, RTLD_NOW);
    if (lib == NULL) {
      fprintf(stderr, "%s\n", dlerror());
      return 1;
    }
    void (*run)(int) = (void (*)(int))(long)dlsym(lib, "plugin_run");
    if (run == NULL) return 1;
    run(rounds);
    dlclose(lib);
  }
  return 0;
#else
  (void)file;
  return 1;
#endif
}

int main(int argc, char **argv) {
  const char *file = NULL;
  int chain = 0, bad = 0;
  for (int i = 1; i < argc; i++) {
    if (strncmp(argv[i], "rounds=", 7) == 0) rounds = atoi(argv[i] + 7);
    else if (strncmp(argv[i], "plugin=", 7) == 0) file = argv[i] + 7;
    else if (strcmp(argv[i], "exec") == 0) chain = i;
    else if (strcmp(argv[i], "wait") == 0) {
      char line[8];
      printf("%d\n", (int)getpid());
      fflush(stdout);
      if (fgets(line, sizeof line, stdin) == NULL) return 3;
    }
  }
  if (chain != 0) {
    if (strcmp(argv[0], "twice") == 0) argv[chain] = "done";
    else argv[0] = "twice";
    execv("/proc/self/exe", argv);
    return 4;
  }
  pthread_t t[4];
  for (int i = 0; i < 4; i++) bad |= pthread_create(&t[i], NULL, in_thread, NULL) != 0;
  for (int i = 0; i < 4; i++) bad |= pthread_join(t[i], NULL) != 0;
  bad |= forks();
  bad |= vforks();
  copy_one();
  copy_two();
  copy_three();
  long n = 0;
  for (int i = 0; i < rounds; i++) known_locked(&n);
  bad |= n != rounds;
  if (file != NULL) bad |= plugin(file);
  return bad;
}
