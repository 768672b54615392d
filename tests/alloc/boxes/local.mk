# tests/alloc/boxes: one test for each box that is off in a default build, and for misuse.
EXTRA_DIST += tests/alloc/boxes/boxes_lib.sh tests/alloc/boxes/hotbox.c tests/alloc/boxes/misuse.c \
  tests/alloc/boxes/misuse_libc.h tests/alloc/boxes/header.c tests/alloc/boxes/giveback.c \
  tests/alloc/boxes/checks.c tests/alloc/boxes/exploit.c tests/alloc/boxes/zeros.c
ALLOC_BOX_TESTS = tests/alloc/boxes/hotbox.sh tests/alloc/boxes/misuse.sh tests/alloc/boxes/misuse_peers.sh \
  tests/alloc/boxes/header.sh tests/alloc/boxes/hardened.sh tests/alloc/boxes/giveback.sh \
  tests/alloc/boxes/checks.sh tests/alloc/boxes/exploit.sh
dist_check_SCRIPTS += $(ALLOC_BOX_TESTS)
TESTS += $(ALLOC_BOX_TESTS)

PHONY += misuse-table
misuse-table: ## what each build, glibc, scudo, mimalloc, jemalloc and tcmalloc notice of every kind of misuse
	$(AM_V_at)top_srcdir='$(top_srcdir)' top_builddir='$(top_builddir)' \
	  $(SHELL) $(top_srcdir)/tests/alloc/boxes/misuse_peers.sh

PHONY += exploit-table
exploit-table: ## what mistakes are worth to an attacker under each build, glibc, scudo and mimalloc
	$(AM_V_at)top_srcdir='$(top_srcdir)' top_builddir='$(top_builddir)' \
	  $(SHELL) $(top_srcdir)/tests/alloc/boxes/exploit.sh
