# tests/alloc: the allocator. Shell tests build what they need by hand or preload the library.
EXTRA_DIST += tests/alloc/alloc_lib.sh
alloc_scripts = tests/alloc/real_programs.sh tests/alloc/off_means_off.sh
dist_check_SCRIPTS += $(alloc_scripts)
TESTS += $(alloc_scripts)
