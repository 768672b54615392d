# tests/audit: the labelled set (labels are fixed before the rules are tuned), bad input, and the
# audit of the allocator itself. debian.sh, the audit of others, is run by hand: it needs the network.
EXTRA_DIST += tests/audit/labelled tests/audit/debian.sh tests/audit/sample.sh
audit_scripts = tests/audit/labelled.sh tests/audit/self.sh tests/audit/gates.sh tests/audit/bad_input.sh \
  tests/audit/candidates.sh tests/audit/crosscheck.sh tests/audit/interrupt.sh
dist_check_SCRIPTS += $(audit_scripts)
if BUILD_HARNESS
TESTS += $(audit_scripts)
endif
