# tests/project: somebody else's programs.
EXTRA_DIST += tests/project/counter.ab tests/project/counter/Makefile tests/project/counter/counter.c \
  tests/project/counter/counter.h tests/project/counter/other.c tests/project/counter/other.patch
dist_check_SCRIPTS += tests/project/project.sh tests/project/ab.sh
if BUILD_HARNESS
TESTS += tests/project/project.sh tests/project/ab.sh
if HAVE_CMOCKA
check_PROGRAMS += tests/project/test_project_file
TESTS += tests/project/test_project_file
tests_project_test_project_file_SOURCES = tests/project/test_project_file.c
tests_project_test_project_file_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_project_test_project_file_LDADD = harness/libharness.a $(HARNESS_LIBS) $(CMOCKA_LIBS)
endif
endif
