/* SPDX-License-Identifier: GPL-3.0-or-later */
/* runner.c: hakmem-ab-runner, the campaign's launcher of processes.
 *
 * usage: hakmem-ab-runner JOB_FD ANSWER_FD RECORDS_FD IMAGES_FD IMAGES_SIZE WORKLOAD [ARM-A… --ab-arm-- ARM-B…]
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
#include "harness/runner/command_counters.h"
#include "harness/runner/command_run.h"
#include "harness/runner/image.h"
#include "harness/runner/job_run.h"
#include "harness/runner/live_toggle.h"
#include "harness/runner/malloc_gate.h"
#include "harness/runner/protocol.h"

static struct ab_records *records;
static const unsigned char *images;
static size_t images_size;
static const struct workload *workload;
static struct workload_params trace; /* file: what the images replay, NULL: nothing */
static struct command_arm arms[AB_ARMS_MAX];
static unsigned arm_count;
static char *workload_name;
static int records_fd;
static int reader_fd = -1; /* of a command whose output goes into a pipe */
static int stderr_fd = -1; /* of what is run: a file in memory, emptied before each run */
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
  /* A log that is compiled in would be written a thousand times, and cost what a terminal costs. */
  if (stderr_fd >= 0) dup2(stderr_fd, 2);
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
  if (workload->needs_file && trace.file_crc != job->file_crc) job_end(r, job_file_changed);
  /* The stack moves by up to 4 KiB in steps of 16 (the kernel's own is fixed by the fork). */
  volatile char *stack = __builtin_alloca(((job->address_seed >> 20) & 0xff) * 16 + 16);
  stack[0] = 0;
  job_end(r, job_run(job, workload, &hooks, r));
}

/* What it says to stderr is kept, to be shown where it fails. */
static bool writes_to_us(const struct ab_job *job) { return job->kind != AB_JOB_BENCH; }

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
  const struct command_arm *arm = &arms[job->side];
  char **argv = arm->argv;
  command_redirect(arm, writes_to_us(job) ? stderr_fd : -1, reader_fd);
  for (; argv[0] != NULL && strchr(argv[0], '=') != NULL && argv[0][0] == '+'; argv++) putenv(argv[0] + 1);
  if (job->kind != AB_JOB_COMMAND) { /* bench_record.h: PROGRAM WORKLOAD [SETTING…] job=FD:RECORD */
    size_t n = 0;
    full[n++] = argv[0];
    if (job->kind == AB_JOB_BENCH) full[n++] = workload_name; /* project_run.h: PROGRAM WORD… job=FD:RECORD */
    for (size_t i = 1; argv[0] != NULL && argv[i] != NULL && n < 250; i++) full[n++] = argv[i];
    snprintf(job_text, sizeof job_text, "job=%d:%u", records_fd, job->record);
    full[n++] = job_text;
    argv = full;
  } else {
    fcntl(records_fd, F_SETFD, FD_CLOEXEC);
    r->ready_ns = bench_now_ns();
  }
  execvp(argv[0], argv);
  /* as a shell says it, so that nobody takes it for a status of the program's own */
  int status = errno == ENOENT ? 127 : 126;
  snprintf(r->message, sizeof r->message, "cannot run '%.80s': %s", argv[0] ? argv[0] : "", strerror(errno));
  r->state = AB_RECORD_FAILED;
  _exit(status);
}

static uint64_t nanoseconds(const struct timeval *t) {
  return (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_usec * 1000u;
}

/* false: it failed, which is then the run's answer. */
static bool run_hook(const struct command_arm *arm, enum ab_hook hook, const struct ab_job *job, struct ab_record *r,
                     struct ab_answer *a) {
  int status;
  if (command_hook(arm, hook, job, r, &mask_before, stderr_fd, &status)) {
    if (hook == AB_HOOK_SETUP || hook == AB_HOOK_CLEANUP) r->state = AB_RECORD_DONE;
    return true;
  }
  a->status = status;
  r->state = AB_RECORD_FAILED;
  return false;
}

static void run_job(const struct ab_job *job, struct ab_answer *a) {
  static struct ab_record ignored; /* of a hook whose failure is no news */
  struct command_kept kept;
  struct ab_record *r = &records->record[job->record];
  r->job = *job;
  r->state = AB_RECORD_RUNNING;
  a->record = job->record;
  bool command = job->kind == AB_JOB_COMMAND;
  const struct command_arm *arm = &arms[job->side];
  if (job->kind == AB_JOB_SETUP || job->kind == AB_JOB_CLEANUP) {
    run_hook(arm, job->kind == AB_JOB_SETUP ? AB_HOOK_SETUP : AB_HOOK_CLEANUP, job, r, a);
    kept.count = 0; /* with --cleanup goes what --setup started */
    if (job->kind == AB_JOB_CLEANUP) command_end_strays(&kept);
    return;
  }
  if (command && !run_hook(arm, AB_HOOK_PREPARE, job, r, a)) return;
  if (writes_to_us(job) && stderr_fd >= 0 && ftruncate(stderr_fd, 0) == 0) lseek(stderr_fd, 0, SEEK_SET);
  if (command) command_reader(arm, &reader_fd);
  if (job->kind != AB_JOB_IMAGE) command_children(&kept);
  struct command_counters counters = { .count = 0 };
  if (command) command_counters_open(&counters, job_events, AB_PMU_MAX);
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
  bool timed_out = pid > 0 && command_wait(pid, job->timeout_s, &status, &u);
  a->ended_ns = bench_now_ns();
  if (reader_fd >= 0) close(reader_fd);
  reader_fd = -1;
  a->status = status;
  a->user_ns = nanoseconds(&u.ru_utime);
  a->system_ns = nanoseconds(&u.ru_stime);
  a->cpu_ns = a->user_ns + a->system_ns;
  a->max_rss_bytes = (uint64_t)u.ru_maxrss * 1024;
  if (job->kind == AB_JOB_COMMAND) {
    /* a command is one round: from its start to its end */
    struct round *round = &r->round[0];
    round->wall_ns = a->ended_ns - a->started_ns;
    round->minor_faults = (uint32_t)u.ru_minflt;
    round->major_faults = (uint32_t)u.ru_majflt;
    round->voluntary_switches = (uint32_t)u.ru_nvcsw;
    round->involuntary_switches = (uint32_t)u.ru_nivcsw;
    round->wait_ns = ROUND_NOT_MEASURED; /* its children may be who it waited for */
    round->done = 1;
    r->rounds_done = 1;
    r->ended_ns = a->ended_ns;
    if (r->state == AB_RECORD_RUNNING) r->state = AB_RECORD_DONE;
  }
  if (job->kind != AB_JOB_IMAGE) a->strays = command_end_strays(&kept);
  if (command) command_counters_take(&counters, r, &r->round[0]);
  if (timed_out) snprintf(r->message, sizeof r->message, "it did not end within %u s", job->timeout_s);
  else if (status != 0 && r->message[0] == '\0') command_last_words(r, stderr_fd);
  /* what a failed run left is put away too; its own end is what is told */
  if (command && status != 0) command_hook(arm, AB_HOOK_CONCLUDE, job, &ignored, &mask_before, stderr_fd, &status);
  else if (command) run_hook(arm, AB_HOOK_CONCLUDE, job, r, a);
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

/* A trace is read once, here: processes are short, and have it from their parent. */
static bool prepare_once(const struct ab_job *job) {
  static bool done;
  if (done || job->kind != AB_JOB_IMAGE || workload->prepare == NULL) return true;
  trace.file = workload_file(workload_name);
  done = true;
  return workload->prepare(&trace) == 0;
}

static bool needs_workload(const struct ab_job *job) { return job->kind == AB_JOB_IMAGE || job->kind == AB_JOB_BENCH; }

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
  stderr_fd = memfd_create("stderr of what is run", MFD_CLOEXEC);
  arm_count = command_parse(argv + 7, arms);
  struct ab_job job;
  while (read_all(job_fd, &job, sizeof job)) {
    struct ab_answer answer;
    memset(&answer, 0, sizeof answer);
    if (job.magic != AB_MAGIC || job.version != AB_VERSION || job.record >= AB_RECORDS ||
        job.side >= (arm_count > 2 ? arm_count : 2) || (needs_workload(&job) && workload == NULL)) {
      dprintf(2, "hakmem-ab-runner: a job that is not ours\n");
      return 3;
    }
    if (!prepare_once(&job)) return 3;
    run_job(&job, &answer);
    if (write(answer_fd, &answer, sizeof answer) != (ssize_t)sizeof answer) return 0;
  }
  return 0;
}
