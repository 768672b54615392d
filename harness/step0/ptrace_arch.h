/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ptrace_arch.h: what differs between x86-64 and arm64 for software breakpoints. */
#ifndef HARNESS_STEP0_PTRACE_ARCH_H
#define HARNESS_STEP0_PTRACE_ARCH_H

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#if defined __x86_64__
enum { ARCH_BREAK_BYTES = 1, ARCH_PC_AFTER_BREAK = 1, ARCH_MACHINE = EM_X86_64 };
# define ARCH_BREAK_MASK UINT64_C(0xff)
# define ARCH_BREAK_CODE UINT64_C(0xcc) /* int3 */
typedef struct user_regs_struct arch_regs;
static inline uint64_t arch_pc(const arch_regs *r) { return r->rip; }
static inline void arch_set_pc(arch_regs *r, uint64_t pc) { r->rip = pc; }
#elif defined __aarch64__
enum { ARCH_BREAK_BYTES = 4, ARCH_PC_AFTER_BREAK = 0, ARCH_MACHINE = EM_AARCH64 };
# define ARCH_BREAK_MASK UINT64_C(0xffffffff)
# define ARCH_BREAK_CODE UINT64_C(0xd4200000) /* brk #0 */
typedef struct user_regs_struct arch_regs;
static inline uint64_t arch_pc(const arch_regs *r) { return r->pc; }
static inline void arch_set_pc(arch_regs *r, uint64_t pc) { r->pc = pc; }
#else
# error "Step 0 by ptrace knows x86-64 and arm64"
#endif

static inline int arch_get_regs(pid_t tid, arch_regs *r) {
  struct iovec v = { r, sizeof *r };
  return ptrace(PTRACE_GETREGSET, tid, (void *)NT_PRSTATUS, &v) == 0 ? 0 : -errno;
}
static inline int arch_set_regs(pid_t tid, arch_regs *r) {
  struct iovec v = { r, sizeof *r };
  return ptrace(PTRACE_SETREGSET, tid, (void *)NT_PRSTATUS, &v) == 0 ? 0 : -errno;
}

#endif
