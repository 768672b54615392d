# HAKMEM_MARKERS: USDT notes at the gated sites (sys/sdt.h).
AC_DEFUN([HAKMEM_MARKERS], [
  AC_ARG_ENABLE([site-markers],
    [AS_HELP_STRING([--disable-site-markers], [build without the USDT note at each gated site])],
    [], [enable_site_markers=yes])
  AS_IF([test "x$enable_site_markers" = xyes], [
    AC_CHECK_HEADER([sys/sdt.h], [],
      [AC_MSG_ERROR(m4_normalize([sys/sdt.h is missing;
        on Debian: apt-get install systemtap-sdt-dev (or configure with --disable-site-markers)]))])
    MARKER_CPPFLAGS=-DHAKMEM_SITE_MARKERS=1
  ], [MARKER_CPPFLAGS=-DHAKMEM_SITE_MARKERS=0])
  AC_SUBST([MARKER_CPPFLAGS])
  AM_CONDITIONAL([SITE_MARKERS], [test "x$enable_site_markers" = xyes])
])
