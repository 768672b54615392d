# tests/step0: execution verification, on programs with known totals.
EXTRA_DIST += tests/step0/verify_lib.sh tests/step0/targets/known.c tests/step0/targets/plugin.c \
  tests/step0/targets/loop.c tests/step0/targets/forks.c tests/step0/targets/vforks.c \
  tests/step0/targets/restless.c tests/step0/targets/reload.c tests/step0/fuzz_elf.c tests/step0/bench_verify.py \
  tests/step0/targets/hot.c tests/step0/cases.py tests/step0/census.py tests/step0/verify_judge.py \
  tests/step0/counts.py tests/step0/targets/dotted.c tests/step0/targets/preempt.c \
  tests/step0/targets/named.cc tests/step0/targets/module.f90
EXTRA_DIST += tests/step0/targets/mark.h tests/step0/targets/census.c tests/step0/targets/census.cc \
  tests/step0/targets/quiet_zone.c tests/step0/targets/branches.c tests/step0/targets/twins_a.c \
  tests/step0/targets/twins_b.c tests/step0/targets/parted.c tests/step0/targets/copies.cc \
  tests/step0/targets/loops.c tests/step0/targets/chosen.c tests/step0/targets/sems.c \
  tests/step0/targets/shadow.c tests/step0/targets/server.c tests/step0/targets/bare.c \
  tests/step0/targets/crowd.c tests/step0/targets/opener.c tests/step0/targets/opener_lib.c \
  tests/step0/targets/ticker.c tests/step0/targets/locked.c tests/step0/targets/turns.c \
  tests/step0/targets/half.h tests/step0/targets/half_a.c tests/step0/targets/half_b.c \
  tests/step0/targets/folded.c tests/step0/targets/again.c tests/step0/targets/gone.c
step0_scripts = tests/step0/verify_builtin.sh tests/step0/verify_targets.sh tests/step0/verify_attach.sh \
  tests/step0/verify_user.sh tests/step0/verify_leftovers.sh tests/step0/verify_others.sh \
  tests/step0/verify_forks.sh tests/step0/verify_restless.sh tests/step0/verify_overlay.sh tests/step0/elf_damaged.sh \
  tests/step0/verify_all.sh tests/step0/cases.sh tests/step0/census.sh tests/step0/counts.sh
dist_check_SCRIPTS += $(step0_scripts)
if BUILD_HARNESS
TESTS += $(step0_scripts)
endif

# Longer than make check does: libFuzzer finds its own way. FUZZ_ELF_SECONDS=60, corpus in fuzz-elf.corpus.
FUZZ_ELF_CC = clang-14
FUZZ_ELF_SECONDS = 60
fuzz-elf: harness/libharness.a
fuzz-elf: ## fuzz the ELF reader of Step 0 with libFuzzer (needs clang-14)
	@command -v $(FUZZ_ELF_CC) >/dev/null || { \
	  echo "fuzz-elf needs $(FUZZ_ELF_CC): apt-get install clang-14, or FUZZ_ELF_CC=..."; exit 1; }
	$(AM_V_at)mkdir -p fuzz-elf.corpus
	$(AM_V_at)$(CC) -O2 -g -o fuzz-elf.corpus/known $(srcdir)/tests/step0/targets/known.c -lpthread -ldl
	$(AM_V_at)$(CC) -O2 -g -fPIC -shared -o fuzz-elf.corpus/plugin $(srcdir)/tests/step0/targets/plugin.c
	$(AM_V_CC)$(FUZZ_ELF_CC) -std=gnu17 -O1 -g -D_GNU_SOURCE -DHAVE_CONFIG_H -fsanitize=fuzzer,address,undefined \
	  -fno-sanitize-recover=all -I$(srcdir) -I. -o fuzz-elf.bin $(srcdir)/tests/step0/fuzz_elf.c \
	  $(srcdir)/harness/step0/elf_*.c $(srcdir)/harness/step0/insn.c $(srcdir)/harness/core/elf_sections.c \
	  $(srcdir)/harness/core/debug_file.c $(srcdir)/harness/core/foreign_file.c harness/libharness.a $(HARNESS_LIBS)
	./fuzz-elf.bin -max_total_time=$(FUZZ_ELF_SECONDS) -max_len=60000 -timeout=20 fuzz-elf.corpus
PHONY += fuzz-elf
CLEANFILES += fuzz-elf.bin

BENCH_ROUNDS = 5
bench-verify: all ## what Step 0 costs beside bpftrace, perf and gdb, against its goals (as root, on a quiet machine)
	@python3 $(srcdir)/tests/step0/bench_verify.py ./hakmem-harness$(EXEEXT) $(srcdir) '$(CC)' $(BENCH_ROUNDS)
PHONY += bench-verify
