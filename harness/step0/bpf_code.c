/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bpf_code.c: see bpf_code.h. Instructions: Linux Documentation/bpf/standardization/instruction-set.rst. */
#include "harness/step0/bpf_code.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ATTACH_UPROBE_MULTI = 48 };
/* value in the tasks map */
enum { TASK_COUNTED = 1, TASK_PARENT_ONLY = 2 };

#define INSN(c, d, s, o, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define MOV64_REG(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV64_IMM(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD64_IMM(d, i) INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define LOAD64(d, s, o) INSN(BPF_LDX | BPF_MEM | BPF_DW, d, s, o, 0)
#define STORE64(d, s, o) INSN(BPF_STX | BPF_MEM | BPF_DW, d, s, o, 0)
#define STORE32(d, s, o) INSN(BPF_STX | BPF_MEM | BPF_W, d, s, o, 0)
#define STORE64_IMM(d, o, i) INSN(BPF_ST | BPF_MEM | BPF_DW, d, 0, o, i)
#define STORE32_IMM(d, o, i) INSN(BPF_ST | BPF_MEM | BPF_W, d, 0, o, i)
#define ATOMIC_ADD64(d, s, o) INSN(BPF_STX | BPF_XADD | BPF_DW, d, s, o, BPF_ADD)
#define MAP_FD(d, fd) INSN(BPF_LD | BPF_DW | BPF_IMM, d, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)
#define LOAD_IMM64(d, v) \
 INSN(BPF_LD | BPF_DW | BPF_IMM, d, 0, 0, (int)(uint32_t)(v)), INSN(0, 0, 0, 0, (int)((uint64_t)(v) >> 32))
#define LOAD32(d, s, o) INSN(BPF_LDX | BPF_MEM | BPF_W, d, s, o, 0)
#define CALL(f) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define JEQ_IMM(d, i, o) INSN(BPF_JMP | BPF_JEQ | BPF_K, d, 0, o, i)
#define JNE_IMM(d, i, o) INSN(BPF_JMP | BPF_JNE | BPF_K, d, 0, o, i)
#define JA(o) INSN(BPF_JMP | BPF_JA, 0, 0, o, 0)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
enum { COUNT_LENGTH = 11 }; /* of the counting part of bpf_program_hit */
enum { R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, FP };

/* Larger than any kernel's union bpf_attr that we use; the rest is 0. */
union attr {
  union bpf_attr known;
  struct {
    uint32_t prog_fd, target_fd, attach_type, flags;
    uint64_t path, offsets, ref_ctr_offsets, cookies;
    uint32_t cnt, multi_flags, pid;
  } uprobe_multi;
  unsigned char bytes[128];
};

static int call(enum bpf_cmd command, union attr *attr) {
  long fd = syscall(SYS_bpf, command, attr, sizeof *attr);
  return fd < 0 ? -errno : (int)fd;
}

static int make_map(enum bpf_map_type type, unsigned key, unsigned value, unsigned entries, unsigned flags) {
  union attr a = { 0 };
  a.known.map_type = type;
  a.known.key_size = key;
  a.known.value_size = value;
  a.known.max_entries = entries;
  a.known.map_flags = flags;
  return call(BPF_MAP_CREATE, &a);
}

int bpf_map_tasks(unsigned entries) { return make_map(BPF_MAP_TYPE_HASH, 8, 8, entries, 0); }
int bpf_map_counts(unsigned entries) { return make_map(BPF_MAP_TYPE_ARRAY, 4, 8, entries, BPF_F_MMAPABLE); }

static int load(enum bpf_prog_type type, unsigned attach_type, const struct bpf_insn *code, size_t count) {
  union attr a = { 0 };
  a.known.prog_type = type;
  a.known.expected_attach_type = attach_type;
  a.known.insns = (uint64_t)(uintptr_t)code;
  a.known.insn_cnt = (uint32_t)count;
  a.known.license = (uint64_t)(uintptr_t) "GPL";
  memcpy(a.known.prog_name, "hakmem_step0", 13);
  return call(BPF_PROG_LOAD, &a);
}
#define COUNT(code) (sizeof(code) / sizeof *(code))

int bpf_program_seed(int tasks_fd) {
  const struct bpf_insn code[] = {
    CALL(BPF_FUNC_get_current_task),
    STORE64(FP, R0, -8),
    STORE64_IMM(FP, -16, TASK_PARENT_ONLY),
    MAP_FD(R1, tasks_fd),
    MOV64_REG(R2, FP),
    ADD64_IMM(R2, -8),
    MOV64_REG(R3, FP),
    ADD64_IMM(R3, -16),
    MOV64_IMM(R4, BPF_ANY),
    CALL(BPF_FUNC_map_update_elem),
    MOV64_IMM(R0, 0),
    EXIT(),
  };
  return load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, code, COUNT(code));
}

int bpf_program_unseed(int tasks_fd) {
  const struct bpf_insn code[] = {
    CALL(BPF_FUNC_get_current_task),
    STORE64(FP, R0, -8),
    MAP_FD(R1, tasks_fd),
    MOV64_REG(R2, FP),
    ADD64_IMM(R2, -8),
    CALL(BPF_FUNC_map_delete_elem),
    MOV64_IMM(R0, 0),
    EXIT(),
  };
  return load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, code, COUNT(code));
}

/* Is the running task of the process? Goes on behind itself if so, else jumps `off` instructions
 * further. Without a process it always jumps; R0 is 0 before. FP-40 is used. */
enum { IS_OF_PROCESS = 12 };
static void is_of_process(struct bpf_insn out[IS_OF_PROCESS], const struct bpf_process *p, short off) {
  const struct bpf_process none = { 0 };
  if (p == NULL) p = &none;
  const struct bpf_insn code[IS_OF_PROCESS] = {
    /* a conditional jump: the verifier refuses code that nothing leads to */
    p != &none ? JA(0) : JEQ_IMM(R0, 0, (short)(off + IS_OF_PROCESS - 1)),
    LOAD_IMM64(R1, p->device),
    LOAD_IMM64(R2, p->inode),
    MOV64_REG(R3, FP),
    ADD64_IMM(R3, -40),
    MOV64_IMM(R4, 8),
    CALL(BPF_FUNC_get_ns_current_pid_tgid),
    JNE_IMM(R0, 0, (short)(off + 2)),
    LOAD32(R1, FP, -36), /* struct bpf_pidns_info: pid, tgid */
    JNE_IMM(R1, (int)p->pid, off),
  };
  memcpy(out, code, sizeof code);
}

/* sched_process_fork(parent, child): include/trace/events/sched.h; runs in the parent */
int bpf_program_fork(int tasks_fd, int counts_fd, unsigned overflow_index, const struct bpf_process *process) {
  const struct bpf_insn find[] = {
    MOV64_REG(R6, R1),
    LOAD64(R7, R6, 0),
    STORE64(FP, R7, -8), /* parent */
    LOAD64(R8, R6, 8),
    STORE64(FP, R8, -16), /* child */
    MAP_FD(R1, tasks_fd),
    MOV64_REG(R2, FP),
    ADD64_IMM(R2, -8),
    CALL(BPF_FUNC_map_lookup_elem),
    JNE_IMM(R0, 0, IS_OF_PROCESS),
  };
  const struct bpf_insn add[] = {
    /* in scope: the child is too */
    STORE64_IMM(FP, -24, TASK_COUNTED),
    MAP_FD(R1, tasks_fd),
    MOV64_REG(R2, FP),
    ADD64_IMM(R2, -16),
    MOV64_REG(R3, FP),
    ADD64_IMM(R3, -24),
    MOV64_IMM(R4, BPF_ANY),
    CALL(BPF_FUNC_map_update_elem),
    JEQ_IMM(R0, 0, 16),
    /* the map is full: the count would be short, and says so */
    STORE32_IMM(FP, -28, (int)overflow_index),
    MAP_FD(R1, counts_fd),
    MOV64_REG(R2, FP),
    ADD64_IMM(R2, -28),
    CALL(BPF_FUNC_map_lookup_elem),
    JEQ_IMM(R0, 0, 9),
    MOV64_IMM(R1, 1),
    ATOMIC_ADD64(R0, R1, 0),
    JA(6),
    /* not in scope: the address may be that of a task that was */
    MAP_FD(R1, tasks_fd),
    MOV64_REG(R2, FP),
    ADD64_IMM(R2, -16),
    CALL(BPF_FUNC_map_delete_elem),
    JA(0),
    MOV64_IMM(R0, 0),
    EXIT(),
  };
  enum { ADD_LENGTH = 20 };
  struct bpf_insn code[COUNT(find) + IS_OF_PROCESS + COUNT(add)];
  memcpy(code, find, sizeof find);
  is_of_process(code + COUNT(find), process, ADD_LENGTH);
  memcpy(code + COUNT(find) + IS_OF_PROCESS, add, sizeof add);
  return load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, code, COUNT(code));
}

int bpf_program_exit(int tasks_fd) {
  const struct bpf_insn code[] = {
    LOAD64(R7, R1, 0),    STORE64(FP, R7, -8),
    MAP_FD(R1, tasks_fd), MOV64_REG(R2, FP),
    ADD64_IMM(R2, -8),    CALL(BPF_FUNC_map_delete_elem),
    MOV64_IMM(R0, 0),     EXIT(),
  };
  return load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, code, COUNT(code));
}

int bpf_program_hit(int tasks_fd, int counts_fd, const struct bpf_process *process) {
  const struct bpf_insn find[] = {
    MOV64_REG(R6, R1),
    CALL(BPF_FUNC_get_current_task),
    STORE64(FP, R0, -8),
    MAP_FD(R1, tasks_fd),
    MOV64_REG(R2, FP),
    ADD64_IMM(R2, -8),
    CALL(BPF_FUNC_map_lookup_elem),
    JEQ_IMM(R0, 0, 3),
    LOAD64(R1, R0, 0),
    JEQ_IMM(R1, TASK_COUNTED, IS_OF_PROCESS + 1),
    JA(IS_OF_PROCESS + COUNT_LENGTH),
  };
  const struct bpf_insn add[] = {
    MOV64_REG(R1, R6),
    CALL(BPF_FUNC_get_attach_cookie),
    STORE32(FP, R0, -12),
    MAP_FD(R1, counts_fd),
    MOV64_REG(R2, FP),
    ADD64_IMM(R2, -12),
    CALL(BPF_FUNC_map_lookup_elem),
    JEQ_IMM(R0, 0, 2),
    MOV64_IMM(R1, 1),
    ATOMIC_ADD64(R0, R1, 0),
    MOV64_IMM(R0, 0),
    EXIT(),
  };
  struct bpf_insn code[COUNT(find) + IS_OF_PROCESS + COUNT(add)];
  memcpy(code, find, sizeof find);
  is_of_process(code + COUNT(find), process, COUNT_LENGTH);
  memcpy(code + COUNT(find) + IS_OF_PROCESS, add, sizeof add);
  return load(BPF_PROG_TYPE_KPROBE, ATTACH_UPROBE_MULTI, code, COUNT(code));
}

/* The namespace is the one that the process itself is in: it may be in a container. */
int bpf_process_find(pid_t pid, struct bpf_process *process) {
  char path[64], line[256];
  struct stat st;
  snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid);
  if (stat(path, &st) != 0) return -errno;
  *process = (struct bpf_process){ .device = st.st_dev, .inode = st.st_ino, .pid = (uint32_t)pid };
  snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
  FILE *f = fopen(path, "re");
  if (f == NULL) return -errno;
  while (fgets(line, sizeof line, f) != NULL) {
    const char *last = strrchr(line, '\t');
    if (strncmp(line, "NStgid:", 7) == 0 && last != NULL) process->pid = (uint32_t)strtoul(last + 1, NULL, 10);
  }
  fclose(f);
  return 0;
}

int bpf_run_once(int program_fd) {
  union attr a = { 0 };
  a.known.test.prog_fd = (uint32_t)program_fd;
  return call(BPF_PROG_TEST_RUN, &a);
}

int bpf_attach_raw_tracepoint(int program_fd, const char *name) {
  union attr a = { 0 };
  a.known.raw_tracepoint.name = (uint64_t)(uintptr_t)name;
  a.known.raw_tracepoint.prog_fd = (uint32_t)program_fd;
  return call(BPF_RAW_TRACEPOINT_OPEN, &a);
}

int bpf_attach_uprobes(int program_fd, const char *path, const uint64_t *offsets, const uint64_t *semaphores,
                       const uint64_t *cookies, unsigned count) {
  union attr a = { 0 };
  a.uprobe_multi.prog_fd = (uint32_t)program_fd;
  a.uprobe_multi.attach_type = ATTACH_UPROBE_MULTI;
  a.uprobe_multi.path = (uint64_t)(uintptr_t)path;
  a.uprobe_multi.offsets = (uint64_t)(uintptr_t)offsets;
  a.uprobe_multi.ref_ctr_offsets = (uint64_t)(uintptr_t)semaphores;
  a.uprobe_multi.cookies = (uint64_t)(uintptr_t)cookies;
  a.uprobe_multi.cnt = count;
  return call(BPF_LINK_CREATE, &a);
}
