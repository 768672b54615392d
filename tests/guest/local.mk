# tests/guest: tests on the PMU of an emulated arm64 machine.
EXTRA_DIST += tests/guest/fetch.sh tests/guest/cross.sh tests/guest/image.sh tests/guest/init.c \
  tests/guest/commands.list tests/guest/console.py
dist_check_SCRIPTS += tests/guest/pmu.sh
if BUILD_HARNESS
if HAVE_CMOCKA
TESTS += tests/guest/pmu.sh
# here it tests this machine's own PMU; pmu.sh runs it on the emulated one
check_PROGRAMS += tests/guest/test_pmu
TESTS += tests/guest/test_pmu
tests_guest_test_pmu_SOURCES = tests/guest/test_pmu.c
tests_guest_test_pmu_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_guest_test_pmu_LDADD = harness/libharness.a $(HARNESS_LIBS) $(CMOCKA_LIBS)
endif
endif

check-pmu: ## counters, bench and Step 0 on the PMU of an emulated arm64 machine (downloads once)
	@$(AM_TESTS_ENVIRONMENT) code=0; sh $(top_srcdir)/tests/guest/pmu.sh || code=$$?; \
	  [ $$code = 77 ] || exit $$code
PHONY += check-pmu

distclean-local:
	rm -rf guest-cache
