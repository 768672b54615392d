/* SPDX-License-Identifier: GPL-3.0-or-later */
/* marker.h: the sentinel of the bench loops: a USDT note hakmem_bench:step at each step, so
 * that Step 0 can count steps by the same means as sites. Timed A/B variants are built without
 * markers (HAKMEM_SITE_MARKERS=0). */
#ifndef HARNESS_WORKLOADS_MARKER_H
#define HARNESS_WORKLOADS_MARKER_H

#ifndef HAKMEM_SITE_MARKERS
# define HAKMEM_SITE_MARKERS 0
#endif
#if HAKMEM_SITE_MARKERS
# include <sys/sdt.h>
# define BENCH_STEP() STAP_PROBE(hakmem_bench, step)
#else
# define BENCH_STEP() ((void)0)
#endif

#endif
