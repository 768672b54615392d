# SPDX-License-Identifier: GPL-3.0-or-later
# project_lib.sh: sourced behind lib.sh by tests of projects.

project_copies() { # FIXTURE…: into $scratch, where they are written to; from there on, with a cache of the test's own
  for fixture in "$@"; do cp -r "$top_srcdir/tests/project/$fixture" "$scratch" || exit 99; done
  cd "$scratch" || exit 99
  chmod -R u+w .
  export XDG_CACHE_HOME="$scratch/cache"
  unset COMPILER_PATH
}
slow_gates() { # gates of counter: one that costs hundreds of percent, one without code, one that never runs
  cp "$top_srcdir/tests/project/slow_other.c" counter/other.c || exit 99
  cat >>counter.ab <<'AB'
gate slow
  define WORK=4000 | WORK=1
gate same
  define SAME_CODE
gate unused
  define NEVER_CALLED
AB
  sed -i 's/1000 .. 1002/2000 .. 2002/' counter.ab
}
fits() { # COMMAND [WHAT]: the output fits the command's schema
  python3 -c 'import jsonschema' 2>/dev/null || { left_out python "python3-jsonschema is not installed"; return; }
  python3 -W ignore "$top_srcdir/tests/core/schemas.py" fit "$top_srcdir/doc/schemas" "$1" out 0 ||
    fail "${2:-it} does not fit the schema of $1"
}
no_scratch() {
  [ -z "$(ls -d cache/hakmem/projects/*/scratch-* 2>/dev/null)" ] || fail "scratch folders were left behind"
}
