/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nop_probe.c: see nop_probe.h; Linux arch/x86/kernel/uprobes.c, arch_uprobe_optimize(). */
#include "harness/step0/nop_probe.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined __x86_64__

/* rdi: a word that is kept below the stack pointer; returns what is found there behind the nop. */
extern char nop_probe_five[], nop_probe_five_nop[], nop_probe_ten[], nop_probe_ten_nop[];
__asm__(".pushsection .text\n"
        " .balign 64\n"
        "nop_probe_five: mov %rdi, -8(%rsp)\n"
        "nop_probe_five_nop: .byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n"
        " mov -8(%rsp), %rax\n"
        " ret\n"
        " .balign 64\n"
        "nop_probe_ten: mov %rdi, -8(%rsp)\n"
        "nop_probe_ten_nop: .byte 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n"
        " mov -8(%rsp), %rax\n"
        " ret\n"
        " .popsection\n");

static int pmu_type(void) {
  char text[16] = "";
  int fd = open("/sys/bus/event_source/devices/uprobe/type", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  return n > 0 ? atoi(text) : -1;
}

/* File and offset of a byte of our own code. */
static int find_place(const void *address, char *path, size_t size, uint64_t *offset) {
  char line[4600];
  FILE *f = fopen("/proc/self/maps", "re");
  int rc = -1;
  while (f != NULL && rc != 0 && fgets(line, sizeof line, f) != NULL) {
    unsigned long long start, end, from;
    char file[4096];
    if (sscanf(line, "%llx-%llx %*s %llx %*s %*s %4095[^\n]", &start, &end, &from, file) != 4) continue;
    uint64_t at = (uint64_t)(uintptr_t)address;
    if (at < start || at >= end) continue;
    snprintf(path, size, "%s", file);
    *offset = from + (at - start);
    rc = 0;
  }
  if (f != NULL) fclose(f);
  return rc;
}

/* In a child: 0 harmless, 1 rewritten, 2 rewritten and the word is lost, 3 unknown. */
static int try_one(const void *function, const char *nop, size_t length) {
  enum { TURNS = 64 };
  char path[4200];
  uint64_t (*call)(uint64_t);
  unsigned char before[16];
  struct perf_event_attr a = { .type = 0, .size = sizeof a };
  int type = pmu_type(), rewritten = 0, wrote = 0;
  uint64_t offset;
  if (type < 0 || find_place(nop, path, sizeof path, &offset) != 0) return 3;
  a.config2 = offset;
  memcpy(&call, &function, sizeof call);
  memcpy(before, nop, length);
  a.type = (uint32_t)type;
  a.config1 = (uint64_t)(uintptr_t)path;
  if (syscall(SYS_perf_event_open, &a, 0, -1, -1, PERF_FLAG_FD_CLOEXEC) < 0) return 3;
  for (uint64_t i = 1; i <= TURNS; i++) {
    uint64_t word = i * UINT64_C(0x0101010101010101);
    wrote |= call(word) != word;
    __asm__ volatile("" ::: "memory");                         /* what is read next was changed by the kernel */
    rewritten |= memcmp(before + 1, nop + 1, length - 1) != 0; /* the breakpoint itself is one byte */
  }
  return wrote ? 2 : rewritten ? 1 : 0;
}

static enum nop_effect measure(const void *function, const char *nop, size_t length, bool *wrote) {
  int status = 0;
  pid_t pid = fork();
  if (pid == 0) _exit(try_one(function, nop, length));
  *wrote = false;
  if (pid < 0) return NOP_UNKNOWN;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (!WIFEXITED(status)) return NOP_REWRITTEN; /* it died of it */
  *wrote = WEXITSTATUS(status) == 2;
  return WEXITSTATUS(status) == 0 ? NOP_HARMLESS : WEXITSTATUS(status) == 3 ? NOP_UNKNOWN : NOP_REWRITTEN;
}

void nop_probe_measure(struct nop_effects *e) {
  e->five = measure(nop_probe_five, nop_probe_five_nop, 5, &e->five_wrote);
  e->ten = measure(nop_probe_ten, nop_probe_ten_nop, 10, &e->ten_wrote);
}

#else

void nop_probe_measure(struct nop_effects *e) { *e = (struct nop_effects){ NOP_UNKNOWN, NOP_UNKNOWN, false, false }; }

#endif

bool nop_probe_is_harmless(void) {
  static int known = -1;
  if (known < 0) {
    struct nop_effects e;
    nop_probe_measure(&e);
    known = e.five == NOP_HARMLESS && e.ten == NOP_HARMLESS;
  }
  return known;
}
