#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# group.sh LIBRARY DAY SIZES…: `day phases 40` of each SIZES (a word of several) in a control group of 64 MB with the
# library preloaded, the whole process in it from its first page on: what is in use stays below, so nothing is killed;
# of 100 MB something is. Exit 77 with a reason where no such group can be made. Needs little: guests run it, too.
library=$1 day=$2
shift 2
root=/sys/fs/cgroup
if [ -f $root/cgroup.controllers ]; then
  group=$root/hakmem-test.$$ most=memory.max
  case " $(cat $root/cgroup.subtree_control) " in
    *' memory '*) ;;
    *) echo "the groups of $root have no memory controller"; exit 77 ;;
  esac
else
  group=$root/memory/hakmem-test.$$ most=memory.limit_in_bytes
  [ -d $root/memory ] || { echo "no memory controller at $root"; exit 77; }
fi
mkdir "$group" 2>/dev/null || { echo "$group cannot be made"; exit 77; }
trap 'rmdir "$group"' EXIT
trap 'exit 1' HUP INT TERM
echo $((64 << 20)) 2>/dev/null >"$group/$most" || { echo "$group/$most cannot be written"; exit 77; }
phases() { # phases MB SIZES: its exit code in $rc
  sh -c 'echo $$ >"$1/cgroup.procs" && export LD_PRELOAD="$2" && exec "$3" phases $4 $5' sh \
    "$group" "$library" "$day" "$1" "$2"
  rc=$?
}
for sizes; do
  echo "$most of 64 MB: 40 MB of $sizes bytes:"
  phases 40 "$sizes"
  [ $rc = 0 ] || { echo "exit $rc"; exit 1; }
done
phases 100 "$sizes" 2>/dev/null
[ $rc != 0 ] || { echo "100 MB fit: the limit is none"; exit 1; }
exit 0
