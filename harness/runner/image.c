/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image.c: see image.h. The file was made by our own link of our own objects, yet every offset
 * is checked: a damaged image must not look like a crash of the allocator. */
#include "harness/runner/image.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/runner/image_libc.h"

/* Static TLS lent to the library. Its thread caches live here, so it is as large as a generous
 * allocator needs; untouched pages cost nothing. */
#define IMAGE_TLS_BYTES 65536
#define IMAGE_TLS_ALIGN 64
static __thread unsigned char image_tls[IMAGE_TLS_BYTES] __attribute__((aligned(IMAGE_TLS_ALIGN)));

#define PAGE 4096u

static unsigned char *thread_pointer(void) {
#if defined(__x86_64__)
  unsigned char *tp;
  __asm__("mov %%fs:0, %0" : "=r"(tp));
  return tp;
#else
  return __builtin_thread_pointer();
#endif
}

static bool inside(const struct image *im, uint64_t offset, uint64_t length) {
  return offset <= im->file_size && length <= im->file_size - offset;
}

void *image_symbol(const struct image *im, const char *name) {
  const Elf64_Sym *s = im->dynsym;
  for (size_t i = 1; i < im->symbol_count; i++)
    if (s[i].st_shndx != SHN_UNDEF && strcmp(im->dynstr + s[i].st_name, name) == 0) return im->base + s[i].st_value;
  return NULL;
}

static const char *resolve(const struct image *im, uint32_t index, uint64_t *value) {
  const Elf64_Sym *s = (const Elf64_Sym *)im->dynsym + index;
  *value = 0;
  if (index == 0) return NULL;
  if (index >= im->symbol_count) return "a relocation names a symbol that is not there";
  if (s->st_shndx != SHN_UNDEF) {
    *value = (uint64_t)im->base + s->st_value;
    return NULL;
  }
  const char *name = im->dynstr + s->st_name;
  *value = (uint64_t)image_libc_symbol(name);
  if (*value == 0 && ELF64_ST_BIND(s->st_info) != STB_WEAK) return name;
  return NULL;
}

#if defined(__x86_64__)
enum {
  REL_RELATIVE = R_X86_64_RELATIVE,
  REL_ABS = R_X86_64_64,
  REL_GLOB = R_X86_64_GLOB_DAT,
  REL_JUMP = R_X86_64_JUMP_SLOT,
  REL_TPOFF = R_X86_64_TPOFF64,
  REL_IRELATIVE = R_X86_64_IRELATIVE
};
#elif defined(__aarch64__)
enum {
  REL_RELATIVE = R_AARCH64_RELATIVE,
  REL_ABS = R_AARCH64_ABS64,
  REL_GLOB = R_AARCH64_GLOB_DAT,
  REL_JUMP = R_AARCH64_JUMP_SLOT,
  REL_TPOFF = R_AARCH64_TLS_TPREL,
  REL_IRELATIVE = R_AARCH64_IRELATIVE
};
#else
# error "image.c: no relocations for this machine"
#endif

static const char *relocate(const struct image *im, const Elf64_Rela *r, size_t n) {
  static char missing[128];
  for (size_t i = 0; i < n; i++) {
    if (r[i].r_offset > im->span - 8) return "a relocation lies outside of the image";
    uint64_t value, *place = (uint64_t *)(im->base + r[i].r_offset);
    uint32_t index = (uint32_t)ELF64_R_SYM(r[i].r_info);
    switch ((uint32_t)ELF64_R_TYPE(r[i].r_info)) {
    case REL_RELATIVE: *place = (uint64_t)im->base + (uint64_t)r[i].r_addend; break;
    case REL_ABS:
    case REL_GLOB:
    case REL_JUMP: {
      const char *name = resolve(im, index, &value);
      if (name != NULL) {
        size_t k = strnlen(name, 90);
        memcpy(missing, "libc of the runner has no ", 26);
        memcpy(missing + 26, name, k);
        missing[26 + k] = '\0';
        return missing;
      }
      *place = value + (uint64_t)r[i].r_addend;
      break;
    }
    case REL_TPOFF: {
      uint64_t at = index ? ((const Elf64_Sym *)im->dynsym)[index].st_value : 0;
      if (index && ((const Elf64_Sym *)im->dynsym)[index].st_shndx == SHN_UNDEF)
        return "it uses thread-local data of another library";
      *place = (uint64_t)(image_tls - thread_pointer()) + at + (uint64_t)r[i].r_addend;
      break;
    }
    case REL_IRELATIVE: *place = ((uint64_t(*)(void))(im->base + r[i].r_addend))(); break;
    case 0: break;
    default: return "it has a relocation that is not supported (thread-local data must be initial-exec)";
    }
  }
  return NULL;
}

static const void *dynamic_pointer(const struct image *im, const Elf64_Dyn *d, int64_t tag, uint64_t *value) {
  for (; d->d_tag != DT_NULL; d++)
    if (d->d_tag == tag) {
      *value = d->d_un.d_val;
      return im->base + d->d_un.d_ptr;
    }
  *value = 0;
  return NULL;
}

static const Elf64_Dyn *dynamic_of(const struct image *im) {
  const Elf64_Ehdr *e = (const void *)im->file;
  const Elf64_Phdr *p = (const void *)(im->file + e->e_phoff);
  for (int i = 0; i < e->e_phnum; i++)
    if (p[i].p_type == PT_DYNAMIC) return (const void *)(im->base + p[i].p_vaddr);
  return NULL;
}

static const char *map_segments(struct image *im, const Elf64_Phdr *p, int n, int writable_text) {
  uint64_t end = 0;
  for (int i = 0; i < n; i++) {
    if (p[i].p_type == PT_TLS) {
      if (p[i].p_memsz > IMAGE_TLS_BYTES || p[i].p_align > IMAGE_TLS_ALIGN || p[i].p_filesz > p[i].p_memsz ||
          !inside(im, p[i].p_offset, p[i].p_filesz))
        return "its thread-local data is larger than the runner lends (64 KiB, aligned to 64)";
      im->tls_template = im->file + p[i].p_offset;
      im->tls_filesz = p[i].p_filesz;
      im->tls_memsz = p[i].p_memsz;
    }
    if (p[i].p_type != PT_LOAD) continue;
    if (!inside(im, p[i].p_offset, p[i].p_filesz) || p[i].p_filesz > p[i].p_memsz || p[i].p_vaddr > (1u << 30) ||
        p[i].p_memsz > (1u << 30))
      return "a segment lies outside of the file";
    if (p[i].p_vaddr + p[i].p_memsz > end) end = p[i].p_vaddr + p[i].p_memsz;
  }
  im->span = (end + PAGE - 1) / PAGE * PAGE;
  if (im->span < PAGE) return "it has nothing to load";
  /* One populated mapping: a page fault costs 10 us on a virtual machine, a populated page 0.6. */
  void *m = mmap(NULL, im->span, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | (im->span < (4u << 20) ? MAP_POPULATE : 0), -1, 0);
  if (m == MAP_FAILED) return "no memory to map it";
  im->base = m;
  for (int i = 0; i < n; i++)
    if (p[i].p_type == PT_LOAD) memcpy(im->base + p[i].p_vaddr, im->file + p[i].p_offset, p[i].p_filesz);
  (void)writable_text;
  return NULL;
}

static const char *protect(const struct image *im, const Elf64_Phdr *p, int n, int writable_text) {
  for (int i = 0; i < n; i++) {
    if (p[i].p_type != PT_LOAD || (p[i].p_flags & PF_W)) continue;
    uint64_t start = p[i].p_vaddr / PAGE * PAGE, end = (p[i].p_vaddr + p[i].p_memsz + PAGE - 1) / PAGE * PAGE;
    int prot = PROT_READ;
    if (p[i].p_flags & PF_X) prot |= PROT_EXEC | (writable_text ? PROT_WRITE : 0);
    __builtin___clear_cache((char *)im->base + start, (char *)im->base + end);
    if (mprotect(im->base + start, end - start, prot) != 0)
      return writable_text ? "the kernel refuses code that can be written (needed for the live toggle)"
                           : "mprotect failed";
  }
  return NULL;
}

const char *image_load(struct image *im, const unsigned char *file, size_t size, int writable_text) {
  memset(im, 0, sizeof *im);
  im->file = file;
  im->file_size = size;
  const Elf64_Ehdr *e = (const void *)file;
  if (size < sizeof *e || memcmp(e->e_ident, ELFMAG, SELFMAG) != 0 || e->e_type != ET_DYN ||
      e->e_phentsize != sizeof(Elf64_Phdr) || !inside(im, e->e_phoff, (uint64_t)e->e_phnum * sizeof(Elf64_Phdr)))
    return "it is not an ELF shared library";
  const Elf64_Phdr *p = (const void *)(file + e->e_phoff);
  const char *wrong = map_segments(im, p, e->e_phnum, writable_text);
  if (wrong != NULL) return wrong;
  const Elf64_Dyn *d = dynamic_of(im);
  if (d == NULL) return "it has no dynamic section";
  uint64_t value, size_bytes;
  im->dynsym = dynamic_pointer(im, d, DT_SYMTAB, &value);
  im->dynstr = dynamic_pointer(im, d, DT_STRTAB, &value);
  const uint32_t *hash = dynamic_pointer(im, d, DT_HASH, &value);
  if (im->dynsym == NULL || im->dynstr == NULL || hash == NULL)
    return "it has no symbol table (it must be linked with --hash-style=both)";
  im->symbol_count = hash[1];
  image_thread_start(im);
  const Elf64_Rela *r = dynamic_pointer(im, d, DT_RELA, &value);
  dynamic_pointer(im, d, DT_RELASZ, &size_bytes);
  if (r != NULL && (wrong = relocate(im, r, size_bytes / sizeof *r)) != NULL) return wrong;
  r = dynamic_pointer(im, d, DT_JMPREL, &value);
  dynamic_pointer(im, d, DT_PLTRELSZ, &size_bytes);
  if (r != NULL && (wrong = relocate(im, r, size_bytes / sizeof *r)) != NULL) return wrong;
  return protect(im, p, e->e_phnum, writable_text);
}

void image_initialise(const struct image *im) {
  const Elf64_Dyn *d = dynamic_of(im);
  uint64_t bytes, value;
  extern char **environ;
  static char name[] = "hakmem-ab-runner";
  char *argv[] = { name, NULL };
  void (*const *f)(int, char **, char **) = dynamic_pointer(im, d, DT_INIT_ARRAY, &value);
  dynamic_pointer(im, d, DT_INIT_ARRAYSZ, &bytes);
  for (size_t i = 0; f != NULL && i < bytes / sizeof *f; i++)
    if (f[i] != NULL) f[i](1, argv, environ);
}

void image_thread_start(const struct image *im) {
  if (im->tls_memsz == 0) return;
  memcpy(image_tls, im->tls_template, im->tls_filesz);
  memset(image_tls + im->tls_filesz, 0, im->tls_memsz - im->tls_filesz);
}
