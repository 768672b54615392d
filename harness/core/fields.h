/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fields.h: one table for a struct that is kept or printed as JSON.
 *
 * The table of a struct names each key once, with its type and where its value stands. From it come
 * JSON out, JSON in, the schema and what is freed, so that no other code knows a key. A value that
 * was not measured has one form in each type and is null in JSON: NaN, a negative count, NULL,
 * ANSWER_UNKNOWN, the number of names of an enum. fields_init() puts all of a struct into that form.
 *
 * A struct begins with `uint64_t absent`: bit i is set where the object has no key for field i,
 * which is not the same as null. Older records have fewer keys and are written again as they were. */
#ifndef HARNESS_CORE_FIELDS_H
#define HARNESS_CORE_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/core/error.h"

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };

#define COUNT_UNKNOWN ((int64_t)-1)

/* Owned by whatever holds it; item is NULL or from malloc. */
#define LIST_OF(type) \
 struct {             \
  type *item;         \
  size_t count;       \
 }

enum field_type {
  FIELD_NUMBER, /* double */
  FIELD_COUNT,  /* int64_t */
  FIELD_ANSWER, /* enum answer */
  FIELD_TEXT,   /* char *, from malloc */
  FIELD_ENUM,   /* an enum counted from 0; names, NULL-terminated; unknown: their number */
  FIELD_TEXTS,  /* LIST_OF(char *); NULL follows where it was loaded */
  FIELD_COUNTS, /* LIST_OF(int64_t), of any sign */
  FIELD_OBJECT, /* a pointer to a struct with a table, from malloc; NULL: null */
  FIELD_PART,   /* a struct with a table, in place */
  FIELD_LIST,   /* LIST_OF(struct with a table) */
};

enum field_rule {
  FIELD_OMIT = 1,            /* no key where the value is unknown, instead of null */
  FIELD_NULL_EMPTY = 2,      /* a list without items is null */
  FIELD_NULL_WITH_FIRST = 4, /* a part is null where its first field is unknown */
  FIELD_OF_MACHINE = 8,      /* a path of this machine: not in what is published */
  FIELD_GROUP_1 = 16,        /* keys that come and go together: fields_leave_out */
  FIELD_GROUP_2 = 32,
  FIELD_GROUP_3 = 64,
  FIELD_GROUP_4 = 128,
  FIELD_GROUPS = FIELD_GROUP_1 | FIELD_GROUP_2 | FIELD_GROUP_3 | FIELD_GROUP_4,
};

struct field_table;
struct field {
  const char *key;
  enum field_type type;
  size_t offset;
  unsigned rules;
  const char *const *names;        /* FIELD_ENUM */
  const struct field_table *table; /* FIELD_OBJECT, FIELD_PART, FIELD_LIST */
};

struct field_table {
  const char *schema;  /* "ab": the object begins with "schema": "hakmem.ab/1"; NULL: part of another */
  const char *title;   /* of its JSON schema; NULL with schema NULL */
  size_t size;         /* of the struct */
  bool stateless;      /* the struct has no `absent`: all its keys are there, or may be omitted */
  bool others_ignored; /* only what is read of somebody else's object: it has more keys than these */
  const struct field *field;
  size_t count;
};

/* Two fields of one table may share a key where one is a list, an object or neither, and the other is not that. A
 * later one that is there is written in place of an earlier one. */
#define FIELDS_OF(array) .field = (array), .count = sizeof(array) / sizeof *(array)

void fields_init(const struct field_table *table, void *object);
/* Frees what it owns, and puts it back as fields_init leaves it. */
void fields_free(const struct field_table *table, void *object);
/* A new struct on the heap, initialised; NULL: no memory. */
void *fields_new(const struct field_table *table);
/* A deep copy into *to, whatever that holds; -ENOMEM. */
int fields_copy(const struct field_table *table, void *to, const void *from);
/* Keys of a group (FIELD_GROUP_…) out of the object, and into it. */
void fields_leave_out(const struct field_table *table, void *object, unsigned group);
void fields_bring_in(const struct field_table *table, void *object, unsigned group);
/* Whether the object has this field; key as in the table. */
bool fields_has(const struct field_table *table, const void *object, const char *key);

json_t *fields_json(const struct field_table *table, const void *object);
/* Into an object that fields_init has seen. Keys that the table does not have are passed over; a
 * value of another type is -EBADMSG with its place, and the object is as after fields_init. */
int fields_load(const struct field_table *table, void *object, const json_t *value, const char *where,
                struct error *err);
/* Whether it is an object of the table's schema. */
bool fields_is(const struct field_table *table, const json_t *value);
/* The same from a file: -ENOENT where it is not there, -EBADMSG with file and line. */
int fields_read(const struct field_table *table, void *object, const char *path, struct error *err);
/* json_print of it; 0 or negative errno. */
int json_print_fields(const struct field_table *table, const void *object);
/* Draft 7, closed against keys that the table does not have. published: paths of the machine are
 * not asked for. */
json_t *fields_schema(const struct field_table *table, bool published);

/* Replaces *text by a formatted one; NULL stays where there is no memory. */
void fields_text(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same by a copy, which may be of NULL. */
void fields_copy_text(char **text, const char *from);
/* One more item at the end of a list, all zero: to be initialised by the caller. NULL: no memory. */
void *fields_append(void *list, size_t item_size);
/* Value of an enum by its name, the number of names where it is none of them. */
unsigned fields_enum_of(const char *const *names, const char *name);
const char *fields_enum_name(const char *const *names, unsigned value); /* NULL: unknown */

#endif
