/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor_leftovers.c: what killed runs left behind (probes, BPF programs, processes, scratch
 * folders), and the programs that some commands call. Nothing is removed here: a campaign of
 * somebody else may own it. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/cache.h"
#include "harness/core/program.h"
#include "harness/core/units.h"
#include "harness/doctor/doctor.h"
#include "harness/step0/scope_cgroup.h"
#include "harness/step0/tracefs.h"

enum { OLD_S = 3600 }; /* a scratch folder is written to far more often than that */

/* Lines of tracefs's uprobe_events in the group or of an event hakmem…, less those of a run that
 * goes on; -errno if unreadable. */
static int count_trace_probes(void) {
  char path[PATH_MAX], line[1024];
  int n = 0, pid;
  const char *root = tracefs_root();
  if (root == NULL) return -ENOENT;
  snprintf(path, sizeof path, "%s/uprobe_events", root);
  FILE *f = fopen(path, "re");
  if (f == NULL) return -errno;
  while (fgets(line, sizeof line, f) != NULL) {
    const char *group = line + strcspn(line, ":");
    if (strncmp(group, ":hakmem", 7) != 0) continue;
    if (sscanf(group, ":" TRACEFS_GROUP_PREFIX "%d/", &pid) == 1 && (kill(pid, 0) == 0 || errno == EPERM)) continue;
    n++;
  }
  fclose(f);
  return n;
}

/* Control groups of targets that nobody is in any more. The first one's path in *first. */
static int count_empty_groups(char *first, size_t size) {
  char mount[PATH_MAX - 64], path[2 * PATH_MAX], line[32];
  struct dirent *entry;
  int n = 0;
  DIR *d = scope_cgroup_mount(mount, sizeof mount) == 0 ? opendir(mount) : NULL;
  while (d != NULL && (entry = readdir(d)) != NULL) {
    if (strncmp(entry->d_name, SCOPE_CGROUP_PREFIX, strlen(SCOPE_CGROUP_PREFIX)) != 0) continue;
    snprintf(path, sizeof path, "%s/%s/cgroup.procs", mount, entry->d_name);
    if (doctor_read_line(path, line, sizeof line) > 0) continue;
    if (n++ == 0) snprintf(first, size, "%.*s", (int)(strrchr(path, '/') - path), path);
  }
  if (d != NULL) closedir(d);
  return n;
}

/* Loaded BPF programs named hakmem…; -errno where the kernel does not let us look. */
static int count_bpf_programs(void) {
  int n = 0;
  uint32_t id = 0;
  for (;;) {
    struct bpf_prog_info info;
    union bpf_attr a;
    memset(&a, 0, sizeof a);
    a.start_id = id;
    if (syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &a, sizeof a) != 0) return errno == ENOENT ? n : -errno;
    id = a.next_id;
    memset(&a, 0, sizeof a);
    a.prog_id = id;
    int fd = (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &a, sizeof a);
    if (fd < 0) continue; /* gone meanwhile */
    memset(&a, 0, sizeof a);
    memset(&info, 0, sizeof info);
    a.info.bpf_fd = (uint32_t)fd;
    a.info.info_len = sizeof info;
    a.info.info = (uint64_t)(uintptr_t)&info;
    if (syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &a, sizeof a) == 0)
      n += strncmp((const char *)info.name, "hakmem", 6) == 0;
    close(fd);
  }
}

/* Runners whose harness is gone: they belong to process 1 now. The first one's id in *pid. */
static int count_orphans(int *pid) {
  struct dirent *entry;
  int n = 0;
  DIR *proc = opendir("/proc");
  if (proc == NULL) return -errno;
  while ((entry = readdir(proc)) != NULL) {
    char path[NAME_MAX + 16], line[256];
    int parent;
    if (!isdigit((unsigned char)entry->d_name[0])) continue;
    snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
    if (doctor_read_line(path, line, sizeof line) <= 0) continue;
    char *name = strchr(line, '('), *end = strrchr(line, ')');
    if (name == NULL || end == NULL || sscanf(end + 1, " %*c %d", &parent) != 1) continue;
    if (parent != 1 || (strncmp(name, "(hakmem-bench", 13) != 0 && strncmp(name, "(hakmem-ab-", 11) != 0)) continue;
    if (n++ == 0) *pid = atoi(entry->d_name);
  }
  closedir(proc);
  return n;
}

/* What may stand in a command as it is, and whole: the advice is one, and a path that is cut off is another one's.
 * Folders of ours have such names; anybody may put other ones into /tmp. */
static bool is_plain(const char *path) {
  return strlen(path) <= 100 &&
         path[strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/")] == '\0';
}

static void also(struct doctor_check *c, const char *advice, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Old folders of ours below one folder, with the command that removes all of them. */
static void find_old_folders(struct doctor_check *c, const char *below, const char *names) {
  char pattern[PATH_MAX], first[PATH_MAX] = "", advice[PATH_MAX + 128];
  glob_t g;
  struct stat st;
  int n = 0;
  snprintf(pattern, sizeof pattern, "%s/%s", below, names);
  if (glob(pattern, 0, NULL, &g) != 0) return;
  for (size_t i = 0; i < g.gl_pathc; i++)
    if (is_plain(strrchr(g.gl_pathv[i], '/') + 1) && lstat(g.gl_pathv[i], &st) == 0 && S_ISDIR(st.st_mode) &&
        st.st_uid == geteuid() && st.st_mtime + OLD_S < time(NULL) && n++ == 0)
      snprintf(first, sizeof first, "%s", g.gl_pathv[i]);
  globfree(&g);
  if (n == 0) return;
  if (!is_plain(below)) snprintf(advice, sizeof advice, "remove them by hand, once no run uses them");
  else if (n == 1) snprintf(advice, sizeof advice, "rm -r %s, once no run uses it", first);
  else
    snprintf(advice, sizeof advice,
             "find %s -maxdepth 1 -type d -name '%s' -user %u -mmin +%d -exec rm -r {} +, once no run uses them", below,
             names, (unsigned)geteuid(), OLD_S / 60);
  also(c, advice, "%d scratch folder%s older than an hour, %.100s first", n, units_plural((uint64_t)n, "", "s"), first);
}

/* Of the cache it is known who uses a work folder, whatever its age. */
static void find_work_folders(struct doctor_check *c) {
  struct cache_list list;
  char size[32];
  uint64_t n = 0, bytes = 0;
  if (cache_list(&list, NULL, false, NULL) != 0) return; /* one that no run uses either */
  for (size_t i = 0; i < list.count; i++) {
    const struct cache_entry *e = &list.entry[i];
    if (e->kind != CACHE_WORK || e->is_used) continue;
    n++;
    bytes += e->bytes;
  }
  cache_list_free(&list);
  if (n > 0)
    also(c, "hakmem-harness cache clean", "%llu work folder%s of a killed harness in the cache, %s",
         (unsigned long long)n, units_plural(n, "", "s"), units_bytes((double)bytes, size, sizeof size));
}

/* One more kind of leftover: what it is, and how it goes. */
static void also(struct doctor_check *c, const char *advice, const char *format, ...) {
  char what[sizeof c->detail];
  va_list ap;
  va_start(ap, format);
  vsnprintf(what, sizeof what, format, ap);
  va_end(ap);
  if (c->status == DOCTOR_OK) c->detail[0] = c->advice[0] = '\0';
  size_t n = strlen(c->detail), k = strlen(c->advice);
  snprintf(c->detail + n, sizeof c->detail - n, "%s%s", n > 0 ? "; " : "", what);
  /* half a command does something else */
  if (k + strlen(advice) + 3 < sizeof c->advice)
    snprintf(c->advice + k, sizeof c->advice - k, "%s%s", k > 0 ? "; " : "", advice);
  c->status = DOCTOR_DEGRADED;
}

/* Needs root: tracefs, and groups that root made. */
void doctor_check_leftover_probes(struct doctor_check *c) {
  char first[PATH_MAX] = "", text[96], advice[PATH_MAX + 32];
  int probes = count_trace_probes(), groups = count_empty_groups(first, sizeof first);
  bool blind = probes < 0 && probes != -ENOENT;
  doctor_find(c, DOCTOR_OK, "no control group%s%s%s", probes >= 0 ? ", no trace probe" : "",
              blind ? "; trace probes cannot be looked for: " : "",
              blind ? doctor_errno_text(-probes, text, sizeof text) : "");
  if (probes > 0) {
    bool mounted = access("/sys/kernel/tracing/uprobe_events", F_OK) == 0;
    snprintf(advice, sizeof advice,
             "as root: %scd /sys/kernel/tracing && sed -n 's/^p:\\(hakmem[^ ]*\\).*/-:\\1/p' "
             "uprobe_events | while read e; do echo $e >>uprobe_events; done",
             mounted ? "" : "mount -t tracefs t /sys/kernel/tracing; ");
    also(c, advice, "%d trace %s still set by a killed run: what is probed is slowed", probes,
         units_plural((uint64_t)probes, "probe is", "probes are"));
  }
  if (groups > 0) {
    snprintf(advice, sizeof advice, "as root: rmdir %.*s*",
             (int)(strstr(first, SCOPE_CGROUP_PREFIX) - first + (long)strlen(SCOPE_CGROUP_PREFIX)), first);
    also(c, advice, "%d empty control group%s of a killed run, %.100s first", groups,
         units_plural((uint64_t)groups, "", "s"), first);
  }
}

void doctor_check_leftover_programs(struct doctor_check *c) {
  int programs = count_bpf_programs();
  doctor_find(c, DOCTOR_OK, "%s", programs >= 0 ? "no BPF program" : "");
  if (programs > 0)
    also(c, "bpftool prog shows them; they go when the process that holds them ends",
         "%d BPF programs named hakmem… are loaded: by a run that goes on, or pinned by nobody", programs);
}

static void add_finding(struct doctor_check *c, const struct doctor_check *of) {
  if (of->status != DOCTOR_OK) also(c, of->advice, "%s", of->detail);
  else if (c->status == DOCTOR_OK && of->detail[0] != '\0') {
    size_t n = strlen(c->detail);
    snprintf(c->detail + n, sizeof c->detail - n, ", %s", of->detail);
  }
}

void doctor_check_leftovers(struct doctor_check *c) {
  char advice[64];
  struct doctor_check in_kernel[2] = { { .name = c->name }, { .name = c->name } };
  int pid = 0, orphans = count_orphans(&pid);
  const char *tmp = getenv("TMPDIR");
  doctor_find(c, DOCTOR_OK, "no workload without its harness, no old scratch folder");
  if (orphans > 0) {
    snprintf(advice, sizeof advice, "kill %d", pid);
    also(c, advice, "%d %s without a harness, process %d first", orphans,
         units_plural((uint64_t)orphans, "workload runs", "workloads run"), pid);
  }
  /* some are always in /tmp, where other users get at them */
  find_old_folders(c, "/tmp", "hakmem-*.??????");
  if (tmp != NULL && tmp[0] == '/' && strcmp(tmp, "/tmp") != 0) find_old_folders(c, tmp, "hakmem-*.??????");
  find_work_folders(c);
  if (!doctor_ask_keeper(PRIVILEGE_FINDING_PROBES, &in_kernel[0])) doctor_check_leftover_probes(&in_kernel[0]);
  if (!doctor_ask_keeper(PRIVILEGE_FINDING_PROGRAMS, &in_kernel[1])) doctor_check_leftover_programs(&in_kernel[1]);
  for (size_t i = 0; i < 2; i++) add_finding(c, &in_kernel[i]);
}

static const struct {
  const char *program, *package, *without;
} tools[] = {
  { "valgrind", "valgrind", "bench cannot count instructions for each operation" },
  { "gnuplot", "gnuplot-nox", "report draws no plots" },
  { "clang", "clang-14", "audit has nothing to translate sources with" },
  { "ld.lld", "lld", "ab --source links its layouts with the slower linker" },
  { "perf", "linux-perf", "make bench-counters has no `perf stat` to compare with" },
  { "qemu-system-aarch64", "qemu-system-arm", "make check-pmu cannot boot its guest with a PMU" },
};

void doctor_check_tool(struct doctor_check *c) {
  const char *program = c->name + strlen("tool:");
  char found[PATH_MAX];
  if (program_find(program, found, sizeof found) == 0) {
    doctor_find(c, DOCTOR_OK, "%.300s", found);
    return;
  }
  for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
    if (strcmp(tools[i].program, program) != 0) continue;
    doctor_find(c, DOCTOR_UNAVAILABLE, "%s is not installed: %s", program, tools[i].without);
    doctor_advise(c, "on Debian: apt-get install %s", tools[i].package);
    return;
  }
  doctor_find(c, DOCTOR_UNAVAILABLE, "%s is not installed", program);
}
