# harness/: a small library in modules, under the thin commands of harness/cmd.
HARNESS_CPPFLAGS = $(AM_CPPFLAGS) $(GATE_CPPFLAGS) \
  $(ELF_CFLAGS) $(DW_CFLAGS) $(JANSSON_CFLAGS) $(CAPSTONE_CFLAGS) $(GSL_CFLAGS) $(HWLOC_CFLAGS) \
  -DHAKMEM_VERSION='"$(PACKAGE_VERSION)"'
HARNESS_LIBS = $(DW_LIBS) $(ELF_LIBS) $(IBERTY_LIBS) $(JANSSON_LIBS) $(CAPSTONE_LIBS) $(GSL_LIBS) \
  $(HWLOC_LIBS) $(PFM_LIBS) -lpthread

# a plain archive: it is linked into our own programs alone
noinst_LIBRARIES += harness/libharness.a
harness_libharness_a_SOURCES =
nodist_harness_libharness_a_SOURCES =
harness_libharness_a_CPPFLAGS = $(HARNESS_CPPFLAGS)

include harness/core/local.mk
include harness/trace/local.mk
include harness/workloads/local.mk
include harness/runner/local.mk
include harness/build/local.mk
include harness/data/local.mk
include harness/project/local.mk
include harness/counters/local.mk
include harness/step0/local.mk
include harness/audit/local.mk
include harness/doctor/local.mk
include harness/peers/local.mk
include harness/ab/local.mk
include harness/phase/local.mk
include harness/report/local.mk
include harness/fleet/local.mk
include harness/keeper/local.mk
include harness/cmd/local.mk
