# HAKMEM_TOOLS: programs that tests, plots and variants call; each is optional here and
# its absence is said where it is wanted.
AC_DEFUN([HAKMEM_TOOLS], [
  AC_PATH_PROG([GNUPLOT], [gnuplot])
  AC_PATH_PROG([UNIFDEF], [unifdef])
  AC_PATH_PROGS([LLD], [ld.lld ld.lld-14])
  AC_PATH_PROG([VALGRIND], [valgrind])
])
