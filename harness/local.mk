# harness/: a small library in modules, under the thin commands of harness/cmd.
HARNESS_CPPFLAGS = $(AM_CPPFLAGS) $(GATE_CPPFLAGS) \
  $(ELF_CFLAGS) $(DW_CFLAGS) $(JANSSON_CFLAGS) $(CAPSTONE_CFLAGS) $(GSL_CFLAGS) $(HWLOC_CFLAGS) \
  -DHAKMEM_VERSION='"$(PACKAGE_VERSION)"' \
  -DBUILD_ABS_SRCDIR='"$(abs_top_srcdir)"' \
  -DINSTALL_LIBDIR='"$(libdir)"' \
  -DINSTALL_PKGLIBDIR='"$(pkglibdir)"' \
  -DINSTALL_PKGLIBEXECDIR='"$(pkglibexecdir)"' \
  -DINSTALL_PKGDATADIR='"$(pkgdatadir)"'
HARNESS_LIBS = $(DW_LIBS) $(ELF_LIBS) $(JANSSON_LIBS) $(CAPSTONE_LIBS) $(GSL_LIBS) $(HWLOC_LIBS) $(PFM_LIBS) -lpthread

noinst_LTLIBRARIES += harness/libharness.la
harness_libharness_la_SOURCES =
harness_libharness_la_CPPFLAGS = $(HARNESS_CPPFLAGS)
harness_libharness_la_LIBADD =
# linked into our own program alone: each file compiled once
harness_libharness_la_LIBTOOLFLAGS = --tag=disable-shared

include harness/core/local.mk
include harness/trace/local.mk
include harness/workloads/local.mk
include harness/runner/local.mk
include harness/build/local.mk
include harness/data/local.mk
include harness/counters/local.mk
include harness/step0/local.mk
include harness/audit/local.mk
include harness/doctor/local.mk
include harness/peers/local.mk
include harness/ab/local.mk
include harness/phase/local.mk
include harness/report/local.mk
include harness/cmd/local.mk
