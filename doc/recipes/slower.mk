# include this in a Makefile that builds PROGRAM, and `make slower` says whether it is slower than SLOWER_BASE.
# In the test suite of an Automake project: TESTS += slower.test, with a slower.test of one line,
#   exec $(MAKE) -s slower
SLOWER_BASE ?= HEAD~1
SLOWER_SECONDS ?= 60
SLOWER_BUILD ?= $(MAKE)
slower:
	sh $(dir $(lastword $(MAKEFILE_LIST)))ci-gate.sh -b $(SLOWER_SECONDS) $(SLOWER_BASE) '$(SLOWER_BUILD)' \
	  -- $(PROGRAM) $(SLOWER_ARGUMENTS)
.PHONY: slower
