/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cache.h: what is kept between runs, so that it need not be built again.
 *
 * Owns the user's two folders for that, who uses an entry of them, and what goes when there is too much. An entry is a
 * folder; whoever uses one holds it (a shared lock on it, which ends with the process at the latest), and whoever
 * removes one has it for himself, so that nothing goes that a running harness uses. The last modification of the folder
 * is when it was used last. Links and what belongs to other users are neither read nor removed. */
#ifndef HARNESS_CORE_CACHE_H
#define HARNESS_CORE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/core/cache_seal.h"
#include "harness/core/error.h"
#include "harness/core/words.h"

enum cache_place {
  CACHE_VARIANTS, /* of the allocator: the entries themselves */
  CACHE_PROJECTS, /* a folder for each source tree, its entries and the work folders of those who measure in it */
  CACHE_PLACES,
};
/* Its path alone; nothing is made. */
int cache_place(enum cache_place place, char *path, size_t size, struct error *err);
/* The same, made where it is missing; ERROR_REFUSED where somebody else could have put something into it. */
int cache_folder(enum cache_place place, char *path, size_t size, struct error *err);

/* The beginning of the names of work folders, and of a variant's while it is built. */
extern const char cache_work_prefix[], cache_build_prefix[];

/* --- using ------------------------------------------------------------------------------------ */

struct cache_hold;
/* Keeps an entry from being removed. -ENOENT: it is not there, or no folder of ours. */
int cache_hold(const char *path, struct cache_hold **hold);
/* The same of a folder that is made now, also anew where another process just removed it. */
int cache_hold_new(const char *path, struct cache_hold **hold, struct error *err);
/* path ends with XXXXXX, as for mkdtemp. */
int cache_hold_temporary(char *path, struct cache_hold **hold, struct error *err);
/* Alone, waiting for others: one build of a project at a time. It is made where it is missing. */
int cache_hold_alone(const char *path, struct cache_hold **hold, struct error *err);
/* NULL: nothing. */
void cache_release(struct cache_hold *hold);

/* --- what is in it ------------------------------------------------------------------------------ */

enum cache_kind { CACHE_VARIANT, CACHE_PROJECT, CACHE_WORK };
extern const char *const cache_kind_names[], *const cache_state_names[];

struct cache_entry {
  enum cache_kind kind;
  enum cache_state state;
  char *path, *what;  /* what: a line for people, "" where nobody said so */
  uint64_t bytes;     /* on disk */
  int64_t made, used; /* seconds since 1970; made: when the build ended, -1 where it did not */
  bool is_used;       /* by a harness that runs, or nobody can say */
  bool removed;
};

struct cache_list {
  struct cache_entry *entry; /* used last comes last */
  size_t count;
  struct words strangers; /* paths of what is no entry of ours; left alone */
};

/* project: the folder of one source tree, NULL for all. sealed: whether the hashes are looked at (state is
 * CACHE_WHOLE without). */
int cache_list(struct cache_list *list, const char *project, bool sealed, struct error *err);
void cache_list_free(struct cache_list *list);
/* Removes it unless it is used; adds to *bytes what that freed. */
int cache_remove(struct cache_entry *e, uint64_t *bytes, struct error *err);
/* Folders of source trees that have nothing in them any more. */
void cache_remove_empty(void);

/* --- how much --------------------------------------------------------------------------------- */

/* Bytes that the cache may have: HAKMEM_CACHE_MAX, else 8 GB. */
int cache_max(uint64_t *bytes, struct error *err);
/* What was not used for the longest time goes until the rest has no more than so many bytes; what cannot be removed
 * keeps nothing else from that, and the first such error is told. */
int cache_bound(struct cache_list *list, uint64_t max, uint64_t *bytes, struct error *err);
/* After something was put there: the same of all, with cache_max(). What cannot be removed is no error of who built. */
void cache_make_room(void);

#endif
