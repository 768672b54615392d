# SPDX-License-Identifier: GPL-3.0-or-later
# security_lib.sh: root as sudo would start it, for a user who owns the folder that we stand in.
. "${top_srcdir:-.}/tests/lib.sh"
[ "$(id -u)" = 0 ] || skip root "only root can play sudo"
id nobody >/dev/null 2>&1 || skip root "there is no user nobody"
need_tool python3
command -v runuser >/dev/null || skip root "runuser is not there"
user=$(id -u nobody) group=$(id -g nobody)
chmod 755 "$scratch"
mkdir "$scratch/theirs" "$scratch/theirs/cache" && chown -R "$user:$group" "$scratch/theirs" || exit 99
theirs=$scratch/theirs
mkdir -m 700 "$scratch/roots" && echo "root's own" >"$scratch/roots/file" || exit 99
roots=$scratch/roots
runuser -u nobody -- "$HARNESS" --version >/dev/null 2>"$scratch/err" ||
  skip root "user nobody cannot run what lies in $top_builddir: $(head -n 1 "$scratch/err")"

# as_sudo COMMAND…: in the user's folder, with the environment that sudo makes
as_sudo() {
  (cd "$theirs" && env -i PATH="$PATH" LANG=C.UTF-8 HOME=/root USER=root LOGNAME=root \
      SUDO_UID="$user" SUDO_GID="$group" \
    SUDO_USER=nobody SUDO_COMMAND=x ROOT_SECRET=of-root XDG_CACHE_HOME="$theirs/cache" TMPDIR="$theirs" "$@")
}
# check_sudo CODE ARGUMENT…: hakmem-harness, output into $scratch/out and $scratch/err
check_sudo() {
  want=$1; shift
  as_sudo timeout 300 "$HARNESS" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null; got=$?
  [ "$got" = "$want" ] || { head -c 1500 "$scratch/out"; sed 's/^/  | /' "$scratch/err" | tail -n 20;
      fail "exit $got, not $want: as by sudo: $*"; }
}
as_user() { (cd "$theirs" && runuser -u nobody -- "$@"); }
# nothing in root's folder was touched, nothing in the user's is root's
nothing_of_roots() {
  [ "$(ls -A "$roots")" = file ] && [ "$(cat "$roots/file")" = "root's own" ] || fail "root's folder was written to: $1"
  found=$(find "$theirs" ! -user nobody | head -n 3)
  [ -z "$found" ] || fail "in the user's folder there is what is not the user's: $found ($1)"
}
holds() { # holds EXPRESSION: of the answer r in $scratch/out
  python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); \
      sys.exit(0 if eval(sys.argv[2]) else 1)' "$scratch/out" "$1" ||
    { head -c 2000 "$scratch/out"; fail "does not hold: $1"; }
}
