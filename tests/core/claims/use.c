/* SPDX-License-Identifier: MIT */
/* use.c: a program that calls foo_parse of a library. */
int foo_parse(const char *text);
int main(int argc, char **argv) { return foo_parse(argc > 1 ? argv[1] : "x") == 0; }
