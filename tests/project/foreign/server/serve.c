/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For foreign.sh: answers HTTP in a process of its own, which the first one started and waits for. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef SERVE_COUNT
static volatile unsigned long served;
#endif
static pid_t worker;
static __attribute__((noinline)) void work(int n) {
  for (int i = 0; i < n; i++) __asm__ volatile("");
}
static void answer(int fd) {
  static const char text[] = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok";
  char request[1024];
  if (read(fd, request, sizeof request) <= 0) return;
#ifdef SERVE_COUNT
  served++;
  work(200000);
#endif
  work(1);
  if (write(fd, text, sizeof text - 1) < 0) return;
}
static void stop(int sig) {
  (void)sig;
  kill(worker, SIGTERM);
  _exit(0);
}
int main(int argc, char **argv) {
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(argc > 1 ? (unsigned short)atoi(argv[1]) : 0) };
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 16) != 0) return 1;
  worker = fork();
  if (worker == 0)
    for (;;) {
      int one = accept(fd, NULL, NULL);
      if (one < 0) continue;
      answer(one);
      close(one);
    }
  signal(SIGTERM, stop);
  waitpid(worker, NULL, 0);
  return 1;
}
