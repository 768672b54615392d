/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html_report.h: all pages and pictures in one HTML file that needs nothing else. */
#ifndef HARNESS_REPORT_HTML_REPORT_H
#define HARNESS_REPORT_HTML_REPORT_H

#include "harness/core/results.h"
#include "harness/core/words.h"
#include "harness/report/plot_data.h"

/* answer is the sentence that stands first (page_answer). pages_dir holds the pages, plots_dir the pictures' SVG files;
 * pages are in the files' order. Written as report.html into out. */
int html_report_write(const char *answer, const struct words *pages, const char *pages_dir,
                      const struct pictures *pictures, const char *plots_dir, struct results *out, struct error *err);

#endif
