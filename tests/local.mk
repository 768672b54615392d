# tests/: each folder has its own fragment; tests/lib.sh, tests/unit*.h and tests/test_skip.h are shared.
EXTRA_DIST += tests/lib.sh tests/summary.sh tests/bare.sh tests/unit.h tests/unit_random.h tests/test_skip.h
AM_TESTS_ENVIRONMENT = top_srcdir='$(abs_top_srcdir)'; top_builddir='$(abs_top_builddir)'; \
  CC='$(CC)'; AWK='$(AWK)'; LLD='$(LLD)'; ALLOC_CFLAGS='$(ALLOC_CFLAGS)'; \
  HARNESS_LIBS='$(HARNESS_LIBS)'; \
  export top_srcdir top_builddir CC AWK LLD ALLOC_CFLAGS HARNESS_LIBS;

include tests/core/local.mk
include tests/alloc/local.mk
include tests/alloc/boxes/local.mk
include tests/counters/local.mk
include tests/ab/local.mk
include tests/audit/local.mk
include tests/step0/local.mk
include tests/report/local.mk
include tests/merge/local.mk
include tests/fleet/local.mk
include tests/security/local.mk
include tests/project/local.mk
include tests/package/local.mk
include tests/guest/local.mk

check-summary: ## what the last make check said, skips with their reasons
	@sh $(top_srcdir)/tests/summary.sh .
PHONY += check-summary

check-bare: ## the README's two commands in a bare Debian folder (as root; network, 9 GB below bare/)
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' $(SHELL) $(top_srcdir)/tests/bare.sh
PHONY += check-bare
clean-local: clean-local-bare
clean-local-bare:
	rm -rf --one-file-system bare
PHONY += clean-local-bare
