/* SPDX-License-Identifier: GPL-3.0-or-later */
/* runner.c: hakmem-ab-runner, the campaign's launcher of processes.
 *
 * usage: hakmem-ab-runner JOB_FD ANSWER_FD RECORDS_FD IMAGES_FD IMAGES_SIZE WORKLOAD [ARGV-A… -- ARGV-B…]
 *
 * Reads jobs, forks a process for each, waits, answers. Why fork and not execve: a process then
 * costs 0.5 ms instead of 1.8, so that three times as many fit into a budget; what an execve
 * would have made random (addresses) is drawn from the pair's seed, the same for both sides, and
 * the heap's physical pages are new in each process anyway. The campaign restarts the runner now
 * and then, so that its own addresses are drawn again too.
 * For two libraries or two commands it execs: those must see the system's own loader. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/bench_clock.h"
#include "harness/runner/image.h"
#include "harness/runner/job_run.h"
#include "harness/runner/live_toggle.h"
#include "harness/runner/malloc_gate.h"
#include "harness/runner/protocol.h"

static struct ab_records *records;
static const unsigned char *images;
static size_t images_size;
static const struct workload *workload;
static char **side_argv[2];
static char *workload_name;
static int records_fd;
static int stderr_fd = -1; /* of commands: a file in memory, emptied before each run */
static sigset_t mask_before;
extern char **environ;

/* What the engine asks of a mapped image. */
struct mapped {
  const struct ab_job *job;
  struct image image;
};

static void mapped_thread_start(void *context) { image_thread_start(&((struct mapped *)context)->image); }

static uint32_t mapped_round_start(void *context, uint64_t round) {
  const struct mapped *m = context;
  return live_toggle_round(m->job, &m->image, round);
}

static void image_child(const struct ab_job *job, struct ab_record *r) {
  static struct mapped mapped;
  const struct job_hooks hooks = { mapped_thread_start, mapped_round_start, &mapped };
  /* Address randomisation of our own: up to 1 GiB further down, in pages; unmapped again the
   * kernel would fill the hole, so it stays, reserved. */
  size_t pad = (size_t)(job->address_seed & 0x3ffff) * 4096;
  if (pad != 0 && mmap(NULL, pad, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
    job_end(r, "cannot reserve addresses");
  if (job->image_offset > images_size || job->image_size > images_size - job->image_offset)
    job_end(r, "an image out of bounds");
  mapped.job = job;
  const char *wrong = image_load(&mapped.image, images + job->image_offset, job->image_size, job->toggles != 0);
  if (wrong == NULL) wrong = malloc_gate_open(&mapped.image);
  if (wrong != NULL) job_end(r, wrong);
  image_initialise(&mapped.image);
  /* The stack moves by up to 4 KiB in steps of 16 (the kernel's own is fixed by the fork). */
  volatile char *stack = __builtin_alloca(((job->address_seed >> 20) & 0xff) * 16 + 16);
  stack[0] = 0;
  job_end(r, job_run(job, workload, &hooks, r));
}

static void exec_child(const struct ab_job *job, struct ab_record *r) {
  static char job_text[40];
  static char *full[256];
  if (job->cpu[0] >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (uint32_t i = 0; i < job->threads && i < AB_THREADS_MAX; i++)
      if (job->cpu[i] >= 0) CPU_SET((size_t)job->cpu[i], &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  int null = open("/dev/null", O_RDWR);
  dup2(null, 0);
  dup2(null, 1);
  if (job->kind == AB_JOB_COMMAND && stderr_fd >= 0) dup2(stderr_fd, 2);
  char **argv = side_argv[job->side & 1];
  for (; argv[0] != NULL && strchr(argv[0], '=') != NULL && argv[0][0] == '+'; argv++) putenv(argv[0] + 1);
  if (job->kind == AB_JOB_BENCH) { /* bench_record.h: PROGRAM WORKLOAD [SETTING…] job=FD:RECORD */
    size_t n = 0;
    full[n++] = argv[0];
    full[n++] = workload_name;
    for (size_t i = 1; argv[0] != NULL && argv[i] != NULL && n < 250; i++) full[n++] = argv[i];
    snprintf(job_text, sizeof job_text, "job=%d:%u", records_fd, job->record);
    full[n++] = job_text;
    argv = full;
  } else {
    fcntl(records_fd, F_SETFD, FD_CLOEXEC);
    r->ready_ns = bench_now_ns();
  }
  execvp(argv[0], argv);
  job_end(r, strerror(errno));
}

/* Waits for a process; where it does not end in time it is killed, which it cannot ignore: true. */
static bool wait_for(pid_t pid, uint32_t timeout_s, int *status, struct rusage *u) {
  sigset_t child;
  struct timespec now, end;
  bool timed_out = false;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += timeout_s;
  for (;;) {
    pid_t got = wait4(pid, status, timeout_s && !timed_out ? WNOHANG : 0, u);
    if (got == pid) return timed_out;
    if (got < 0 && errno != EINTR) return timed_out;
    if (got < 0) continue;
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct timespec left = { end.tv_sec - now.tv_sec, end.tv_nsec - now.tv_nsec };
    if (left.tv_nsec < 0) {
      left.tv_sec--;
      left.tv_nsec += 1000000000;
    }
    if (left.tv_sec < 0) {
      timed_out = true;
      kill(pid, SIGKILL);
    } else {
      sigtimedwait(&child, NULL, &left);
    }
  }
}

/* Ends what a command left behind, also in sessions of its own: as their reaper we have them. */
static uint32_t end_strays(void) {
  uint32_t strays = 0;
  int status;
  for (int i = 0; i < 1000; i++) {
    pid_t got = waitpid(-1, &status, WNOHANG);
    if (got < 0) break; /* no child is left */
    if (got > 0) {
      strays++;
      continue;
    }
    char text[4096];
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0) close(fd);
    if (n <= 0) break;
    text[n] = '\0';
    for (char *p = text, *next; *p; p = next) {
      long pid = strtol(p, &next, 10);
      if (next == p) break;
      if (pid > 1) kill((pid_t)pid, SIGKILL);
    }
    usleep(200);
  }
  return strays;
}

/* The end of what it wrote to stderr. */
static void last_words(struct ab_record *r) {
  off_t size = lseek(stderr_fd, 0, SEEK_END), room = (off_t)sizeof r->message - 1;
  if (size <= 0) return;
  ssize_t n = pread(stderr_fd, r->message, (size_t)(size < room ? size : room), size < room ? 0 : size - room);
  if (n < 0) n = 0;
  while (n > 0 && (r->message[n - 1] == '\n' || r->message[n - 1] == ' ')) n--;
  r->message[n] = '\0';
}

static void run_job(const struct ab_job *job, struct ab_answer *a) {
  struct ab_record *r = &records->record[job->record];
  r->job = *job;
  r->state = AB_RECORD_RUNNING;
  a->record = job->record;
  if (job->kind == AB_JOB_COMMAND && stderr_fd >= 0 && ftruncate(stderr_fd, 0) == 0) lseek(stderr_fd, 0, SEEK_SET);
  a->started_ns = r->started_ns = bench_now_ns();
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
    if (job->kind != AB_JOB_IMAGE) setpgid(0, 0);
    if (job->kind == AB_JOB_IMAGE) image_child(job, r);
    else exec_child(job, r);
  }
  struct rusage u = { 0 };
  int status = 127 << 8;
  bool timed_out = pid > 0 && wait_for(pid, job->timeout_s, &status, &u);
  a->ended_ns = bench_now_ns();
  a->status = status;
  a->cpu_ns = (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000u +
              (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000u;
  a->max_rss_bytes = (uint64_t)u.ru_maxrss * 1024;
  if (job->kind == AB_JOB_COMMAND) {
    /* a command is one round: from its start to its end */
    struct round *round = &r->round[0];
    round->wall_ns = a->ended_ns - a->started_ns;
    round->minor_faults = (uint32_t)u.ru_minflt;
    round->major_faults = (uint32_t)u.ru_majflt;
    round->voluntary_switches = (uint32_t)u.ru_nvcsw;
    round->involuntary_switches = (uint32_t)u.ru_nivcsw;
    round->done = 1;
    r->rounds_done = 1;
    r->ended_ns = a->ended_ns;
    if (r->state == AB_RECORD_RUNNING) r->state = AB_RECORD_DONE;
  }
  if (job->kind != AB_JOB_IMAGE) a->strays = end_strays();
  if (timed_out) snprintf(r->message, sizeof r->message, "it did not end within %u s", job->timeout_s);
  else if (job->kind != AB_JOB_IMAGE && status != 0 && r->message[0] == '\0') last_words(r);
}

static bool read_all(int fd, void *to, size_t n) {
  for (size_t done = 0; done < n;) {
    ssize_t k = read(fd, (char *)to + done, n - done);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) return false;
    done += (size_t)k;
  }
  return true;
}

int main(int argc, char **argv) {
  if (argc < 7) {
    dprintf(2, "hakmem-ab-runner is started by `hakmem-harness ab`\n");
    return 2;
  }
  int job_fd = atoi(argv[1]), answer_fd = atoi(argv[2]), images_fd = atoi(argv[4]);
  images_size = strtoull(argv[5], NULL, 10);
  records_fd = atoi(argv[3]);
  workload_name = argv[6];
  workload = workload_find(workload_name);
  fcntl(job_fd, F_SETFD, FD_CLOEXEC);
  fcntl(answer_fd, F_SETFD, FD_CLOEXEC);
  fcntl(images_fd, F_SETFD, FD_CLOEXEC);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  records = mmap(NULL, sizeof *records, PROT_READ | PROT_WRITE, MAP_SHARED, records_fd, 0);
  if (records == MAP_FAILED || records->magic != AB_MAGIC || records->version != AB_VERSION) {
    dprintf(2, "hakmem-ab-runner: the record file is not ours\n");
    return 3;
  }
  if (images_size) {
    images = mmap(NULL, images_size, PROT_READ, MAP_SHARED, images_fd, 0);
    if (images == MAP_FAILED) {
      dprintf(2, "hakmem-ab-runner: cannot map the images\n");
      return 3;
    }
  }
  /* its time-outs wait for SIGCHLD, and orphans of its commands come to it */
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, &mask_before);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  stderr_fd = memfd_create("stderr of a command", MFD_CLOEXEC);
  side_argv[0] = argv + 7;
  side_argv[1] = argv + argc;
  for (int i = 7; i < argc; i++)
    if (strcmp(argv[i], "--ab-side-b--") == 0) {
      argv[i] = NULL;
      side_argv[1] = argv + i + 1;
    }
  struct ab_job job;
  while (read_all(job_fd, &job, sizeof job)) {
    struct ab_answer answer;
    memset(&answer, 0, sizeof answer);
    if (job.magic != AB_MAGIC || job.version != AB_VERSION || job.record >= AB_RECORDS ||
        (job.kind != AB_JOB_COMMAND && workload == NULL)) {
      dprintf(2, "hakmem-ab-runner: a job that is not ours\n");
      return 3;
    }
    run_job(&job, &answer);
    if (write(answer_fd, &answer, sizeof answer) != (ssize_t)sizeof answer) return 0;
  }
  return 0;
}
