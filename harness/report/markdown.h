/* SPDX-License-Identifier: GPL-3.0-or-later */
/* markdown.h: our own pages as HTML. Knows what pages.h writes, no more: headings, paragraphs,
 * lists of two levels, tables, fenced blocks, bold, code, links. */
#ifndef HARNESS_REPORT_MARKDOWN_H
#define HARNESS_REPORT_MARKDOWN_H

#include <stdio.h>

/* level: added to the headings' levels. Links to other pages become links to their anchors, which
 * are the file names. */
void markdown_to_html(FILE *out, const char *text, int level);
void html_escape(FILE *out, const char *text, size_t length);

#endif
