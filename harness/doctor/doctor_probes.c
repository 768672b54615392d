/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor_probes.c: a uprobe on a function of this very program, by the uprobe PMU and by BPF. A
 * probe that opens and does not count its one hit is worse than none: both are tried. */
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/doctor/doctor.h"
#include "harness/step0/nop_probe.h"

static __attribute__((noinline)) void probed(void) { __asm__ volatile("nop" ::: "memory"); }

/* The object that holds `address`, and the file offset of it. */
static int file_offset(const void *address, char *path, size_t size, uint64_t *offset) {
  char line[PATH_MAX + 128], name[PATH_MAX + 1];
  int rc = -ENOENT;
  FILE *f = fopen("/proc/self/maps", "re");
  if (f == NULL) return -errno;
  while (rc != 0 && fgets(line, sizeof line, f) != NULL) {
    unsigned long long start, end, at;
    if (sscanf(line, "%llx-%llx %*s %llx %*s %*s %4096s", &start, &end, &at, name) != 4) continue;
    if ((uintptr_t)address < start || (uintptr_t)address >= end) continue;
    snprintf(path, size, "%s", name);
    *offset = at + ((uintptr_t)address - start);
    rc = 0;
  }
  fclose(f);
  return rc;
}

static int open_uprobe(uint32_t type, const char *path, uint64_t offset) {
  struct perf_event_attr a;
  memset(&a, 0, sizeof a);
  a.size = sizeof a;
  a.type = type;
  a.uprobe_path = (uint64_t)(uintptr_t)path;
  a.probe_offset = offset;
  a.disabled = 1;
  return (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

void doctor_check_uprobe(struct doctor_check *c) {
  char line[32], path[PATH_MAX + 1], text[96];
  uint64_t offset = 0, hits = 0;
  if (doctor_read_line("/sys/bus/event_source/devices/uprobe/type", line, sizeof line) < 0) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "this kernel has no uprobe PMU");
    doctor_advise(c, "a kernel with CONFIG_UPROBE_EVENTS; verify falls back to ptrace");
    return;
  }
  int rc = file_offset((const void *)probed, path, sizeof path, &offset);
  int fd = rc == 0 ? open_uprobe((uint32_t)strtoul(line, NULL, 10), path, offset) : -1;
  if (fd < 0) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "a uprobe on this program: %s",
                doctor_errno_text(rc != 0 ? -rc : errno, text, sizeof text));
    doctor_advise(c, "run as root (uprobes need CAP_SYS_ADMIN); verify falls back to ptrace");
    return;
  }
  ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
  probed();
  probed();
  ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
  if (read(fd, &hits, sizeof hits) != (ssize_t)sizeof hits) hits = 0;
  close(fd);
  if (hits == 2) doctor_find(c, DOCTOR_OK, "a uprobe on this program counted 2 of 2 hits");
  else doctor_find(c, DOCTOR_UNAVAILABLE, "a uprobe on this program counted %llu of 2 hits", (unsigned long long)hits);
}

/* linux/bpf.h of older systems has no uprobe_multi (kernel 6.6); these are its numbers. */
enum { ATTACH_UPROBE_MULTI = 48 };
struct uprobe_multi_attr {
  uint32_t prog_fd, target_fd, attach_type, flags;
  uint64_t path, offsets, ref_ctr_offsets, cookies;
  uint32_t count, multi_flags, pid, padding;
};

/* A program that returns 0. */
static int load_program(void) {
  const struct bpf_insn insns[] = {
    { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
    { .code = BPF_JMP | BPF_EXIT },
  };
  union bpf_attr a;
  memset(&a, 0, sizeof a);
  a.prog_type = BPF_PROG_TYPE_KPROBE;
  a.insns = (uint64_t)(uintptr_t)insns;
  a.insn_cnt = 2;
  a.license = (uint64_t)(uintptr_t) "GPL";
  a.expected_attach_type = (enum bpf_attach_type)ATTACH_UPROBE_MULTI;
  memcpy(a.prog_name, "hakmem_doctor", sizeof "hakmem_doctor");
  return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof a);
}

void doctor_check_uprobe_multi(struct doctor_check *c) {
  char path[PATH_MAX + 1], text[96];
  uint64_t offset = 0;
  int link = -1, rc = file_offset((const void *)probed, path, sizeof path, &offset);
  const char *what = "loading a BPF program";
  int program = rc == 0 ? load_program() : -1;
  int error = rc != 0 ? -rc : errno;
  if (program >= 0) {
    struct uprobe_multi_attr a = { .prog_fd = (uint32_t)program, .attach_type = ATTACH_UPROBE_MULTI, .count = 1 };
    a.path = (uint64_t)(uintptr_t)path;
    a.offsets = (uint64_t)(uintptr_t)&offset;
    what = "attaching a BPF program with uprobe_multi";
    link = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &a, sizeof a);
    error = errno;
    close(program);
  }
  if (link >= 0) {
    close(link);
    doctor_find(c, DOCTOR_OK, "a BPF program attaches to a function of this program");
    return;
  }
  doctor_find(c, DOCTOR_UNAVAILABLE, "%s: %s", what, doctor_errno_text(error, text, sizeof text));
  if (error == EPERM || error == EACCES) doctor_advise(c, "run as root; verify takes the next method that is allowed");
  else
    doctor_advise(c,
                  "a kernel of 6.6 or newer with CONFIG_BPF_SYSCALL and CONFIG_UPROBES; verify takes the next method");
}

static const char *effect_text(enum nop_effect e, bool wrote) {
  if (e == NOP_UNKNOWN) return "could not be tried";
  if (e == NOP_HARMLESS) return "leaves the program as it is";
  return wrote ? "becomes a call that overwrites what a leaf function keeps below its stack pointer"
               : "becomes a call; what is below the stack pointer stayed";
}

void doctor_check_uprobe_nop(struct doctor_check *c) {
  struct nop_effects e;
  nop_probe_measure(&e);
  bool known = e.five != NOP_UNKNOWN && e.ten != NOP_UNKNOWN;
  bool harmless = e.five != NOP_REWRITTEN && e.ten != NOP_REWRITTEN;
  doctor_find(c,
              !harmless ? DOCTOR_DEGRADED
              : known   ? DOCTOR_OK
                        : DOCTOR_UNAVAILABLE,
              "a uprobe on a no-operation of 5 bytes %s; of 10 bytes %s", effect_text(e.five, e.five_wrote),
              effect_text(e.ten, e.ten_wrote));
  if (!harmless)
    doctor_advise(c,
                  "verify sets no uprobe there: it takes a neighbour that runs as often, or ptrace; perf, bpftrace and "
                  "others do not know of it");
  else if (!known) doctor_advise(c, "run as root; verify sets no uprobe on such instructions where it cannot try");
}
