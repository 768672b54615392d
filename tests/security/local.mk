# tests/security: hostile files, folders and processes; root as sudo starts it.
security_scripts = tests/security/parting.sh tests/security/folders.sh tests/security/foreign.sh \
  tests/security/records.sh tests/security/sources.sh
dist_check_SCRIPTS += $(security_scripts)
EXTRA_DIST += tests/security/security_lib.sh tests/security/foreign_cases.py tests/security/smash.c
if BUILD_HARNESS
TESTS += $(security_scripts) tests/security/fuzz_foreign
check_PROGRAMS += tests/security/fuzz_foreign
if HAVE_CMOCKA
check_PROGRAMS += tests/security/test_confined
TESTS += tests/security/test_confined
tests_security_test_confined_SOURCES = tests/security/test_confined.c
tests_security_test_confined_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_security_test_confined_LDADD = harness/libharness.a $(HARNESS_LIBS) $(CMOCKA_LIBS)
endif
tests_security_fuzz_foreign_SOURCES = tests/security/fuzz_foreign.c tests/security/fuzz_packs.c \
  tests/security/fuzz_packs.h
tests_security_fuzz_foreign_CPPFLAGS = $(HARNESS_CPPFLAGS)
tests_security_fuzz_foreign_LDADD = harness/libharness.a $(HARNESS_LIBS)
endif

# Longer than make check does: libFuzzer finds its own way. The corpus stays in fuzz-foreign.corpus.
FUZZ_FOREIGN_RUNS = 10000000
fuzz-foreign: all ## fuzz the readers of foreign data with libFuzzer (needs clang-14)
	@command -v $(FUZZ_ELF_CC) >/dev/null || \
	  { echo "fuzz-foreign needs $(FUZZ_ELF_CC): apt-get install clang-14"; exit 1; }
	$(AM_V_at)mkdir -p fuzz-foreign.corpus
	$(AM_V_CC)$(FUZZ_ELF_CC) -std=gnu17 -O1 -g $(DEFS) $(HARNESS_CPPFLAGS) -DHAKMEM_FUZZER=1 \
	  -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o fuzz-foreign.bin \
	  $(srcdir)/tests/security/fuzz_foreign.c $(srcdir)/tests/security/fuzz_packs.c harness/libharness.a $(HARNESS_LIBS)
	./fuzz-foreign.bin -runs=$(FUZZ_FOREIGN_RUNS) -max_len=20000 -timeout=20 fuzz-foreign.corpus
PHONY += fuzz-foreign

# FUZZ_MUTATIONS changes of good inputs over all kinds, in a file system in memory; FUZZ_FIRST to go on.
FUZZ_MUTATIONS = 10000000
FUZZ_FIRST = 1
fuzz-mutate: tests/security/fuzz_foreign$(EXEEXT) ## the readers of foreign data on 10^7 changed inputs
	TMPDIR=$$(test -w /dev/shm && echo /dev/shm || echo /tmp) \
	  tests/security/fuzz_foreign $$(($(FUZZ_MUTATIONS) / 12)) $(FUZZ_FIRST)
PHONY += fuzz-mutate
CLEANFILES += fuzz-foreign.bin
