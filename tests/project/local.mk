# tests/project: somebody else's programs.
EXTRA_DIST += tests/project/counter.ab tests/project/counter/Makefile tests/project/counter/counter.c \
  tests/project/counter/counter.h tests/project/counter/other.c tests/project/counter/other.patch
EXTRA_DIST += tests/project/foreign/cmake.ab \
  tests/project/foreign/cmake/CMakeLists.txt \
  tests/project/foreign/cmake/main.c \
  tests/project/foreign/cmake/mix.c \
  tests/project/foreign/cxx.ab \
  tests/project/foreign/cxx/Makefile \
  tests/project/foreign/cxx/first.cc \
  tests/project/foreign/cxx/main.cc \
  tests/project/foreign/cxx/second.cc \
  tests/project/foreign/cxx/shape.h \
  tests/project/foreign/generated.ab \
  tests/project/foreign/generated/Makefile \
  tests/project/foreign/generated/gen.c \
  tests/project/foreign/generated/walk.c \
  tests/project/foreign/libtool.ab \
  tests/project/foreign/libtool/Makefile \
  tests/project/foreign/libtool/drive.c \
  tests/project/foreign/libtool/sum.c \
  tests/project/foreign/libtool/sum.h \
  tests/project/foreign/server.ab \
  tests/project/foreign/server/Makefile \
  tests/project/foreign/server/ask.py \
  tests/project/foreign/server/serve.c
EXTRA_DIST += tests/project/kinds/dice.ab tests/project/kinds/dice.c tests/project/kinds/nap.ab \
  tests/project/kinds/nap.c tests/project/kinds/servers.ab tests/project/kinds/throw.c
EXTRA_DIST += tests/project/project_lib.sh tests/project/slow_other.c \
  tests/project/debian/ask.c \
  tests/project/debian/bench_projects.py tests/project/debian/lua-same.patch \
  tests/project/debian/sqlite-same.patch \
  tests/project/debian/atlas.py tests/project/debian/check.py \
  tests/project/debian/drive-malloc.c \
  tests/project/debian/drive-zlib.c \
  tests/project/debian/haproxy.ab \
  tests/project/debian/haproxy.cfg \
  tests/project/debian/jemalloc.ab \
  tests/project/debian/lua-nops.patch \
  tests/project/debian/lua-work.lua \
  tests/project/debian/lua.ab \
  tests/project/debian/memcached.ab \
  tests/project/debian/mimalloc.ab \
  tests/project/debian/nginx.ab \
  tests/project/debian/nginx.conf \
  tests/project/debian/redis-uncounted.patch \
  tests/project/debian/redis.ab \
  tests/project/debian/sqlite-locked.patch \
  tests/project/debian/sqlite.ab \
  tests/project/debian/zlib.ab
PROJECT_TESTS = tests/project/project.sh tests/project/ab.sh tests/project/foreign.sh tests/project/steps.sh \
  tests/project/kills.sh tests/project/builtin.sh tests/project/capture.sh \
  tests/project/kinds.sh
dist_check_SCRIPTS += $(PROJECT_TESTS)
if BUILD_HARNESS
TESTS += $(PROJECT_TESTS)
if HAVE_CMOCKA
check_PROGRAMS += tests/project/test_project_file
TESTS += tests/project/test_project_file
tests_project_test_project_file_SOURCES = tests/project/test_project_file.c
tests_project_test_project_file_CPPFLAGS = $(HARNESS_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_project_test_project_file_LDADD = harness/libharness.a $(HARNESS_LIBS) $(CMOCKA_LIBS)
endif
endif

# Sources, fetched once for all build trees; the builds are where hakmem-harness has its cache.
PROJECTS_CACHE = $${XDG_CACHE_HOME:-$$HOME/.cache}/hakmem/debian
# CHECK_PROJECTS='--only lua,zlib --budget 10' for a part.
CHECK_PROJECTS =
PROJECT_TOOLS = hakmem-harness$(EXEEXT) hakmem-capture$(EXEEXT) hakmem-project-run$(EXEEXT)
check-projects: $(PROJECT_TOOLS)
check-projects: ## nine of Debian's source packages, fetched and built, each to a verdict
	python3 $(srcdir)/tests/project/debian/check.py ./hakmem-harness $(PROJECTS_CACHE) $(CHECK_PROJECTS)
# About twelve minutes on two cores, where atlas-prepare has made the builds before; these take as long again.
ATLAS = --budget 40 --limit 300
ATLAS_ROWS = lua:assert,zlib:unaligned,sqlite:memstatus,sqlite:scanstatus,jemalloc:stats,redis:counters,$(ATLAS_MORE)
ATLAS_MORE = memcached:assert,nginx:stub-status,mimalloc:stat2
atlas: $(PROJECT_TOOLS)
atlas: ## doc/atlas.md: what published gates are worth, measured here (ATLAS, ATLAS_ROWS)
	$(MKDIR_P) $(top_srcdir)/doc/atlas
	python3 $(srcdir)/tests/project/debian/check.py ./hakmem-harness $(PROJECTS_CACHE) --only $(ATLAS_ROWS) $(ATLAS) \
	  --data $(top_srcdir)/doc/atlas/rows.csv
	$(MAKE) atlas-page
atlas-prepare: $(PROJECT_TOOLS)
atlas-prepare: ## fetch and build what atlas measures
	python3 $(srcdir)/tests/project/debian/check.py ./hakmem-harness $(PROJECTS_CACHE) --only $(ATLAS_ROWS) --prepare
atlas-page: ## the same page from the rows that are there
	python3 $(srcdir)/tests/project/debian/atlas.py $(top_srcdir)/doc/atlas/rows.csv $(top_srcdir)/doc/atlas.md \
	  $(top_srcdir)/plots $(top_srcdir)/doc/pictures/atlas
# CAMPAIGNS of each kind, half a minute each: the same code and a known effect, in lua and sqlite.
CAMPAIGNS = 10
BENCH_PROJECTS =
bench-projects: $(PROJECT_TOOLS)
bench-projects: ## campaigns of known answer on lua and sqlite (CAMPAIGNS, BENCH_PROJECTS)
	python3 $(srcdir)/tests/project/debian/bench_projects.py ./hakmem-harness $(PROJECTS_CACHE) $(CAMPAIGNS) \
	  $(BENCH_PROJECTS)
check-kills: $(PROJECT_TOOLS)
check-kills: ## kill a measurement of a server at 20 random moments: nothing is left behind
	KILLS=20 $(MAKE) check TESTS=tests/project/kills.sh
PHONY += atlas-prepare check-kills bench-projects check-projects atlas atlas-page
