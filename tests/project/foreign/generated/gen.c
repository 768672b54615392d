/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For foreign.sh: writes a source file, and a header with the number of its rows. */
#include <stdio.h>
int main(void) {
  FILE *h = fopen("rows.h", "w"), *c = fopen("rows.c", "w");
  if (!h || !c) return 1;
#ifdef WIDE
  int rows = 65;
#else
  int rows = 64;
#endif
  fprintf(h, "#define ROWS %d\nextern const unsigned row[ROWS];\n", rows);
  fprintf(c, "#include \"rows.h\"\nconst unsigned row[ROWS] = {\n");
  for (int i = 0; i < rows; i++) fprintf(c, "  %d,\n", i * i % 61);
  fprintf(c, "};\n");
  return fclose(h) | fclose(c);
}
