# harness/cmd: the program and its thin commands.
bin_PROGRAMS += hakmem-harness
hakmem_harness_SOURCES = harness/cmd/hakmem_harness.c harness/cmd/commands.def
hakmem_harness_CPPFLAGS = $(HARNESS_CPPFLAGS)
hakmem_harness_LDADD = harness/libharness.a $(HARNESS_LIBS)
hakmem_harness_SOURCES += harness/cmd/cmd_sites.c
hakmem_harness_SOURCES += harness/cmd/cmd_peers.c
hakmem_harness_SOURCES += harness/cmd/cmd_bench.c
hakmem_harness_SOURCES += harness/cmd/cmd_doctor.c
hakmem_harness_SOURCES += harness/cmd/cmd_ab.c
hakmem_harness_SOURCES += harness/cmd/cmd_verify.c
hakmem_harness_SOURCES += harness/cmd/cmd_calibrate.c
hakmem_harness_SOURCES += harness/cmd/cmd_audit.c
hakmem_harness_SOURCES += harness/cmd/cmd_candidates.c
hakmem_harness_SOURCES += harness/cmd/cmd_record.c
hakmem_harness_SOURCES += harness/cmd/cmd_plots.c
hakmem_harness_SOURCES += harness/cmd/cmd_phase.c
hakmem_harness_SOURCES += harness/cmd/cmd_report.c
