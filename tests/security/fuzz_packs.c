/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_packs.c: see fuzz_packs.h. */
#include "tests/security/fuzz_packs.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/build/layout_kinds.h"
#include "harness/fleet/merge.h"
#include "harness/fleet/pack_builder.h"
#include "harness/fleet/pack_layout.h"
#include "harness/fleet/pack_log.h"
#include "harness/fleet/pack_open.h"
#include "harness/fleet/pack_project.h"
#include "harness/trace/trace_format.h"

enum { BLOCK = 512, MEMBERS = 6 };
static const struct {
  const char *name, *bytes;
  bool executable;
} member[MEMBERS] = {
  { PACK_RUNNER_MEMBER, "a runner", true },
  { PACK_PROJECT_MEMBER, "another", true },
  { "proof.0", "an image", true },
  { "l0.a0", "without", true },
  { "l0.b0", "with", true },
  { "w0.a", "a file", false },
};

static void write_file(const char *path, const void *data, size_t size) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
  close(fd);
}

/* --- plans ---------------------------------------------------------------------------------------- */

static void add_text(void *list, const char *text) {
  char **one = fields_append(list, sizeof *one);
  if (one == NULL || (*one = strdup(text)) == NULL) abort();
}

static void fill_project(struct pack_plan *plan) {
  struct pack_project *d = plan->project = fields_new(&pack_project_fields);
  if (d == NULL) abort();
  struct pack_image *image = fields_append(&d->images, sizeof *image);
  fields_init(&pack_image_fields, image);
  fields_copy_text(&image->name, "prog");
  fields_copy_text(&image->soname, "libprog.so.1");
  fields_copy_text(&image->proof, "proof.0");
  struct pack_beside *file = fields_append(&d->files, sizeof *file);
  fields_init(&pack_beside_fields, file);
  fields_copy_text(&file->name, "input.txt");
  fields_copy_text(&file->member[0], "w0.a");
  struct ab_gated_line *line = fields_append(&d->subject.lines, sizeof *line);
  line->executed = ANSWER_UNKNOWN;
  fields_copy_text(&line->file, "prog.c");
  line->line = 7;
  fields_copy_text(&line->by, "text+code");
  line->has_code = ANSWER_YES;
  add_text(&d->subject.functions_differ, "prog.c:f");
  fields_copy_text(&d->root, "/src");
  d->layouts = 1;
  add_text(&d->words, "image=prog");
  add_text(&d->words, "run=@image@ input.txt");
  add_text(&d->words, "env=A=b");
  add_text(&d->words, "clock=cpu");
}

static struct pack_builder *good_builder(void) {
  static struct pack_builder b;
  struct error err = { 0 };
  if (b.plan.members.count > 0) return &b;
  if (pack_builder_start(&b, &err) != 0) abort();
  b.plan.kind = PACK_PROJECT;
  fields_copy_text(&b.plan.subject, "prog: gate");
  fields_copy_text(&b.plan.workload, "main");
  b.plan.threads = 1;
  b.plan.slots = b.plan.seed = 0;
  b.plan.budget_s = 1;
  b.plan.margin_pct = 0.5;
  b.plan.level = 0.95;
  b.plan.timeout_s = 0;
  fill_project(&b.plan);
  for (size_t i = 0; i < MEMBERS; i++)
    if (pack_builder_bytes(&b, member[i].name, member[i].executable, member[i].bytes, strlen(member[i].bytes), &err) !=
        0)
      abort();
  return &b;
}

size_t fuzz_pack_plan_good(uint8_t *to) {
  json_t *plan = fields_json(&pack_plan_fields, &good_builder()->plan);
  char *text = json_dumps(plan, JSON_COMPACT);
  if (text == NULL) abort();
  size_t n = strlen(text);
  memcpy(to, text, n);
  free(text);
  json_decref(plan);
  return n;
}

static void write_pack(const char *path, const void *plan, size_t size) {
  struct pack_writer w;
  FILE *f = fopen(path, "w");
  if (f == NULL) abort();
  pack_archive_start(&w, f);
  int rc = pack_archive_put(&w, PACK_PLAN_MEMBER, false, plan, size);
  for (size_t i = 0; i < MEMBERS && rc == 0; i++)
    rc = pack_archive_put(&w, member[i].name, member[i].executable, member[i].bytes, strlen(member[i].bytes));
  if (rc != 0 || pack_archive_end(&w) != 0 || fclose(f) != 0) abort();
}

/* Opened, and made ready to be run: all of that lies in one folder, and is gone afterwards. */
static bool ask(const char *folder, const char *path) {
  struct pack p;
  struct error err = { 0 };
  static struct pack_project_run u;
  char unpacked[256];
  if (pack_open(&p, path, &err) != 0) {
    if (err.kind != ERROR_USAGE || err.text[0] == '\0') abort();
    return false;
  }
  for (size_t i = 0; i < p.archive.count; i++)
    if (!pack_name_fits(p.archive.file[i].name)) abort();
  if (p.plan.kind == PACK_PROJECT) {
    snprintf(unpacked, sizeof unpacked, "%s/unpacked", folder);
    if (mkdir(unpacked, 0700) != 0) abort();
    const unsigned record[2] = { 0, 15 }, side[2] = { 0, 1 };
    if (pack_project_open(&u, &p, unpacked, &err) == 0 && pack_project_place(&u, 1, record, side, &err) != 0) abort();
    pack_project_close(&u);
    if (rmdir(unpacked) != 0) abort(); /* nothing is left */
  }
  pack_close(&p);
  return true;
}

bool fuzz_pack_plan(const char *folder, const uint8_t *data, size_t size) {
  char path[256];
  snprintf(path, sizeof path, "%s/p.hakpack", folder);
  write_pack(path, data, size);
  bool good = ask(folder, path);
  unlink(path);
  return good;
}

/* --- packs ---------------------------------------------------------------------------------------- */

size_t fuzz_pack_good(const char *folder, uint8_t *to) {
  static uint8_t plan[65536];
  char path[256];
  snprintf(path, sizeof path, "%s/p.hakpack", folder);
  write_pack(path, plan, fuzz_pack_plan_good(plan));
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = read(fd, to, 65536);
  close(fd);
  unlink(path);
  if (n <= 0) abort();
  return (size_t)n;
}

bool fuzz_pack(const char *folder, const uint8_t *data, size_t size) {
  char path[256];
  snprintf(path, sizeof path, "%s/p.hakpack", folder);
  write_file(path, data, size);
  bool good = ask(folder, path);
  unlink(path);
  return good;
}

void fuzz_pack_seal(uint8_t *data, size_t size) {
  char hex[65];
  struct content_hash h;
  if (size % BLOCK != 0 || size < 5 * BLOCK) return;
  content_hash_start(&h);
  content_hash_add(&h, data, size - 4 * BLOCK);
  content_hash_finish(&h, hex);
  memcpy(data + size - 3 * BLOCK, hex, 64);
}

/* --- layouts -------------------------------------------------------------------------------------- */

enum { IMAGE_BYTES = 512, TEXT_OFFSET = 128, TEXT_BYTES = 256, TEXT_ADDRESS = 4096 };

static void make_image(uint8_t image[IMAGE_BYTES]) {
  memset(image, 0x90, IMAGE_BYTES);
  memcpy(image, ELFMAG, SELFMAG);
}

size_t fuzz_pack_layout_good(uint8_t *to) {
  static char name[5][16] = { "a.o:(f)", "a.o:(g)", "b.o:(h)", "b.o:(i)", "pad" };
  uint8_t image[IMAGE_BYTES];
  struct layout_section section[5] = {
    { .name = name[0], .address = 4096, .size = 32, .align = 16 },
    { .name = name[1], .address = 4128, .size = 17, .align = 16 },
    { .name = name[2], .address = 4160, .size = 8, .align = 8, .cold = true },
    { .name = name[3], .address = 4168, .size = 40, .align = 1 },
    { .name = name[4], .address = 4208, .size = 144, .align = 16, .pad = true },
  };
  struct layout_fixup fixup[4] = {
    { 130, 0, 1, FIXUP_PC32 }, { 165, 1, -1, FIXUP_PC32 }, { 400, -1, 3, FIXUP_ABS64 }, { 210, 3, 0, FIXUP_PC64 }
  };
  struct layout_image im = { .bytes = image,
                             .size = IMAGE_BYTES,
                             .text_address = TEXT_ADDRESS,
                             .text_offset = TEXT_OFFSET,
                             .text_size = TEXT_BYTES,
                             .section = section,
                             .section_count = 5,
                             .fixup = fixup,
                             .fixup_count = 4 };
  struct error err = { 0 };
  size_t all = 0;
  make_image(image);
  for (int t = 0; t < 2; t++) {
    char *text = NULL;
    size_t n = 0;
    if ((t ? pack_layout_fixups(&im, &text, &n, &err) : pack_layout_sections(&im, &text, &n, &err)) != 0) abort();
    memcpy(to + all, text, n);
    all += n;
    free(text);
  }
  return all;
}

/* Whatever was taken can be laid out in any order, within its bytes. */
static void lay_out(const struct layout_image *im) {
  struct layout_plan plan = { { NULL, NULL }, 0 };
  struct error err = { 0 };
  for (uint64_t seed = 1; seed <= 4; seed++) {
    if (layout_plan_pair(im, im, seed, &plan, &err) != 0) return;
    unsigned char *out = malloc(im->size); /* of exactly that size, for a sanitizer */
    if (out == NULL) abort();
    layout_render(im, plan.order[0], plan.gap, out, NULL, &err);
    free(out);
    layout_plan_free(&plan);
  }
}

bool fuzz_pack_layout(const uint8_t *data, size_t size) {
  static struct pack_archive a;
  static const char second[] = "offset,place";
  uint8_t image[IMAGE_BYTES];
  struct layout_image im;
  struct error err = { 0 };
  const uint8_t *at = memmem(data, size, second, sizeof second - 1);
  size_t first = at != NULL ? (size_t)(at - data) : size;
  make_image(image);
  const struct {
    const char *name;
    const uint8_t *bytes;
    size_t size;
  } file[] = { { "a.image", image, IMAGE_BYTES },
               { "a.sections.csv", data, first },
               { "a.fixups.csv", data + first, size - first } };
  for (a.count = 0; a.count < 3; a.count++) {
    struct pack_file *f = &a.file[a.count];
    snprintf(f->name, sizeof f->name, "%s", file[a.count].name);
    f->bytes = file[a.count].bytes;
    f->size = file[a.count].size;
  }
  if (pack_layout_read(&im, &a, "a", &err) != 0) {
    if (err.text[0] == '\0') abort();
    return false;
  }
  lay_out(&im);
  layout_close(&im);
  return true;
}

/* --- results -------------------------------------------------------------------------------------- */

size_t fuzz_pack_log_good(const char *folder, uint8_t *to) {
  struct results results;
  struct pack_log log;
  struct pack_head head;
  struct pack_end end;
  struct error err = { 0 };
  fields_init(&pack_head_fields, &head);
  fields_init(&pack_end_fields, &end);
  fields_text(&head.pack, "%064d", 1);
  fields_text(&head.run, "%032d", 2);
  fields_copy_text(&head.subject, "free-trace");
  fields_copy_text(&head.node, "n`|1");
  head.margin_pct = 0.5;
  head.level = 0.95;
  head.seed = 1;
  if (results_open(&results, folder, &err) != 0 || pack_log_open(&log, &results, &head, &err) != 0) abort();
  for (unsigned i = 1; i <= 60; i++) {
    struct pair p = { .index = i, .kind = i % 10 ? SAMPLE_TEST : SAMPLE_CONTROL, .value = 0.01 + 0.001 * (i % 7) };
    p.mean_value = p.value;
    if (i % 3 == 0) p.width = 0.9, p.narrowest = 0.8, p.side_width[0] = 0.9, p.side_width[1] = 0.95;
    if (pack_log_pair(&log, &p, &err) != 0) abort();
  }
  end.verdict = VERDICT_GO;
  end.elapsed_s = 5;
  end.partial = ANSWER_NO;
  if (pack_log_end(&log, &end, &err) != 0) abort();
  ssize_t n = pread(fileno(log.f), to, 65536, 0);
  char path[4096];
  snprintf(path, sizeof path, "%s", log.path);
  if (n <= 0) { /* it is open for appending alone */
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    n = read(fd, to, 65536);
    close(fd);
  }
  pack_log_close(&log);
  results_close(&results);
  unlink(path);
  fields_free(&pack_head_fields, &head);
  fields_free(&pack_end_fields, &end);
  if (n <= 0) abort();
  return (size_t)n;
}

bool fuzz_pack_log(const char *folder, const uint8_t *data, size_t size) {
  char path[256];
  struct merge_input in;
  struct error err = { 0 };
  snprintf(path, sizeof path, "%s/pairs.jsonl", folder);
  write_file(path, data, size);
  if (merge_read(path, &in, &err) != 0) abort();
  bool good = in.why[0] == '\0';
  if (good) {
    const struct estimate *g = &in.run.gain_pct;
    if (!isfinite(g->value) || !(g->low <= g->value && g->value <= g->high) || in.model == NULL) abort();
    if (strpbrk(in.model, "\n|<>`") != NULL) abort();
  }
  merge_input_free(&in);
  unlink(path);
  return good;
}

void fuzz_pack_log_sums(uint8_t *data, size_t size) {
  static const char tail[] = ",\"crc\":\"00000000\"}\n", key[] = "\"sha256\":\"";
  const size_t t = sizeof tail - 1;
  uint32_t crc = 0;
  char hex[65], digits[9];
  struct content_hash h;
  content_hash_start(&h);
  for (size_t at = 0; at < size;) {
    uint8_t *line = data + at, *end = memchr(line, '\n', size - at);
    if (end == NULL) return;
    size_t n = (size_t)(end - line) + 1;
    if (n > t) {
      uint8_t *sha = memmem(line, n, key, sizeof key - 1);
      if (sha != NULL && (size_t)(end - sha) > sizeof key + 64 + t) {
        struct content_hash now = h;
        content_hash_finish(&now, hex);
        memcpy(sha + sizeof key - 1, hex, 64);
      }
      crc = trace_crc32(crc, line, n - t);
      snprintf(digits, sizeof digits, "%08x", crc);
      memcpy(line + n - t, tail, t);
      memcpy(line + n - t + 8, digits, 8);
    }
    content_hash_add(&h, line, n);
    at += n;
  }
}
