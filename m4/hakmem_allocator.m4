# HAKMEM_ALLOCATOR: what src/ asks of the compiler and the machine.
AC_DEFUN([HAKMEM_ALLOCATOR], [
  AC_SUBST([ALLOC_CFLAGS], [])
])
