/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture_hook.c: what a captured build runs instead of the compiler proper and the linker.
 *
 * The compiler's driver looks for cc1, cc1plus, ld and the like in COMPILER_PATH first (gcc(1), "Environment
 * Variables"): there lie links to this program under their names. It adds its flags, runs the real one, and
 * where that was a link of an image that is asked for, keeps a copy of each input with the command line, for
 * `gcc a.c b.c -o x` deletes its objects. The build must not notice: whatever cannot be kept is noted in the
 * log, and the real one's status is handed on. Small, and linked against libc alone: it runs for each compile.
 *
 * HAKMEM_CAPTURE_DIR     log/ and keep/ are in it
 * HAKMEM_CAPTURE_IMAGES  the last parts of the images' names, one a line
 * HAKMEM_CAPTURE_TREE    the copy of the sources that is built: it is called /src in what is compiled, so that
 *                        a variant that is built elsewhere is equal to the bit
 * HAKMEM_CAPTURE_HOOKS   the folder of the links, which is taken out of COMPILER_PATH for the real one */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/project/capture_log.h"

enum { LTO_OBJECTS_MAX = 1024 }; /* gcc makes 128 of a program unless it is told otherwise */

static const char *const compile_flags[] = { "-ffunction-sections", "-g" };

static const char *base_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

static void fail(const char *what, const char *name) {
  fprintf(stderr, "hakmem-capture: %s %s: %s\n", what, name, strerror(errno));
  exit(1);
}

/* COMPILER_PATH without our folder: the real driver and linker must not come back to us. */
static void leave_path(const char *hooks) {
  const char *path = getenv("COMPILER_PATH");
  if (path == NULL || hooks == NULL) return;
  char *left = calloc(1, strlen(path) + 1);
  if (left == NULL) fail("COMPILER_PATH", "");
  for (const char *at = path; *at != '\0';) {
    size_t n = strcspn(at, ":"), bare = n;
    while (bare > 1 && at[bare - 1] == '/') bare--; /* gcc puts a slash behind each */
    if (n > 0 && !(bare == strlen(hooks) && strncmp(at, hooks, bare) == 0)) {
      if (left[0] != '\0') strcat(left, ":");
      strncat(left, at, n);
    }
    at += n + (at[n] == ':');
  }
  if (left[0] == '\0') unsetenv("COMPILER_PATH");
  else setenv("COMPILER_PATH", left, 1);
  free(left);
}

/* The driver that called us: gcc says so, of clang it is the parent. */
static bool driver(char *out, size_t size) {
  const char *gcc = getenv("COLLECT_GCC");
  if (gcc != NULL && gcc[0] != '\0') return snprintf(out, size, "%s", gcc) < (int)size;
  char link[64];
  snprintf(link, sizeof link, "/proc/%d/exe", (int)getppid());
  ssize_t n = readlink(link, out, size - 1);
  if (n <= 0) return false;
  out[n] = '\0';
  return true;
}

/* What the driver itself would have run: `driver -print-prog-name=NAME`. */
static void find_real(const char *name, char *out, size_t size) {
  char compiler[PATH_MAX], ask[128];
  int answer[2];
  /* a driver that finds us all the same would start us for ever */
  if (getenv("HAKMEM_CAPTURE_ASKS") != NULL) {
    errno = ELOOP;
    fail("the driver finds us again as", name);
  }
  if (!driver(compiler, sizeof compiler) || pipe(answer) != 0) fail("no driver for", name);
  snprintf(ask, sizeof ask, "-print-prog-name=%s", name);
  pid_t child = fork();
  if (child < 0) fail("fork for", name);
  if (child == 0) {
    dup2(answer[1], STDOUT_FILENO);
    close(answer[0]);
    close(answer[1]);
    unsetenv("COLLECT_GCC"); /* the driver sets its own */
    setenv("HAKMEM_CAPTURE_ASKS", "1", 1);
    execlp(compiler, compiler, ask, (char *)NULL);
    _exit(127);
  }
  close(answer[1]);
  size_t used = 0;
  for (ssize_t n; used + 1 < size && ((n = read(answer[0], out + used, size - 1 - used)) > 0 || errno == EINTR);)
    if (n > 0) used += (size_t)n;
    else if (n == 0) break;
  close(answer[0]);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  out[used] = '\0';
  out[strcspn(out, "\n")] = '\0';
  if (out[0] == '\0') fail("no program behind", name);
  if (strchr(out, '/') == NULL) { /* in nobody's prefix: PATH */
    char tools[PATH_MAX];
    if (snprintf(tools, sizeof tools, "/usr/bin/%s", out) < (int)sizeof tools && access(tools, X_OK) == 0)
      snprintf(out, size, "%s", tools);
  }
}

/* Whether the program is this one, by another name. */
static bool is_self(const char *path) {
  struct stat mine, other;
  return stat("/proc/self/exe", &mine) == 0 && stat(path, &other) == 0 && mine.st_dev == other.st_dev &&
         mine.st_ino == other.st_ino;
}

/* said: a file for its stdout, NULL: ours. */
static int run(const char *real, char **argv, const char *said) {
  int status;
  pid_t child = fork();
  if (child < 0) fail("fork for", real);
  if (child == 0) {
    int fd = said == NULL ? -1 : open(said, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0) dup2(fd, STDOUT_FILENO);
    execvp(real, argv);
    _exit(127);
  }
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail("waiting for", real);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A copy of one input under its content's place; its name into `kept`, "" where it cannot be kept. */
static void keep(const char *dir, unsigned index, const char *input, char *kept, size_t size) {
  kept[0] = '\0';
  int from = open(input, O_RDONLY | O_CLOEXEC), to = -1;
  struct stat st;
  if (from >= 0 && fstat(from, &st) == 0 && S_ISREG(st.st_mode) &&
      snprintf(kept, size, "%s/%04u-%s", dir, index, base_of(input)) < (int)size)
    to = open(kept, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  bool whole = to >= 0;
  for (off_t at = 0; whole && at < st.st_size;) {
    ssize_t n = sendfile(to, from, &at, (size_t)(st.st_size - at));
    if (n <= 0 && errno != EINTR) whole = false;
  }
  if (to >= 0 && close(to) != 0) whole = false;
  if (from >= 0) close(from);
  if (whole) return;
  if (to >= 0) unlink(kept);
  kept[0] = '\0';
}

static bool asked_for(const char *output) {
  const char *names = getenv("HAKMEM_CAPTURE_IMAGES"), *base = base_of(output);
  for (const char *at = names == NULL ? "" : names; *at != '\0';) {
    size_t n = strcspn(at, "\n");
    if (n == strlen(base) && strncmp(at, base, n) == 0) return true;
    at += n + (at[n] == '\n');
  }
  return false;
}

/* An argument that is a file's name, and not an option's value. */
static bool is_input(char **argv, int i) {
  static const char *const with_value[] = { "-o",
                                            "-m",
                                            "-z",
                                            "-L",
                                            "-T",
                                            "-rpath",
                                            "-soname",
                                            "-e",
                                            "-u",
                                            "-h",
                                            "-plugin",
                                            "-Map",
                                            "-rpath-link",
                                            "-y",
                                            "-dynamic-linker",
                                            "--dynamic-linker",
                                            "-A",
                                            "-b",
                                            "-f",
                                            "--defsym",
                                            "--version-script",
                                            "--dynamic-list",
                                            "-init",
                                            "-fini" };
  if (argv[i][0] == '-' || argv[i][0] == '\0') return false;
  for (size_t k = 0; k < sizeof with_value / sizeof *with_value; k++)
    if (strcmp(argv[i - 1], with_value[k]) == 0) return false;
  return true;
}

/* --- link-time optimisation of gcc: what is linked is what the linker's plugin has compiled ------------------- */

/* An object with gcc's intermediate code: the names of its sections are in it. */
static bool is_intermediate(const char *path) {
  static const char name[] = ".gnu.lto_";
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  bool found = false;
  char magic[4];
  if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || read(fd, magic, 4) != 4 ||
      memcmp(magic, "\177ELF", 4) != 0) {
    if (fd >= 0) close(fd);
    return false;
  }
  char *text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (text != MAP_FAILED) {
    found = memmem(text, (size_t)st.st_size, name, sizeof name - 1) != NULL;
    munmap(text, (size_t)st.st_size);
  }
  close(fd);
  return found;
}

static bool ends_with(const char *text, const char *end) {
  size_t n = strlen(text), k = strlen(end);
  return n >= k && strcmp(text + n - k, end) == 0;
}

/* The objects that the plugin made, by what the linker said of its inputs (-t). */
static size_t compiled_objects(const char *said, char **list, size_t room) {
  FILE *f = fopen(said, "re");
  char line[PATH_MAX];
  size_t count = 0;
  while (f != NULL && count < room && fgets(line, sizeof line, f) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    bool ours = strstr(line, ".ltrans") != NULL || ends_with(line, ".lto.o") || ends_with(line, ".debug.temp.o");
    if (!ours || !ends_with(line, ".o") || line[0] == '(') continue;
    bool known = false;
    for (size_t i = 0; i < count; i++) known |= strcmp(list[i], line) == 0;
    if (!known && (list[count] = strdup(line)) != NULL) count++;
  }
  if (f != NULL) fclose(f);
  return count;
}

/* The driver compiles at the link with these options, which compiles alone were given. */
static void add_driver_options(void) {
  const char *before = getenv("COLLECT_GCC_OPTIONS");
  char *text = NULL;
  if (asprintf(&text, "%s '-ffunction-sections' '-g'", before == NULL ? "" : before) < 0) fail("memory for", "options");
  setenv("COLLECT_GCC_OPTIONS", text, 1);
  free(text);
}

static void log_input(FILE *log, const char *folder, unsigned index, const char *input) {
  char kept[PATH_MAX];
  keep(folder, index, input, kept, sizeof kept);
  fprintf(log, "%s\t%s%c", input, kept, 0);
}

/* One file a link: its words, each ended by a zero byte; of inputs the kept copy stands behind a tab. */
static void log_link(const char *dir, const char *real, int argc, char **argv, char **compiled, size_t count) {
  char folder[PATH_MAX], name[PATH_MAX], cwd[PATH_MAX];
  if (snprintf(folder, sizeof folder, "%s/keep/XXXXXX", dir) >= (int)sizeof folder || mkdtemp(folder) == NULL ||
      getcwd(cwd, sizeof cwd) == NULL || snprintf(name, sizeof name, "%s/log/link.XXXXXX", dir) >= (int)sizeof name)
    return;
  int fd = mkstemp(name);
  FILE *log = fd < 0 ? NULL : fdopen(fd, "w");
  if (log == NULL) return;
  fprintf(log, "%s%c%s%c%s%c", CAPTURE_LINK, 0, cwd, 0, real, 0);
  bool said = false;
  for (int i = 1; i < argc; i++) {
    bool input = is_input(argv, i);
    if (input && count > 0 && is_intermediate(argv[i])) { /* in the place of these stands what came of them */
      for (size_t k = 0; k < count && !said; k++) log_input(log, folder, (unsigned)(argc + (int)k), compiled[k]);
      said = true;
    } else if (input) log_input(log, folder, (unsigned)i, argv[i]);
    else fprintf(log, "%s%c", argv[i], 0);
  }
  /* all of them came out of archives */
  for (size_t k = 0; k < count && !said; k++) log_input(log, folder, (unsigned)(argc + (int)k), compiled[k]);
  /* the last word tells a whole log from one that was cut off */
  fprintf(log, "%s%c", CAPTURE_END, 0);
  fclose(log);
}

static void log_compile(const char *dir, const char *real, int argc, char **argv) {
  char name[PATH_MAX], cwd[PATH_MAX];
  if (getcwd(cwd, sizeof cwd) == NULL || snprintf(name, sizeof name, "%s/log/unit.XXXXXX", dir) >= (int)sizeof name)
    return;
  int fd = mkstemp(name);
  FILE *log = fd < 0 ? NULL : fdopen(fd, "w");
  if (log == NULL) return;
  fprintf(log, "%s%c%s%c%s%c", CAPTURE_UNIT, 0, cwd, 0, real, 0);
  for (int i = 1; i < argc; i++) fprintf(log, "%s%c", argv[i], 0);
  fprintf(log, "%s%c", CAPTURE_END, 0);
  fclose(log);
}

/* The words of a response file, as GNU ld and lld split them: blanks separate, quotes and backslashes keep. */
static char **read_response(const char *path, int *count) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  char *text = NULL, **list = NULL;
  *count = 0;
  if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < (16 << 20))
    text = calloc(1, (size_t)st.st_size + 1);
  if (text == NULL || read(fd, text, (size_t)st.st_size) != st.st_size ||
      (list = calloc((size_t)st.st_size / 2 + 2, sizeof *list)) == NULL) {
    if (fd >= 0) close(fd);
    return NULL; /* the word is then a word: so say the linkers, too */
  }
  close(fd);
  char *to = text, quote = 0;
  for (char *at = text; *at != '\0';) {
    while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r') at++;
    if (*at == '\0') break;
    char *start = to;
    bool ended = false;
    for (; *at != '\0' && !ended; at++) {
      if (*at == '\\' && at[1] != '\0' && quote != '\'') *to++ = *++at;
      else if (quote != 0 && *at == quote) quote = 0;
      else if (quote == 0 && (*at == '\'' || *at == '"')) quote = *at;
      else if (quote == 0 && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) ended = true;
      else *to++ = *at;
    }
    char *word = strndup(start, (size_t)(to - start)); /* to has not passed at */
    if (word == NULL) fail("memory for", path);
    list[(*count)++] = word;
  }
  free(text);
  return list;
}

static char **expand(char **argv, int *argc, int depth) {
  for (int i = 1; i < *argc; i++) {
    int count;
    char **words = argv[i][0] == '@' && depth < 8 ? read_response(argv[i] + 1, &count) : NULL;
    if (words == NULL) continue;
    char **grown = calloc((size_t)(*argc + count + 1), sizeof *grown);
    if (grown == NULL) fail("memory for", argv[i]);
    memcpy(grown, argv, (size_t)i * sizeof *grown);
    memcpy(grown + i, words, (size_t)count * sizeof *grown);
    memcpy(grown + i + count, argv + i + 1, (size_t)(*argc - i - 1) * sizeof *grown);
    *argc += count - 1;
    return expand(grown, argc, depth + 1); /* a file may name others */
  }
  return argv;
}

static bool has(int argc, char **argv, const char *word) {
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], word) == 0) return true;
  return false;
}

int main(int argc, char **argv) {
  char name[64], real[PATH_MAX];
  const char *dir = getenv("HAKMEM_CAPTURE_DIR");
  snprintf(name, sizeof name, "%s", base_of(argv[0]));
  leave_path(getenv("HAKMEM_CAPTURE_HOOKS"));
  find_real(name, real, sizeof real);
  if (is_self(real)) {
    errno = ELOOP;
    fail("the driver names us as", name);
  }
  bool compiles = strncmp(name, "cc1", 3) == 0;
  int given = argc;
  char **as_given = argv;
  if (!compiles) argv = expand(argv, &argc, 0); /* what is linked, and under which name */
  enum { MORE = sizeof compile_flags / sizeof *compile_flags };
  char **args = calloc((size_t)argc + MORE + 6, sizeof *args);
  if (args == NULL) fail("memory for", name);
  memcpy(args, as_given, (size_t)given * sizeof *args);
  args[0] = real;
  int count = given;
  bool unit = compiles && !has(argc, argv, "-E") && !has(argc, argv, "-fsyntax-only");
  for (size_t i = 0; unit && i < MORE; i++)
    if (!has(argc, argv, compile_flags[i])) args[count++] = (char *)compile_flags[i];
  const char *tree = getenv("HAKMEM_CAPTURE_TREE");
  char map[PATH_MAX + 32];
  snprintf(map, sizeof map, "-ffile-prefix-map=%s=/src", tree == NULL ? "" : tree);
  if (unit && tree != NULL) args[count++] = map;
  /* what an image is made of must not depend on where and when */
  const char *output = "a.out";
  for (int i = 1; !compiles && i + 1 < argc; i++)
    if (strcmp(argv[i], "-o") == 0) output = argv[i + 1];
  bool wanted = !compiles && dir != NULL && asked_for(output);
  if (wanted) args[count++] = (char *)"--build-id=none";
  char said[PATH_MAX] = "", *compiled[LTO_OBJECTS_MAX];
  size_t made = 0;
  bool optimises = false;
  for (int i = 1; wanted && i < argc; i++) optimises |= is_input(argv, i) && is_intermediate(argv[i]);
  if (optimises && snprintf(said, sizeof said, "%s/log/.said.%d", dir, (int)getpid()) < (int)sizeof said) {
    args[count++] = (char *)"-plugin-opt=-save-temps";
    args[count++] = (char *)"-t";
    add_driver_options();
  }
  int status = run(real, args, said[0] != '\0' ? said : NULL);
  if (said[0] != '\0') made = compiled_objects(said, compiled, LTO_OBJECTS_MAX);
  if (status == 0 && unit && dir != NULL) log_compile(dir, real, argc, argv);
  if (status == 0 && wanted) log_link(dir, real, argc, argv, compiled, made);
  for (size_t i = 0; i < made; i++) unlink(compiled[i]);
  if (said[0] != '\0') unlink(said);
  return status;
}
