/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.c: names.h. Meanings after POSIX.1-2017, the C standard and the LLVM language reference. */
#include "harness/audit/names.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const sinks_known[] = { "printf",
                                           "fprintf",
                                           "vprintf",
                                           "vfprintf",
                                           "dprintf",
                                           "vdprintf",
                                           "puts",
                                           "fputs",
                                           "fputc",
                                           "putc",
                                           "putchar",
                                           "_IO_putc",
                                           "write",
                                           "pwrite",
                                           "writev",
                                           "fwrite",
                                           "fflush",
                                           "perror",
                                           "syslog",
                                           "vsyslog",
                                           "psignal",
                                           "err_printf",
                                           "__printf_chk",
                                           "__fprintf_chk",
                                           "__vfprintf_chk",
                                           "__vprintf_chk",
                                           "__dprintf_chk",
                                           "__syslog_chk",
                                           "backtrace_symbols_fd",
                                           "putchar_unlocked",
                                           "fputs_unlocked",
                                           NULL };

static const char *const real_effects[] = { "malloc",        "calloc",
                                            "realloc",       "reallocarray",
                                            "free",          "cfree",
                                            "aligned_alloc", "posix_memalign",
                                            "memalign",      "valloc",
                                            "pvalloc",       "mmap",
                                            "mmap64",        "munmap",
                                            "mremap",        "madvise",
                                            "mprotect",      "mlock",
                                            "brk",           "sbrk",
                                            "abort",         "exit",
                                            "_exit",         "_Exit",
                                            "quick_exit",    "raise",
                                            "kill",          "syscall",
                                            "longjmp",       "siglongjmp",
                                            "_longjmp",      "__assert_fail",
                                            "__assert",      "__stack_chk_fail",
                                            "fork",          "execve",
                                            "close",         "open",
                                            "openat",        "unlink",
                                            "ftruncate",     "sem_wait",
                                            "sem_post",      "mtx_lock",
                                            "mtx_unlock",    "cnd_wait",
                                            "cnd_signal",    "thrd_create",
                                            "thrd_join",     "atexit",
                                            "dlopen",        "dlclose",
                                            "longjmp_chk",   NULL };

static const char *const pure[] = { "strlen",
                                    "strnlen",
                                    "strcmp",
                                    "strncmp",
                                    "strcasecmp",
                                    "strncasecmp",
                                    "memcmp",
                                    "strchr",
                                    "strrchr",
                                    "strstr",
                                    "memchr",
                                    "getenv",
                                    "secure_getenv",
                                    "atoi",
                                    "atol",
                                    "atoll",
                                    "strtol",
                                    "strtoul",
                                    "strtoll",
                                    "strtoull",
                                    "strtod",
                                    "abs",
                                    "labs",
                                    "getpid",
                                    "gettid",
                                    "getppid",
                                    "getuid",
                                    "geteuid",
                                    "pthread_self",
                                    "pthread_equal",
                                    "time",
                                    "clock",
                                    "clock_gettime",
                                    "gettimeofday",
                                    "sched_getcpu",
                                    "isatty",
                                    "fileno",
                                    "__errno_location",
                                    "sysconf",
                                    "getpagesize",
                                    "strerror",
                                    "snprintf",
                                    "vsnprintf",
                                    "sprintf",
                                    "vsprintf",
                                    "__snprintf_chk",
                                    "__vsnprintf_chk",
                                    "__sprintf_chk",
                                    "log",
                                    "log2",
                                    "exp",
                                    "sqrt",
                                    "pow",
                                    "floor",
                                    "ceil",
                                    "__ctype_b_loc",
                                    "toupper",
                                    "tolower",
                                    "__isoc99_sscanf",
                                    NULL };

static const char *const fills[] = { "memset",       "memcpy",        "memmove", "__memset_chk",
                                     "__memcpy_chk", "__memmove_chk", "bzero",   "strcpy",
                                     "strncpy",      "strcat",        NULL };

/* Intrinsics that neither write memory nor end the program. */
static const char *const quiet_intrinsics[] = { "llvm.dbg.",
                                                "llvm.lifetime.",
                                                "llvm.expect",
                                                "llvm.assume",
                                                "llvm.umin",
                                                "llvm.umax",
                                                "llvm.smin",
                                                "llvm.smax",
                                                "llvm.abs",
                                                "llvm.ctpop",
                                                "llvm.ctlz",
                                                "llvm.cttz",
                                                "llvm.bswap",
                                                "llvm.bitreverse",
                                                "llvm.fshl",
                                                "llvm.fshr",
                                                "llvm.uadd.",
                                                "llvm.sadd.",
                                                "llvm.usub.",
                                                "llvm.ssub.",
                                                "llvm.umul.",
                                                "llvm.smul.",
                                                "llvm.objectsize",
                                                "llvm.is.constant",
                                                "llvm.experimental.noalias",
                                                "llvm.stacksave",
                                                "llvm.stackrestore",
                                                "llvm.prefetch",
                                                "llvm.readcyclecounter",
                                                "llvm.x86.rdtsc",
                                                "llvm.x86.sse2.pause",
                                                "llvm.annotation",
                                                "llvm.ptr.annotation",
                                                "llvm.floor",
                                                "llvm.ceil",
                                                "llvm.sqrt",
                                                "llvm.fabs",
                                                "llvm.fmuladd",
                                                "llvm.frameaddress",
                                                "llvm.returnaddress",
                                                "llvm.threadlocal.address",
                                                "llvm.sideeffect",
                                                "llvm.va_",
                                                "llvm.invariant.",
                                                "llvm.launder.",
                                                "llvm.strip.",
                                                NULL };

static bool in(const char *const *list, const char *name) {
  for (; *list; list++)
    if (strcmp(*list, name) == 0) return true;
  return false;
}

bool is_given_sink(const char *f, char *const *sinks) {
  for (size_t i = 0; sinks && sinks[i]; i++)
    if (strcmp(sinks[i], f) == 0) return true;
  return false;
}

enum effect effect_of(const char *f, char *const *sinks) {
  if (is_given_sink(f, sinks)) return EFFECT_SINK;
  if (strncmp(f, "llvm.mem", 8) == 0) return EFFECT_FILL;
  if (strncmp(f, "llvm.trap", 9) == 0 || strncmp(f, "llvm.debugtrap", 14) == 0 || strncmp(f, "llvm.ubsantrap", 14) == 0)
    return EFFECT_REAL;
  for (const char *const *q = quiet_intrinsics; *q; q++)
    if (strncmp(*q, f, strlen(*q)) == 0) return EFFECT_NONE;
  if (in(sinks_known, f)) return EFFECT_SINK;
  if (in(pure, f)) return EFFECT_NONE;
  if (in(fills, f)) return EFFECT_FILL;
  if (in(real_effects, f) || (strncmp(f, "pthread_", 8) == 0 && strcmp(f, "pthread_setspecific") != 0))
    return EFFECT_REAL;
  return EFFECT_UNKNOWN;
}

/* Whether a word starts at `at` of the name: what stands before it is no letter of the same word. */
static bool starts_word(const char *name, const char *at) {
  return at == name || !isalpha((unsigned char)at[-1]) ||
         (isupper((unsigned char)at[0]) && islower((unsigned char)at[-1]));
}

/* Whether the word ends at `end`, a plural included. */
static bool ends_word(const char *end) {
  if (end[0] == 's' || end[0] == 'S') end++;
  return !isalpha((unsigned char)end[0]) || (isupper((unsigned char)end[0]) && islower((unsigned char)end[-1]));
}

bool is_report_name(const char *f) {
  /* whole words: a state, a status and what is static or symmetric are no reports */
  static const char *const words[] = { "stat", "statistic", "debug", "dbg", "dump", "metric", NULL };
  for (const char *const *w = words; *w; w++)
    for (const char *at = f; *at; at++)
      if (strncasecmp(at, *w, strlen(*w)) == 0 && starts_word(f, at) && ends_word(at + strlen(*w))) return true;
  return false;
}

bool is_env_reader(const char *f) {
  return strcmp(f, "hak_env_switch") == 0 || strcmp(f, "getenv") == 0 || strcmp(f, "secure_getenv") == 0 ||
         strcmp(f, "__secure_getenv") == 0;
}
