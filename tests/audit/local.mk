# tests/audit: the labelled set (labels are fixed before the rules are tuned), bad input, and the
# audit of the allocator itself.
EXTRA_DIST += tests/audit/labelled
dist_check_SCRIPTS += tests/audit/labelled.sh
TESTS += tests/audit/labelled.sh
