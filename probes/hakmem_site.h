/* hakmem_site.h: the marker of a gated site.
 *
 * HAK_SITE(free_trace) puts a one-byte nop and a USDT note (provider "hakmem") right before
 * gated code. A kernel uprobe cannot sit on a LOCK-prefixed instruction, so the probe sits on
 * this nop. The name is the gate's name in probes/gates.def with - written as _. A marker
 * stands inside the gate's #if, so a build with the gate off has neither nop nor note.
 *
 * Built with HAKMEM_SITE_MARKERS=0 (--disable-site-markers, and every timed A/B variant) the
 * marker is nothing at all. Where an always-inlined function holds a site there is one copy
 * of the note for each place it was inlined into; the harness counts all of them. */
#ifndef HAKMEM_SITE_H
#define HAKMEM_SITE_H

#ifndef HAKMEM_SITE_MARKERS
# define HAKMEM_SITE_MARKERS 0
#endif

#if HAKMEM_SITE_MARKERS
# include <sys/sdt.h>
# define HAK_SITE(name) STAP_PROBE(hakmem, name)
#else
# define HAK_SITE(name) ((void)0)
#endif

/* Exactly known extra work on the free path, put in with -DHAK_AB_INJECT='…' by the calibration
 * of the A/B engine; nothing in any other build. */
#ifndef HAK_AB_INJECT
# define HAK_AB_INJECT ((void)0)
#endif

#endif
