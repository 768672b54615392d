/* SPDX-License-Identifier: MIT */
/* parser.c: the program that the manual's examples look at: counts the words of its arguments. */
#include <stdlib.h>
#include <string.h>
#include <sys/sdt.h>
#include <unistd.h>

static volatile unsigned long words;

__attribute__((noinline)) static void parse_line(const char *line) {
  char *copy = strdup(line);
  for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
    words++;
    DTRACE_PROBE(provider, name);
  }
  free(copy);
}

/* In the background it serves itself, until nobody asks any more. */
__attribute__((noinline)) static void handle_request(void) { parse_line("a request"); }

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) parse_line(argv[i]);
  for (int i = 0; argc == 1 && i < 6000; i++) {
    handle_request();
    usleep(10000);
  }
  return words == 0;
}
