/* SPDX-License-Identifier: GPL-3.0-or-later */
/* moments.c: a program with plain malloc that brings an allocator into hard moments; run with
 * HAKMEM preloaded by hard_moments.sh. usage: moments fork|threads|plugin FILE|exit */
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void die(const char *what) {
  fflush(stdout);
  fprintf(stderr, "FAIL: %s\n", what);
  _exit(1);
}

static void fill(unsigned char *p, size_t n, unsigned seed) {
  for (size_t i = 0; i < n; i += 7) p[i] = (unsigned char)(seed + i);
}
static void check(const unsigned char *p, size_t n, unsigned seed) {
  for (size_t i = 0; i < n; i += 7)
    if (p[i] != (unsigned char)(seed + i)) die("a block changed");
}

/* Blocks of every kind come and go; n bounds the steps, 0 is until stop. */
static _Atomic int stop;
static void churn(long n, uint64_t r) {
  enum { SLOTS = 64 };
  unsigned char *p[SLOTS] = { 0 };
  size_t size[SLOTS];
  for (long i = 0; n != 0 ? i < n : !atomic_load(&stop); i++) {
    r = r * 6364136223846793005u + 1442695040888963407u;
    unsigned k = (unsigned)(r >> 33) % SLOTS;
    if (p[k] != NULL) {
      check(p[k], size[k], k);
      free(p[k]);
      p[k] = NULL;
    } else {
      size[k] = (size_t)(r >> 40) % ((r >> 20) % 16 == 0 ? 200000 : 1500) + 1;
      if ((p[k] = malloc(size[k])) == NULL) die("no memory");
      fill(p[k], size[k], k);
    }
  }
  for (unsigned k = 0; k < SLOTS; k++) free(p[k]);
}

static void *churn_thread(void *seed) {
  churn(0, (uintptr_t)seed);
  return NULL;
}

/* fork while other threads hold every lock of the allocator now and then: the child goes on as
 * if nothing had happened, with threads and children of its own. */
static void *fork_thread(void *unused);
static void fork_once(int depth) {
  unsigned char *mine[50];
  for (int i = 0; i < 50; i++) fill(mine[i] = malloc(100 + (size_t)i * 90), 100, (unsigned)i);
  pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) {
    alarm(60); /* a child that hangs in a lock is ended */
    for (int i = 0; i < 50; i++) {
      check(mine[i], 100, (unsigned)i);
      free(mine[i]);
    }
    churn(2000, (uint64_t)getpid());
    if (depth > 0) {
      pthread_t t;
      if (pthread_create(&t, NULL, fork_thread, NULL) != 0) die("pthread_create in the child");
      pthread_join(t, NULL);
      malloc_trim(0);
    }
    if (depth % 2 == 0) exit(0); /* with destructors */
    _exit(0);
  }
  int status;
  if (waitpid(child, &status, 0) != child || status != 0)
    die(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "a child hangs" : "a child ended badly");
  for (int i = 0; i < 50; i++) {
    check(mine[i], 100, (unsigned)i);
    free(mine[i]);
  }
}
static void *fork_thread(void *unused) {
  (void)unused;
  fork_once(0);
  return NULL;
}

static int fork_moment(void) {
  pthread_t t[3];
  for (uintptr_t i = 0; i < 3; i++)
    if (pthread_create(&t[i], NULL, churn_thread, (void *)(i + 1)) != 0) die("pthread_create");
  for (int i = 0; i < 60; i++) fork_once(i % 8 == 0 ? 2 : 0);
  atomic_store(&stop, 1);
  for (int i = 0; i < 3; i++) pthread_join(t[i], NULL);
  puts("fork: 60 children of a threaded program");
  return 0;
}

/* Thread exit: destructors of keys that allocate and free again and again, blocks that outlive
 * their thread, libc's own frees after the last destructor. */
static pthread_key_t key;
static void on_exit_of_thread(void *value) {
  static __thread int turn;
  free(value);
  free(malloc(3000));
  if (++turn < 3) pthread_setspecific(key, malloc(200));
}
enum { LEFT = 40 };
static void *leaving(void *argument) {
  unsigned char **left = argument;
  pthread_setspecific(key, malloc(100));
  for (int i = 0; i < LEFT; i++) fill(left[i] = malloc(64 + (size_t)i * 40), 64, (unsigned)i);
  /* libc frees this text after all destructors of keys ran */
  if (strerror(123456) == NULL) die("strerror");
  return NULL;
}

static int threads_moment(void) {
  unsigned char *left[4][LEFT];
  if (pthread_key_create(&key, on_exit_of_thread) != 0) die("pthread_key_create");
  size_t early = 0;
  for (int round = 0; round < 400; round++) {
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
      if (pthread_create(&t[i], NULL, leaving, left[i]) != 0) die("pthread_create");
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
    for (int i = 0; i < 4; i++)
      for (int k = 0; k < LEFT; k++) {
        check(left[i][k], 64, (unsigned)k);
        free(left[i][k]);
      }
    malloc_trim(0);
    if (round == 20) early = mallinfo2().arena;
  }
  size_t late = mallinfo2().arena;
  /* what dead threads hold does not grow with their number */
  printf("threads: %zu bytes of slabs after 84 threads, %zu after 1600\n", early, late);
  if (late > early + (1u << 20)) die("dead threads hoard");
  return 0;
}

/* A plugin with a constructor, a destructor and blocks that outlive it, many times. */
static int plugin_moment(const char *file) {
  for (int i = 0; i < 150; i++) {
    void *plugin = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (plugin == NULL) die(dlerror());
    void *(*make)(size_t) = (void *(*)(size_t))dlsym(plugin, "plugin_make");
    void (*drop)(void *) = (void (*)(void *))dlsym(plugin, "plugin_drop");
    if (make == NULL || drop == NULL) die("dlsym");
    unsigned char *theirs = make(500 + (size_t)i), *ours = malloc(700);
    fill(theirs, 500, 1);
    drop(ours);
    if (dlclose(plugin) != 0) die("dlclose");
    check(theirs, 500, 1);
    free(theirs);
    if (dlopen("no-such-plugin.so", RTLD_NOW) != NULL || dlerror() == NULL) die("dlerror");
  }
  puts("plugin: opened and closed 150 times");
  return 0;
}

/* The end: threads still allocate while exit handlers and destructors allocate and free. */
static unsigned char *until_the_end;
static void at_exit(void) {
  check(until_the_end, 300, 4);
  until_the_end = realloc(until_the_end, 100000);
  check(until_the_end, 300, 4);
  churn(3000, 5);
}
__attribute__((destructor)) static void last_of_all(void) {
  if (until_the_end == NULL) return;
  check(until_the_end, 300, 4);
  free(until_the_end);
  churn(3000, 6);
  fputs("exit: the destructor ran\n", stdout);
}
static unsigned char *first_of_all;
__attribute__((constructor(101))) static void before_everything(void) { fill(first_of_all = malloc(40), 40, 8); }

static int exit_moment(void) {
  check(first_of_all, 40, 8);
  free(first_of_all);
  fill(until_the_end = malloc(300), 300, 4);
  atexit(at_exit);
  for (uintptr_t i = 0; i < 3; i++) {
    pthread_t t;
    if (pthread_create(&t, NULL, churn_thread, (void *)(i + 1)) != 0 || pthread_detach(t) != 0) die("pthread_create");
  }
  usleep(10000); /* they shall be at work; nothing depends on whether they are */
  exit(0);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  alarm(120);
  if (strcmp(what, "fork") == 0) return fork_moment();
  if (strcmp(what, "threads") == 0) return threads_moment();
  if (strcmp(what, "plugin") == 0 && argc > 2) return plugin_moment(argv[2]);
  if (strcmp(what, "exit") == 0) return exit_moment();
  fputs("usage: moments fork|threads|plugin FILE|exit\n", stderr);
  return 2;
}
