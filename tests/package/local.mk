# tests/package: what strangers install.
dist_check_SCRIPTS += tests/package/packages.sh tests/package/recipes.sh
if BUILD_HARNESS
TESTS += tests/package/packages.sh tests/package/recipes.sh
endif
check-packages: all ## the Debian packages and packs in a bare Debian folder (as root; network)
	PACKAGE_BARE=1 $(MAKE) $(AM_MAKEFLAGS) check \
	  TESTS='tests/package/packages.sh tests/fleet/pack_bare.sh'
PHONY += check-packages
