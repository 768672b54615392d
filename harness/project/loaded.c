/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loaded.c: see loaded.h. */
#include "harness/project/loaded.h"

#include <string.h>

#include "harness/build/object_file.h"

int loaded_add_to_hash(struct content_hash *hash, const char *path, struct error *err) {
  struct object_file file;
  GElf_Shdr header;
  int rc = object_file_open(&file, path, err);
  if (rc != 0) return rc;
  for (Elf_Scn *s = NULL; rc == 0 && (s = object_file_next(&file, s, &header)) != NULL;) {
    if (!(header.sh_flags & SHF_ALLOC) || header.sh_type == SHT_NOTE || header.sh_type == SHT_NOBITS) continue;
    const Elf_Data *data = elf_getdata(s, NULL);
    content_hash_add_text(hash, object_file_section_name(&file, &header));
    if (data == NULL) rc = error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%.300s is damaged", path);
    else content_hash_add(hash, data->d_buf, data->d_size);
  }
  object_file_close(&file);
  return rc;
}

bool loaded_same(const char *a, const char *b) {
  char hex[2][65];
  for (int i = 0; i < 2; i++) {
    struct content_hash hash;
    struct error ignored = { 0 };
    content_hash_start(&hash);
    if (loaded_add_to_hash(&hash, i ? b : a, &ignored) != 0) return false;
    content_hash_finish(&hash, hex[i]);
  }
  return strcmp(hex[0], hex[1]) == 0;
}

int loaded_code_bytes(const char *path, uint64_t *bytes, struct error *err) {
  struct object_file file;
  GElf_Shdr header;
  int rc = object_file_open(&file, path, err);
  *bytes = 0;
  if (rc != 0) return rc;
  for (Elf_Scn *s = NULL; (s = object_file_next(&file, s, &header)) != NULL;)
    if ((header.sh_flags & SHF_ALLOC) && (header.sh_flags & SHF_EXECINSTR)) *bytes += header.sh_size;
  object_file_close(&file);
  return 0;
}
