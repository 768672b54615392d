/* SPDX-License-Identifier: GPL-3.0-or-later */
/* object_sections.h: the functions of a relocatable object or archive that stand in sections of their own. */
#ifndef HARNESS_PROJECT_OBJECT_SECTIONS_H
#define HARNESS_PROJECT_OBJECT_SECTIONS_H

#include "harness/core/error.h"

/* name is .text.f or the like, symbol a function in it. A negative value ends it. */
typedef int object_section_fn(void *context, const char *name, const char *symbol, struct error *err);

/* For each such section; what is no ELF object in an archive is passed over. ERROR_UNMEASURED: path is neither. */
int object_sections(const char *path, object_section_fn *each, void *context, struct error *err);

#endif
