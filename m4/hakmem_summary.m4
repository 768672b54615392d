# HAKMEM_SUMMARY: what was configured, said once at the end.
AC_DEFUN([HAKMEM_SUMMARY], [
  AS_ECHO([""])
  AS_ECHO(["hakmem $PACKAGE_VERSION"])
  AS_ECHO(["  gates compiled in : ${hakmem_gates_on:- none}"])
  AS_ECHO(["  site markers      : $enable_site_markers"])
  AS_ECHO(["  harness           : $enable_harness"])
  AS_ECHO(["  audit (LLVM)      : $have_llvm ${LLVM_VERSION}"])
  AS_ECHO(["  unit tests        : $have_cmocka (cmocka)"])
  AS_ECHO(["  gnuplot           : ${GNUPLOT:-missing (apt-get install gnuplot-nox)}"])
])
