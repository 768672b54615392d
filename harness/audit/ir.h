/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ir.h: the linked program and its indexes; internal to the audit's engine.
 *
 * A key names a memory location of the source: a global, a field of a struct type (all its
 * instances together), or a local. A loose key stands for memory that is only known through a
 * pointer that was loaded or computed; it never allows TELEMETRY. */
#ifndef HARNESS_AUDIT_IR_H
#define HARNESS_AUDIT_IR_H

#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Target.h>
#include <stdbool.h>

#include "harness/audit/audit.h"
#include "harness/audit/map.h"
#include "harness/audit/units.h"

enum { ACCESS_READ = 1, ACCESS_WRITE = 2 };

struct access {
  LLVMValueRef inst;
  int kind; /* ACCESS_… */
  bool asm_operand;
};

/* What decided, and the way to it. */
struct verdict {
  enum audit_class cls;
  char *reason;
  struct audit_step *steps;
  size_t step_count;
};

struct key {
  const char *name;  /* unique: "g_hits", "pool.stats.hits", "main:q#3", "*pool.head" */
  const char *plain; /* the name for people: without unit numbers, locals in words */
  char *shown;       /* as the source writes it where a global is its base, else NULL */
  const char *field; /* last component, the word that the source uses */
  LLVMTypeRef owner; /* outermost named struct, NULL for a plain global */
  bool local, loose, has_atomic, is_field;
  struct access *access;
  size_t access_count;
  char *floor;           /* why it cannot be TELEMETRY, NULL: it can */
  LLVMValueRef floor_at; /* the instruction, or NULL */
  bool floor_of_others;  /* the floor is what others may do with it, which says nothing of a load here */
  bool judged;           /* its class is asked for */
  bool handed_out;       /* a caller's memory, of a function named for reporting: storing there reports */
};

struct keyset {
  struct key **key;
  size_t count;
};

/* A function's callers and blocks. */
struct function {
  LLVMValueRef value;
  LLVMValueRef *call; /* call instructions of it */
  size_t call_count;
  bool address_taken;
  bool stored_taken; /* taken by an instruction, not by a constant table alone */
  struct cfg *cfg;   /* made on first use */
};

struct site {
  LLVMValueRef inst;
  const char *op, *order;
  struct keyset keys; /* empty for a fence */
  bool reads_only;    /* load: judged by its own flow */
  bool fence;
};

struct program {
  LLVMContextRef context;
  LLVMModuleRef *module; /* one for each unit: LLVM's linker would merge structs of equal layout */
  size_t module_count;
  LLVMTargetDataRef layout;
  const char *root;
  char *const *sinks;
  struct intern names;
  struct map keys; /* name -> struct key */
  struct key **key;
  size_t key_count;
  struct map definitions; /* name -> LLVM function, those that other units can call */
  struct map functions;   /* LLVM function -> struct function */
  struct map resolved;    /* pointer value -> struct keyset, of index time */
  struct map types;       /* interned struct name -> its debug type (metadata as value) */
  struct map globals;     /* name -> its debug type */
  struct map homes;       /* name -> file that defines it */
  struct site *site;
  size_t site_count;
  bool has_main, incomplete;
  char *incomplete_why;
};

/* ir_link.c: reads the units and gives what is private to one of them a name of its own; units
 * that cannot be read get a failure. */
int ir_link(struct program *p, struct units *u, struct audit_result *result, struct error *err);
/* ir_link.c: scalar replacement, then inlining of helpers that take the address of an atomic. */
int ir_prepare(struct program *p, struct error *err);
/* ir_index.c: functions, sites, keys, their accesses. */
void ir_index(struct program *p);
void ir_free(struct program *p);

/* di_names.c: finds the debug types once; names fields by offset. */
void di_index(struct program *p);
LLVMValueRef di_type_of_struct(struct program *p, LLVMTypeRef type);
LLVMValueRef di_type_of_global(struct program *p, LLVMValueRef global);
/* Member of a struct type at a byte offset: its name (into buf) and type; NULL if unknown. */
const char *di_member(LLVMValueRef type, unsigned long long offset, LLVMValueRef *member_type, char *buf, size_t size);
/* The name of the struct at "type.member.member" (a struct's or typedef's name first); NULL: not known. */
const char *di_struct_at(struct program *p, const char *path, char *buf, size_t size);

/* keys.c */
struct key *key_find(struct program *p, const char *name);
/* All keys a pointer may stand for; kept with the program. */
struct keyset keys_of(struct program *p, LLVMValueRef pointer);
/* Callers that nothing here shows, of a function whose name says that it reports (rule 7). */
bool is_report_getter(struct program *p, LLVMValueRef function);
bool struct_is_anonymous(LLVMTypeRef type);
bool struct_is_wrapper(LLVMTypeRef type);
const char *struct_name(LLVMTypeRef type, char *buf, size_t size);

/* escape.c: a memcpy() of one local number to where no struct is known: it is followed as a store. */
bool is_value_copy(struct program *p, LLVMValueRef call);
/* escape.c: addresses that leave sight give their keys a floor. */
void escape_find(struct program *p);
void key_floor(struct key *k, LLVMValueRef at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* where.c: source places */
struct place {
  const char *file;
  unsigned line, column;
  char function[128];
};
const char *shown_file(struct program *p, LLVMMetadataRef file);
struct place place_of(struct program *p, LLVMValueRef inst);
/* Where the helper is called that the instruction was inlined from, the outermost; false: it was not. */
bool call_place_of(struct program *p, LLVMValueRef inst, struct place *at);
char *place_text(struct program *p, LLVMValueRef inst); /* "file:line", to free */
struct function *function_of(struct program *p, LLVMValueRef f);
/* The function called, through casts, its definition if the program has one; NULL for an indirect
 * call or assembler. */
LLVMValueRef called_function(struct program *p, LLVMValueRef call);
LLVMValueRef definition_of(struct program *p, LLVMValueRef function);
/* All functions and globals of all units, in order; NULL starts and ends. */
LLVMValueRef next_function(struct program *p, LLVMValueRef f);
LLVMValueRef next_global(struct program *p, LLVMValueRef g);
/* A name without the @N that marks it as private to its unit; kept with the program. */
const char *plain_name(struct program *p, const char *name);
bool is_debug_call(LLVMValueRef inst);
const char *value_name(LLVMValueRef v);
/* Which parameter of its function an argument is, from 0. */
unsigned argument_index(LLVMValueRef argument);
/* Seen from outside of the program. */
bool is_exported(struct program *p, LLVMValueRef f);

#endif
