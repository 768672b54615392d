/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine.c: see machine.h. */
#include "harness/core/machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness/core/addresses.h"

static const struct field fields[] = {
  { "cpu", FIELD_TEXT, offsetof(struct machine, cpu), 0, NULL, NULL },
  { "cpu_model", FIELD_TEXT, offsetof(struct machine, cpu_model), 0, NULL, NULL },
  { "stepping", FIELD_TEXT, offsetof(struct machine, stepping), FIELD_OMIT, NULL, NULL },
  { "microcode", FIELD_TEXT, offsetof(struct machine, microcode), FIELD_OMIT, NULL, NULL },
  { "cpus", FIELD_COUNT, offsetof(struct machine, cpus), 0, NULL, NULL },
  { "kernel", FIELD_TEXT, offsetof(struct machine, kernel), 0, NULL, NULL },
  { "arch", FIELD_TEXT, offsetof(struct machine, arch), 0, NULL, NULL },
  { "governor", FIELD_TEXT, offsetof(struct machine, governor), 0, NULL, NULL },
  { "smt", FIELD_TEXT, offsetof(struct machine, smt), 0, NULL, NULL },
  { "thp", FIELD_TEXT, offsetof(struct machine, thp), 0, NULL, NULL },
  { "aslr", FIELD_TEXT, offsetof(struct machine, aslr), 0, NULL, NULL },
  { "addresses", FIELD_TEXT, offsetof(struct machine, addresses), FIELD_OMIT, NULL, NULL },
  { "perf_event_paranoid", FIELD_TEXT, offsetof(struct machine, perf_event_paranoid), 0, NULL, NULL },
  { "compiler", FIELD_TEXT, offsetof(struct machine, compiler), 0, NULL, NULL },
  { "harness", FIELD_TEXT, offsetof(struct machine, harness), 0, NULL, NULL },
};
const struct field_table machine_fields = { .size = sizeof(struct machine), FIELDS_OF(fields) };

/* First line of a small file, or NULL. */
static char *line_of(const char *path) {
  char buf[256];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return NULL;
  ssize_t n = read(fd, buf, sizeof buf - 1);
  close(fd);
  if (n <= 0) return NULL;
  buf[n] = '\0';
  buf[strcspn(buf, "\n")] = '\0';
  return strdup(buf);
}

static char *cpuinfo_value(const char *key) {
  char line[1024];
  FILE *f = fopen("/proc/cpuinfo", "re");
  char *value = NULL;
  if (f == NULL) return value;
  while (value == NULL && fgets(line, sizeof line, f) != NULL)
    if (strncmp(line, key, strlen(key)) == 0) {
      char *colon = strchr(line, ':');
      if (colon == NULL) continue;
      colon += 1 + strspn(colon + 1, " \t");
      colon[strcspn(colon, "\n")] = '\0';
      value = strdup(colon);
    }
  fclose(f);
  return value;
}

void machine_read(struct machine *m) {
  struct utsname u;
  char addresses[160];
  fields_init(&machine_fields, m);
  m->cpu = cpuinfo_value("model name");
  if (m->cpu == NULL) m->cpu = cpuinfo_value("CPU part");
  char *family = cpuinfo_value("cpu family"), *number = cpuinfo_value("model\t");
  if (family != NULL && number != NULL) fields_text(&m->cpu_model, "%s.%s", family, number);
  m->stepping = cpuinfo_value("stepping");
  m->microcode = cpuinfo_value("microcode");
  free(family);
  free(number);
  m->cpus = sysconf(_SC_NPROCESSORS_ONLN);
  if (uname(&u) == 0) {
    m->kernel = strdup(u.release);
    m->arch = strdup(u.machine);
  }
  m->governor = line_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  m->smt = line_of("/sys/devices/system/cpu/smt/active");
  m->thp = line_of("/sys/kernel/mm/transparent_hugepage/enabled");
  m->aslr = line_of("/proc/sys/kernel/randomize_va_space");
  m->addresses = strdup(addresses_state(addresses, sizeof addresses));
  m->perf_event_paranoid = line_of("/proc/sys/kernel/perf_event_paranoid");
  m->compiler = strdup(__VERSION__);
  m->harness = strdup(HAKMEM_VERSION);
}

json_t *machine_record(void) {
  struct machine m;
  machine_read(&m);
  json_t *o = fields_json(&machine_fields, &m);
  fields_free(&machine_fields, &m);
  return o;
}
