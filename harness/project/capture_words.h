/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture_words.h: what the words of a linker's command line stand for. */
#ifndef HARNESS_PROJECT_CAPTURE_WORDS_H
#define HARNESS_PROJECT_CAPTURE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Response files (@FILE) opened, to a depth; *argc changes with them. */
char **capture_expand(char **argv, int *argc);
/* An argument that is a file's name, and not an option's value. */
bool capture_is_input(char **argv, int i);
/* The output that this word names, or that stands behind it; NULL: it is none. */
const char *capture_output(char **argv, int i);
/* An option whose value is a file that says how to link: its name into `option`, and its value, "" where that is the
 * next word; NULL: another word. */
const char *capture_named_file(const char *word, char *option, size_t size);
/* Whether -lNAME is an archive of the build's own: its path. */
bool capture_library(int argc, char **argv, int i, char *out, size_t size);

#endif
