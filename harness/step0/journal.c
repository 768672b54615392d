/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal.c: see journal.h. Records: include/uapi/linux/perf_event.h. */
#include "harness/step0/journal.h"

#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "harness/core/privilege.h"

enum { CPUS_MAX = 1024, PAGES = 64 }; /* of each CPU's ring: some hundred programs between two looks */

struct program { /* one that a process executes; forked children share what they were forked from */
  uint32_t pid;
  bool executed;       /* it was started as this process, and not forked from one that was */
  bool has;            /* the object was mapped */
  uint64_t start, end; /* of its code */
};

struct journal {
  const struct elf_object *object;
  int fd[CPUS_MAX];
  void *ring[CPUS_MAX];
  int cpus;
  size_t ring_bytes;
  struct program *program;
  size_t programs, room;
  struct record { /* of all CPUs, to be put into order */
    uint64_t time;
    uint32_t type, pid, other;
    bool exec, ours, anonymous;
    uint64_t start, end;
  } * record;
  size_t records, record_room;
  bool lost;
};

struct journal *journal_start(pid_t pid, const struct elf_object *object) {
  struct journal *j = calloc(1, sizeof *j);
  long page = sysconf(_SC_PAGESIZE);
  if (j == NULL) return NULL;
  j->object = object;
  j->ring_bytes = (size_t)page * (PAGES + 1);
  struct perf_event_attr a = { .type = PERF_TYPE_SOFTWARE,
                               .size = sizeof a,
                               .config = PERF_COUNT_SW_DUMMY,
                               .sample_type = PERF_SAMPLE_TIME,
                               .inherit = 1,
                               .mmap = 1,
                               .mmap2 = 1,
                               .comm = 1,
                               .comm_exec = 1,
                               .task = 1,
                               .sample_id_all = 1,
                               .exclude_kernel = 1,
                               .exclude_hv = 1 };
  int cpus = (int)sysconf(_SC_NPROCESSORS_CONF);
  for (int cpu = 0; cpu < cpus && j->cpus < CPUS_MAX; cpu++) {
    int fd = privilege_perf_event_open(&a, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0 && errno == ENODEV) continue; /* a CPU that is off */
    void *ring = fd >= 0 ? mmap(NULL, j->ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (ring == MAP_FAILED) {
      if (fd >= 0) close(fd);
      journal_finish(j, NULL);
      return NULL;
    }
    j->fd[j->cpus] = fd;
    j->ring[j->cpus++] = ring;
  }
  return j;
}

static void copy_out(const struct perf_event_mmap_page *p, uint64_t at, void *to, size_t size) {
  const char *data = (const char *)p + p->data_offset;
  for (size_t i = 0; i < size; i++) ((char *)to)[i] = data[(at + i) % p->data_size];
}

/* From type-specific fields to ours; the time stands last (sample_id_all). */
static void take(struct journal *j, const unsigned char *b, const struct perf_event_header *h) {
  if (h->type == PERF_RECORD_LOST) j->lost = true;
  bool exec = h->type == PERF_RECORD_COMM && (h->misc & PERF_RECORD_MISC_COMM_EXEC);
  bool map = h->type == PERF_RECORD_MMAP2 && !(h->misc & PERF_RECORD_MISC_MMAP_DATA);
  if (!exec && !map && h->type != PERF_RECORD_FORK) return;
  if (j->records == j->record_room) {
    size_t room = j->record_room != 0 ? 2 * j->record_room : 256;
    struct record *grown = reallocarray(j->record, room, sizeof *grown);
    if (grown == NULL) {
      j->lost = true;
      return;
    }
    j->record = grown;
    j->record_room = room;
  }
  struct record *r = &j->record[j->records];
  memset(r, 0, sizeof *r);
  r->type = h->type;
  r->exec = exec;
  memcpy(&r->pid, b + 8, sizeof r->pid);
  memcpy(&r->time, b + h->size - 8, sizeof r->time);
  if (h->type == PERF_RECORD_FORK) memcpy(&r->other, b + 12, sizeof r->other); /* the parent */
  if (map) {
    uint32_t major_no, minor_no, prot;
    uint64_t inode, length;
    memcpy(&r->start, b + 16, 8);
    memcpy(&length, b + 24, 8);
    memcpy(&major_no, b + 40, 4);
    memcpy(&minor_no, b + 44, 4);
    memcpy(&inode, b + 48, 8);
    memcpy(&prot, b + 64, 4);
    r->end = r->start + length;
    dev_t device = makedev(major_no, minor_no);
    r->ours = (inode == j->object->inode && device == j->object->device) ||
              (inode == j->object->mapped_inode && device == j->object->mapped_device);
    r->anonymous = inode == 0;
  }
  j->records++;
}

void journal_drain(struct journal *j) {
  for (int i = 0; j != NULL && i < j->cpus; i++) {
    struct perf_event_mmap_page *p = j->ring[i];
    uint64_t head = __atomic_load_n(&p->data_head, __ATOMIC_ACQUIRE), at = p->data_tail; /* after the kernel's writes */
    unsigned char b[8192];
    while (at < head) {
      struct perf_event_header h;
      copy_out(p, at, &h, sizeof h);
      if (h.size < sizeof h || h.size > sizeof b) {
        j->lost = true;
        break;
      }
      copy_out(p, at, b, h.size);
      take(j, b, &h);
      at += h.size;
    }
    __atomic_store_n(&p->data_tail, head, __ATOMIC_RELEASE); /* we have read all of it */
  }
}

static int by_time(const void *a, const void *b) {
  const struct record *x = a, *y = b;
  return x->time < y->time ? -1 : x->time > y->time;
}

static struct program *program_of(struct journal *j, uint32_t pid) {
  for (size_t i = j->programs; i-- > 0;)
    if (j->program[i].pid == pid) return &j->program[i];
  if (j->programs == j->room) {
    size_t room = j->room != 0 ? 2 * j->room : 64;
    struct program *grown = reallocarray(j->program, room, sizeof *grown);
    if (grown == NULL) return NULL;
    j->program = grown;
    j->room = room;
  }
  j->program[j->programs] = (struct program){ .pid = pid };
  return &j->program[j->programs++];
}

static void end_program(const struct program *p, struct rung_scope *scope) {
  if (p->has || !p->executed) return;
  scope->unseen++;
  scope->unseen_pid = (int)p->pid;
}

static void replay(struct journal *j, struct rung_scope *scope) {
  if (j->records > 0) qsort(j->record, j->records, sizeof *j->record, by_time);
  for (size_t i = 0; i < j->records; i++) {
    const struct record *r = &j->record[i];
    if (r->type == PERF_RECORD_FORK) {
      if (r->pid == r->other) continue; /* a thread */
      struct program *child = program_of(j, r->pid), *parent = program_of(j, r->other);
      child = program_of(j, r->pid); /* the list may have moved */
      if (child == NULL || parent == NULL) continue;
      end_program(child, scope); /* who had the number before */
      *child = *parent;
      child->executed = false;
      child->pid = r->pid;
      continue;
    }
    struct program *p = program_of(j, r->pid);
    if (p == NULL) {
      j->lost = true;
      return;
    }
    if (r->exec) {
      end_program(p, scope);
      *p = (struct program){ .pid = r->pid, .executed = true };
    } else if (r->ours) {
      p->has = true;
      p->start = r->start;
      p->end = r->end;
    } else if (r->anonymous && p->has && r->start < p->end && r->end > p->start) {
      scope->replaced++;
      scope->replaced_pid = (int)r->pid;
    }
  }
  for (size_t i = 0; i < j->programs; i++) end_program(&j->program[i], scope);
}

void journal_finish(struct journal *j, struct rung_scope *scope) {
  if (j == NULL) return;
  for (int i = 0; i < j->cpus; i++) ioctl(j->fd[i], PERF_EVENT_IOC_DISABLE, 0);
  journal_drain(j);
  if (scope != NULL) {
    replay(j, scope);
    scope->lost |= j->lost;
  }
  for (int i = 0; i < j->cpus; i++) {
    munmap(j->ring[i], j->ring_bytes);
    close(j->fd[i]);
  }
  free(j->program);
  free(j->record);
  free(j);
}
