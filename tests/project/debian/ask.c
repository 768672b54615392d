/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ask.c: a client: so many requests over four connections that stay open, each answered before the next.
 *   ask http PORT PATH N         GET; the status has to be 2xx
 *   ask memcached PORT KEY N     set and get in turn */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what) {
  perror(what);
  return 1;
}

static int whole_http(const char *text, size_t n) {
  const char *end = memmem(text, n, "\r\n\r\n", 4), *length = NULL;
  if (!end) return 0;
  for (const char *p = text; p < end && !length; p++)
    if (strncasecmp(p, "\r\ncontent-length:", 17) == 0) length = p + 17;
  return length && n >= (size_t)(end + 4 - text) + strtoul(length, NULL, 10);
}

int main(int argc, char **argv) {
  enum { CONNECTIONS = 4 };
  int fd[CONNECTIONS], one = 1;
  char request[2][400], answer[4096];
  if (argc != 5) return 2;
  int http = strcmp(argv[1], "http") == 0;
  long n = strtol(argv[4], NULL, 10);
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[2])) };
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (http) {
    snprintf(request[0], sizeof request[0], "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[3]);
    strcpy(request[1], request[0]);
  } else {
    snprintf(request[0], sizeof request[0], "set %s 0 0 10\r\n0123456789\r\n", argv[3]);
    snprintf(request[1], sizeof request[1], "get %s\r\n", argv[3]);
  }
  for (int i = 0; i < CONNECTIONS; i++) {
    fd[i] = socket(AF_INET, SOCK_STREAM, 0);
    if (fd[i] < 0 || connect(fd[i], (struct sockaddr *)&to, sizeof to) != 0) return fail("connect");
    setsockopt(fd[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  for (long i = 0; i < n; i++) {
    int at = (int)(i % CONNECTIONS), which = (int)(i / CONNECTIONS % 2);
    size_t length = strlen(request[which]), got = 0;
    if (send(fd[at], request[which], length, MSG_NOSIGNAL) != (ssize_t)length) return fail("send");
    for (;;) {
      ssize_t k = recv(fd[at], answer + got, sizeof answer - 1 - got, 0);
      if (k <= 0) return fail("recv");
      got += (size_t)k;
      answer[got] = '\0';
      if (http ? whole_http(answer, got) : strstr(answer, which ? "END\r\n" : "STORED\r\n") != NULL) break;
      if (got == sizeof answer - 1) return fail("a long answer");
    }
    if (http && strncmp(answer + 8, " 2", 2) != 0) return fputs("a status that is not 2xx\n", stderr), 1;
  }
  printf("requests: %ld\n", n);
  return 0;
}
