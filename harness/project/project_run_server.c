/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_run_server.c: a server under a client: started on a port where nobody listens, asked one real request,
 * warmed by one round, measured over rounds of requests that the client reports as answered, ended. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/bench_clock.h"
#include "harness/project/project_run.h"

/* What a server has to end by itself in, after SIGTERM. */
#define STOP_S 10.0
/* What it has until its first answer. */
#define START_S 60.0
enum { PIDS_MAX = 4096 };

static int connect_to(unsigned port) {
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct timeval limit = { 5, 0 };
  if (fd < 0) run_fail("socket: %s", strerror(errno));
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) return fd;
  close(fd);
  return -1;
}

static unsigned free_port(void) {
  struct sockaddr_in at = { .sin_family = AF_INET };
  socklen_t size = sizeof at;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || getsockname(fd, (struct sockaddr *)&at, &size) != 0)
    run_fail("no free port: %s", strerror(errno));
  close(fd);
  return ntohs(at.sin_port);
}

/* One request that is answered: with a status of 2xx or 3xx, a connection, or an exit status of 0. */
static bool answers_http(const struct run_plan *plan) {
  char text[1024];
  int fd = connect_to(plan->port);
  if (fd < 0) return false;
  int n = snprintf(text, sizeof text, "GET %.800s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", plan->ready_text);
  bool good = send(fd, text, (size_t)n, MSG_NOSIGNAL) == n;
  ssize_t got = 0;
  for (ssize_t k; good && got < 12 && (k = recv(fd, text + got, sizeof text - 1 - (size_t)got, 0)) > 0;) got += k;
  close(fd);
  return got >= 12 && strncmp(text, "HTTP/", 5) == 0 && text[8] == ' ' && (text[9] == '2' || text[9] == '3');
}

static bool answers(const struct run_plan *plan) {
  if (strcmp(plan->ready, "http") == 0) return answers_http(plan);
  if (strcmp(plan->ready, "exec") == 0) {
    struct words words = run_command(plan, plan->ready_text);
    int status = run_wait(plan, run_start(plan, &words, false, true), NULL, "the request of `ready`");
    words_free(&words);
    return status == 0;
  }
  int fd = connect_to(plan->port);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

/* --- the server's processes and their CPU time ---------------------------------------------------- */

/* All below pid, which is not counted itself. */
static size_t below(pid_t pid, pid_t *list, size_t count) {
  char path[64], text[8192];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
  if (fd >= 0) close(fd);
  if (n <= 0) return count;
  text[n] = '\0';
  for (char *p = text, *next; count < PIDS_MAX; p = next) {
    long one = strtol(p, &next, 10);
    if (next == p) break;
    list[count++] = (pid_t)one;
    count = below((pid_t)one, list, count);
  }
  return count;
}

/* Of the whole of each process, its ended threads too; those that ended as a whole are not there any more. */
static uint64_t cpu_ns(size_t *processes) {
  static pid_t list[PIDS_MAX];
  size_t n = below(getpid(), list, 0);
  uint64_t sum = 0;
  for (size_t i = 0; i < n; i++) {
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(list[i], &clock) == 0 && clock_gettime(clock, &t) == 0)
      sum += (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
  }
  *processes = n;
  return sum;
}

/* Fails where the server has ended. One that goes into the background ends with 0 and leaves others. */
static void still_there(pid_t *server, size_t processes, const char *when) {
  int status;
  if (*server > 0 && waitpid(*server, &status, WNOHANG) == *server) {
    *server = 0;
    if (status != 0)
      run_fail("the server ended %s: %s %d", when, WIFSIGNALED(status) ? "signal" : "exit",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  }
  if (processes == 0 && *server == 0) run_fail("the server ended %s", when);
}

static void wait_ready(struct run_plan *plan, pid_t *server) {
  double limit = plan->timeout_s < START_S ? plan->timeout_s : START_S, end = run_now() + limit;
  const struct timespec pause = { 0, 5000000 };
  for (;;) {
    size_t processes;
    cpu_ns(&processes);
    still_there(server, processes, "before it answered");
    if (answers(plan)) return;
    if (run_now() > end) run_fail("the server did not answer within %g s", limit);
    nanosleep(&pause, NULL);
  }
}

/* --- the client ----------------------------------------------------------------------------------- */

/* What ab, wrk, hey, redis-benchmark and others say; the first that matches. */
static const char *const done_regex[] = { "Complete requests:[ ]+([0-9]+)", "([0-9]+) requests in ",
                                          "([0-9]+) requests completed in ", "requests: ([0-9]+)" };
static const char *const failed_regex[] = { "Failed requests:[ ]+([0-9]+)", "Non-2xx (or 3xx )?responses:[ ]+",
                                            "Socket errors:" };

static uint64_t answered(const struct run_plan *plan, const char *said) {
  double value = 0, failed;
  bool found = false;
  if (plan->done != NULL) found = run_number(plan->done, said, &value);
  for (size_t i = 0; !found && plan->done == NULL && i < sizeof done_regex / sizeof *done_regex; i++)
    found = run_number(done_regex[i], said, &value);
  if (!found && plan->done != NULL) run_fail("the client said nothing that matches %s", plan->done);
  if (!found) run_fail("the client does not say how many requests were answered: `done REGEX` in the project file");
  if (run_number(failed_regex[0], said, &failed) && failed > 0) run_fail("%.0f requests failed", failed);
  if (strstr(said, "Non-2xx") != NULL || strstr(said, failed_regex[2]) != NULL) run_fail("requests failed");
  if (value < 1 || value < (double)plan->requests)
    run_fail("%.0f requests were answered, not %llu", value, (unsigned long long)plan->requests);
  return (uint64_t)value;
}

/* For Step 0: executions for each request. Requests of `ready exec` are somebody's command: not known. */
static void note_requests(const struct run_plan *plan, uint64_t answered) {
  char path[4200];
  if (strcmp(plan->ready, "exec") == 0) return;
  snprintf(path, sizeof path, "%.4000s/" PROJECT_REQUESTS_FILE, plan->folder);
  unlink(path);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) return;
  dprintf(fd, "%llu\n", (unsigned long long)(answered + (strcmp(plan->ready, "http") == 0)));
  close(fd);
}

/* How many requests it was. */
static uint64_t one_round(struct run_plan *plan, pid_t *server, struct round *round) {
  struct words words = run_command(plan, plan->client);
  size_t before, after;
  uint64_t cpu = cpu_ns(&before), from = bench_now_ns();
  int status = run_wait(plan, run_start(plan, &words, false, true), NULL, "the client");
  uint64_t wall = bench_now_ns() - from, spent = cpu_ns(&after) - cpu;
  words_free(&words);
  const char *said = run_said(plan);
  still_there(server, after, "under its client");
  if (status != 0)
    run_fail("the client ended with %d: %.100s", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
             said);
  uint64_t requests = answered(plan, said);
  double printed;
  if (plan->clock == RUN_PRINT && !run_number(plan->regex, said, &printed))
    run_fail("the client did not print what matches %s", plan->regex);
  if (after < before) run_fail("processes of the server ended in a round: their time is not known");
  if (round == NULL) return requests;
  round->wait_ns = ROUND_NOT_MEASURED;
  round->wall_ns = plan->clock == RUN_WALL ? wall : spent;
  round->ops = requests;
  if (plan->clock == RUN_PRINT) {
    if (!(printed > 0) || printed > 1e9) run_fail("the client printed %g: no time", printed);
    round->wall_ns = (uint64_t)(printed * 1e6);
    round->ops = 0; /* whatever it is, it is not divided */
  }
  if (plan->clock == RUN_CPU) round->ops = 0;
  if (round->wall_ns == 0) run_fail("the server took no time");
  round->done = 1;
  return requests;
}

/* By SIGTERM, and its status counts: a server that crashes at its end is no good measurement. */
static void stop(const struct run_plan *plan, pid_t server) {
  static pid_t list[PIDS_MAX];
  int status = 0;
  double end = run_now() + STOP_S;
  size_t n = below(getpid(), list, 0);
  if (server > 0) kill(server, SIGTERM);
  else if (n > 0) kill(list[0], SIGTERM); /* the one that it left in the background */
  const struct timespec pause = { 0, 2000000 };
  for (;;) {
    pid_t got = waitpid(-1, &status, WNOHANG);
    if (got < 0) break; /* none is left */
    if (got > 0 && got == server && !(WIFEXITED(status) && WEXITSTATUS(status) == 0) &&
        !(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) &&
        !(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM))
      run_fail("the server ended badly: %s %d", WIFSIGNALED(status) ? "signal" : "exit",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    if (got > 0) continue;
    if (run_now() > end) break; /* the rest is killed */
    nanosleep(&pause, NULL);
  }
  run_end_all();
  int fd = connect_to(plan->port);
  if (fd >= 0) run_fail("somebody still listens on port %u after the server was ended", plan->port);
}

void run_with_server(struct run_plan *plan) {
  struct ab_record *r = plan->record;
  bool chosen = plan->port == 0;
  if (plan->ready == NULL || plan->client == NULL) run_fail("a server needs a client and `ready`");
  if (chosen) plan->port = free_port();
  int fd = connect_to(plan->port);
  if (fd >= 0) run_fail("somebody else listens on port %u", plan->port);
  struct words words = run_command(plan, plan->server);
  pid_t server = run_start(plan, &words, true, false);
  wait_ready(plan, &server);
  uint32_t rounds = r != NULL ? r->job.rounds : 1;
  if (r != NULL) {
    one_round(plan, &server, NULL);
    r->ready_ns = bench_now_ns();
  }
  uint64_t answered = 0;
  for (uint32_t i = 0; i < rounds; i++) answered += one_round(plan, &server, r != NULL ? &r->round[i] : NULL);
  if (r != NULL) r->ended_ns = bench_now_ns();
  stop(plan, server);
  words_free(&words);
  if (r == NULL) {
    note_requests(plan, answered);
    return;
  }
  r->rounds_done = rounds;
  r->state = AB_RECORD_DONE;
}
