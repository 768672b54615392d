/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bare.c: starts a program with an empty environment: what was preloaded here is not there. */
#include <unistd.h>

int main(int argc, char **argv) {
  char *none[] = { NULL };
  if (argc < 2) return 2;
  execve(argv[1], argv + 1, none);
  return 9;
}
