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
 * HAKMEM_CAPTURE_HOOKS   the folder of the links, which is taken out of COMPILER_PATH for the real one
 * HAKMEM_CAPTURE_TOOLS   a folder of links in PATH, for who calls a linker by itself, and for drivers that are told by
 *                        -B or another COMPILER_PATH where to look: under their names it starts the real one with
 *                        the hooks in front */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/project/capture_log.h"
#include "harness/project/capture_real.h"
#include "harness/project/capture_words.h"

enum { LTO_OBJECTS_MAX = 1024 }; /* gcc makes 128 of a program unless it is told otherwise */

static const char *const compile_flags[] = { "-ffunction-sections", "-g" };

/* said: a file for its stdout, NULL: ours. */
static int run(const char *real, char **argv, const char *said) {
  int status;
  pid_t child = fork();
  if (child < 0) capture_fail("fork for", real);
  if (child == 0) {
    int fd = said == NULL ? -1 : open(said, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0) dup2(fd, STDOUT_FILENO);
    execvp(real, argv);
    _exit(127);
  }
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) capture_fail("waiting for", real);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A copy of one input under its content's place; its name into `kept`, "" where it cannot be kept. */
static void keep(const char *dir, unsigned index, const char *input, char *kept, size_t size) {
  kept[0] = '\0';
  int from = open(input, O_RDONLY | O_CLOEXEC), to = -1;
  struct stat st;
  if (from >= 0 && fstat(from, &st) == 0 && S_ISREG(st.st_mode) &&
      snprintf(kept, size, "%s/%04u-%s", dir, index, capture_base_of(input)) < (int)size)
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

/* By a name like the image's: x.tmp may be renamed to x, x-unstripped copied. Which link it was is found out when the
 * image is there. */
static bool asked_for(const char *output) {
  const char *names = getenv("HAKMEM_CAPTURE_IMAGES"), *base = capture_base_of(output);
  if (strcmp(base, "a.out") == 0) return true;
  for (const char *at = names == NULL ? "" : names; *at != '\0';) {
    size_t n = strcspn(at, "\n");
    char name[NAME_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)n, at);
    if (n > 0 && (strstr(base, name) != NULL || (base[0] != '\0' && strstr(name, base) != NULL))) return true;
    at += n + (at[n] == '\n');
  }
  return false;
}

/* --- link-time optimisation: what is linked is what the linker or its plugin has compiled --------------------- */

enum code { CODE_MACHINE, CODE_GCC, CODE_LLVM };

/* What is in an object, or in an archive: of gcc's intermediate code the names of its sections, of LLVM's its magic. */
static enum code code_of(const char *path) {
  static const char name[] = ".gnu.lto_", bitcode[] = "BC\xc0\xde";
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  enum code found = CODE_MACHINE;
  char magic[8];
  bool known = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && read(fd, magic, 8) == 8;
  bool archive = known && memcmp(magic, "!<arch>\n", 8) == 0;
  if (known && memcmp(magic, bitcode, 4) == 0) found = CODE_LLVM;
  else if (known && (archive || memcmp(magic, "\177ELF", 4) == 0)) {
    char *text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (text != MAP_FAILED) {
      if (memmem(text, (size_t)st.st_size, name, sizeof name - 1) != NULL) found = CODE_GCC;
      /* a member begins behind the line end of its header */
      else if (archive && memmem(text, (size_t)st.st_size, "`\nBC\xc0\xde", 6) != NULL) found = CODE_LLVM;
      munmap(text, (size_t)st.st_size);
    }
  }
  if (fd >= 0) close(fd);
  return found;
}

static bool is_archive(const char *path) {
  char magic[8];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  bool archive = fd >= 0 && read(fd, magic, sizeof magic) == (ssize_t)sizeof magic && memcmp(magic, "!<", 2) == 0;
  if (fd >= 0) close(fd);
  return archive;
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

/* LLVM's, under the name that the linker was given for them, and with a number behind it. */
static size_t numbered_objects(const char *name, char **list, size_t room) {
  size_t count = 0;
  for (size_t i = 0; i < room; i++) {
    char path[PATH_MAX];
    struct stat st;
    int n = i == 0 ? snprintf(path, sizeof path, "%s", name) : snprintf(path, sizeof path, "%s%zu", name, i);
    if (n >= (int)sizeof path || stat(path, &st) != 0) {
      if (i > 0) break;
      continue;
    }
    if (st.st_size == 0) unlink(path);
    else if ((list[count] = strdup(path)) != NULL) count++;
  }
  return count;
}

/* The driver compiles at the link with these options, which compiles alone were given. */
static void add_driver_options(void) {
  const char *before = getenv("COLLECT_GCC_OPTIONS");
  char *text = NULL;
  if (asprintf(&text, "%s '-ffunction-sections' '-g'", before == NULL ? "" : before) < 0)
    capture_fail("memory for", "options");
  setenv("COLLECT_GCC_OPTIONS", text, 1);
  free(text);
}

/* The value of an option that names a file stands behind it as a word of its own, so that a copy can take its place. */
static void log_input(FILE *log, const char *folder, unsigned index, const char *input) {
  char kept[PATH_MAX];
  keep(folder, index, input, kept, sizeof kept);
  fprintf(log, "%s\t%s%c", input, kept, 0);
}

/* What came of intermediate code, once, in the place of the first that had any. */
static void log_compiled(FILE *log, const char *folder, unsigned index, char **compiled, size_t *count) {
  for (size_t k = 0; k < *count; k++) log_input(log, folder, index + (unsigned)k, compiled[k]);
  *count = 0;
}

/* One file a link: its words, each ended by a zero byte; of inputs the kept copy stands behind a tab. */
static void log_link(const char *dir, const char *real, const char *output, int argc, char **argv, char **compiled,
                     size_t count) {
  char folder[PATH_MAX], name[PATH_MAX], cwd[PATH_MAX];
  if (snprintf(folder, sizeof folder, "%s/keep/XXXXXX", dir) >= (int)sizeof folder || mkdtemp(folder) == NULL ||
      getcwd(cwd, sizeof cwd) == NULL || snprintf(name, sizeof name, "%s/log/link.XXXXXX", dir) >= (int)sizeof name)
    return;
  int fd = mkstemp(name);
  FILE *log = fd < 0 ? NULL : fdopen(fd, "w");
  if (log == NULL) return;
  struct stat st = { 0 };
  if (stat(output, &st) != 0) st.st_ino = 0;
  fprintf(log, "%s%c%s%c%s%c%llu:%llu%c", CAPTURE_LINK, 0, cwd, 0, real, 0, (unsigned long long)st.st_dev,
          (unsigned long long)st.st_ino, 0);
  bool compiles = count > 0;
  for (int i = 1; i < argc; i++) {
    char path[PATH_MAX], option[64];
    const char *value = capture_named_file(argv[i], option, sizeof option), *to = capture_output(argv, i);
    bool input = capture_is_input(argv, i), library = capture_library(argc, argv, i, path, sizeof path);
    const char *file = library ? path : argv[i];
    if (to != NULL) {
      fprintf(log, "-o%c%s%c", 0, to, 0);
      i += to == argv[i + 1];
    } else if (value != NULL && (value[0] != '\0' || i + 1 < argc)) {
      fprintf(log, "%s%c", option, 0);
      if (value[0] == '\0') value = argv[++i];
      log_input(log, folder, (unsigned)i, value);
    } else if ((input || library) && compiles && code_of(file) != CODE_MACHINE) {
      log_compiled(log, folder, (unsigned)argc, compiled, &count);
      if (is_archive(file)) log_input(log, folder, (unsigned)i, file); /* members of it may be machine code */
    } else if (input || library) log_input(log, folder, (unsigned)i, file);
    else fprintf(log, "%s%c", argv[i], 0);
  }
  log_compiled(log, folder, (unsigned)argc, compiled, &count);
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

static bool has(int argc, char **argv, const char *word) {
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], word) == 0) return true;
  return false;
}

/* Flags for the real linker that leave what it compiles where we find it. */
static enum code keep_compiled(const char *dir, int argc, char **argv, char **args, int *count, char *said, size_t size,
                               char *option, size_t option_size) {
  enum code code = CODE_MACHINE;
  bool plugin = has(argc, argv, "-plugin") || has(argc, argv, "--plugin");
  for (int i = 1; i < argc && code == CODE_MACHINE; i++) {
    char path[PATH_MAX];
    if (capture_library(argc, argv, i, path, sizeof path)) code = code_of(path);
    else if (capture_is_input(argv, i)) code = code_of(argv[i]);
  }
  if (code == CODE_GCC && !plugin) return CODE_MACHINE; /* there is machine code beside it */
  if (code == CODE_MACHINE || snprintf(said, size, "%s/log/.said.%d", dir, (int)getpid()) + 8 >= (int)size)
    return CODE_MACHINE;
  if (code == CODE_GCC) {
    args[(*count)++] = (char *)"-plugin-opt=-save-temps";
    args[(*count)++] = (char *)"-t";
    add_driver_options();
  } else {
    strcat(said, ".lto.o");
    snprintf(option, option_size, "-plugin-opt=obj-path=%s", said);
    args[(*count)++] = option;
    if (!has(argc, argv, "-plugin-opt=-function-sections")) args[(*count)++] = (char *)"-plugin-opt=-function-sections";
  }
  return code;
}

int main(int argc, char **argv) {
  char name[64], real[PATH_MAX];
  const char *as = (const char *)(uintptr_t)getauxval(AT_EXECFN); /* a shell's argv[0] is no path */
  bool by_path = capture_leave_paths(as == NULL ? argv[0] : as);
  const char *dir = getenv("HAKMEM_CAPTURE_DIR");
  snprintf(name, sizeof name, "%s", capture_base_of(by_path && as != NULL ? as : argv[0]));
  if (by_path && capture_is_driver(name)) capture_run_driver(name, argv);
  capture_find_real(name, by_path, real, sizeof real);
  if (capture_is_self(real)) {
    errno = ELOOP;
    capture_fail("the driver names us as", name);
  }
  bool compiles = strncmp(name, "cc1", 3) == 0;
  int given = argc;
  char **as_given = argv;
  if (!compiles) argv = capture_expand(argv, &argc); /* what is linked, and under which name */
  enum { MORE = sizeof compile_flags / sizeof *compile_flags };
  char **args = calloc((size_t)argc + MORE + 6, sizeof *args);
  if (args == NULL) capture_fail("memory for", name);
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
  for (int i = 1; !compiles && i < argc; i++)
    if (capture_output(argv, i) != NULL) output = capture_output(argv, i);
  bool wanted = !compiles && dir != NULL && asked_for(output);
  if (wanted) args[count++] = (char *)"--build-id=none";
  char said[PATH_MAX] = "", option[PATH_MAX + 32], *compiled[LTO_OBJECTS_MAX];
  size_t made = 0;
  enum code code =
      wanted ? keep_compiled(dir, argc, argv, args, &count, said, sizeof said, option, sizeof option) : CODE_MACHINE;
  int status = run(real, args, code == CODE_GCC ? said : NULL);
  if (code == CODE_GCC) made = compiled_objects(said, compiled, LTO_OBJECTS_MAX);
  if (code == CODE_LLVM) made = numbered_objects(said, compiled, LTO_OBJECTS_MAX);
  if (status == 0 && unit && dir != NULL) log_compile(dir, real, argc, argv);
  /* what was compiled and not found would be missed in silence */
  if (status == 0 && wanted && (code == CODE_MACHINE || made > 0))
    log_link(dir, real, output, argc, argv, compiled, made);
  for (size_t i = 0; i < made; i++) unlink(compiled[i]);
  if (said[0] != '\0') unlink(said);
  return status;
}
