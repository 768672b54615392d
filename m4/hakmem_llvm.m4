# HAKMEM_LLVM: the audit's engine (LLVM-C). Optional: without it `audit` names the package.
AC_DEFUN([HAKMEM_LLVM], [
  AC_ARG_WITH([llvm-config],
    [AS_HELP_STRING([--with-llvm-config=PROG], [llvm-config to use for the audit (default: llvm-config-14), or no])],
    [], [with_llvm_config=auto])
  have_llvm=no
  AS_IF([test "x$enable_harness" = xyes && test "x$with_llvm_config" != xno && test "x$cross_compiling" != xyes], [
    AS_IF([test "x$with_llvm_config" = xauto],
      [AC_PATH_PROGS([LLVM_CONFIG], [llvm-config-14 llvm-config-15 llvm-config-16 llvm-config])],
      [LLVM_CONFIG=$with_llvm_config])
    AS_IF([test -n "$LLVM_CONFIG" && $LLVM_CONFIG --version >/dev/null 2>&1], [
      LLVM_CPPFLAGS="-isystem `$LLVM_CONFIG --includedir`"
      LLVM_LIBS="`$LLVM_CONFIG --ldflags` `$LLVM_CONFIG --libs --link-shared`"
      LLVM_BINDIR="`$LLVM_CONFIG --bindir`"
      LLVM_VERSION="`$LLVM_CONFIG --version`"
      have_llvm=yes
      AC_DEFINE([HAVE_LLVM], [1], [Define where the LLVM-C API is there.])
      AC_DEFINE_UNQUOTED([LLVM_BINDIR], ["$LLVM_BINDIR"], [Where clang, llvm-link of that LLVM are.])
    ])
  ])
  AM_CONDITIONAL([HAVE_LLVM], [test "x$have_llvm" = xyes])
  AC_SUBST([LLVM_CPPFLAGS])
  AC_SUBST([LLVM_LIBS])
  AC_SUBST([LLVM_BINDIR])
])
