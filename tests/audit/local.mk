# tests/audit: the labelled set (labels are fixed before the rules are tuned), bad input, and the
# audit of the allocator itself.
EXTRA_DIST += tests/audit/labelled
dist_check_SCRIPTS += tests/audit/labelled.sh tests/audit/self.sh
if BUILD_HARNESS
TESTS += tests/audit/labelled.sh tests/audit/self.sh
if HAVE_CMOCKA
check_PROGRAMS += tests/audit/test_audit
TESTS += tests/audit/test_audit
tests_audit_test_audit_SOURCES = tests/audit/test_audit.c
tests_audit_test_audit_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_audit_test_audit_LDADD = harness/libharness.la $(HARNESS_LIBS) $(CMOCKA_LIBS)
endif
endif
