# doc/: the manual. The command's man page and the completions come from the same tables as
# --help, so that they cannot disagree; they need the program to run, so a cross build leaves
# them out.
dist_man_MANS += doc/hakmem.3
dist_doc_DATA = README.md LICENSE doc/architecture.md doc/manual.md doc/method.md doc/glossary.md \
  doc/exit-codes.md doc/hardening.md doc/audit.md doc/audit-samples.md doc/memory.md doc/security.md \
  doc/projects.md doc/fleet.md doc/trust.md doc/atlas.md
nodist_doc_DATA = doc/gates.md
CLEANFILES += doc/gates.md
EXTRA_DIST += doc/pictures doc/recipes doc/atlas
EXTRA_DIST += doc/hakmem-harness.1.head doc/hakmem-harness.1.tail doc/hakmem.pc.in

doc/gates.md: $(GATE_DEPS)
	$(AM_V_GEN)$(MKDIR_P) doc && $(GEN_GATES) -v out=page $(GATE_DEF) > $@.tmp && mv $@.tmp $@

# The records of one full run, and the pages that are made from them.
EXTRA_DIST += doc/analysis
analysisdir = $(pkgdatadir)/analysis
install-data-local:
	test ! -d $(srcdir)/doc/analysis/data || { $(MKDIR_P) '$(DESTDIR)$(analysisdir)' && \
	  cp -R $(srcdir)/doc/analysis/data/. '$(DESTDIR)$(analysisdir)' && chmod -R u+w '$(DESTDIR)$(analysisdir)'; }
	$(MKDIR_P) '$(DESTDIR)$(schemadir)'
	$(INSTALL_DATA) $(srcdir)/doc/schemas/*.json '$(DESTDIR)$(schemadir)'
uninstall-local:
	rm -rf '$(DESTDIR)$(analysisdir)' '$(DESTDIR)$(schemadir)'

pkgconfigdir = $(libdir)/pkgconfig
nodist_pkgconfig_DATA = doc/hakmem.pc
cmakedir = $(libdir)/cmake/hakmem
nodist_cmake_DATA = doc/hakmem-config.cmake doc/hakmem-config-version.cmake
EXTRA_DIST += doc/hakmem-config.cmake.in doc/hakmem-config-version.cmake.in
CLEANFILES += $(nodist_cmake_DATA)
$(nodist_cmake_DATA): %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) doc && sed -e 's|@includedir''@|$(includedir)|; s|@PACKAGE_VERSION''@|$(PACKAGE_VERSION)|g' \
	  $(srcdir)/$@.in > $@.tmp && mv $@.tmp $@

# every file of the folder: a new command brings its own
EXTRA_DIST += doc/schemas
schemadir = $(pkgdatadir)/schemas

if BUILD_HARNESS
if !CROSS_COMPILING
nodist_man_MANS = doc/hakmem-harness.1
bashcompdir = $(datadir)/bash-completion/completions
nodist_bashcomp_DATA = doc/completion/hakmem-harness
zshcompdir = $(datadir)/zsh/site-functions
nodist_zshcomp_DATA = doc/completion/_hakmem-harness
CLEANFILES += doc/hakmem-harness.1 doc/completion/hakmem-harness doc/completion/_hakmem-harness

doc/hakmem-harness.1: $(top_srcdir)/doc/hakmem-harness.1.head $(top_srcdir)/doc/hakmem-harness.1.tail
doc/hakmem-harness.1: hakmem-harness$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) doc && { cat $(top_srcdir)/doc/hakmem-harness.1.head && ./hakmem-harness --dump-man && \
	  cat $(top_srcdir)/doc/hakmem-harness.1.tail; } > $@.tmp && mv $@.tmp $@
doc/completion/hakmem-harness: hakmem-harness$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) doc/completion && ./hakmem-harness --dump-bash > $@.tmp && mv $@.tmp $@
doc/completion/_hakmem-harness: hakmem-harness$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) doc/completion && ./hakmem-harness --dump-zsh > $@.tmp && mv $@.tmp $@
endif
endif
