/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html_report.c: see html_report.h. */
#include "harness/report/html_report.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/markdown.h"
#include "harness/report/pages.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
    "content=\"width=device-width, initial-scale=1\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n<title>HAKMEM: what compiling telemetry out gains</title>\n<style>\n"
    ":root{color-scheme:light}*{box-sizing:border-box}\n"
    "body{font:16px/1.5 system-ui,\"DejaVu Sans\",sans-serif;color:#1a1a1a;background:#fff;margin:0 "
    "auto;max-width:76rem;padding:0 1rem 3rem}\n"
    "p,ul{max-width:52rem}.answer{font-size:1.1rem;font-weight:600}details{margin:1rem 0}summary{cursor:pointer}\n"
    "h1,h2{line-height:1.2}h2{border-top:2px solid #444;padding-top:1.2rem;margin-top:3rem}h3{margin-top:1.8rem}\n"
    "code,pre{font:0.86em/1.4 \"DejaVu Sans Mono\",ui-monospace,monospace}code{overflow-wrap:anywhere}\n"
    "pre{overflow-x:auto;background:#f4f4f4;padding:0.7rem}.wide{overflow-x:auto;margin:0.8rem 0}\n"
    "table{border-collapse:collapse;font-size:0.86rem;font-variant-numeric:tabular-nums}th,td{border:1px solid "
    "#bbb;padding:0.25rem 0.5rem;text-align:left;vertical-align:top}th{background:#eee}\n"
    "figure{margin:1.2rem 0;break-inside:avoid}figure img{max-width:100%;height:auto;display:block;margin:0 "
    "auto}figcaption{font-size:0.86rem;color:#444}\n"
    "td:first-child{overflow-wrap:anywhere;min-width:4.5rem}thead th{white-space:normal}\n"
    "p,li{overflow-wrap:anywhere}nav "
    "ul{max-width:none;columns:17rem;column-gap:2rem;padding-left:1.2rem}a{color:#0050a0}\n"
    "@media screen and (max-width:66rem){.wide{overflow:visible}td,th{overflow-wrap:anywhere}pre{white-space:pre-wrap;"
    "overflow-wrap:anywhere}.fold,.fold tbody,.fold tr,.fold td{display:block}.fold thead{position:absolute;width:1px;"
    "height:1px;overflow:hidden;clip-path:inset(50%)}.fold tr{border:1px solid #bbb;margin:0 0 0.6rem;padding:0.2rem "
    "0.4rem}.fold td{border:0;padding:0.1rem 0;display:grid;grid-template-columns:minmax(6rem,30%) 1fr;gap:0.6rem}"
    ".fold td:not([data-column]){display:block}.fold td::before{content:attr(data-column);color:#555}}\n"
    "@media (max-width:40rem){body{font-size:15px}h1{font-size:1.5rem}h2{font-size:1.25rem}}\n"
    "@media "
    "print{body{max-width:none;font-size:10pt}nav{display:none}.wide,pre{overflow:visible}pre{white-space:pre-wrap}"
    "table{font-size:7.5pt}td,th{padding:1px "
    "3px;overflow-wrap:anywhere}section+section{break-before:page}a{color:inherit;text-decoration:none}}\n"
    "</style>\n</head>\n<body>\n";

/* Whole file; NULL where it cannot be read. To be freed. */
static char *file_text(const char *path, size_t *length) {
  FILE *f = fopen(path, "re");
  char *text = NULL, block[65536];
  size_t n, room = 0;
  *length = 0;
  while (f && (n = fread(block, 1, sizeof block, f)) > 0) {
    if (*length + n + 1 > room) {
      char *more = realloc(text, room = (*length + n + 1) * 2);
      if (!more) break;
      text = more;
    }
    memcpy(text + *length, block, n);
    *length += n;
    text[*length] = '\0';
  }
  if (f) fclose(f);
  return text;
}

static void base64(FILE *out, const unsigned char *p, size_t n) {
  static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < n; i += 3) {
    unsigned v = (unsigned)p[i] << 16 | (i + 1 < n ? (unsigned)p[i + 1] << 8 : 0) | (i + 2 < n ? p[i + 2] : 0);
    fputc(digit[v >> 18], out);
    fputc(digit[v >> 12 & 63], out);
    fputc(i + 1 < n ? digit[v >> 6 & 63] : '=', out);
    fputc(i + 2 < n ? digit[v & 63] : '=', out);
  }
}

static int figure(FILE *out, const struct picture *p, const char *plots_dir, struct error *err) {
  char path[PATH_MAX];
  size_t n;
  snprintf(path, sizeof path, "%.3900s/%.95s.svg", plots_dir, p->name);
  char *svg = file_text(path, &n);
  if (!svg) return error_raise(err, ERROR_INTERNAL, -EIO, "cannot read the picture %s", path);
  fputs("<figure><img alt=\"", out);
  html_escape(out, p->caption, strlen(p->caption));
  fputs("\" src=\"data:image/svg+xml;base64,", out); /* as a file of its own, so that ids of pictures do not meet */
  base64(out, (const unsigned char *)svg, n);
  fputs("\"><figcaption>", out);
  html_escape(out, p->id, strlen(p->id));
  fputs(p->id[0] ? ": " : "", out);
  html_escape(out, p->caption, strlen(p->caption));
  fputs("</figcaption></figure>\n", out);
  free(svg);
  return 0;
}

/* Pictures of this row, and of its opened gate. */
static int figures_of(FILE *out, const char *id, const struct pictures *pictures, const char *plots_dir,
                      struct error *err) {
  size_t n = strlen(id);
  int rc = 0;
  for (size_t i = 0; i < pictures->count && rc == 0; i++) {
    const char *of = pictures->list[i].id;
    if (strcmp(pictures->list[i].name, "forest") == 0) continue; /* stands on top */
    if (strcmp(of, id) == 0 || (n && strncmp(of, id, n) == 0 && strcmp(of + n, "-open") == 0))
      rc = figure(out, &pictures->list[i], plots_dir, err);
  }
  return rc;
}

static const struct phase *phase_of_page(const char *name) {
  char page[128];
  for (size_t i = 0; i < phase_count(); i++) {
    page_file_name(phase_at(i), page, sizeof page);
    if (strcmp(page, name) == 0) return phase_at(i);
  }
  return NULL;
}

static bool is_known(const char *id) {
  char base[RECORD_ID_MAX];
  snprintf(base, sizeof base, "%s", id);
  char *open = strstr(base, "-open");
  if (open) *open = '\0';
  return phase_find(base) || strcmp(id, "cumulative") == 0;
}

static int section(FILE *out, const char *name, const char *pages_dir, const struct pictures *pictures,
                   const char *plots_dir, struct error *err) {
  char path[PATH_MAX];
  size_t n;
  const struct phase *p = phase_of_page(name);
  bool plain = strstr(name, ".txt") != NULL, summary = strcmp(name, "CUMULATIVE_SUMMARY.md") == 0;
  int rc = 0;
  snprintf(path, sizeof path, "%.3800s/%.200s", pages_dir, name);
  char *text = file_text(path, &n);
  if (!text) return error_raise(err, ERROR_INTERNAL, -EIO, "cannot read %s", path);
  fprintf(out, "<section id=\"%s\">\n", name);
  if (plain) {
    fputs("<h2>All atomics</h2>\n<pre>", out);
    html_escape(out, text, n);
    fputs("</pre>\n", out);
  } else {
    markdown_to_html(out, text, 1);
  }
  free(text);
  if (summary) rc = figures_of(out, "", pictures, plots_dir, err);
  if (rc == 0 && summary) rc = figures_of(out, "cumulative", pictures, plots_dir, err);
  for (size_t i = 0; summary && rc == 0 && i < pictures->count; i++) /* of an `ab` by itself: there is no page */
    if (pictures->list[i].id[0] && !is_known(pictures->list[i].id))
      rc = figure(out, &pictures->list[i], plots_dir, err);
  if (rc == 0 && p) rc = figures_of(out, p->id, pictures, plots_dir, err);
  fputs("</section>\n", out);
  return rc;
}

/* warm-pool-logs and WARM_POOL_LOGS */
static bool same_word(const char *a, const char *b) {
  for (; *a && *b; a++, b++)
    if (tolower((unsigned char)*a) != tolower((unsigned char)*b) && !(strchr("-_", *a) && strchr("-_", *b)))
      return false;
  return *a == *b;
}

static void contents(FILE *out, const struct words *pages) {
  fputs("<nav aria-label=\"contents\"><details open><summary>Contents</summary><ul>\n", out);
  for (size_t i = 0; i < pages->count; i++) {
    const char *name = pages->word[i];
    const struct phase *p = phase_of_page(name);
    fprintf(out, "<li><a href=\"#%s\">", name);
    if (p && same_word(p->id, p->name)) fprintf(out, "Phase %s", p->id);
    else if (p) fprintf(out, "Phase %s, %s", p->id, p->name);
    else fputs(strstr(name, ".txt") ? "All atomics" : "Cumulative summary", out);
    fputs("</a></li>\n", out);
  }
  fputs("</ul></details></nav>\n", out);
}

/* The headline: all phases in one picture. */
static int glance(FILE *out, const struct pictures *pictures, const char *plots_dir, struct error *err) {
  for (size_t i = 0; i < pictures->count; i++)
    if (strcmp(pictures->list[i].name, "forest") == 0) return figure(out, &pictures->list[i], plots_dir, err);
  return 0;
}

int html_report_write(const char *answer, const struct words *pages, const char *pages_dir,
                      const struct pictures *pictures, const char *plots_dir, struct results *out, struct error *err) {
  char *html = NULL;
  size_t length;
  int rc = 0;

  FILE *f = open_memstream(&html, &length);
  if (!f) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  fputs(head, f);
  fputs("<h1>HAKMEM: what compiling telemetry out gains</h1>\n<p class=\"answer\">", f);
  html_escape(f, answer, strlen(answer));
  fputs("</p>\n", f);
  rc = glance(f, pictures, plots_dir, err);
  contents(f, pages);
  for (size_t i = 0; i < pages->count && rc == 0; i++)
    rc = section(f, pages->word[i], pages_dir, pictures, plots_dir, err);
  if (pictures->missing[0]) {
    fputs("<section><h2>What is not recorded</h2>\n<pre>", f);
    html_escape(f, pictures->missing, strlen(pictures->missing));
    fputs("</pre></section>\n", f);
  }
  fputs("</body>\n</html>\n", f);
  if (fclose(f) != 0 && rc == 0) rc = error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  if (rc == 0) rc = results_write(out, "report.html", html, length, err);
  free(html);
  return rc;
}
