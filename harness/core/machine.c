/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine.c: see machine.h. */
#include "harness/core/machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness/core/json_out.h"

/* First line of a small file, or null. */
static json_t *line_of(const char *path) {
  char buf[256];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return json_null();
  ssize_t n = read(fd, buf, sizeof buf - 1);
  close(fd);
  if (n <= 0) return json_null();
  buf[n] = '\0';
  buf[strcspn(buf, "\n")] = '\0';
  return json_text(buf);
}

static json_t *cpuinfo_value(const char *key) {
  char line[1024];
  FILE *f = fopen("/proc/cpuinfo", "re");
  json_t *value = json_null();
  if (f == NULL) return value;
  while (fgets(line, sizeof line, f) != NULL)
    if (strncmp(line, key, strlen(key)) == 0) {
      char *colon = strchr(line, ':');
      if (colon == NULL) continue;
      colon += 1 + strspn(colon + 1, " \t");
      colon[strcspn(colon, "\n")] = '\0';
      value = json_text(colon);
      break;
    }
  fclose(f);
  return value;
}

json_t *machine_record(void) {
  struct utsname u;
  json_t *m = json_object();
  json_t *model = cpuinfo_value("model name");
  if (json_is_null(model)) model = cpuinfo_value("CPU part");
  json_object_set_new(m, "cpu", model);
  /* virtual machines often call several generations by one name */
  json_t *family = cpuinfo_value("cpu family"), *number = cpuinfo_value("model\t");
  json_object_set_new(m, "cpu_model",
                      json_is_string(family) && json_is_string(number)
                          ? json_sprintf("%s.%s", json_string_value(family), json_string_value(number))
                          : json_null());
  json_decref(family);
  json_decref(number);
  json_object_set_new(m, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
  if (uname(&u) == 0) {
    json_object_set_new(m, "kernel", json_text(u.release));
    json_object_set_new(m, "arch", json_text(u.machine));
  }
  json_object_set_new(m, "governor", line_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
  json_object_set_new(m, "smt", line_of("/sys/devices/system/cpu/smt/active"));
  json_object_set_new(m, "thp", line_of("/sys/kernel/mm/transparent_hugepage/enabled"));
  json_object_set_new(m, "aslr", line_of("/proc/sys/kernel/randomize_va_space"));
  json_object_set_new(m, "perf_event_paranoid", line_of("/proc/sys/kernel/perf_event_paranoid"));
  json_object_set_new(m, "compiler", json_text(__VERSION__));
  json_object_set_new(m, "harness", json_text(HAKMEM_VERSION));
  return m;
}
