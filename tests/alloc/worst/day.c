/* SPDX-License-Identifier: GPL-3.0-or-later */
/* day.c: an allocator's worst day: system calls that are forbidden, limits, too many mappings. Plain malloc,
 * run with HAKMEM preloaded by worst_day.sh. usage: day CASE [ARGUMENT...]; 0 where all went well */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void die(const char *what, size_t n) {
  fprintf(stderr, "FAIL: %s (%zu)\n", what, n);
  _exit(1);
}

/* Blocks of all kinds come and go; each is checked, calloc's for zero. */
static void churn(void) {
  enum { SLOTS = 200, STEPS = 6000 };
  static unsigned char *p[SLOTS];
  static size_t size[SLOTS];
  uint64_t r = 1;
  for (long i = 0; i < STEPS; i++) {
    r = r * 6364136223846793005u + 1442695040888963407u;
    unsigned k = (unsigned)(r >> 33) % SLOTS;
    size_t most = (r >> 20) % 16 == 0 ? 900000 : (r >> 20) % 4 == 1 ? 60000 : 2000, n = (r >> 40) % most + 1;
    if (p[k] != NULL && (p[k][0] != (unsigned char)k || p[k][size[k] - 1] != (unsigned char)k)) die("changed", size[k]);
    if (r >> 62 == 0) {
      unsigned char *q = realloc(p[k], n);
      if (q == NULL) die("realloc", n);
      if (p[k] != NULL && q[0] != (unsigned char)k) die("realloc lost a byte", n);
      p[k] = q;
    } else {
      free(p[k]);
      p[k] = r >> 62 == 1 ? malloc(n) : calloc(1, n);
      if (p[k] == NULL) die("no memory", n);
      for (size_t b = 0; r >> 62 != 1 && b<n; b += n> 5000 ? 97 : 1)
        if (p[k][b] != 0) die("calloc is not zero", b);
    }
    size[k] = n;
    memset(p[k], (int)k, n);
    if (i % 2000 == 0) malloc_trim(0);
  }
  for (unsigned k = 0; k < SLOTS; k++) free(p[k]), p[k] = NULL;
}

/* From now on the system call number nr does what says: kill, fail (EPERM), lie (0). */
static void forbid(long nr, const char *what) {
  unsigned verdict = strcmp(what, "kill") == 0   ? SECCOMP_RET_KILL_PROCESS
                     : strcmp(what, "fail") == 0 ? SECCOMP_RET_ERRNO | EPERM
                                                 : SECCOMP_RET_ERRNO;
  struct sock_filter f[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, verdict),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { sizeof f / sizeof *f, f };
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    _exit(77);
}

static int forbidden(const char *name, const char *what) {
  static const struct {
    const char *name;
    long nr;
  } calls[] = { { "mincore", SYS_mincore },     { "mprotect", SYS_mprotect }, { "madvise", SYS_madvise },
                { "getrandom", SYS_getrandom }, { "openat", SYS_openat },     { "mremap", SYS_mremap } };
  churn();
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (strcmp(calls[i].name, name) == 0) forbid(calls[i].nr, what);
  churn();
  return 0;
}

/* So many bytes of blocks of one size can be had; they are chained through their first word. */
static size_t fill(size_t size) {
  size_t n = 0;
  void **last = NULL, **b;
  while ((b = malloc(size)) != NULL) {
    *b = last;
    last = b;
    n++;
  }
  if (errno != ENOMEM) die("errno of a malloc that failed", (size_t)errno);
  while (last != NULL) {
    b = *last;
    free(last);
    last = b;
  }
  return n * size;
}

/* Bytes of addresses that the program has, or of its data; without an allocation. */
static size_t mapped(int resource) {
  char text[200] = "", *at = text;
  int fd = open("/proc/self/statm", O_RDONLY);
  if (fd < 0 || read(fd, text, sizeof text - 1) <= 0) _exit(77);
  close(fd);
  for (int field = resource == RLIMIT_AS ? 0 : 5; field > 0; field--) strtoul(at, &at, 10);
  return strtoul(at, NULL, 10) * (size_t)getpagesize();
}

/* Under a limit that the program sets itself: what malloc hands out against what the limit leaves for it, and
 * against what mmap hands out. */
static int limited(int resource, size_t bytes, int sizes, char **size) {
  size_t before = mapped(resource), left = before < bytes ? bytes - before : 0;
  free(malloc(10));
  struct rlimit limit = { bytes, bytes };
  if (setrlimit(resource, &limit) != 0) die("setrlimit", bytes);
  size_t room = 0;
  static void *piece[100000];
  size_t step = bytes / 256, pieces = 0;
  while ((piece[pieces] = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED)
    pieces++, room += step;
  while (pieces > 0) munmap(piece[--pieces], step);
  if (room < left) room = left;
  for (int i = 0; i < 2 * sizes; i++) {
    size_t n = strtoul(size[i % sizes], NULL, 10), had = fill(n);
    printf("%zu bytes: %zu of %zu MB\n", n, had >> 20, room >> 20);
    if (had / 4 < room / 5 && room > 4 * n) die("less than 80% of what the limit allows", n);
  }
  return 0;
}

static void *other_thread(void *unused) {
  free(malloc(100));
  return unused;
}

/* Of many live large blocks every second is freed. */
static int mappings(size_t count) {
  char **p = calloc(count, sizeof *p);
  for (size_t i = 0; i < count; i++) {
    if ((p[i] = malloc(70000)) == NULL) die("a large block", i);
    p[i][0] = 1;
  }
  for (size_t i = 0; i < count; i += 2) free(p[i]);
  pthread_t t;
  if (pthread_create(&t, NULL, other_thread, NULL) != 0) die("pthread_create", 0);
  pthread_join(t, NULL);
  for (size_t i = 0; i < 64; i++)
    if ((p[2 * i] = malloc(200000 + i * 69632)) == NULL) die("a large block after that", i);
  if (mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) die("mmap", 0);
  size_t maps = 0;
  FILE *f = fopen("/proc/self/maps", "r");
  for (int c; f != NULL && (c = getc(f)) != EOF;) maps += c == '\n';
  printf("%zu mappings\n", maps);
  return maps > 40000;
}

/* libc's own names are the same family. */
static int names(void) {
  static const char *const name[] = {
    "__libc_malloc",    "__libc_free",         "__libc_calloc", "__libc_realloc", "__libc_memalign",
    "__posix_memalign", "__libc_reallocarray", "malloc_info",   "malloc_stats",   "mallopt",
    "free_sized",       "free_aligned_sized",  "_ZdlPvm",       "_ZdaPvm",        "hak_stats_json"
  };
  Dl_info ours, it;
  if (dladdr(dlsym(RTLD_DEFAULT, "malloc"), &ours) == 0) die("dladdr", 0);
  for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
    void *at = dlsym(RTLD_DEFAULT, name[i]);
    if (at == NULL || dladdr(at, &it) == 0 || it.dli_fbase != ours.dli_fbase) die(name[i], i);
  }
  void *(*libc_malloc)(size_t) = (void *(*)(size_t))dlsym(RTLD_DEFAULT, "__libc_malloc");
  free(libc_malloc(100));
  static char *kept[1000];
  for (int i = 0; i < 1000; i++) kept[i] = malloc(1000);
  char *text = NULL;
  size_t length = 0;
  FILE *f = open_memstream(&text, &length);
  if (malloc_info(0, f) != 0 || fclose(f) != 0 || strstr(text, "</malloc>") == NULL) die("malloc_info", length);
  size_t (*json)(char *, size_t) = (size_t(*)(char *, size_t))dlsym(RTLD_DEFAULT, "hak_stats_json");
  int (*tune)(const char *, size_t) = (int (*)(const char *, size_t))dlsym(RTLD_DEFAULT, "hak_tune");
  if (tune == NULL || tune("keep_percent", 20) != 0 || tune("thread_cache_bytes", 1 << 20) != 0) die("hak_tune", 0);
  if (tune("keep_percent", 2000) != -1 || errno != ERANGE || tune("none", 1) != -1 || errno != ENOENT)
    die("hak_tune takes what it should refuse", 0);
  char stats[8192];
  if (json(stats, sizeof stats) >= sizeof stats || strstr(stats, "\"classes\":[{") == NULL) die("hak_stats_json", 0);
  if (mallinfo2().uordblks < 1000 * 1000) die("mallinfo2", mallinfo2().uordblks);
  for (int i = 0; i < 1000; i++) free(kept[i]);
  free(text);
  puts(stats);
  return 0;
}

/* free keeps errno where the kernel gives no more memory; a thread's first call is a free. */
static int keeps_errno(void) {
  void *p[] = { malloc(100), malloc(5000), malloc(100000) };
  struct rlimit limit = { 1 << 20, 1 << 20 };
  setrlimit(RLIMIT_AS, &limit);
  for (size_t i = 0; i < 3; i++) {
    errno = 77;
    free(p[i]);
    if (errno != 77) die("errno after free", (size_t)errno);
  }
  return 0;
}

/* realloc in small steps is not quadratic: counted in bytes copied by the time limit of worst_day.sh. */
static int grows(void) {
  char *p = NULL;
  for (size_t n = 4096; n <= 16000000; n += 4096) {
    if ((p = realloc(p, n)) == NULL) die("realloc", n);
    p[n - 1] = 1;
    if (n > 4096 && p[n - 4097] != 1) die("realloc lost a byte", n);
  }
  free(p);
  return 0;
}

static void *on_small_stack(void *unused) {
  volatile char most[6144];
  memset((char *)most, 1, sizeof most);
  free(malloc(100));
  free(realloc(malloc(100000), 300000));
  free(memalign(4096, 5000));
  return unused;
}

static void *of_thread(void *unused) {
  for (size_t i = 1; i < 300; i++) {
    char *p = malloc(i * 37);
    if (p == NULL) return unused;
    p[0] = p[i * 37 - 1] = 1;
    free(p);
  }
  return NULL;
}

/* Somebody took all keys of thread-specific data first: threads come and go all the same, and leave nothing. And what
 * is mapped to be written to, which a core dump has and overcommit 2 counts, is in proportion to what is used. */
static int keys(void) {
  enum { THREADS = 200 };
  char line[512], rights[8];
  unsigned long from, to, writable = 0;
  pthread_key_t k;
  pthread_t t;
  void *failed;
  int taken = 0;
  while (pthread_key_create(&k, NULL) == 0) taken++;
  if (taken < 100) die("keys", (size_t)taken);
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&t, NULL, of_thread, line) != 0 || pthread_join(t, &failed) != 0 || failed != NULL)
      die("a thread without a key", (size_t)i);
  FILE *f = fopen("/proc/self/maps", "r");
  while (f != NULL && fgets(line, sizeof line, f) != NULL)
    if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 && rights[1] == 'w') writable += to - from;
  if (f != NULL) fclose(f);
  printf("%d keys were taken, %lu MB are writable\n", taken, writable >> 20);
  return writable == 0 || writable > 128ul << 20;
}

/* What the kernel counts a process for that has hardly asked for anything: as memory that is promised to it (its part
 * of Committed_AS), and with overcommit_memory=2, where no mapping is exempt, all that may be written to. */
static int counted(void) {
  enum {
    MB = 1 << 20,
    PROMISED_MOST = 2 * MB,
    WRITABLE_MOST = 18 * MB
  }; /* 1 MB of each is static data of this program */
  static char text[1 << 20];
  size_t length = 0, promised = 0, writable = 0, bytes = 0;
  free(malloc(100));
  int file = open("/proc/self/smaps", O_RDONLY);
  for (ssize_t n; file >= 0 && (n = read(file, text + length, sizeof text - 1 - length)) > 0;) length += (size_t)n;
  for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    unsigned long from, to;
    char rights[8];
    if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3)
      bytes = rights[1] == 'w' && rights[3] == 'p' ? to - from : 0;
    if (strncmp(line, "VmFlags:", 8) != 0) continue;
    writable += bytes;
    if (strstr(line, " ac") != NULL) promised += bytes;
  }
  if (promised == 0) _exit(77); /* a kernel that does not say */
  writable -= sizeof text;
  promised -= sizeof text;
  if (promised > PROMISED_MOST || writable > WRITABLE_MOST) die("KB that may be written to", writable >> 10);
  printf("%zu KB are promised, %zu KB with overcommit_memory=2\n", promised >> 10, writable >> 10);
  return 0;
}

/* As many mappings as the process may have are there: what is freed then, and what is had, works or is refused
 * with ENOMEM; and when they are gone all works again. */
static int full_maps(void) {
  enum { BLOCKS = 3000, PAGE = 4096 };
  static char *p[BLOCKS];
  size_t pages = 0, had = 0, of[3] = { 0 };
  FILE *f = fopen("/proc/sys/vm/max_map_count", "r");
  if (f == NULL || fscanf(f, "%zu", &pages) != 1 || pages > 1000000) _exit(77);
  fclose(f);
  for (int i = 0; i < BLOCKS; i++)
    if ((p[i] = malloc(i % 3 == 0 ? 100 : i % 3 == 1 ? 5000 : 100000)) == NULL) die("no memory", (size_t)i);
  char *m = mmap(NULL, 2 * pages * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (m == MAP_FAILED) _exit(77);
  size_t holes = 0;
  while (holes < pages && mprotect(m + 2 * holes * PAGE, PAGE, PROT_NONE) == 0) holes++;
  if (holes == pages) die("mappings did not run out", holes);
  for (int round = 0; round < 3; round++) {
    for (int i = round; i < BLOCKS; i += 3) free(p[i]), p[i] = NULL;
    for (int i = 0; i < BLOCKS; i++) {
      if (p[i] != NULL) continue;
      size_t n = (size_t)(i + round) % 3 == 0 ? 100 : (size_t)(i + round) % 3 == 1 ? 5000 : 100000;
      errno = 0;
      if ((p[i] = malloc(n)) == NULL && errno != ENOMEM) die("errno of a malloc that failed", (size_t)errno);
      if (p[i] == NULL) continue;
      p[i][0] = p[i][n - 1] = 1;
      of[n == 100 ? 0 : n == 5000 ? 1 : 2]++;
      had++;
    }
  }
  /* as many as were freed, but for the large ones */
  if (of[0] < BLOCKS / 3 || of[1] < BLOCKS / 3) die("short blocks that could not be had again", of[0] + of[1]);
  munmap(m, 2 * pages * PAGE);
  for (int i = 0; i < BLOCKS; i++) free(p[i]);
  churn();
  printf("%zu mappings, then %zu of %d blocks\n", holes, had, BLOCKS);
  return had == 0;
}

/* The least stack that a thread may have: what thread-local data leaves of it is the program's. */
static int small_stack(void) {
  pthread_attr_t a;
  pthread_t t;
  pthread_attr_init(&a);
  pthread_attr_setstacksize(&a, 16384);
  if (pthread_create(&t, &a, on_small_stack, NULL) != 0) die("pthread_create", 16384);
  pthread_join(t, NULL);
  return 0;
}

static int ring(void) {
  void *p[64];
  setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
  for (int i = 0; i < 64; i++) p[i] = malloc(48);
  free(p[10]);
  free(p[11]);
  free(p[10]);
  for (int i = 0; i < 100; i++)
    if (malloc(48) == NULL) die("no memory", 48);
  return 0;
}

static size_t status_mb(const char *key) {
  char line[200];
  size_t kb = 0;
  FILE *f = fopen("/proc/self/status", "r");
  while (f != NULL && fgets(line, sizeof line, f) != NULL)
    if (strncmp(line, key, strlen(key)) == 0) kb = strtoul(line + strlen(key) + 1, NULL, 10);
  if (f != NULL) fclose(f);
  return kb >> 10;
}

/* As much is in use in turn as blocks of one size and of the next, all of the one freed in between: what
 * is kept for one must not add to what is kept for another. */
static int phases(size_t mb, int sizes, char **size) {
  for (int i = 0; i < 8 * sizes; i++) {
    size_t n = strtoul(size[i % sizes], NULL, 10), blocks = (mb << 20) / n;
    void **last = NULL;
    for (size_t k = 0; k < blocks; k++) {
      void **b = malloc(n);
      if (b == NULL) die("no memory", n);
      memset(b, 1, n);
      *b = last;
      last = b;
    }
    while (last != NULL) {
      void **next = *last;
      free(last);
      last = next;
    }
  }
  size_t peak = status_mb("VmHWM"), end = status_mb("VmRSS"), most = mb * 13 / 10 + 8;
  printf("%zu MB in use at most, %zu resident at the peak, %zu at the end\n", mb, peak, end);
  if (peak == 0) return 77;
  if (peak > most) die("more is resident than 1.3 times what was in use and 8 MB", peak);
  return 0;
}

int main(int count, char **argument) {
  const char *what = count > 1 ? argument[1] : "";
  if (strcmp(what, "forbidden") == 0 && count == 4) return forbidden(argument[2], argument[3]);
  if (strcmp(what, "address-space") == 0 && count > 3)
    return limited(RLIMIT_AS, strtoul(argument[2], NULL, 10) << 20, count - 3, argument + 3);
  if (strcmp(what, "data") == 0 && count > 3)
    return limited(RLIMIT_DATA, strtoul(argument[2], NULL, 10) << 20, count - 3, argument + 3);
  if (strcmp(what, "mappings") == 0 && count == 3) return mappings(strtoul(argument[2], NULL, 10));
  if (strcmp(what, "names") == 0) return names();
  if (strcmp(what, "errno") == 0) return keeps_errno();
  if (strcmp(what, "grows") == 0) return grows();
  if (strcmp(what, "phases") == 0 && count > 3) return phases(strtoul(argument[2], NULL, 10), count - 3, argument + 3);
  if (strcmp(what, "one") == 0 && count == 3) {
    free(malloc(100));
    void *p = calloc(strtoul(argument[2], NULL, 10), 1), *q = malloc(100);
    if (p == NULL || q == NULL) die("no memory", p != NULL);
    free(p);
    free(q);
    return 0;
  }
  if (strcmp(what, "small-stack") == 0) return small_stack();
  if (strcmp(what, "ring") == 0) return ring();
  if (strcmp(what, "keys") == 0) return keys();
  if (strcmp(what, "counted") == 0) return counted();
  if (strcmp(what, "full-maps") == 0) return full_maps();
  if (strcmp(what, "churn") == 0) {
    churn();
    return 0;
  }
  fprintf(stderr, "usage: day CASE [ARGUMENT...]\n");
  return 99;
}
