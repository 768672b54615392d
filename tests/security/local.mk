# tests/security: hostile files, folders and processes; root as sudo starts it.
security_scripts = tests/security/parting.sh tests/security/folders.sh tests/security/foreign.sh tests/security/records.sh
dist_check_SCRIPTS += $(security_scripts)
EXTRA_DIST += tests/security/security_lib.sh tests/security/foreign_cases.py tests/security/smash.c
if BUILD_HARNESS
TESTS += $(security_scripts)
endif
