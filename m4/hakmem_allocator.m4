# HAKMEM_ALLOCATOR: ALLOC_CFLAGS, how the allocator is compiled: the one place that says it. The
# library, the plain library, the variants of `ab` (variant.recipe) and the tests that compile
# src/ by hand all use it, so that what is timed is what ships; CFLAGS come behind it everywhere.
#
# No builtins: the loops of memset and memcpy must not be turned into calls of themselves, nor
# calloc's body into a call of calloc. A section for each function: `ab` moves functions about,
# and code in a section of its own differs in its jumps from code in a common one.
AC_DEFUN([HAKMEM_ALLOCATOR], [
  ALLOC_CFLAGS="$HAKMEM_LANGUAGE_CFLAGS -O2 -fvisibility=hidden -fno-builtin-malloc -fno-builtin-calloc"
  ALLOC_CFLAGS="$ALLOC_CFLAGS -fno-builtin-realloc -fno-builtin-free -fno-semantic-interposition -ffunction-sections"
  AC_SUBST([ALLOC_CFLAGS])
])
