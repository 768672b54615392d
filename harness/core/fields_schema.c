/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fields_schema.c: the JSON schema of a table. */
#include <stdio.h>
#include <string.h>

#include "harness/core/fields.h"

static json_t *or_null(const char *type) { return json_pack("{s:[s,s]}", "type", type, "null"); }

static json_t *list_of(json_t *items) { return json_pack("{s:[s,s], s:o}", "type", "array", "null", "items", items); }

static json_t *object_schema(const struct field_table *t, bool published, bool nullable);

static json_t *words(const char *const *names) {
  json_t *list = json_array();
  for (; *names; names++) json_array_append_new(list, json_string(*names));
  json_array_append_new(list, json_null());
  return json_pack("{s:o}", "enum", list);
}

static json_t *type_schema(const struct field *f, bool published) {
  switch (f->type) {
  case FIELD_NUMBER: return or_null("number");
  case FIELD_COUNT: return or_null("integer");
  case FIELD_ANSWER: return or_null("boolean");
  case FIELD_TEXT: return or_null("string");
  case FIELD_ENUM: return words(f->names);
  case FIELD_TEXTS: return list_of(json_pack("{s:s}", "type", "string"));
  case FIELD_COUNTS: return list_of(json_pack("{s:s}", "type", "integer"));
  case FIELD_OBJECT: return object_schema(f->table, published, true);
  case FIELD_PART: return object_schema(f->table, published, f->rules & FIELD_NULL_WITH_FIRST);
  case FIELD_LIST: return list_of(object_schema(f->table, published, false));
  }
  return json_null();
}

static void add_property(json_t *properties, const struct field *f, bool published) {
  json_t *one = type_schema(f, published), *other = json_object_get(properties, f->key);
  if (other) one = json_pack("{s:[O,o]}", "anyOf", other, one); /* the key is of two fields */
  json_object_set_new(properties, f->key, one);
}

static json_t *object_schema(const struct field_table *t, bool published, bool nullable) {
  json_t *o = json_object(), *properties = json_object(), *required = json_array();
  json_object_set_new(o, "type", nullable ? json_pack("[s,s]", "object", "null") : json_string("object"));
  if (t->schema) {
    json_object_set_new(properties, "schema", json_pack("{s:o}", "const", json_sprintf("hakmem.%s/1", t->schema)));
    json_array_append_new(required, json_string("schema"));
  }
  for (size_t i = 0; i < t->count; i++) {
    const struct field *f = &t->field[i];
    add_property(properties, f, published);
    if (!(f->rules & (FIELD_OMIT | FIELD_GROUPS)) && !(published && f->rules & FIELD_OF_MACHINE))
      json_array_append_new(required, json_string(f->key));
  }
  json_object_set_new(o, "required", required);
  json_object_set_new(o, "properties", properties);
  json_object_set_new(o, "additionalProperties", json_boolean(t->others_ignored));
  return o;
}

json_t *fields_schema(const struct field_table *t, bool published) {
  json_t *o = json_object(), *rest = object_schema(t, published, false);
  json_object_set_new(o, "$schema", json_string("http://json-schema.org/draft-07/schema#"));
  json_object_set_new(o, "title", json_string(t->title ? t->title : ""));
  json_object_set_new(o, "description", json_string("A field that was not measured is null, never 0."));
  json_object_update_missing(o, rest);
  json_decref(rest);
  return o;
}
