# harness/doctor: what this machine can measure.
harness_libharness_a_SOURCES += \
  harness/doctor/doctor.c harness/doctor/doctor.h \
  harness/doctor/doctor_json.c harness/doctor/doctor_json.h \
  harness/doctor/doctor_core.c \
  harness/doctor/doctor_kernel.c harness/doctor/doctor_leftovers.c harness/doctor/doctor_machine.c \
  harness/doctor/doctor_noise.c harness/doctor/doctor_probes.c
