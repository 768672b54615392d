/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_file.c: see project_file.h. One table of keys (project_keys.def), one function for each kind of value. */
#include "harness/project/project_file.h"

#include <ctype.h>
#include <fcntl.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/names.h"

enum block { TOP, GATE, WORKLOAD };
enum kind { TEXT, LIST, NUMBER, CHANGE, CLASS, CLOCK, SIZES, READY };

struct key {
  const char *name;
  enum block block;
  size_t offset; /* of the field in the block's struct */
  enum kind kind;
  const char *wants;
};

#define FIELD_OF_TOP(f) offsetof(struct project, f)
#define FIELD_OF_GATE(f) offsetof(struct project_gate, f)
#define FIELD_OF_WORKLOAD(f) offsetof(struct project_workload, f)
static const struct key keys[] = {
#define KEY(name, block, field, kind, wants) { name, block, FIELD_OF_##block(field), kind, wants },
#include "harness/project/project_keys.def"
#undef KEY
};
enum { KEYS = sizeof keys / sizeof keys[0] };

struct reader {
  struct project *p;
  const char *path;
  unsigned line;
  enum block block;
  bool seen[KEYS]; /* in this block */
  struct error *err;
};

static int wrong(struct reader *r, const struct key *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int wrong(struct reader *r, const struct key *key, const char *format, ...) {
  char what[256];
  va_list ap;
  va_start(ap, format);
  vsnprintf(what, sizeof what, format, ap);
  va_end(ap);
  error_raise(r->err, ERROR_USAGE, -EINVAL, "%.200s:%u: %s", r->path, r->line, what);
  if (key != NULL) error_advise(r->err, "%s: %s", key->name, key->wants);
  return -EINVAL;
}

static int no_memory(struct reader *r) { return error_set_errno(r->err, -ENOMEM, "%.200s", r->path); }

bool project_is_name(const char *text) {
  size_t n = strlen(text);
  if (n == 0 || n > PROJECT_NAME_MAX || text[0] == '-' || text[0] == '.') return false;
  for (; *text; text++)
    if (!isalnum((unsigned char)*text) && strchr("._+-", *text) == NULL) return false;
  return true;
}

static char *copy(const char *text, size_t n) {
  while (n > 0 && isspace((unsigned char)text[n - 1])) n--;
  while (n > 0 && isspace((unsigned char)*text)) text++, n--;
  return strndup(text, n);
}

static int append(struct reader *r, const struct key *key, struct project_list *list, const char *text, size_t n) {
  if (list->count == PROJECT_LIST_MAX) return wrong(r, key, "more than %d values", PROJECT_LIST_MAX);
  char **grown = reallocarray(list->text, list->count + 1, sizeof *grown);
  if (grown == NULL) return no_memory(r);
  list->text = grown;
  if ((list->text[list->count] = copy(text, n)) == NULL) return no_memory(r);
  list->count++;
  return 0;
}

static int read_number(struct reader *r, const struct key *key, const char *value, double *out) {
  char *end;
  double v = strtod(value, &end);
  if (end == value || *end != '\0' || !isfinite(v) || !(v > 0))
    return wrong(r, key, "'%s' is no positive number", value);
  *out = v;
  return 0;
}

/* `IN`, `IN | OUT`, `IN | -`; of rev: `A..B`. */
static int read_change(struct reader *r, const struct key *key, const char *value) {
  struct project_gate *g = &r->p->gate[r->p->gates - 1];
  if (g->has_change) return wrong(r, key, "a gate has one of define, option, patch, rev");
  g->has_change = true;
  g->change = key->name[0] == 'd'   ? PROJECT_DEFINE
              : key->name[0] == 'o' ? PROJECT_OPTION
              : key->name[0] == 'p' ? PROJECT_PATCH
                                    : PROJECT_REV;
  if (g->change == PROJECT_REV) {
    const char *dots = strstr(value, "..");
    if (dots == NULL || dots == value || dots[2] == '\0' || dots[2] == '.')
      return wrong(r, key, "'%s' is not A..B", value);
    /* a commit's name is an argument of git: it must not look like an option */
    if (value[0] == '-' || dots[2] == '-') return wrong(r, key, "'%s': a commit does not begin with -", value);
    g->out = copy(value, (size_t)(dots - value));
    g->in = copy(dots + 2, strlen(dots + 2));
    return g->in == NULL || g->out == NULL ? no_memory(r) : 0;
  }
  size_t length = strlen(value);
  const char *bar = strstr(value, " | ");
  if (bar == NULL && length > 1 && strcmp(value + length - 2, " |") == 0) bar = value + length - 2;
  size_t n = bar != NULL ? (size_t)(bar - value) : length;
  if ((g->in = copy(value, n)) == NULL) return no_memory(r);
  if (g->in[0] == '\0') return wrong(r, key, "nothing stands before the |");
  if (bar != NULL) {
    if ((g->out = copy(bar + 2, strlen(bar + 2))) == NULL) return no_memory(r);
    if (g->out[0] == '\0') return wrong(r, key, "nothing stands behind the |; - is nothing");
    if (strcmp(g->out, "-") == 0) {
      free(g->out);
      g->out = NULL;
    }
  }
  bool is_define = g->change == PROJECT_DEFINE;
  for (int side = 0; is_define && side < 2; side++) {
    const char *name = side == 0 ? g->in : g->out;
    size_t named = name == NULL ? 1 : strcspn(name, "=");
    for (size_t i = 0; name != NULL && i < named; i++)
      if (!isalnum((unsigned char)name[i]) && name[i] != '_') return wrong(r, key, "'%s' is no macro's name", name);
    if (named == 0 || (name != NULL && isdigit((unsigned char)name[0])))
      return wrong(r, key, "'%s' is no macro's name", name == NULL ? "" : name);
  }
  if (strcmp(g->in, "-") == 0) return wrong(r, key, "what is in cannot be nothing; turn the sides around");
  return 0;
}

static int read_class(struct reader *r, const struct key *key, const char *value) {
  struct project_gate *g = &r->p->gate[r->p->gates - 1];
  if (strcmp(value, "telemetry") == 0) g->user_class = PROJECT_CLASS_TELEMETRY;
  else if (strcmp(value, "correctness") == 0) g->user_class = PROJECT_CLASS_CORRECTNESS;
  else return wrong(r, key, "'%s' is no class", value);
  return 0;
}

static int read_clock(struct reader *r, const struct key *key, const char *value) {
  struct project_workload *w = &r->p->workload[r->p->workloads - 1];
  if (strcmp(value, "cpu") == 0) w->clock = PROJECT_CLOCK_CPU;
  else if (strcmp(value, "cpu/request") == 0) w->clock = PROJECT_CLOCK_CPU_REQUEST;
  else if (strcmp(value, "wall") == 0) w->clock = PROJECT_CLOCK_WALL;
  else if (strncmp(value, "print ", 6) == 0) {
    regex_t compiled;
    w->clock = PROJECT_CLOCK_PRINT;
    if ((w->clock_regex = copy(value + 6, strlen(value + 6))) == NULL) return no_memory(r);
    int rc = regcomp(&compiled, w->clock_regex, REG_EXTENDED);
    if (rc != 0) {
      char why[128];
      regerror(rc, &compiled, why, sizeof why);
      return wrong(r, key, "'%s': %s", w->clock_regex, why);
    }
    size_t groups = compiled.re_nsub;
    regfree(&compiled);
    if (groups != 1) return wrong(r, key, "'%s' has %zu groups in brackets, not one", w->clock_regex, groups);
  } else return wrong(r, key, "'%s' is no clock", value);
  return 0;
}

static int read_sizes(struct reader *r, const struct key *key, const char *value) {
  struct project_list *sizes = &r->p->workload[r->p->workloads - 1].size;
  const char *dots = strstr(value, " .. ");
  if (dots == NULL) {
    int rc = 0;
    for (const char *at = value; rc == 0 && *at != '\0';) {
      size_t n = strcspn(at, " \t");
      rc = append(r, key, sizes, at, n);
      at += n;
      at += strspn(at, " \t");
    }
    return rc;
  }
  char *end_low, *end_high;
  long long low = strtoll(value, &end_low, 10), high = strtoll(dots + 4, &end_high, 10);
  if (end_low != dots || *end_high != '\0' || end_high == dots + 4) return wrong(r, key, "'%s' is not A .. B", value);
  if (low > high || (unsigned long long)high - (unsigned long long)low >= PROJECT_LIST_MAX)
    return wrong(r, key, "'%s' has no values, or more than %d", value, PROJECT_LIST_MAX);
  for (long long i = low; i <= high; i++) {
    char number[32];
    int rc = append(r, key, sizes, number, (size_t)snprintf(number, sizeof number, "%lld", i));
    if (rc != 0) return rc;
  }
  return 0;
}

static int read_ready(struct reader *r, const struct key *key, const char *value) {
  struct project_workload *w = &r->p->workload[r->p->workloads - 1];
  const char *rest = value + strcspn(value, " \t");
  size_t n = (size_t)(rest - value);
  rest += strspn(rest, " \t");
  if (n == 4 && strncmp(value, "http", 4) == 0 && rest[0] == '/') w->ready = PROJECT_READY_HTTP;
  else if (n == 3 && strncmp(value, "tcp", 3) == 0 && rest[0] == '\0') w->ready = PROJECT_READY_TCP;
  else if (n == 4 && strncmp(value, "exec", 4) == 0 && rest[0] != '\0') w->ready = PROJECT_READY_EXEC;
  else return wrong(r, key, "'%s' tells nobody when the server is ready", value);
  return (w->ready_text = copy(rest, strlen(rest))) == NULL ? no_memory(r) : 0;
}

static int read_value(struct reader *r, const struct key *key, const char *value) {
  struct project *p = r->p;
  void *owner = key->block == TOP    ? (void *)p
                : key->block == GATE ? (void *)&p->gate[p->gates - 1]
                                     : (void *)&p->workload[p->workloads - 1];
  void *field = (char *)owner + key->offset;
  switch (key->kind) {
  case TEXT: return (*(char **)field = copy(value, strlen(value))) == NULL ? no_memory(r) : 0;
  case LIST: return append(r, key, field, value, strlen(value));
  case NUMBER: return read_number(r, key, value, field);
  case CHANGE: return read_change(r, key, value);
  case CLASS: return read_class(r, key, value);
  case CLOCK: return read_clock(r, key, value);
  case SIZES: return read_sizes(r, key, value);
  case READY: return read_ready(r, key, value);
  }
  return -EINVAL;
}

static int begin_block(struct reader *r, enum block block, const char *name) {
  struct project *p = r->p;
  const char *what = block == GATE ? "gate" : "workload";
  if (!project_is_name(name))
    return wrong(r, NULL, "%s wants a name of letters, digits and . _ + -, not '%s'", what, name);
  size_t count = block == GATE ? p->gates : p->workloads;
  if (count == PROJECT_LIST_MAX) return wrong(r, NULL, "more than %d %ss", PROJECT_LIST_MAX, what);
  for (size_t i = 0; i < count; i++)
    if (strcmp(block == GATE ? p->gate[i].name : p->workload[i].name, name) == 0)
      return wrong(r, NULL, "%s '%s' is there already, in line %u", what, name,
                   block == GATE ? p->gate[i].line : p->workload[i].line);
  char *own = strdup(name);
  if (own == NULL) return no_memory(r);
  if (block == GATE) {
    struct project_gate *g = reallocarray(p->gate, count + 1, sizeof *g);
    if (g == NULL) return free(own), no_memory(r);
    p->gate = g;
    p->gate[p->gates++] = (struct project_gate){ .name = own, .line = r->line };
  } else {
    struct project_workload *w = reallocarray(p->workload, count + 1, sizeof *w);
    if (w == NULL) return free(own), no_memory(r);
    p->workload = w;
    p->workload[p->workloads++] = (struct project_workload){ .name = own, .line = r->line };
  }
  r->block = block;
  memset(r->seen, 0, sizeof r->seen);
  return 0;
}

static const char *const block_names[] = { "before the first gate or workload", "in a gate", "in a workload" };

static int unknown_key(struct reader *r, const char *name) {
  const char *names[KEYS + 1];
  char near[256];
  size_t n = 0;
  for (size_t i = 0; i < KEYS; i++)
    if (keys[i].block == r->block) names[n++] = keys[i].name;
  names[n] = NULL;
  wrong(r, NULL, "unknown key '%.60s'", name);
  error_advise(r->err, "%s there may stand: %s", block_names[r->block], names_near(names, name, near, sizeof near));
  return -EINVAL;
}

static int read_line(struct reader *r, char *line) {
  char *name = line + strspn(line, " \t"), *value = name + strcspn(name, " \t");
  if (*value != '\0') *value++ = '\0';
  value += strspn(value, " \t");
  if (strcmp(name, "gate") == 0) return begin_block(r, GATE, value);
  if (strcmp(name, "workload") == 0) return begin_block(r, WORKLOAD, value);
  const struct key *key = NULL, *elsewhere = NULL;
  for (size_t i = 0; i < KEYS; i++)
    if (strcmp(keys[i].name, name) == 0) *(keys[i].block == r->block ? &key : &elsewhere) = &keys[i];
  if (key == NULL && elsewhere != NULL)
    return wrong(r, elsewhere, "'%s' stands %s, not %s", name, block_names[elsewhere->block], block_names[r->block]);
  if (key == NULL) return unknown_key(r, name);
  if (*value == '\0') return wrong(r, key, "'%s' has no value", name);
  if (key->kind != LIST && r->seen[key - keys]) return wrong(r, key, "'%s' is said twice", name);
  r->seen[key - keys] = true;
  return read_value(r, key, value);
}

/* What only the whole file can tell. */
static int check_whole(struct reader *r) {
  const struct project *p = r->p;
  r->line = 1;
  if (p->source == NULL) return wrong(r, &keys[0], "no source");
  if (p->build == NULL) return wrong(r, &keys[1], "no build");
  if (p->image.count == 0) return wrong(r, &keys[2], "no image");
  for (size_t i = 0; i < p->gates; i++) {
    const struct project_gate *g = &p->gate[i];
    r->line = g->line;
    if (!g->has_change) return wrong(r, NULL, "gate '%s' has none of define, option, patch, rev", g->name);
    if ((g->change == PROJECT_DEFINE || g->change == PROJECT_OPTION) && strstr(p->build, "@gate@") == NULL)
      return wrong(r, NULL, "gate '%s' needs @gate@ in the build command, where its %s goes", g->name,
                   g->change == PROJECT_DEFINE ? "-D" : "option");
  }
  for (size_t i = 0; i < p->workloads; i++) {
    const struct project_workload *w = &p->workload[i];
    r->line = w->line;
    if ((w->run == NULL) == (w->server == NULL))
      return wrong(r, NULL, "workload '%s' wants either run or server", w->name);
    if (w->server != NULL && (w->client == NULL || w->ready == PROJECT_READY_NONE || w->requests == 0))
      return wrong(r, NULL, "workload '%s': a server wants client, ready and requests", w->name);
    if (w->run != NULL && (w->client != NULL || w->ready != PROJECT_READY_NONE))
      return wrong(r, NULL, "workload '%s': client and ready belong to a server", w->name);
    if (w->clock == PROJECT_CLOCK_CPU_REQUEST && w->requests == 0)
      return wrong(r, NULL, "workload '%s': cpu/request wants requests", w->name);
  }
  return 0;
}

int project_file_parse(struct project *p, const char *path, const char *text, size_t bytes, struct error *err) {
  struct reader r = { .p = p, .path = path, .err = err };
  *p = (struct project){ 0 };
  const char *slash = strrchr(path, '/');
  p->path = strdup(path);
  p->folder = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
  char *whole = malloc(bytes + 1);
  int rc = p->path == NULL || p->folder == NULL || whole == NULL ? no_memory(&r) : 0;
  size_t length = 0; /* of the logical line that is gathered in `whole` */
  unsigned next = 1;
  for (size_t at = 0; rc == 0 && at < bytes;) {
    const char *end = memchr(text + at, '\n', bytes - at);
    size_t n = end != NULL ? (size_t)(end - (text + at)) : bytes - at;
    if (length == 0) r.line = next;
    next++;
    size_t used = n;
    if (used > 0 && text[at + used - 1] == '\r') used--;
    if (memchr(text + at, '\0', n) != NULL) rc = wrong(&r, NULL, "a byte that is no text");
    bool goes_on = used > 0 && text[at + used - 1] == '\\';
    memcpy(whole + length, text + at, used - goes_on);
    length += used - goes_on;
    at += n + 1;
    if (rc != 0) break;
    if (goes_on && at >= bytes) rc = wrong(&r, NULL, "a backslash, and nothing behind it");
    if (goes_on) continue;
    whole[length] = '\0';
    const char *first = whole + strspn(whole, " \t");
    if (rc == 0 && *first != '\0' && *first != '#') rc = read_line(&r, whole);
    length = 0;
  }
  free(whole);
  if (rc == 0) rc = check_whole(&r);
  if (rc != 0) project_free(p);
  return rc;
}

int project_file_read(struct project *p, const char *path, const char *extra, struct error *err) {
  *p = (struct project){ 0 };
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat st;
  if (fd < 0) return error_raise(err, ERROR_USAGE, -errno, "%.300s: %s", path, strerror(errno));
  char *text = NULL;
  size_t more = extra == NULL ? 0 : strlen(extra);
  int rc = 0;
  if (fstat(fd, &st) != 0) rc = error_set_errno(err, -errno, "%.300s", path);
  else if (!S_ISREG(st.st_mode) || st.st_size > PROJECT_BYTES_MAX)
    rc = error_raise(err, ERROR_USAGE, -EINVAL, "%.300s is no project file: %s", path,
                     S_ISREG(st.st_mode) ? "larger than 1 MB" : "not a regular file");
  else if ((text = malloc((size_t)st.st_size + more + 2)) == NULL) rc = error_set_errno(err, -ENOMEM, "%.300s", path);
  size_t bytes = 0;
  while (rc == 0 && bytes < (size_t)st.st_size) {
    ssize_t n = read(fd, text + bytes, (size_t)st.st_size - bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) rc = error_set_errno(err, -errno, "%.300s", path);
    if (n <= 0) break;
    bytes += (size_t)n;
  }
  close(fd);
  if (rc == 0 && more > 0) {
    text[bytes++] = '\n';
    memcpy(text + bytes, extra, more);
    bytes += more;
  }
  if (rc == 0) rc = project_file_parse(p, path, text, bytes, err);
  free(text);
  return rc;
}

static void free_list(struct project_list *list) {
  for (size_t i = 0; i < list->count; i++) free(list->text[i]);
  free(list->text);
}

void project_free(struct project *p) {
  for (size_t i = 0; i < p->gates; i++) {
    free(p->gate[i].name);
    free(p->gate[i].in);
    free(p->gate[i].out);
  }
  for (size_t i = 0; i < p->workloads; i++) {
    struct project_workload *w = &p->workload[i];
    char *texts[] = { w->name, w->run,        w->server,     w->client,      w->preload,
                      w->port, w->stdin_file, w->ready_text, w->clock_regex, w->done };
    for (size_t j = 0; j < sizeof texts / sizeof *texts; j++) free(texts[j]);
    free_list(&w->size);
    free_list(&w->env);
  }
  free(p->gate);
  free(p->workload);
  free_list(&p->image);
  free_list(&p->driver);
  free(p->path);
  free(p->folder);
  free(p->source);
  free(p->build);
  *p = (struct project){ 0 };
}
