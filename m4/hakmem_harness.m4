# HAKMEM_HARNESS: the libraries of hakmem-harness. A missing one stops configure
# with the name of its Debian package; --disable-harness builds the allocator alone.
AC_DEFUN([HAKMEM_NEED], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$2 is missing; on Debian: apt-get install $3 (or configure with --disable-harness)])])
])
AC_DEFUN([HAKMEM_HARNESS], [
  AC_ARG_ENABLE([harness],
    [AS_HELP_STRING([--disable-harness], [build the allocator alone])],
    [], [enable_harness=yes])
  AM_CONDITIONAL([BUILD_HARNESS], [test "x$enable_harness" = xyes])
  AC_ARG_ENABLE([static-harness],
    [AS_HELP_STRING([--enable-static-harness],
      [link hakmem-harness without shared libraries, for where nothing may be installed; leaves out the audit])],
    [], [enable_static_harness=no])
  AM_CONDITIONAL([STATIC_HARNESS], [test "x$enable_static_harness" = xyes])
  AS_IF([test "x$enable_static_harness" = xyes], [
    PKG_CONFIG="$PKG_CONFIG --static"
    dnl LLVM is not had as a static library
    with_llvm_config=no
  ])
  AS_IF([test "x$enable_harness" = xyes], [
    HAKMEM_NEED([ELF], [libelf], [libelf-dev])
    HAKMEM_NEED([DW], [libdw], [libdw-dev])
    dnl demangles C++ and Rust names; binutils' own library, which has no .pc file
    AC_CHECK_HEADER([libiberty/demangle.h], [],
      [AC_MSG_ERROR(m4_normalize([libiberty is missing;
        on Debian: apt-get install libiberty-dev (or configure with --disable-harness)]))])
    IBERTY_LIBS=-liberty
    AC_SUBST([IBERTY_LIBS])
    HAKMEM_NEED([JANSSON], [jansson], [libjansson-dev])
    HAKMEM_NEED([CAPSTONE], [capstone], [libcapstone-dev])
    HAKMEM_NEED([GSL], [gsl], [libgsl-dev])
    HAKMEM_NEED([HWLOC], [hwloc], [libhwloc-dev])
    dnl no static libudev on Debian: harness/core/no_udev.c stands for it
    AS_IF([test "x$enable_static_harness" = xyes],
      [HWLOC_LIBS=`AS_ECHO(["$HWLOC_LIBS"]) | sed 's/ *-ludev//'`])
    AC_CHECK_HEADER([perfmon/pfmlib_perf_event.h], [],
      [AC_MSG_ERROR(m4_normalize([libpfm4 is missing;
        on Debian: apt-get install libpfm4-dev (or configure with --disable-harness)]))])
    PFM_LIBS=-lpfm
    AC_SUBST([PFM_LIBS])
    AC_CHECK_HEADERS([linux/perf_event.h linux/bpf.h])
  ])
  PKG_CHECK_MODULES([CMOCKA], [cmocka], [have_cmocka=yes], [have_cmocka=no])
  AM_CONDITIONAL([HAVE_CMOCKA], [test "x$have_cmocka" = xyes])
])
