/* SPDX-License-Identifier: GPL-3.0-or-later */
/* locate.h: where the harness's own files are, uninstalled and installed.
 *
 * The program finds the build folder it was built in from its own path (/proc/self/exe); when
 * that is not a build folder the configured install folders count. */
#ifndef HARNESS_CORE_LOCATE_H
#define HARNESS_CORE_LOCATE_H

#include <stddef.h>

#include "harness/core/error.h"

enum locate_file {
  LOCATE_LIBHAKMEM,      /* libhakmem.so of this build */
  LOCATE_SHIPPED,        /* the same without gates and markers */
  LOCATE_BENCH,          /* the workload runner hakmem-bench */
  LOCATE_RECORDER,       /* libhakmem-record.so */
  LOCATE_SOURCE_DIR,     /* the sources (src/, probes/), installed under pkgdatadir/source */
  LOCATE_PLOTS_DIR,      /* gnuplot scripts */
  LOCATE_ANALYSIS_DATA,  /* the recorded results that come with the sources */
  LOCATE_AB_RUNNER,      /* launcher of the A/B processes */
  LOCATE_PACK_RUNNER,    /* the same as a static program, for packs */
  LOCATE_CAPTURE,        /* what stands for compiler and linker in a captured build */
  LOCATE_PROJECT_RUN,    /* what runs a project's workload once */
  LOCATE_PACK_PROJECT,   /* the same as a static program, for packs */
  LOCATE_VARIANT_RECIPE, /* how this build compiles the allocator */
};

/* Absolute path into buf; -ENOENT with advice where it is missing. */
int locate(enum locate_file what, char *buf, size_t size, struct error *err);

#endif
