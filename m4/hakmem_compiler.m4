# HAKMEM_COMPILER: warnings, -Werror on request, sanitizers.
AC_DEFUN([HAKMEM_COMPILER], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors (CI does)])],
    [], [enable_werror=no])
  AC_ARG_WITH([sanitizer],
    [AS_HELP_STRING([--with-sanitizer=NAME],
       [build with -fsanitize=NAME (address,undefined or thread); the allocator then exports only its prefixed API])],
    [], [with_sanitizer=no])
  HAKMEM_LANGUAGE_CFLAGS="-std=gnu11 -fno-strict-aliasing"
  HAKMEM_CFLAGS="$HAKMEM_LANGUAGE_CFLAGS -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes"
  HAKMEM_CFLAGS="$HAKMEM_CFLAGS -Wmissing-prototypes -Wvla -Wno-unused-parameter"
  AS_IF([test "x$enable_werror" = xyes], [HAKMEM_CFLAGS="$HAKMEM_CFLAGS -Werror"])
  AS_IF([test "x$with_sanitizer" != xno], [
    HAKMEM_CFLAGS="$HAKMEM_CFLAGS -fsanitize=$with_sanitizer -fno-omit-frame-pointer -g"
    LDFLAGS="$LDFLAGS -fsanitize=$with_sanitizer"
  ])
  AM_CONDITIONAL([SANITIZED], [test "x$with_sanitizer" != xno])
  AC_SUBST([HAKMEM_CFLAGS])
  AC_SUBST([SANITIZER], [$with_sanitizer])
])
