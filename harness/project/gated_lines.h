/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gated_lines.h: which lines of the sources a gate adds, changes or gives code to.
 *
 * Found in three ways, united, each kept as the line's provenance:
 *   diff  lines of a file that the other build's tree has not, or has otherwise (patches, commits, generated files)
 *   text  lines whose tokens after the preprocessor differ (#if, macros): exact, needs the captured compiles
 *   code  lines that have machine code in the one image and none in the other, by their line tables: finds gates
 *         that are constants (`if (config_stats)`), and lines that an optimiser joined with others
 * Files are named from the sources' folder. */
#ifndef HARNESS_PROJECT_GATED_LINES_H
#define HARNESS_PROJECT_GATED_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/error.h"
#include "harness/project/project_compare.h"

enum gated_by { GATED_BY_DIFF = 1, GATED_BY_TEXT = 2, GATED_BY_CODE = 4 };

struct gated_line {
  char *file;
  int line;
  unsigned by;   /* enum gated_by */
  bool has_code; /* in the image with the gate */
};

struct gated_lines {
  struct gated_line *line; /* sorted by file, line; each once */
  size_t count, room, with_code;
  size_t units, units_unread; /* whose text was compared; that the preprocessor did not take */
  bool by_tree;       /* the image names files by the tree that it was built in, not by /src: link-time optimisation */
  bool compiles_seen; /* false: not a single compile was captured (clang), so nothing is known by text */
};

/* image[1] is linked with the gate, image[0] without, both with debug information; scratch is a folder of ours. */
int gated_lines_find(const struct project_difference *d, const char *const image[2], const char *scratch,
                     struct gated_lines *lines, struct error *err);
void gated_lines_free(struct gated_lines *lines);

/* For the .c files of this module: adds a line or a way to one that is there; keeps the order. */
int gated_lines_add(struct gated_lines *lines, const char *file, int line, unsigned by, bool has_code);

/* line_map.c: from lines of the file in one tree to those of the same file in another. */
struct line_map;
struct line_map *line_map_open(const char *tree_in, const char *tree_out, const char *scratch);
/* The line in tree_out of a line in tree_in; 0: it has none there, it was added or changed; -1: not known. */
int line_map_out(struct line_map *map, const char *file, int line);
/* Calls each for every line of tree_in that is not in tree_out, of a file that was asked for. */
int line_map_each_new(struct line_map *map, int (*each)(void *context, const char *file, int line), void *context);
void line_map_close(struct line_map *map);

/* gated_code.c, gated_text.c: one way each. */
int gated_by_code(const struct project_difference *d, const char *const image[2], struct line_map *map,
                  struct gated_lines *lines, struct error *err);
int gated_by_text(const struct project_difference *d, const char *scratch, struct line_map *map,
                  struct gated_lines *lines, struct error *err);
/* `path` as the sources' folder has it, from the name that a compiler gave: /src/… or below tree; false: it is no
 * source of the project. */
bool gated_source_name(const char *path, const char *folder, const char *tree, char *out, size_t size);

#endif
