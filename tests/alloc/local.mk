# tests/alloc: the allocator. Shell tests build what they need by hand or preload the library; C
# tests link the allocator's objects with the prefixed API alone, so that the test's own malloc
# stays libc's and the boxes' hidden functions can be called.
EXTRA_DIST += tests/alloc/alloc_lib.sh
alloc_scripts = tests/alloc/real_programs.sh tests/alloc/off_means_off.sh
dist_check_SCRIPTS += $(alloc_scripts)
TESTS += $(alloc_scripts)

alloc_test_cppflags = $(HAKMEM_CPPFLAGS) -DHAKMEM_PREFIX_ONLY=1 $(CMOCKA_CFLAGS)
alloc_test_ldadd = tests/alloc/libhakprefix.la $(CMOCKA_LIBS) -lpthread
if HAVE_CMOCKA
check_LTLIBRARIES += tests/alloc/libhakprefix.la
tests_alloc_libhakprefix_la_SOURCES = $(HAKMEM_SOURCES)
tests_alloc_libhakprefix_la_CPPFLAGS = $(HAKMEM_CPPFLAGS) -DHAKMEM_PREFIX_ONLY=1
tests_alloc_libhakprefix_la_CFLAGS = $(HAKMEM_ALLOC_CFLAGS)

alloc_tests = tests/alloc/test_family tests/alloc/test_aligned
check_PROGRAMS += $(alloc_tests)
TESTS += $(alloc_tests)
tests_alloc_test_family_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_test_family_LDADD = $(alloc_test_ldadd)
tests_alloc_test_aligned_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_test_aligned_LDADD = $(alloc_test_ldadd)
endif
