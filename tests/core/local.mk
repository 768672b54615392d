# tests/core: the gate table, the command line, harness/core, the manual, what is installed.
core_scripts = tests/core/gates_table.sh tests/core/cli.sh tests/core/schemas.sh tests/core/manual.sh \
  tests/core/format.sh tests/core/prints_nothing.sh tests/core/layers.sh tests/core/exit_codes.sh tests/core/claims.sh \
  tests/core/figures.sh tests/core/cache.sh
dist_check_SCRIPTS += $(core_scripts)
EXTRA_DIST += tests/core/claims tests/core/claims.py
EXTRA_DIST += tests/core/layers.py tests/core/exit_codes.py tests/core/installed.sh tests/core/schemas.py \
  tests/core/format_files.sh .clang-format
if BUILD_HARNESS
TESTS += $(core_scripts)
if HAVE_CMOCKA
check_PROGRAMS += tests/core/test_core
TESTS += tests/core/test_core
tests_core_test_core_SOURCES = tests/core/test_core.c
tests_core_test_core_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_core_test_core_LDADD = harness/libharness.a $(HARNESS_LIBS) $(CMOCKA_LIBS)
endif

# make distcheck runs this on what it installed
installcheck-local:
	bindir='$(bindir)' libdir='$(libdir)' includedir='$(includedir)' mandir='$(mandir)' datadir='$(datadir)' CC='$(CC)' \
	  sh $(top_srcdir)/tests/core/installed.sh
endif
