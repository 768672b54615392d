/* SPDX-License-Identifier: GPL-3.0-or-later */
/* peers_programs.c: real programs as rows: each is started with the library preloaded and does a
 * fixed amount of work. */
#include "harness/peers/peers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/child.h"
#include "harness/counters/bench_run.h"

enum { REDIS_REQUESTS = 150000, REDIS_TESTS = 5 };
#define PROGRAM_TIMEOUT_S 60

static int run_program(char *const *argv, const char *library, char *const *env, struct peer_sample *sample,
                       struct error *err) {
  struct bench_launch r;
  int rc = bench_run_program(argv, library, env, NULL, -1, PROGRAM_TIMEOUT_S, &r, err);
  if (rc != 0) return rc;
  sample->time_ns = (double)r.wall_ns;
  sample->peak_rss_bytes = (double)r.peak_rss;
  return 0;
}

int peer_measure_sqlite(const char *library, const char *scratch_dir, struct peer_sample *sample, struct error *err) {
  (void)scratch_dir;
  static char sql[] =
      "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, value REAL, note TEXT); CREATE INDEX i ON t(name);"
      "BEGIN; WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n WHERE x<120000)"
      " INSERT INTO t SELECT x, 'name-'||(x*7919%120000), x*0.5, hex(x*x)||' of '||x FROM n; COMMIT;"
      "SELECT count(*), sum(length(note)) FROM t WHERE name > 'name-5';"
      "SELECT group_concat(name) FROM (SELECT name FROM t ORDER BY note LIMIT 2000);";
  static char name[] = "sqlite3", database[] = ":memory:";
  char *argv[] = { name, database, sql, NULL };
  return run_program(argv, library, NULL, sample, err);
}

int peer_measure_python(const char *library, const char *scratch_dir, struct peer_sample *sample, struct error *err) {
  (void)scratch_dir;
  static char code[] = "d = {}\n"
                       "for i in range(120000):\n"
                       "    d[i] = [str(i), (i, i + 1), {'k': i}]\n"
                       "    if i >= 20000: del d[i - 20000]\n"
                       "s = sorted(''.join(v[0]) for v in d.values())\n"
                       "t = [x.split('9') for x in s]\n"
                       "assert len(t) == 20000\n";
  /* -I would ignore PYTHONMALLOC, without which small objects never reach malloc */
  static char name[] = "python3", no_site[] = "-S", flag[] = "-c", malloc_env[] = "PYTHONMALLOC=malloc";
  char *argv[] = { name, no_site, flag, code, NULL };
  char *env[] = { malloc_env, NULL };
  return run_program(argv, library, env, sample, err);
}

/* Some hundred functions with loops, switches and structs, the same each time. */
static int write_source(const char *path, struct error *err) {
  FILE *f = fopen(path, "wxe");
  if (f == NULL) return errno == EEXIST ? 0 : error_set_errno(err, -errno, "cannot write %s", path);
  fputs("struct s { int a, b; double c; struct s *next; };\nextern int g(int, struct s *);\n", f);
  for (int i = 0; i < 60; i++)
    fprintf(f,
            "int f%d(int n, struct s *p) {\n  int sum = %d; double acc = 0;\n"
            "  for (int i = 0; i < n; i++) {\n    switch (i %% 7) {\n    case 0: sum += g(i, p); break;\n"
            "    case 1: sum ^= i << %d; break;\n    case 2: acc += p->c * i; break;\n"
            "    case 3: for (struct s *q = p; q; q = q->next) sum += q->a * q->b; break;\n"
            "    default: p->a = sum; p->b -= i; p->c = acc; }\n  }\n  return sum + (int)acc;\n}\n",
            i, i, i % 13);
  int rc = fclose(f) == 0 ? 0 : error_set_errno(err, -errno, "cannot write %s", path);
  chmod(path, 0644);
  return rc;
}

int peer_measure_gcc(const char *library, const char *scratch_dir, struct peer_sample *sample, struct error *err) {
  char source[PATH_MAX];
  static char name[] = "gcc", optimise[] = "-O2", compile[] = "-S", output[] = "-o", null_file[] = "/dev/null";
  snprintf(source, sizeof source, "%s/source.c", scratch_dir);
  int rc = write_source(source, err);
  if (rc != 0) return rc;
  char *argv[] = { name, optimise, compile, source, output, null_file, NULL };
  return run_program(argv, library, NULL, sample, err);
}

/* A port that was free a moment ago. */
static int free_port(void) {
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof a;
  int port = -1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && getsockname(fd, (struct sockaddr *)&a, &size) == 0)
    port = ntohs(a.sin_port);
  close(fd);
  return port;
}

static bool answers(int port) {
  struct sockaddr_in a = { .sin_family = AF_INET,
                           .sin_port = htons((uint16_t)port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool ok = false;
  char reply[8] = "";
  if (fd < 0) return false;
  if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0 && write(fd, "PING\r\n", 6) == 6 && read(fd, reply, 5) > 0)
    ok = reply[0] == '+';
  close(fd);
  return ok;
}

static double peak_rss_of(pid_t pid) {
  char path[64], line[256];
  double kb = (double)NAN;
  snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
  FILE *f = fopen(path, "re");
  while (f != NULL && fgets(line, sizeof line, f) != NULL)
    if (sscanf(line, "VmHWM: %lf", &kb) == 1) break;
  if (f != NULL) fclose(f);
  return kb * 1024;
}

/* Debian's redis-server is linked against jemalloc: to measure the C library it must be put
 * in front, like any other. */
static int find_libc(char *path, size_t size) {
  static const char *const places[] = { "/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6",
                                        "/lib64/libc.so.6", "/usr/lib/libc.so.6" };
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
    if (access(places[i], R_OK) == 0) {
      snprintf(path, size, "%s", places[i]);
      return 0;
    }
  return -ENOENT;
}

int peer_measure_redis(const char *library, const char *scratch_dir, struct peer_sample *sample, struct error *err) {
  char port_text[16], requests[16], libc_path[64];
  static char server[] = "redis-server", client[] = "redis-benchmark", opt_port[] = "--port", opt_bind[] = "--bind",
              loopback[] = "127.0.0.1", opt_save[] = "--save", nothing[] = "", opt_aof[] = "--appendonly", no[] = "no",
              opt_dir[] = "--dir", opt_p[] = "-p", opt_n[] = "-n", opt_pipe[] = "-P", depth[] = "16", opt_t[] = "-t",
              tests[] = "set,get,lpush,sadd,hset", opt_r[] = "-r", keys[] = "20000", opt_d[] = "-d", bytes[] = "100",
              quiet[] = "-q";
  struct child child;
  int status, rc, port = free_port();
  if (port < 0) return error_set_errno(err, -errno, "no free port on loopback");
  if (library == NULL && find_libc(libc_path, sizeof libc_path) == 0) library = libc_path;
  snprintf(port_text, sizeof port_text, "%d", port);
  snprintf(requests, sizeof requests, "%d", REDIS_REQUESTS / REDIS_TESTS);
  char *server_argv[] = { server,
                          opt_port,
                          port_text,
                          opt_bind,
                          loopback,
                          opt_save,
                          nothing,
                          opt_aof,
                          no,
                          opt_dir,
                          (char *)(uintptr_t)scratch_dir,
                          NULL };
  char *client_argv[] = { client, opt_p, port_text, opt_n, requests, opt_pipe, depth, opt_t,
                          tests,  opt_r, keys,      opt_d, bytes,    quiet,    NULL };
  struct child_spec spec = CHILD_SPEC_INIT;
  int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  spec.argv = server_argv;
  spec.preload = library;
  spec.stdin_fd = spec.stdout_fd = spec.stderr_fd = null_fd;
  spec.new_session = true;
  rc = child_spawn_held(&spec, &child, err);
  if (rc == 0) rc = child_release(&child, err);
  close(null_fd);
  if (rc != 0) return rc;
  bool up = false;
  for (int i = 0; i < 500 && !up && waitpid(child.pid, &status, WNOHANG) == 0; i++) {
    nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    up = answers(port);
  }
  if (!up) rc = error_raise(err, ERROR_UNMEASURED, -ECHILD, "redis-server did not come up");
  struct bench_launch r;
  if (rc == 0) rc = bench_run_program(client_argv, NULL, NULL, NULL, -1, PROGRAM_TIMEOUT_S, &r, err);
  if (rc == 0) {
    sample->time_ns = (double)r.wall_ns / (REDIS_REQUESTS / REDIS_TESTS * REDIS_TESTS);
    sample->peak_rss_bytes = peak_rss_of(child.pid);
  }
  child_kill(&child);
  child_wait(&child, 5, &status, NULL, NULL);
  return rc;
}
