/* SPDX-License-Identifier: GPL-3.0-or-later */
/* C++ programs that replace operators new and delete, in part or not at all, and delete by the forms that say a size,
 * which HAKMEM has: `replaced` and `replaced-aligned` count what came to their own operators; `wrong-size` and
 * `wrong-size-aligned`, with nothing replaced (PLAIN), are mistakes. */
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#ifndef PLAIN
/* A block has a header of its own: whoever frees it another way frees the wrong address. */
enum { HEADER = 64, MARK = 77 };
static int made, gone;
static void *make(std::size_t size) {
  char *p = static_cast<char *>(std::aligned_alloc(HEADER, (size + 2 * HEADER) / HEADER * HEADER));
  if (p == nullptr) throw std::bad_alloc();
  p[0] = MARK;
  made++;
  return p + HEADER;
}
static void end(void *p) {
  if (p == nullptr) return;
  char *start = static_cast<char *>(p) - HEADER;
  if (start[0] != MARK) std::_Exit(3);
  gone++;
  std::free(start);
}
# ifdef ALIGNED
void *operator new(std::size_t size, std::align_val_t) { return make(size); }
void *operator new[](std::size_t size, std::align_val_t) { return make(size); }
void operator delete(void *p, std::align_val_t) noexcept { end(p); }
void operator delete[](void *p, std::align_val_t) noexcept { end(p); }
# else
void *operator new(std::size_t size) { return make(size); }
void operator delete(void *p) noexcept { end(p); }
# endif
#endif

struct plain {
  long v[5];
  ~plain() { v[0] = 0; }
};
struct alignas(64) line {
  long v[8];
  ~line() { v[0] = 0; }
};

int main(int, char **arguments) {
  for (int i = 1; i < 200; i++) {
    plain *p = new plain, *many = new plain[i];
    line *l = new line, *lines = new line[i];
    std::memset(static_cast<void *>(many), i, i * sizeof *many);
    std::memset(static_cast<void *>(lines), i, i * sizeof *lines);
    ::operator delete(::operator new(i), static_cast<std::size_t>(i));
    ::operator delete(::operator new(i, std::align_val_t(64)), static_cast<std::size_t>(i), std::align_val_t(64));
    delete p;
    delete[] many;
    delete l;
    delete[] lines;
  }
#ifdef PLAIN
  if (std::strcmp(arguments[1], "wrong-size") == 0) ::operator delete(::operator new(40), std::size_t(24));
  if (std::strcmp(arguments[1], "wrong-size-aligned") == 0)
    ::operator delete(::operator new(40, std::align_val_t(64)), std::size_t(200), std::align_val_t(64));
  return arguments[1][0] == 'w' ? 4 : 0;
#else
  (void)arguments;
  std::printf("%d %d\n", made, gone);
  return made != 0 && made == gone ? 0 : 1;
#endif
}
