# tests/alloc: the allocator. Shell tests build what they need by hand or preload the library; C
# tests link the allocator's objects with the prefixed API alone, so that the test's own malloc
# stays libc's and the boxes' hidden functions can be called.
EXTRA_DIST += tests/alloc/alloc_lib.sh tests/alloc/programs.sh tests/alloc/bench_hardened.sh \
  tests/alloc/alloc_test.h tests/alloc/pool_span_test.h tests/alloc/hard/moments.c \
  tests/alloc/hard/plugin.c tests/alloc/hard/loaded.c \
  tests/alloc/worst/day.c tests/alloc/worst/figures.c tests/alloc/worst/forks.c \
  tests/alloc/worst/handlers.c tests/alloc/worst/hook.c tests/alloc/worst/deepbind.c \
  tests/alloc/worst/group.sh \
  tests/alloc/worst/mistakes.c tests/alloc/worst/audit.c tests/alloc/worst/only.c tests/alloc/worst/noplace.c \
  tests/alloc/first_calls.c tests/alloc/cxx_operators.cc \
  tests/alloc/fuzz_calls.c tests/alloc/fuzz_names.h tests/alloc/fuzz_shadow.h tests/alloc/fuzz_broken.c
alloc_scripts = tests/alloc/real_programs.sh \
  tests/alloc/cxx_operators.sh \
  tests/alloc/deepbind.sh \
  tests/alloc/off_means_off.sh \
  tests/alloc/model_sanitized.sh \
  tests/alloc/hard_moments.sh \
  tests/alloc/worst_day.sh \
  tests/alloc/worst_day_hardened.sh \
  tests/alloc/environments.sh \
  tests/alloc/mistakes.sh \
  tests/alloc/many_programs.sh \
  tests/alloc/fuzz_calls.sh \
  tests/alloc/gates_matrix.sh
dist_check_SCRIPTS += $(alloc_scripts)
TESTS += $(alloc_scripts)

alloc_test_cppflags = $(HAKMEM_CPPFLAGS) -DHAKMEM_PREFIX_ONLY=1 $(CMOCKA_CFLAGS)
check_LTLIBRARIES += tests/alloc/libhakprefix.la
tests_alloc_libhakprefix_la_SOURCES = $(HAKMEM_SOURCES)
tests_alloc_libhakprefix_la_CPPFLAGS = $(HAKMEM_CPPFLAGS) -DHAKMEM_PREFIX_ONLY=1
tests_alloc_libhakprefix_la_CFLAGS = $(HAKMEM_ALLOC_CFLAGS)

alloc_stress_tests = tests/alloc/test_model tests/alloc/test_queues
check_PROGRAMS += $(alloc_stress_tests)
TESTS += $(alloc_stress_tests)
tests_alloc_test_model_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_test_model_LDADD = tests/alloc/libhakprefix.la -lpthread
tests_alloc_test_queues_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_test_queues_LDADD = tests/alloc/libhakprefix.la -lpthread
if HAVE_CMOCKA
alloc_unit_tests = tests/alloc/test_family tests/alloc/test_aligned tests/alloc/test_enomem \
  tests/alloc/test_giveback tests/alloc/test_lower_boxes tests/alloc/test_upper_boxes \
  tests/alloc/test_pool_span tests/alloc/test_pool_span_pages tests/alloc/test_pool_span_heaps
check_PROGRAMS += $(alloc_unit_tests)
TESTS += $(alloc_unit_tests)
tests_alloc_test_family_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_test_family_LDADD = tests/alloc/libhakprefix.la $(CMOCKA_LIBS) -lpthread
tests_alloc_test_aligned_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_test_aligned_LDADD = tests/alloc/libhakprefix.la $(CMOCKA_LIBS) -lpthread
tests_alloc_test_enomem_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_test_enomem_LDADD = tests/alloc/libhakprefix.la $(CMOCKA_LIBS) -lpthread
tests_alloc_test_giveback_CPPFLAGS = $(alloc_test_cppflags) -I$(top_srcdir)
tests_alloc_test_giveback_LDADD = tests/alloc/libhakprefix.la $(CMOCKA_LIBS) -lpthread
tests_alloc_test_lower_boxes_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_test_lower_boxes_LDADD = tests/alloc/libhakprefix.la $(CMOCKA_LIBS) -lpthread
tests_alloc_test_upper_boxes_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_test_upper_boxes_LDADD = tests/alloc/libhakprefix.la $(CMOCKA_LIBS) -lpthread
tests_alloc_test_pool_span_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_test_pool_span_LDADD = tests/alloc/libhakprefix.la $(CMOCKA_LIBS) -lpthread
tests_alloc_test_pool_span_pages_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_test_pool_span_pages_LDADD = tests/alloc/libhakprefix.la $(CMOCKA_LIBS) -lpthread
tests_alloc_test_pool_span_heaps_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_test_pool_span_heaps_LDADD = tests/alloc/libhakprefix.la $(CMOCKA_LIBS) -lpthread
endif

# The fuzz target: its seeds in make check, libFuzzer on request.
EXTRA_DIST += tests/alloc/seeds
check_PROGRAMS += tests/alloc/fuzz_api
TESTS += tests/alloc/fuzz_api
tests_alloc_fuzz_api_CPPFLAGS = $(alloc_test_cppflags)
tests_alloc_fuzz_api_LDADD = tests/alloc/libhakprefix.la -lpthread
FUZZ_CC = clang-14
FUZZ_SECONDS = 60
fuzz-alloc: probes/hakmem_build_flags.h ## fuzz the allocator's API with libFuzzer for FUZZ_SECONDS
	@command -v $(FUZZ_CC) >/dev/null || { \
	  echo "$(FUZZ_CC) is missing; on Debian: apt-get install clang-14 (or say make fuzz-alloc FUZZ_CC=clang)"; exit 1; }
	@mkdir -p fuzz-alloc.corpus
	$(FUZZ_CC) -std=gnu17 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	  $(DEFS) $(alloc_test_cppflags) \
	  -DHAKMEM_CHECKS=1 -DHAKMEM_FUZZER=1 $(top_srcdir)/tests/alloc/fuzz_api.c \
	  $$(find $(top_srcdir)/src -name '*.c') -lpthread -o fuzz-alloc.bin
	./fuzz-alloc.bin -artifact_prefix=fuzz-alloc.found- -max_total_time=$(FUZZ_SECONDS) -max_len=600 \
	  -rss_limit_mb=4000 fuzz-alloc.corpus $(top_srcdir)/tests/alloc/seeds
# Every entry point against a model, N calls in each of four builds; FUZZ_SEED for other calls.
N = 250000000
FUZZ_SEED = 1
fuzz-api: all ## N random calls of every entry point in each of four builds, and N/20 under each sanitizer
	$(AM_V_at)top_srcdir='$(top_srcdir)' top_builddir='$(top_builddir)' CC='$(CC)' ALLOC_CFLAGS='$(ALLOC_CFLAGS)' \
	  FUZZ_CALLS='$(N)' FUZZ_SEED='$(FUZZ_SEED)' $(SHELL) $(top_srcdir)/tests/alloc/fuzz_calls.sh
RUNS = 10
ONLY =
bench-hardened: all ## tests/alloc/programs.sh (or ONLY some) on the hardened build by the default one, RUNS times each
	$(AM_V_at)top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' CC='$(CC)' ALLOC_CFLAGS='$(ALLOC_CFLAGS)' \
	  $(SHELL) $(top_srcdir)/tests/alloc/bench_hardened.sh $(RUNS) $(ONLY)
clean-local-fuzz:
	rm -rf fuzz-alloc.bin fuzz-alloc.corpus
clean-local: clean-local-fuzz
PHONY += fuzz-alloc fuzz-api bench-hardened clean-local-fuzz
