# harness/build: Step 2: the recipe, variants, their objects, code differences, the marked build, layouts.
harness_libharness_a_SOURCES += \
  harness/build/code_diff.c harness/build/code_diff.h \
  harness/build/layout.c harness/build/layout.h harness/build/layout_kinds.h harness/build/layout_open.c \
  harness/build/marked.c harness/build/marked.h \
  harness/build/object_file.c harness/build/object_file.h \
  harness/build/recipe.c \
  harness/build/variant.c harness/build/variant.h \
  harness/build/variant_stage.c harness/build/variant_stage.h

# How this build compiles the allocator, for the variants: the flags of the build without those
# of gates and markers, which each variant sets itself.
variant.recipe: Makefile $(top_srcdir)/harness/build/local.mk
	$(AM_V_GEN){ echo '# how the allocator is compiled; made by make for hakmem-harness ab'; \
	  echo 'compiler $(CC)'; \
	  echo 'cppflags -D_GNU_SOURCE -I@SRC@ -I@SRC@/src -I@BUILD@ -I@BUILD@/probes $(VARIANT_CPPFLAGS) $(CPPFLAGS)'; \
	  echo 'cflags $(HAKMEM_ALLOC_CFLAGS) $(CFLAGS) -fPIC'; \
	  echo 'linkflags $(VARIANT_LINK_FLAGS)'; \
	  test -z '$(LLD)' || echo 'linker lld'; \
	  echo 'sources $(VARIANT_FILES)'; } > $@.tmp && mv $@.tmp $@
VARIANT_FILES = $(filter %.c,$(libhakmem_la_SOURCES))
VARIANT_CPPFLAGS =
VARIANT_LINK_FLAGS =
pkgdata_DATA += variant.recipe
CLEANFILES += variant.recipe
