/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_log.c: see pack_log.h. */
#include "harness/fleet/pack_log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/trace/trace_format.h"

/* A head has Step 0's list of functions in it; nothing of ours is as long as this. */
enum { LINE_MAX_BYTES = 1 << 20, TAIL = sizeof ",\"crc\":\"00000000\"}\n" - 1 };
/* Log ratios: 7 digits are a hundred-thousandth of a percent. */
#define RATIO_FORMAT "%.7f"

/* --- writing ---------------------------------------------------------------------------------- */

/* text without its closing brace. One write for each line: a kill leaves whole lines. */
static int put(struct pack_log *log, const char *text, size_t length, struct error *err) {
  char *line = malloc(length + TAIL + 1);
  if (!line) return error_set_errno(err, -ENOMEM, "cannot write %s", log->path);
  memcpy(line, text, length);
  log->crc = trace_crc32(log->crc, text, length);
  length += (size_t)snprintf(line + length, TAIL + 1, ",\"crc\":\"%08x\"}\n", log->crc);
  content_hash_add(&log->hash, line, length);
  ssize_t n;
  do n = write(fileno(log->f), line, length);
  while (n < 0 && errno == EINTR);
  free(line);
  if (n == (ssize_t)length) return 0;
  int rc = error_set_errno(err, n < 0 ? -errno : -ENOSPC, "cannot write %s", log->path);
  error_set_kind(err, ERROR_UNMEASURED);
  return error_advise(err, "free some space, or choose another place with --out DIR"), rc;
}

static int put_fields(struct pack_log *log, const struct field_table *table, const void *object, struct error *err) {
  json_t *value = fields_json(table, object);
  char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9));
  json_decref(value);
  if (!text) return error_raise(err, ERROR_INTERNAL, -EINVAL, "cannot write %s: not valid JSON", log->path);
  int rc = put(log, text, strlen(text) - 1, err);
  free(text);
  return rc;
}

int pack_log_open(struct pack_log *log, struct results *results, const struct pack_head *head, struct error *err) {
  memset(log, 0, sizeof *log);
  content_hash_start(&log->hash);
  snprintf(log->path, sizeof log->path, "%.4000s/%s", results->path, PACK_LOG_FILE);
  log->f = results_append(results, PACK_LOG_FILE, err);
  return log->f ? put_fields(log, &pack_head_fields, head, err) : err->code;
}

int pack_log_pair(struct pack_log *log, const struct pair *p, struct error *err) {
  char text[256], core[80] = "";
  if (!isfinite(p->value) || !isfinite(p->mean_value) || fabs(p->value) > 50 || fabs(p->mean_value) > 50) return 0;
  if (p->width > 0 && p->narrowest > 0)
    snprintf(core, sizeof core, ",\"core\":[%.5f,%.5f,%.5f,%.5f]", p->width, p->narrowest, p->side_width[0],
             p->side_width[1]);
  int n = snprintf(text, sizeof text,
                   "{\"pair\":%llu,\"kind\":\"%s\",\"log_ratio\":[" RATIO_FORMAT "," RATIO_FORMAT "]%s%s",
                   (unsigned long long)p->index, p->kind == SAMPLE_CONTROL ? "control" : "test", p->value,
                   p->mean_value, core, p->disturbed ? ",\"disturbed\":true" : "");
  log->pairs++;
  return put(log, text, (size_t)n, err);
}

int pack_log_end(struct pack_log *log, struct pack_end *end, struct error *err) {
  char hex[65];
  struct content_hash h = log->hash;
  content_hash_finish(&h, hex);
  fields_copy_text(&end->sha256, hex);
  end->pairs = log->pairs;
  int rc = put_fields(log, &pack_end_fields, end, err);
  if (rc == 0 && fsync(fileno(log->f)) != 0 && errno != EINVAL && errno != EROFS)
    rc = error_set_errno(err, -errno, "cannot write %s", log->path);
  return rc;
}

void pack_log_close(struct pack_log *log) {
  if (log->f) fclose(log->f);
  log->f = NULL;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int damaged(struct pack_log_reader *r, const char *what) {
  r->state = PACK_LOG_DAMAGED;
  snprintf(r->fault, sizeof r->fault, "line %zu %s", r->number, what);
  return 0;
}

/* The next whole line with its checksum; its length without that, 0 at the end, -1: damaged. */
static long next_line(struct pack_log_reader *r) {
  char crc[9];
  r->number++;
  if (!fgets(r->line, LINE_MAX_BYTES, r->f)) return r->state = PACK_LOG_PARTIAL, 0;
  size_t n = strlen(r->line);
  if (n == 0 || r->line[n - 1] != '\n') {
    if (n + 1 < LINE_MAX_BYTES && feof(r->f)) return r->state = PACK_LOG_PARTIAL, 0; /* cut off here */
    return damaged(r, "is not of this format"), -1;
  }
  if (n <= TAIL) return damaged(r, "is not of this format"), -1;
  size_t length = n - TAIL;
  uint32_t sum = trace_crc32(r->crc, r->line, length);
  snprintf(crc, sizeof crc, "%08x", sum);
  const char *tail = r->line + length;
  if (memcmp(tail, ",\"crc\":\"", 8) != 0 || memcmp(tail + 8, crc, 8) != 0 || memcmp(tail + 16, "\"}\n", 3) != 0)
    return damaged(r, "is not as it was written, or one before it is missing"), -1;
  r->crc = sum;
  return (long)length;
}

static int load(struct pack_log_reader *r, const struct field_table *table, void *object) {
  struct error err = { 0 };
  json_error_t where;
  json_t *value = json_loads(r->line, JSON_REJECT_DUPLICATES, &where);
  bool good = value && fields_is(table, value) && fields_load(table, object, value, "it", &err) == 0;
  json_decref(value);
  return good ? 0 : -EBADMSG;
}

int pack_log_start(struct pack_log_reader *r, FILE *f, struct pack_head *head) {
  memset(r, 0, sizeof *r);
  fields_init(&pack_end_fields, &r->end);
  r->f = f;
  r->state = PACK_LOG_DAMAGED;
  content_hash_start(&r->hash);
  r->line = malloc(LINE_MAX_BYTES);
  if (!r->line) return damaged(r, "cannot be read: out of memory"), -ENOMEM;
  long n = next_line(r);
  if (n == 0) damaged(r, "is not whole: nothing says what was measured where");
  if (n <= 0) return -EBADMSG;
  if (load(r, &pack_head_fields, head) != 0 || !head->pack || !head->run || !head->subject)
    return damaged(r, "is not the first one of a result of pack run"), -EBADMSG;
  content_hash_add(&r->hash, r->line, strlen(r->line));
  return 0;
}

static bool word(const char **p, const char *text) {
  size_t n = strlen(text);
  if (strncmp(*p, text, n) != 0) return false;
  *p += n;
  return true;
}

/* -?digits.digits, as printf writes it: a tenth of strtod's time. */
static bool decimal(const char **p, double *value) {
  static const double scale[] = { 1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8 };
  bool minus = **p == '-';
  const char *at = *p + minus;
  uint64_t v = 0;
  int digits = 0, behind = 0;
  for (; *at >= '0' && *at <= '9'; at++, digits++) v = v * 10 + (uint64_t)(*at - '0');
  if (digits == 0 || digits > 8 || *at != '.') return false;
  for (at++; *at >= '0' && *at <= '9'; at++, behind++) v = v * 10 + (uint64_t)(*at - '0');
  if (behind == 0 || behind > 8) return false;
  *value = (minus ? -1 : 1) * (double)v * scale[behind];
  *p = at;
  return true;
}

static bool parse(const char *p, const char *end, struct pair *pair) {
  int digits = 0;
  memset(pair, 0, sizeof *pair);
  if (!word(&p, "{\"pair\":")) return false;
  for (; *p >= '0' && *p <= '9' && digits < 18; p++, digits++) pair->index = pair->index * 10 + (uint64_t)(*p - '0');
  if (digits == 0 || !word(&p, ",\"kind\":\"")) return false;
  if (word(&p, "control\"")) pair->kind = SAMPLE_CONTROL;
  else if (word(&p, "test\"")) pair->kind = SAMPLE_TEST;
  else return false;
  if (!word(&p, ",\"log_ratio\":[") || !decimal(&p, &pair->value) || !word(&p, ",") ||
      !decimal(&p, &pair->mean_value) || !word(&p, "]"))
    return false;
  if (word(&p, ",\"core\":[") &&
      (!decimal(&p, &pair->width) || !word(&p, ",") || !decimal(&p, &pair->narrowest) || !word(&p, ",") ||
       !decimal(&p, &pair->side_width[0]) || !word(&p, ",") || !decimal(&p, &pair->side_width[1]) || !word(&p, "]")))
    return false;
  pair->disturbed = word(&p, ",\"disturbed\":true");
  pair->log_ns[0] = pair->log_ns[1] = NAN;
  const double width[] = { pair->width, pair->narrowest, pair->side_width[0], pair->side_width[1] };
  for (size_t i = 0; i < 4; i++)
    if (width[i] < 0 || width[i] > 50) return false;
  return p == end && fabs(pair->value) <= 50 && fabs(pair->mean_value) <= 50;
}

static int take_end(struct pack_log_reader *r) {
  char hex[65];
  if (load(r, &pack_end_fields, &r->end) != 0 || !r->end.sha256) return damaged(r, "is neither a pair nor the end");
  content_hash_finish(&r->hash, hex);
  if (strcmp(hex, r->end.sha256) != 0) return damaged(r, "has another hash than the lines before it");
  if (r->end.pairs != r->pairs) return damaged(r, "says another number of pairs than there are");
  r->number++;
  if (fgetc(r->f) != EOF) return damaged(r, "stands behind the end");
  r->state = PACK_LOG_WHOLE;
  return 0;
}

int pack_log_next(struct pack_log_reader *r, struct pair *pair) {
  long n = next_line(r);
  if (n <= 0) return 0;
  if (strncmp(r->line, "{\"pair\":", 8) != 0) return take_end(r);
  if (!parse(r->line, r->line + n, pair) || pair->index <= r->last_index) return damaged(r, "is not a pair");
  content_hash_add(&r->hash, r->line, (size_t)n + TAIL);
  r->last_index = pair->index;
  r->pairs++;
  return 1;
}

void pack_log_finish(struct pack_log_reader *r) {
  free(r->line);
  r->line = NULL;
  fields_free(&pack_end_fields, &r->end);
}
