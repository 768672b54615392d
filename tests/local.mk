# tests/: each folder has its own fragment; tests/lib.sh and tests/test_skip.h are shared.
EXTRA_DIST += tests/lib.sh tests/test_skip.h
AM_TESTS_ENVIRONMENT = top_srcdir='$(abs_top_srcdir)'; top_builddir='$(abs_top_builddir)'; \
  CC='$(CC)'; LLD='$(LLD)'; export top_srcdir top_builddir CC LLD;
