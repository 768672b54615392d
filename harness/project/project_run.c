/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_run.c: hakmem-project-run; see project_run.h. */
#include "harness/project/project_run.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <regex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/tree.h"
#include "harness/project/project_file.h"

/* More output than this of one run is not searched. */
enum { SAID_BYTES_MAX = 1 << 20 };

static struct run_plan the_plan;

double run_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* As the reaper of everything below, kills children until there is none: orphans become children. */
void run_end_all(void) {
  char text[4096];
  int status;
  const struct timespec pause = { 0, 500000 };
  for (int i = 0; i < 4000; i++) {
    pid_t got = waitpid(-1, &status, WNOHANG);
    if (got < 0) return;
    if (got > 0) continue;
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0) close(fd);
    if (n <= 0) return;
    text[n] = '\0';
    for (const char *p = text; *p != '\0';) {
      pid_t pid = 0;
      for (; *p >= '0' && *p <= '9'; p++) pid = pid * 10 + (*p - '0');
      if (pid > 1) kill(pid, SIGKILL);
      while (*p != '\0' && (*p < '0' || *p > '9')) p++;
    }
    nanosleep(&pause, NULL);
  }
}

static void remove_run_folder(void) {
  if (the_plan.run_folder[0] != '\0') tree_remove(the_plan.run_folder, NULL);
}

void run_fail(const char *format, ...) {
  char text[160]; /* of the record's message */
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  run_end_all();
  remove_run_folder();
  for (char *p = text; *p != '\0'; p++)
    if ((unsigned char)*p < ' ') *p = ' ';
  fprintf(stderr, "%s\n", text);
  /* the runner keeps the end of what was said to stderr: the program's words, then these */
  if (the_plan.record != NULL) the_plan.record->state = AB_RECORD_FAILED;
  exit(3);
}

/* Whoever started us is gone, or wants us to end. */
static void on_end(int sig) {
  run_end_all();
  _exit(128 + sig);
}

struct words run_command(const struct run_plan *plan, const char *text) {
  char image[8300], port[16];
  struct words words = { 0 };
  struct error err = { 0 };
  snprintf(image, sizeof image, "%s/%s", plan->folder, plan->image);
  snprintf(port, sizeof port, "%u", plan->port);
  const struct project_variable variables[] = {
    { "image", image },          { "images", plan->folder },    { "project", plan->project },
    { "run", plan->run_folder }, { "size", plan->chosen_size }, { "port", plan->port != 0 ? port : NULL }
  };
  /* words first, so that a blank in a folder's name does not split it */
  if (words_split(&words, text, &err) != 0) run_fail("%s", err.text);
  if (words.count == 0) run_fail("a command is empty");
  for (size_t i = 0; i < words.count; i++) {
    char *expanded;
    if (project_expand(words.word[i], variables, sizeof variables / sizeof *variables, &expanded, &err) != 0)
      run_fail("%s", err.text);
    free(words.word[i]);
    words.word[i] = expanded;
  }
  return words;
}

static void set_environment(const struct run_plan *plan) {
  char text[8400];
  for (size_t i = 0; i < plan->env.count; i++) putenv(plan->env.word[i]);
  const char *before = getenv("LD_LIBRARY_PATH");
  snprintf(text, sizeof text, "%s%s%.4000s", plan->folder, before != NULL ? ":" : "", before != NULL ? before : "");
  setenv("LD_LIBRARY_PATH", text, 1);
  if (plan->preload != NULL) {
    snprintf(text, sizeof text, "%s/%s", plan->folder, plan->preload);
    setenv("LD_PRELOAD", text, 1);
  }
  /* the size of the environment moves the stack: sampled, and the same for both of a pair */
  size_t pad = plan->record != NULL ? (size_t)(plan->record->job.address_seed >> 28) & 0xfff : 0;
  memset(text, 'x', pad);
  text[pad] = '\0';
  setenv("_pad", text, 1);
}

pid_t run_start(const struct run_plan *plan, const struct words *words, bool measured, bool look) {
  if (look && (ftruncate(plan->output_fd, 0) != 0 || lseek(plan->output_fd, 0, SEEK_SET) < 0))
    run_fail("no room for output: %s", strerror(errno));
  pid_t parent = getpid(), pid = fork();
  if (pid < 0) run_fail("fork: %s", strerror(errno));
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  signal(SIGTERM, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int in = open(measured && plan->stdin_file != NULL ? plan->stdin_file : "/dev/null", O_RDONLY);
  int out = look ? plan->output_fd : open("/dev/null", O_WRONLY);
  if (in < 0 || dup2(in, 0) < 0) {
    fprintf(stderr, "stdin: %s\n", strerror(errno));
    _exit(127);
  }
  dup2(out, 1);
  if (look && !measured) dup2(out, 2); /* clients report on either */
  if (measured) set_environment(plan);
  if (plan->cwd != NULL && chdir(plan->cwd) != 0) {
    fprintf(stderr, "%s: %s\n", plan->cwd, strerror(errno));
    _exit(127);
  }
  if (strchr(words->word[0], '/') == NULL && access(words->word[0], X_OK) == 0) {
    char here[4200]; /* a driver, or a file beside the project's */
    snprintf(here, sizeof here, "./%.4000s", words->word[0]);
    execv(here, words->word);
  } else execvp(words->word[0], words->word);
  fprintf(stderr, "%s: %s\n", words->word[0], strerror(errno));
  _exit(127);
}

int run_wait(const struct run_plan *plan, pid_t pid, struct rusage *usage, const char *what) {
  int status;
  double end = run_now() + plan->timeout_s;
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  for (;;) {
    pid_t got = wait4(pid, &status, WNOHANG, usage);
    if (got == pid) return status;
    if (got < 0 && errno != EINTR) run_fail("%s: %s", what, strerror(errno));
    double left = end - run_now();
    if (left <= 0) run_fail("%s did not end within %g s", what, plan->timeout_s);
    struct timespec t = { (time_t)left, (long)((left - floor(left)) * 1e9) };
    sigtimedwait(&child, NULL, &t); /* blocked in main: none is lost between the two */
  }
}

const char *run_said(const struct run_plan *plan) {
  static char text[SAID_BYTES_MAX + 1];
  off_t size = lseek(plan->output_fd, 0, SEEK_END);
  if (size > SAID_BYTES_MAX) run_fail("it said more than %d bytes", SAID_BYTES_MAX);
  ssize_t n = pread(plan->output_fd, text, SAID_BYTES_MAX, 0);
  text[n > 0 ? n : 0] = '\0';
  return text;
}

bool run_number(const char *regex, const char *text, double *value) {
  regex_t compiled;
  regmatch_t match[2];
  if (regcomp(&compiled, regex, REG_EXTENDED | REG_NEWLINE) != 0) run_fail("not a regular expression: %s", regex);
  bool found = compiled.re_nsub >= 1 && regexec(&compiled, text, 2, match, 0) == 0 && match[1].rm_so >= 0;
  regfree(&compiled);
  if (!found) return false;
  *value = strtod(text + match[1].rm_so, NULL);
  return isfinite(*value);
}

/* --- the start ------------------------------------------------------------------------------------ */

static bool take(const char *word, const char *key, const char **value) {
  size_t n = strlen(key);
  if (strncmp(word, key, n) != 0 || word[n] != '=') return false;
  *value = word + n + 1;
  return true;
}

static bool read_word(struct run_plan *p, const char *word, const char **job) {
  const char *v;
  struct {
    const char *key, **to;
  } const texts[] = { { "images", &p->images },    { "image", &p->image },
                      { "preload", &p->preload },  { "run", &p->run },
                      { "server", &p->server },    { "client", &p->client },
                      { "ready", &p->ready },      { "ready_text", &p->ready_text },
                      { "done", &p->done },        { "regex", &p->regex },
                      { "stdin", &p->stdin_file }, { "project", &p->project },
                      { "cwd", &p->cwd },          { "job", job } };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (take(word, texts[i].key, texts[i].to)) return true;
  if (take(word, "clock", &v)) {
    static const char *const names[] = { "cpu", "cpu/request", "wall", "print" };
    for (unsigned i = 0; i < 4; i++)
      if (strcmp(v, names[i]) == 0) {
        p->clock = (enum run_clock)i;
        return true;
      }
    return false;
  }
  if (take(word, "size", &v) && p->sizes < sizeof p->size / sizeof *p->size) p->size[p->sizes++] = v;
  else if (take(word, "env", &v)) return words_add(&p->env, "%s", v) == 0;
  else if (take(word, "port", &v)) p->port = (unsigned)strtoul(v, NULL, 10) & 0xffff;
  else if (take(word, "requests", &v)) p->requests = strtoull(v, NULL, 10);
  else if (take(word, "timeout", &v)) p->timeout_s = strtod(v, NULL);
  else return take(word, "proof", &v);
  return true;
}

static void map_record(struct run_plan *p, const char *job) {
  int fd = -1;
  unsigned record = 0;
  if (sscanf(job, "%d:%u", &fd, &record) != 2 || fd < 0 || record >= AB_RECORDS) run_fail("job=%.60s", job);
  struct ab_records *all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (all == MAP_FAILED || all->magic != AB_MAGIC || all->version != AB_VERSION) run_fail("the records are not ours");
  close(fd);
  p->record = &all->record[record];
  if (p->record->job.rounds < 1 || p->record->job.rounds > AB_ROUNDS_MAX) run_fail("a job out of bounds");
  snprintf(p->folder, sizeof p->folder, "%.4000s/%x", p->images, record);
}

int main(int argc, char **argv) {
  struct run_plan *p = &the_plan;
  const char *job = NULL;
  struct sigaction end = { .sa_handler = on_end };
  sigset_t child;
  /* whoever ends us, or ends without us, ends what we start */
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigfillset(&end.sa_mask);
  sigaction(SIGTERM, &end, NULL);
  sigaction(SIGINT, &end, NULL);
  sigaction(SIGHUP, &end, NULL);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  p->timeout_s = 60;
  for (int i = 1; i < argc; i++)
    if (!read_word(p, argv[i], &job)) {
      fprintf(stderr, "hakmem-project-run is started by `hakmem-harness ab --project`: %s\n", argv[i]);
      return 2;
    }
  if (p->images == NULL || p->image == NULL || (p->run == NULL) == (p->server == NULL) || !(p->timeout_s > 0)) {
    fprintf(stderr, "hakmem-project-run is started by `hakmem-harness ab --project`\n");
    return 2;
  }
  p->output_fd = memfd_create("output", MFD_CLOEXEC);
  if (p->output_fd < 0) run_fail("no memory for output: %s", strerror(errno));
  if (job != NULL) map_record(p, job);
  else snprintf(p->folder, sizeof p->folder, "%.4000s/p", p->images);
  uint64_t pick = p->record != NULL ? p->record->job.seed : 0;
  p->chosen_size = p->sizes > 0 ? p->size[pick % p->sizes] : NULL;
  snprintf(p->run_folder, sizeof p->run_folder, "%.4000s/run-XXXXXX", p->folder);
  if (mkdtemp(p->run_folder) == NULL) {
    p->run_folder[0] = '\0';
    run_fail("%s: %s", p->folder, strerror(errno));
  }
  if (chmod(p->run_folder, 0755) != 0) run_fail("%s: %s", p->run_folder, strerror(errno)); /* servers change users */
  if (p->server != NULL) run_with_server(p);
  else run_program(p);
  run_end_all();
  remove_run_folder();
  return 0;
}
