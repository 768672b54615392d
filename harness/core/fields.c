/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fields.c: see fields.h. Structs in memory and as JSON; the schema is in fields_schema.c. */
#include "harness/core/fields.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/foreign_file.h"
#include "harness/core/json_out.h"

struct list {
  void *item;
  size_t count;
};

static void *at(const void *object, const struct field *f) { return (char *)object + f->offset; }

/* Lists of every type have the layout of struct list; copied, as their pointers' types differ. */
static struct list list_at(const void *object, const struct field *f) {
  struct list l;
  memcpy(&l, at(object, f), sizeof l);
  return l;
}

static void *pointer_at(const void *object, const struct field *f) {
  void *p;
  memcpy(&p, at(object, f), sizeof p);
  return p;
}

static void set_pointer(void *object, const struct field *f, void *p) { memcpy(at(object, f), &p, sizeof p); }

static uint64_t *absent_of(const struct field_table *t, const void *object) {
  static uint64_t none;
  return t->stateless ? &none : (uint64_t *)(uintptr_t)object;
}

static bool is_absent(const struct field_table *t, const void *object, size_t i) {
  return !t->stateless && *(const uint64_t *)object >> i & 1;
}

static unsigned names_count(const char *const *names) {
  unsigned n = 0;
  while (names[n]) n++;
  return n;
}

static size_t item_size(const struct field *f) {
  return f->type == FIELD_LIST ? f->table->size : f->type == FIELD_TEXTS ? sizeof(char *) : sizeof(int64_t);
}

void fields_init(const struct field_table *t, void *object) {
  memset(object, 0, t->size);
  for (size_t i = 0; i < t->count; i++) {
    const struct field *f = &t->field[i];
    switch (f->type) {
    case FIELD_NUMBER: *(double *)at(object, f) = NAN; break;
    case FIELD_COUNT: *(int64_t *)at(object, f) = COUNT_UNKNOWN; break;
    case FIELD_ANSWER: *(unsigned *)at(object, f) = ANSWER_UNKNOWN; break;
    case FIELD_ENUM: *(unsigned *)at(object, f) = names_count(f->names); break;
    case FIELD_PART: fields_init(f->table, at(object, f)); break;
    default: break; /* lists and pointers are empty */
    }
  }
}

void fields_free(const struct field_table *t, void *object) {
  for (size_t i = 0; i < t->count; i++) {
    const struct field *f = &t->field[i];
    struct list l = { NULL, 0 };
    switch (f->type) {
    case FIELD_TEXT: free(pointer_at(object, f)); break;
    case FIELD_PART: fields_free(f->table, at(object, f)); break;
    case FIELD_OBJECT:
      if (pointer_at(object, f)) fields_free(f->table, pointer_at(object, f));
      free(pointer_at(object, f));
      break;
    case FIELD_TEXTS:
    case FIELD_LIST:
    case FIELD_COUNTS:
      l = list_at(object, f);
      for (size_t k = 0; k < l.count && f->type == FIELD_TEXTS; k++) free(((char **)l.item)[k]);
      for (size_t k = 0; k < l.count && f->type == FIELD_LIST; k++)
        fields_free(f->table, (char *)l.item + k * f->table->size);
      free(l.item);
      break;
    default: break;
    }
  }
  fields_init(t, object);
}

void *fields_new(const struct field_table *t) {
  void *object = malloc(t->size);
  if (object) fields_init(t, object);
  return object;
}

static int copy_list(const struct field *f, void *to, const void *from) {
  struct list l = list_at(from, f), made = { NULL, 0 };
  size_t size = item_size(f), room = 1;
  int rc = 0;
  while (room <= l.count) room *= 2;
  made.item = calloc(room, size);
  if (!made.item) return -ENOMEM;
  for (; made.count < l.count && rc == 0; made.count++) {
    char *item = (char *)made.item + made.count * size;
    const char *one = (const char *)l.item + made.count * size;
    if (f->type == FIELD_LIST) rc = fields_copy(f->table, item, one);
    else if (f->type == FIELD_COUNTS) memcpy(item, one, size);
    else fields_copy_text((char **)(void *)item, *(char *const *)(const void *)one);
  }
  memcpy(at(to, f), &made, sizeof made);
  return rc;
}

int fields_copy(const struct field_table *t, void *to, const void *from) {
  int rc = 0;
  memcpy(to, from, t->size);
  for (size_t i = 0; i < t->count; i++) { /* whatever is owned, before anything can fail */
    const struct field *f = &t->field[i];
    if (f->type == FIELD_TEXT || f->type == FIELD_OBJECT) set_pointer(to, f, NULL);
    if (f->type == FIELD_TEXTS || f->type == FIELD_COUNTS || f->type == FIELD_LIST)
      memset(at(to, f), 0, sizeof(struct list));
  }
  for (size_t i = 0; i < t->count; i++) {
    const struct field *f = &t->field[i];
    const void *object = pointer_at(from, f);
    void *made;
    if (f->type == FIELD_PART) rc |= fields_copy(f->table, at(to, f), at(from, f));
    else if (f->type == FIELD_TEXT) fields_copy_text(at(to, f), object);
    else if (f->type == FIELD_TEXTS || f->type == FIELD_COUNTS || f->type == FIELD_LIST) rc |= copy_list(f, to, from);
    else if (f->type == FIELD_OBJECT && object) {
      made = fields_new(f->table);
      rc |= made ? fields_copy(f->table, made, object) : -ENOMEM;
      set_pointer(to, f, made);
    }
  }
  return rc ? -ENOMEM : 0;
}

void fields_leave_out(const struct field_table *t, void *object, unsigned group) {
  for (size_t i = 0; i < t->count; i++)
    if (t->field[i].rules & group) *absent_of(t, object) |= UINT64_C(1) << i;
}

void fields_bring_in(const struct field_table *t, void *object, unsigned group) {
  for (size_t i = 0; i < t->count; i++)
    if (t->field[i].rules & group) *absent_of(t, object) &= ~(UINT64_C(1) << i);
}

bool fields_has(const struct field_table *t, const void *object, const char *key) {
  for (size_t i = 0; i < t->count; i++)
    if (strcmp(t->field[i].key, key) == 0 && !is_absent(t, object, i)) return true;
  return false;
}

const char *fields_enum_name(const char *const *names, unsigned value) {
  return value < names_count(names) ? names[value] : NULL;
}

unsigned fields_enum_of(const char *const *names, const char *name) {
  unsigned i = 0;
  while (names[i] && (!name || strcmp(names[i], name) != 0)) i++;
  return i;
}

static json_t *list_json(const struct field *f, const void *object) {
  struct list l = list_at(object, f);
  if (l.count == 0 && f->rules & FIELD_NULL_EMPTY) return json_null();
  json_t *a = json_array();
  for (size_t i = 0; i < l.count; i++)
    json_array_append_new(a, f->type == FIELD_TEXTS    ? json_text(((char **)l.item)[i])
                             : f->type == FIELD_COUNTS ? json_integer(((int64_t *)l.item)[i])
                                                       : fields_json(f->table, (char *)l.item + i * f->table->size));
  return a;
}

static json_t *value_json(const struct field *f, const void *object);

static json_t *part_json(const struct field *f, const void *part) {
  if (f->rules & FIELD_NULL_WITH_FIRST) {
    json_t *first = value_json(&f->table->field[0], part);
    bool unknown = json_is_null(first);
    json_decref(first);
    if (unknown) return json_null();
  }
  return fields_json(f->table, part);
}

static json_t *value_json(const struct field *f, const void *object) {
  const void *p = at(object, f);
  switch (f->type) {
  case FIELD_NUMBER: return json_number(*(const double *)p);
  case FIELD_COUNT: return json_count(*(const int64_t *)p >= 0, (uint64_t) * (const int64_t *)p);
  case FIELD_ANSWER: return *(const unsigned *)p == ANSWER_UNKNOWN ? json_null() : json_boolean(*(const unsigned *)p);
  case FIELD_TEXT: return json_text(pointer_at(object, f));
  case FIELD_ENUM: return json_text(fields_enum_name(f->names, *(const unsigned *)p));
  case FIELD_OBJECT: return pointer_at(object, f) ? fields_json(f->table, pointer_at(object, f)) : json_null();
  case FIELD_PART: return part_json(f, p);
  case FIELD_TEXTS:
  case FIELD_COUNTS:
  case FIELD_LIST: return list_json(f, object);
  }
  return json_null();
}

json_t *fields_json(const struct field_table *t, const void *object) {
  json_t *o = t->schema ? json_result(t->schema) : json_object();
  for (size_t i = 0; i < t->count; i++) {
    const struct field *f = &t->field[i];
    if (is_absent(t, object, i)) continue;
    json_t *v = value_json(f, object);
    if (json_is_null(v) && f->rules & FIELD_OMIT) continue;
    json_object_set_new(o, f->key, v);
  }
  return o;
}

/* Where in a file a value stands: "result.json: calibration.campaigns". */
struct place {
  const char *file;
  const struct place *parent;
  const char *key;
};

static int mismatch(const struct place *p, const char *want, struct error *err) {
  char path[256] = "";
  const char *file = p->file;
  for (const struct place *q = p; q; q = q->parent) {
    char longer[256];
    if (q->key) snprintf(longer, sizeof longer, "%.100s%s%.150s", q->key, path[0] ? "." : "", path);
    if (q->key) memcpy(path, longer, sizeof path);
    file = q->file;
  }
  return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s: %s is not %s", file, path[0] ? path : "what it holds", want);
}

static int load(const struct field_table *t, void *object, const json_t *value, const struct place *p,
                struct error *err);

static bool count_of(const json_t *v, int64_t *count) {
  if (json_is_integer(v)) *count = json_integer_value(v);
  else if (json_is_real(v) && json_real_value(v) >= 0 && json_real_value(v) < 9e15 &&
           floor(json_real_value(v)) == json_real_value(v))
    *count = (int64_t)json_real_value(v);
  else return false;
  return *count >= 0;
}

static int load_list(const struct field *f, void *object, const json_t *v, const struct place *p, struct error *err) {
  size_t n = json_array_size(v), size = item_size(f), room = 1;
  while (room <= n) room *= 2; /* as fields_append has it; a list of texts then ends with NULL */
  struct list l = { calloc(room, size), 0 };
  int rc = 0;
  if (!json_is_array(v)) {
    free(l.item);
    return mismatch(p, "a list", err);
  }
  if (!l.item) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  for (size_t i = 0; i < n && rc == 0; i++) {
    const json_t *one = json_array_get(v, i);
    char *item = (char *)l.item + i * size;
    if (f->type == FIELD_LIST) {
      fields_init(f->table, item);
      rc = load(f->table, item, one, p, err);
      if (rc != 0) fields_free(f->table, item); /* it is not counted */
    } else if (f->type == FIELD_COUNTS) {
      rc = json_is_integer(one) ? 0 : mismatch(p, "a list of integers", err);
      *(int64_t *)(void *)item = json_integer_value(one);
    } else if (json_is_string(one)) {
      *(char **)(void *)item = strdup(json_string_value(one));
    } else {
      rc = mismatch(p, "a list of texts", err);
    }
    l.count += rc == 0;
  }
  memcpy(at(object, f), &l, sizeof l); /* a failed load frees the whole object */
  return rc;
}

static int load_value(const struct field *f, void *object, const json_t *v, const struct place *p, struct error *err) {
  void *to = at(object, f);
  if (json_is_null(v)) return 0;
  switch (f->type) {
  case FIELD_NUMBER:
    if (!json_is_number(v)) return mismatch(p, "a number", err);
    *(double *)to = json_number_value(v);
    return 0;
  case FIELD_COUNT: return count_of(v, to) ? 0 : mismatch(p, "a count", err);
  case FIELD_ANSWER:
    if (!json_is_boolean(v)) return mismatch(p, "true or false", err);
    *(unsigned *)to = json_is_true(v) ? ANSWER_YES : ANSWER_NO;
    return 0;
  case FIELD_TEXT:
    if (!json_is_string(v)) return mismatch(p, "a text", err);
    set_pointer(object, f, strdup(json_string_value(v)));
    return 0;
  case FIELD_ENUM:
    *(unsigned *)to = fields_enum_of(f->names, json_string_value(v));
    return *(unsigned *)to < names_count(f->names) ? 0 : mismatch(p, "one of the words that are known", err);
  case FIELD_OBJECT:
    if (!json_is_object(v)) return mismatch(p, "an object", err);
    set_pointer(object, f, fields_new(f->table));
    if (!pointer_at(object, f)) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
    return load(f->table, pointer_at(object, f), v, p, err);
  case FIELD_PART: return load(f->table, to, v, p, err);
  case FIELD_TEXTS:
  case FIELD_COUNTS:
  case FIELD_LIST: return load_list(f, object, v, p, err);
  }
  return 0;
}

/* Whether another field has this key, of which this value may be. */
static bool shares_key(const struct field_table *t, size_t i) {
  for (size_t k = 0; k < t->count; k++)
    if (k != i && strcmp(t->field[k].key, t->field[i].key) == 0) return true;
  return false;
}

static int load(const struct field_table *t, void *object, const json_t *value, const struct place *p,
                struct error *err) {
  if (!json_is_object(value)) return mismatch(p, "an object", err);
  for (size_t i = 0; i < t->count; i++) {
    const struct field *f = &t->field[i];
    const struct place here = { p->file, p, f->key };
    const json_t *v = json_object_get(value, f->key);
    bool list = f->type == FIELD_LIST, object_of = f->type == FIELD_OBJECT || f->type == FIELD_PART;
    if (v && shares_key(t, i) && (json_is_array(v) != list || json_is_object(v) != object_of)) v = NULL;
    if (!v) {
      *absent_of(t, object) |= UINT64_C(1) << i;
      continue;
    }
    int rc = load_value(f, object, v, &here, err);
    if (rc) return rc;
  }
  return 0;
}

bool fields_is(const struct field_table *t, const json_t *value) {
  char want[64];
  const char *schema = json_string_value(json_object_get(value, "schema"));
  snprintf(want, sizeof want, "hakmem.%s/1", t->schema);
  return schema && strcmp(schema, want) == 0;
}

int fields_load(const struct field_table *t, void *object, const json_t *value, const char *where, struct error *err) {
  const struct place top = { where, NULL, NULL };
  int rc = 0;
  if (t->schema && !fields_is(t, value))
    rc = error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s is not of the schema hakmem.%s/1", where, t->schema);
  if (rc == 0) rc = load(t, object, value, &top, err);
  if (rc) fields_free(t, object);
  return rc;
}

int fields_read(const struct field_table *t, void *object, const char *path, struct error *err) {
  struct error why = { 0 };
  json_t *j = foreign_file_json(path, &why);
  if (!j) {
    if (err) *err = why;
    return why.code;
  }
  int rc = fields_load(t, object, j, path, err);
  json_decref(j);
  return rc;
}

int json_print_fields(const struct field_table *t, const void *object) {
  json_t *value = fields_json(t, object);
  int rc = json_print(value);
  json_decref(value);
  return rc;
}

void fields_text(char **text, const char *format, ...) {
  va_list ap;
  char *made;
  va_start(ap, format);
  if (vasprintf(&made, format, ap) < 0) made = NULL;
  va_end(ap);
  free(*text);
  *text = made;
}

void fields_copy_text(char **text, const char *from) {
  char *made = from ? strdup(from) : NULL;
  free(*text);
  *text = made;
}

void *fields_append(void *list, size_t size) {
  struct list l;
  memcpy(&l, list, sizeof l);
  if ((l.count & (l.count - 1)) == 0) { /* room is the next power of two */
    void *more = reallocarray(l.item, l.count ? 2 * l.count : 1, size);
    if (!more) return NULL;
    l.item = more;
  }
  void *item = (char *)l.item + l.count++ * size;
  memset(item, 0, size);
  memcpy(list, &l, sizeof l);
  return item;
}
