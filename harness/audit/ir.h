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
  int kind;     /* ACCESS_… */
  int argument; /* of a call outside of the program, which reads or writes what it points at; -1: none */
  bool behind;  /* what the argument points at holds the pointer to it */
};

/* An address or number that an initialiser puts there. */
struct constant_at {
  LLVMValueRef value;
  struct constant_at *next;
};

/* What is in one location may be read by the name of another. */
struct link {
  struct key *to;
  const char *why;
  LLVMValueRef at; /* the instruction that makes it so, or NULL */
};

/* All fields of an object together, where the place of an access in it is not known. */
enum key_part { KEY_ONE, KEY_ANY_READ, KEY_ANY_WRITTEN };

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
  LLVMTypeRef owner; /* innermost named struct, NULL for a plain global; of KEY_ANY_… the object */
  LLVMValueRef base; /* the global or local that it lies in, where it is known by that */
  enum key_part part;
  struct key *other;       /* KEY_ANY_READ: its KEY_ANY_WRITTEN, and the other way round */
  LLVMTypeRef wrapper;     /* the struct around one number that it is, NULL: none */
  struct key *loaded_from; /* loose: where the pointer to it is kept */
  bool escaped;            /* loose: its own address leaves sight */
  bool deep;               /* loose: what its own pointers lead to is it as well */
  bool stepped;            /* loose: reached at other places than where the pointer points */
  struct constant_at *constants;
  struct link *link;
  size_t link_count;
  struct map linked; /* keys of its links */
  bool local, loose, has_atomic, is_field;
  struct access *access;
  size_t access_count;
  char *floor;           /* why it cannot be TELEMETRY, NULL: it can */
  LLVMValueRef floor_at; /* the instruction, or NULL */
  bool floor_of_others;  /* the floor is what others may do with it, which says nothing of a load here */
  bool floor_of_source;  /* the floor is a read that this configuration leaves out */
  bool judged;           /* its class is asked for */
  bool handed_out;       /* a caller's memory, of a function named for reporting: storing there reports */
  bool outside;          /* memory of a caller outside of the program */
};

struct keyset {
  struct key **key;
  size_t count;
};

/* A function's callers and blocks. */
struct function {
  LLVMValueRef value;
  LLVMValueRef *indirect; /* calls through a pointer that may be of it */
  size_t indirect_count;
  bool leaks;         /* its address goes to where its callers are not seen */
  bool resolves;      /* the loader calls it, and takes the function that it returns */
  bool decides_order; /* a function outside of the program decides by its result */
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
  struct unit **unit;    /* of each module */
  size_t module_count;
  LLVMTargetDataRef layout;
  const char *root;
  char *const *sinks;
  struct intern names;
  struct map keys; /* name -> struct key */
  struct key **key;
  size_t key_count;
  struct map definitions;   /* name -> LLVM function, those that other units can call; a strong one before a weak */
  struct map namesakes;     /* LLVM function -> the next definition of its name */
  struct map variables;     /* name -> LLVM global or alias that defines it for other units */
  struct map private_names; /* of what only its unit can name */
  struct map asm_names;     /* names that assembler uses -> why */
  struct map surface;       /* name -> why somebody outside of the program may use it */
  LLVMValueRef *indirect;   /* calls through pointers */
  size_t indirect_count;
  LLVMValueRef *taken; /* functions whose address is taken */
  size_t taken_count;
  struct map callees;   /* call through a pointer -> struct callees */
  struct map functions; /* LLVM function -> struct function */
  struct map resolved;  /* pointer value -> struct keyset, of index time */
  struct map reached;   /* the same for keys_reached */
  struct map types;     /* interned struct name -> its debug type (metadata as value) */
  struct map globals;   /* name -> its debug type */
  struct map files;     /* debug record of a file -> its name as shown */
  struct map homes;     /* name -> file that defines it */
  struct site *site;
  size_t site_count;
  struct bulk *bulk; /* objects that others may read */
  size_t bulk_count;
  bool own; /* HAKMEM itself */
  bool has_main, library, incomplete, loads_plugins;
  bool missing_units;              /* that can only touch what other units can name: C++, assembler */
  bool lost;                       /* a pointer could not be followed to its end */
  bool redirects, redirects_known; /* its standard output or error is moved to where others may read it back */
  char *incomplete_why, *missing_why;
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
/* All keys a pointer may stand for, by the size of what it points at; kept with the program. */
struct keyset keys_of(struct program *p, LLVMValueRef pointer);
/* The same for code that may reach all of the object from there on. */
struct keyset keys_reached(struct program *p, LLVMValueRef pointer);
/* Keys of `size` bytes at an offset of an object of a type; base may be NULL. */
struct origin;
void keys_at_origin(struct program *p, const struct origin *o, unsigned long long size, struct keyset *out);
void keyset_add(struct keyset *s, struct key *k);
/* The two keys of a whole object; base: a global or local where the type has no name, else NULL. */
struct key *key_any(struct program *p, LLVMTypeRef type, LLVMValueRef base, enum key_part part);
/* Memory behind the pointer that is kept at the location. */
struct key *key_behind(struct program *p, struct key *kept);
void key_link(struct key *from, struct key *to, const char *why, LLVMValueRef at);
/* One memory by two names. */
void key_link_both(struct key *a, struct key *b, const char *why, LLVMValueRef at);
/* What an initialiser holds, by place. */
void keys_of_initialisers(struct program *p);
/* Callers that nothing here shows, of a function whose name says that it reports (rule 7). */
bool is_report_getter(struct program *p, LLVMValueRef function);
bool struct_is_anonymous(LLVMTypeRef type);
bool struct_is_wrapper(LLVMTypeRef type);
const char *struct_name(LLVMTypeRef type, char *buf, size_t size);
void struct_names_free(void);
/* What tells a struct type from others: its name, interned, or where it has none the type itself. */
const void *struct_id(struct program *p, LLVMTypeRef type);
/* The ids of all struct types that make up a type. */
void gather_structs(struct program *p, LLVMTypeRef type, struct map *ids, int depth);

/* views.c: one memory by several names: casts between structs, numbers in wrappers, pointers kept in
 * memory, sections that are walked. */
void views_find(struct program *p);
/* views.c: objects as a whole and their fields, when all keys are known. */
void views_wholes(struct program *p);
/* views.c: whether a call of the function gives memory that other programs may have too. */
bool is_shared_mapping(LLVMValueRef call, const char *name);
/* settle.c: pointers kept in memory whose every writer is known: their targets take the place of the doubt. */
void views_settle(struct program *p);
/* surface.c: who outside of the program can call or name what. */
void surface_find(struct program *p);
/* Whether callers may exist that are not in these units. */
bool has_outside_callers(struct program *p, LLVMValueRef function);
/* Why somebody outside of the program may name the global, NULL: nobody can. */
const char *outside_name(struct program *p, LLVMValueRef global);
/* The function whose caller, outside of the program, gave the memory that the pointer points into; NULL: none. */
LLVMValueRef outside_memory(struct program *p, LLVMValueRef pointer, unsigned *argument);
/* escape.c: addresses that leave sight give their keys a floor. */
void escape_find(struct program *p);
/* Every field of objects of the type may be used by others; what: "is …". */
void escape_object(struct program *p, LLVMTypeRef type, LLVMValueRef base, LLVMValueRef at, const char *what);
void key_floor(struct key *k, LLVMValueRef at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* where.c: source places */
struct place {
  const char *file;
  unsigned line, column;
  char function[128];
};
const char *shown_file(struct program *p, LLVMMetadataRef file);
struct place place_of(struct program *p, LLVMValueRef inst);
/* The same without the function's name. */
struct place spot_of(struct program *p, LLVMValueRef inst);
/* Where the helper is called that the instruction was inlined from, the outermost; false: it was not. */
bool call_place_of(struct program *p, LLVMValueRef inst, struct place *at);
char *place_text(struct program *p, LLVMValueRef inst); /* "file:line", to free */
struct function *function_of(struct program *p, LLVMValueRef f);
/* Its control flow, made on first use. */
struct cfg *cfg_of(struct program *p, LLVMValueRef function);
/* The function called, through casts, its definition if the program has one; NULL for an indirect
 * call or assembler. */
LLVMValueRef called_function(struct program *p, LLVMValueRef call);
LLVMValueRef definition_of(struct program *p, LLVMValueRef function);
/* Another definition of the function's name, which a call may be of; NULL: no more. */
LLVMValueRef next_namesake(struct program *p, LLVMValueRef function);
/* The variable or alias target that a global stands for, in whichever unit. */
LLVMValueRef global_definition(struct program *p, LLVMValueRef global);
/* A symbol's name as the linker sees it. */
const char *symbol_of(LLVMValueRef v);
/* An asm statement. */
bool is_asm(LLVMValueRef inst);
/* All functions and globals of all units, in order; NULL starts and ends. */
LLVMValueRef next_function(struct program *p, LLVMValueRef f);
/* Whether a load, store or read-modify-write keeps other accesses on one side of it. */
bool is_ordered(LLVMValueRef i);
LLVMValueRef next_global(struct program *p, LLVMValueRef g);
/* A name without the @N that marks it as private to its unit; kept with the program. */
const char *plain_name(struct program *p, const char *name);
bool is_debug_call(LLVMValueRef inst);
const char *value_name(LLVMValueRef v);
/* Which parameter of its function an argument is, from 0. */
unsigned argument_index(LLVMValueRef argument);
#endif
