/* SPDX-License-Identifier: GPL-3.0-or-later */
/* markdown.c: see markdown.h. */
#include "harness/report/markdown.h"

#include <stdbool.h>
#include <string.h>

enum block { BLOCK_NONE, BLOCK_PARAGRAPH, BLOCK_LIST, BLOCK_SUBLIST, BLOCK_TABLE, BLOCK_CODE };

enum { COLUMNS_MAX = 32 };
struct span {
  const char *from, *to;
};
/* What is open, and the columns of a table that is. */
struct page {
  enum block block;
  struct span column[COLUMNS_MAX];
  size_t columns;
};

void html_escape(FILE *out, const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) switch (text[i]) {
    case '<': fputs("&lt;", out); break;
    case '>': fputs("&gt;", out); break;
    case '&': fputs("&amp;", out); break;
    case '"': fputs("&quot;", out); break;
    default: fputc(text[i], out);
    }
}

/* [text](target); returns what follows, NULL where it is none. */
static const char *link_at(FILE *out, const char *p, const char *end) {
  const char *close = memchr(p, ']', (size_t)(end - p));
  if (!close || close + 1 >= end || close[1] != '(') return NULL;
  const char *stop = memchr(close, ')', (size_t)(end - close));
  if (!stop) return NULL;
  fputs("<a href=\"#", out);
  html_escape(out, close + 2, (size_t)(stop - close - 2));
  fputs("\">", out);
  html_escape(out, p + 1, (size_t)(close - p - 1));
  fputs("</a>", out);
  return stop + 1;
}

static void inline_text(FILE *out, const char *p, const char *end) {
  bool bold = false;
  while (p < end) {
    const char *after;
    if (*p == '`' && (after = memchr(p + 1, '`', (size_t)(end - p - 1))) != NULL) {
      fputs("<code>", out);
      html_escape(out, p + 1, (size_t)(after - p - 1));
      fputs("</code>", out);
      p = after + 1;
    } else if (p + 1 < end && p[0] == '*' && p[1] == '*') {
      fputs(bold ? "</strong>" : "<strong>", out);
      bold = !bold;
      p += 2;
    } else if (*p == '[' && (after = link_at(out, p, end)) != NULL) {
      p = after;
    } else {
      if (p[0] == '\\' && p + 1 < end && (p[1] == '|' || p[1] == '<' || p[1] == '(')) p++;
      html_escape(out, p++, 1);
    }
  }
  if (bold) fputs("</strong>", out);
}

/* The next cell of a row, without blanks; false where there is none. */
static bool next_cell(const char **p, const char *end, struct span *cell) {
  if (*p >= end) return false;
  const char *stop = *p;
  while (stop < end && !(*stop == '|' && stop[-1] != '\\')) stop++;
  *cell = (struct span){ *p, stop };
  while (cell->from < cell->to && *cell->from == ' ') cell->from++;
  while (cell->to > cell->from && cell->to[-1] == ' ') cell->to--;
  *p = stop + 1;
  return true;
}

/* The first row names the columns. A narrow screen shows a table of many columns as one list for each row, where each
 * cell says of which column it is. */
static void table_head(FILE *out, const char *p, const char *end, struct page *page) {
  page->columns = 0;
  p++;
  while (page->columns < COLUMNS_MAX && next_cell(&p, end, &page->column[page->columns])) page->columns++;
  fprintf(out, "<div class=\"wide\"><table%s>\n<thead><tr>", page->columns > 3 ? " class=\"fold\"" : "");
  for (size_t i = 0; i < page->columns; i++) {
    fputs("<th scope=\"col\">", out);
    inline_text(out, page->column[i].from, page->column[i].to);
    fputs("</th>", out);
  }
  fputs("</tr></thead>\n<tbody>\n", out);
}

static void table_row(FILE *out, const char *p, const char *end, const struct page *page) {
  struct span cell;
  fputs("<tr>", out);
  p++;
  for (size_t i = 0; next_cell(&p, end, &cell); i++) {
    fputs("<td", out);
    if (page->columns > 3 && i < page->columns && page->column[i].to > page->column[i].from) {
      fputs(" data-column=\"", out);
      html_escape(out, page->column[i].from, (size_t)(page->column[i].to - page->column[i].from));
      fputs("\"", out);
    }
    fputs(">", out);
    inline_text(out, cell.from, cell.to);
    fputs("</td>", out);
  }
  fputs("</tr>\n", out);
}

static void close_block(FILE *out, enum block *block) {
  static const char *const end[] = {
    "", "</p>\n", "</li></ul>\n", "</li></ul></li></ul>\n", "</tbody></table></div>\n", "</code></pre>\n"
  };
  fputs(end[*block], out);
  *block = BLOCK_NONE;
}

static void open_block(FILE *out, enum block *block, enum block wanted, const char *html) {
  if (*block != wanted) {
    close_block(out, block);
    fputs(html, out);
    *block = wanted;
  }
}

static void item(FILE *out, enum block *block, bool sub) {
  if (sub && *block == BLOCK_LIST) fputs("<ul><li>", out);
  else if (sub && *block == BLOCK_SUBLIST) fputs("</li><li>", out);
  else if (*block == BLOCK_SUBLIST) fputs("</li></ul></li><li>", out);
  else if (*block == BLOCK_LIST) fputs("</li><li>", out);
  else {
    close_block(out, block);
    fputs("<ul><li>", out);
  }
  *block = sub && *block != BLOCK_NONE ? BLOCK_SUBLIST : BLOCK_LIST;
}

/* "12. text": length of the number with dot and blank, 0 where it is none. */
static size_t numbered(const char *line) {
  size_t n = strspn(line, "0123456789");
  return n && line[n] == '.' && line[n + 1] == ' ' ? n + 2 : 0;
}

static void one_line(FILE *out, const char *line, const char *end, int level, struct page *page) {
  enum block *block = &page->block;
  size_t hashes = strspn(line, "#");
  if (hashes && line[hashes] == ' ') {
    close_block(out, block);
    fprintf(out, "<h%zu>", hashes + (size_t)level);
    inline_text(out, line + hashes + 1, end);
    fprintf(out, "</h%zu>\n", hashes + (size_t)level);
  } else if (*line == '|') {
    if (*block != BLOCK_TABLE) {
      open_block(out, block, BLOCK_TABLE, "");
      table_head(out, line, end, page);
    } else if (strspn(line, "|-") != (size_t)(end - line)) {
      table_row(out, line, end, page);
    }
  } else if (strncmp(line, "- ", 2) == 0) {
    item(out, block, false);
    inline_text(out, line + 2, end);
  } else if (strncmp(line, "   - ", 5) == 0) {
    item(out, block, true);
    inline_text(out, line + 5, end);
  } else if (numbered(line)) {
    item(out, block, false);
    inline_text(out, line, end);
  } else if (line == end) {
    if (*block != BLOCK_LIST && *block != BLOCK_SUBLIST) close_block(out, block);
  } else {
    open_block(out, block, BLOCK_PARAGRAPH, "<p>");
    inline_text(out, line, end);
    fputc('\n', out);
  }
}

void markdown_to_html(FILE *out, const char *text, int level) {
  struct page page = { .block = BLOCK_NONE };
  while (*text) {
    const char *end = text + strcspn(text, "\n");
    if (strncmp(text, "```", 3) == 0) {
      if (page.block == BLOCK_CODE) close_block(out, &page.block);
      else open_block(out, &page.block, BLOCK_CODE, "<pre><code>");
    } else if (page.block == BLOCK_CODE) {
      html_escape(out, text, (size_t)(end - text));
      fputc('\n', out);
    } else {
      one_line(out, text, end, level, &page);
    }
    text = *end ? end + 1 : end;
  }
  close_block(out, &page.block);
}
