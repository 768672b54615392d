/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sampler.c: see sampler.h. Events and rings; sampler_batch.c reads the records. */
#include "harness/counters/sampler.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/privilege.h"
#include "harness/counters/counter_event.h"

enum { RING_PAGES = 64, STACK_MAX = 32768, RECORD_MAX = 65536 };
#define CPU_CLOCK_PERIOD 250000u
#define CYCLES_PERIOD 1000003u /* a prime: no resonance with loops of round counts */

struct ring {
  int fd;                            /* of the first event on this CPU, which owns the ring */
  struct perf_event_mmap_page *page; /* NULL: no event here */
};

struct sampler {
  struct sampler_spec spec;
  struct ring *rings; /* one for each CPU */
  int cpus;
  int *fds;
  int *fd_cpu;
  size_t fd_count, fd_room;
  struct pollfd *polled;
  size_t page_size, ring_bytes;
  uint8_t *record; /* a record that wraps round the ring's end, put together */
  bool counts_lost, maps_read;
};

static void set_attr(const struct sampler_spec *spec, bool counts_lost, size_t ring_bytes, struct perf_event_attr *a) {
  memset(a, 0, sizeof *a);
  a->size = sizeof *a;
  a->type = spec->event == SAMPLER_CYCLES ? PERF_TYPE_HARDWARE : PERF_TYPE_SOFTWARE;
  a->config = spec->event == SAMPLER_CYCLES ? PERF_COUNT_HW_CPU_CYCLES : PERF_COUNT_SW_CPU_CLOCK;
  a->sample_period = spec->period;
  a->sample_type = sampler_sample_type(spec->stack_bytes > 0);
  if (spec->stack_bytes > 0) {
    a->sample_regs_user = sampler_regs_mask();
    a->sample_stack_user = spec->stack_bytes;
  }
#ifdef PERF_FORMAT_LOST
  if (counts_lost) a->read_format = PERF_FORMAT_LOST;
#endif
  a->disabled = 1;
  a->enable_on_exec = spec->on_exec;
  a->inherit = 1;
  a->exclude_kernel = !spec->kernel;
  a->exclude_hv = 1;
  a->exclude_callchain_kernel = 1;
  a->mmap = a->mmap2 = a->task = 1;
  a->sample_id_all = 1;
  a->use_clockid = 1;
  a->clockid = CLOCK_MONOTONIC;
  a->watermark = 1;
  a->wakeup_watermark = (uint32_t)(ring_bytes / 2);
}

static int refuse(const struct sampler_spec *spec, int error, struct error *err) {
  struct counter_event event = { .name = "cpu-clock", .backend = COUNTER_SOFTWARE };
  char reason[192], advice[192];
  if (spec->event == SAMPLER_CYCLES) event = (struct counter_event){ .name = "cycles", .backend = COUNTER_HARDWARE };
  counter_explain_refusal(&event, error, 1, reason, sizeof reason, advice, sizeof advice);
  error_raise(err, ERROR_REFUSED, -error, "cannot sample %s: %s", event.name, reason);
  return advice[0] != '\0' ? error_advise(err, "%s", advice) : -error;
}

static int map_ring(struct sampler *s, int cpu, int fd, struct error *err) {
  struct ring *r = &s->rings[cpu];
  if (r->page != NULL) { /* a second thread on this CPU writes to the same ring */
    if (ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, r->fd) == 0) return 0;
    return error_set_errno(err, -errno, "cannot share a sampling ring");
  }
  void *p = mmap(NULL, s->page_size + s->ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (p == MAP_FAILED) {
    int error = errno;
    error_set_errno(err, -error, "cannot map a sampling ring of %zu kB", s->ring_bytes / 1024);
    if (error == EPERM || error == ENOMEM) error_advise(err, "sysctl kernel.perf_event_mlock_kb=2048, or run as root");
    return -error;
  }
  r->page = p;
  r->fd = fd;
  return 0;
}

static int open_one(struct sampler *s, pid_t tid, int cpu, struct error *err) {
  struct perf_event_attr a;
  int fd = -1;
  set_attr(&s->spec, s->counts_lost, s->ring_bytes, &a);
  fd = privilege_perf_event_open(&a, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0 && errno == EINVAL && s->counts_lost && s->fd_count == 0) {
    s->counts_lost = false; /* a kernel before 6.0 */
    set_attr(&s->spec, false, s->ring_bytes, &a);
    fd = privilege_perf_event_open(&a, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
  }
  if (fd < 0) {
    if (errno == ENODEV) return 0; /* the CPU is offline */
    return refuse(&s->spec, errno, err);
  }
  if (s->fd_count == s->fd_room) {
    size_t room = s->fd_room > 0 ? 2 * s->fd_room : 64;
    int *fds = reallocarray(s->fds, room, sizeof *fds);
    if (fds != NULL) s->fds = fds;
    int *fd_cpu = fds != NULL ? reallocarray(s->fd_cpu, room, sizeof *fd_cpu) : NULL;
    if (fd_cpu == NULL) {
      close(fd);
      return error_set_errno(err, -ENOMEM, "no memory for the sampler");
    }
    s->fd_cpu = fd_cpu;
    s->fd_room = room;
  }
  s->fd_cpu[s->fd_count] = cpu;
  s->fds[s->fd_count++] = fd;
  return map_ring(s, cpu, fd, err);
}

static int open_task(struct sampler *s, pid_t tid, struct error *err) {
  for (int cpu = 0; cpu < s->cpus; cpu++) {
    int rc = open_one(s, tid, cpu, err);
    if (rc != 0) return rc;
  }
  return 0;
}

/* Every thread that pid has now; later ones are inherited. */
static int open_threads(struct sampler *s, struct error *err) {
  char path[64];
  struct dirent *entry;
  int rc = 0, opened = 0;
  snprintf(path, sizeof path, "/proc/%d/task", (int)s->spec.pid);
  DIR *dir = opendir(path);
  if (dir == NULL) return error_set_errno(err, -ESRCH, "no process %d", (int)s->spec.pid);
  while (rc == 0 && (entry = readdir(dir)) != NULL) {
    if (!isdigit((unsigned char)entry->d_name[0])) continue;
    rc = open_task(s, (pid_t)atoi(entry->d_name), err);
    if (rc == -ESRCH) rc = 0; /* a thread that ended meanwhile */
    else opened++;
  }
  closedir(dir);
  if (rc == 0 && (opened == 0 || s->fd_count == 0)) rc = error_set_errno(err, -ESRCH, "process %d", (int)s->spec.pid);
  return rc;
}

static void close_all(struct sampler *s) {
  for (int cpu = 0; cpu < s->cpus; cpu++) {
    if (s->rings[cpu].page != NULL) munmap(s->rings[cpu].page, s->page_size + s->ring_bytes);
    s->rings[cpu].page = NULL;
  }
  for (size_t i = 0; i < s->fd_count; i++) close(s->fds[i]);
  s->fd_count = 0;
}

int sampler_start(const struct sampler_spec *spec, struct sampler **sampler, struct error *err) {
  if (spec->stack_bytes > STACK_MAX || (spec->ring_pages & (spec->ring_pages - 1)) != 0)
    return error_raise(err, ERROR_INTERNAL, -EINVAL,
                       "a sampler takes stacks of at most %d bytes and a power of two of pages", STACK_MAX);
  struct sampler *s = calloc(1, sizeof *s);
  if (s == NULL) return error_set_errno(err, -ENOMEM, "no memory for the sampler");
  s->spec = *spec;
  s->spec.stack_bytes = (spec->stack_bytes + 7) & ~7u;
  s->spec.event = spec->event == SAMPLER_BEST ? SAMPLER_CYCLES : spec->event;
  s->page_size = (size_t)sysconf(_SC_PAGESIZE);
  s->ring_bytes = s->page_size * (spec->ring_pages > 0 ? spec->ring_pages : RING_PAGES);
#ifdef PERF_FORMAT_LOST
  s->counts_lost = true;
#endif
  s->cpus = (int)sysconf(_SC_NPROCESSORS_CONF);
  s->rings = calloc((size_t)s->cpus, sizeof *s->rings);
  s->polled = calloc((size_t)s->cpus, sizeof *s->polled);
  s->record = malloc(RECORD_MAX);
  int rc = s->rings == NULL || s->polled == NULL || s->record == NULL
               ? error_set_errno(err, -ENOMEM, "no memory for the sampler")
               : 0;
  for (; rc == 0;) {
    if (spec->period == 0) s->spec.period = s->spec.event == SAMPLER_CYCLES ? CYCLES_PERIOD : CPU_CLOCK_PERIOD;
    rc = open_threads(s, err);
    if (rc == 0 || spec->event != SAMPLER_BEST || s->spec.event != SAMPLER_CYCLES || rc == -ESRCH) break;
    close_all(s); /* no PMU: the timer */
    s->spec.event = SAMPLER_CPU_CLOCK;
    rc = 0;
  }
  if (rc != 0) {
    sampler_free(s);
    return rc;
  }
  for (size_t i = 0; i < s->fd_count && !spec->on_exec; i++) ioctl(s->fds[i], PERF_EVENT_IOC_ENABLE, 0);
  *sampler = s;
  return 0;
}

void sampler_wait(struct sampler *s, int timeout_ms) {
  nfds_t n = 0;
  for (int cpu = 0; cpu < s->cpus; cpu++)
    if (s->rings[cpu].page != NULL) s->polled[n++] = (struct pollfd){ .fd = s->rings[cpu].fd, .events = POLLIN };
  int ready = poll(s->polled, n, timeout_ms);
  bool ended = ready > 0;
  for (nfds_t i = 0; ended && i < n; i++) ended = s->polled[i].revents == 0 || (s->polled[i].revents & POLLHUP) != 0;
  /* a ring whose tasks all ended is always "ready": do not let the caller spin on it */
  if (ended && timeout_ms > 0) usleep((useconds_t)(timeout_ms < 5 ? timeout_ms : 5) * 1000);
}

static int drain_ring(struct sampler *s, struct ring *r, struct sampler_batch *batch) {
  const uint8_t *data = (const uint8_t *)r->page + s->page_size;
  uint64_t mask = s->ring_bytes - 1, tail = r->page->data_tail;
  /* acquire: the records up to head are written before head is */
  uint64_t head = __atomic_load_n(&r->page->data_head, __ATOMIC_ACQUIRE);
  int rc = 0;
  while (rc == 0 && head - tail >= sizeof(struct perf_event_header)) {
    struct perf_event_header h;
    for (size_t i = 0; i < sizeof h; i++) ((uint8_t *)&h)[i] = data[(tail + i) & mask];
    if (h.size < sizeof h || h.size > head - tail) {
      batch->malformed++;
      tail = head; /* the kernel never writes this; there is no way to find the next record */
      break;
    }
    const uint8_t *record = data + (tail & mask);
    size_t until_end = s->ring_bytes - (size_t)(tail & mask);
    if (h.size > until_end) {
      memcpy(s->record, record, until_end);
      memcpy(s->record + until_end, data, h.size - until_end);
      record = s->record;
    }
    rc = sampler_batch_add(batch, s->spec.stack_bytes > 0, record, h.size);
    tail += h.size;
  }
  /* release: the kernel may write over what was read from here on */
  __atomic_store_n(&r->page->data_tail, tail, __ATOMIC_RELEASE);
  return rc;
}

int sampler_drain(struct sampler *s, struct sampler_batch *batch, struct error *err) {
  int rc = 0;
  if (!s->maps_read && !s->spec.on_exec) { /* what was mapped before we came */
    sampler_batch_add_maps_of(batch, s->spec.pid);
    s->maps_read = true;
  }
  for (int cpu = 0; rc == 0 && cpu < s->cpus; cpu++)
    if (s->rings[cpu].page != NULL) rc = drain_ring(s, &s->rings[cpu], batch);
  return rc == 0 ? 0 : error_set_errno(err, rc, "no memory for samples");
}

void sampler_stop(struct sampler *s) {
  for (size_t i = 0; i < s->fd_count; i++) ioctl(s->fds[i], PERF_EVENT_IOC_DISABLE, 0);
}

void sampler_totals(struct sampler *s, const struct sampler_batch *batch, struct sampler_totals *t) {
  uint64_t count = 0, lost = 0;
  for (size_t i = 0; i < s->fd_count; i++) {
    uint64_t v[2] = { 0, 0 };
    if (read(s->fds[i], v, s->counts_lost ? sizeof v : sizeof v[0]) < (ssize_t)sizeof v[0]) continue;
    count += v[0];
    lost += v[1];
  }
  *t = (struct sampler_totals){ .event = s->spec.event, .period = s->spec.period, .samples = batch->count };
  t->lost = lost > batch->lost_records ? lost : batch->lost_records;
  t->lost_known = s->counts_lost;
  t->expected = (double)count / (double)s->spec.period;
}

void sampler_free(struct sampler *s) {
  if (s == NULL) return;
  if (s->rings != NULL) close_all(s);
  free(s->fds);
  free(s->fd_cpu);
  free(s->rings);
  free(s->polled);
  free(s->record);
  free(s);
}
