#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Places where programs live, with HAKMEM preloaded: every limit on addresses and data from 8 MB to 8 GB, a control
# group's memory limit, a process whose mappings are used up, 10,000 forks beside a thread, an auditing library that
# needs HAKMEM, and the system call filters of systemd's units. What cannot be had here is named.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
need_preload
slow_test
worst="$top_srcdir/tests/alloc/worst"
LIBHAKMEM=$(cd "$(dirname "$LIBHAKMEM")" && pwd)/$(basename "$LIBHAKMEM")
"$CC" -std=gnu17 -O1 -D_GNU_SOURCE -fno-builtin "$worst/day.c" -o "$scratch/day" -lpthread -ldl || exit 99
left_out() { # left_out WORD REASON
  case " ${REQUIRE:-} " in *" $1 "*) fail "'$1' is required here, and: $2" ;; esac
  echo "left out: $1: $2"
}
day() { # day ARGUMENT…: ends well
  LD_PRELOAD=$LIBHAKMEM timeout 300 "$scratch/day" "$@" >"$scratch/out" 2>"$scratch/err"; rc=$?
  [ $rc != 77 ] || { left_out environment "$*"; return; }
  [ $rc = 0 ] || { cat "$scratch/out" "$scratch/err"; fail "$*: exit $rc"; }
  echo "$*: $(tail -n 1 "$scratch/out" | cut -c 1-60)"
}

# Blocks of all kinds where little is allowed; long ones, of which a page each is touched, where much is.
for limit in address-space data; do
  for mb in 8 16 32 64 128 256 512 1024 2048 4096 8192; do
    sizes='100000 1000000'
    [ $mb -gt 128 ] || sizes="200 3000 40000 $sizes"
    day $limit $mb $sizes
  done
done
day full-maps

timeout 600 sh "$worst/group.sh" "$LIBHAKMEM" "$scratch/day" '100 5000 12000 40000 200000' '60000 1000000' '40 800' \
  >"$scratch/out" 2>"$scratch/err"; rc=$?
case $rc in
  0) cat "$scratch/out" ;;
  77) left_out cgroup "$(tail -n 1 "$scratch/out")" ;;
  *) cat "$scratch/out" "$scratch/err"; fail "in a control group: exit $rc" ;;
esac

# Forks beside a thread that allocates, with handlers that allocate; every tenth child starts a thread.
"$CC" -std=gnu17 -O1 -shared -fPIC -fno-builtin "$worst/handlers.c" -o "$scratch/libhandlers.so" -lpthread || exit 99
"$CC" -std=gnu17 -O1 -fno-builtin "$worst/forks.c" -o "$scratch/forks" -L"$scratch" -lhandlers \
  -Wl,-rpath,"$scratch" -lpthread || exit 99
LD_PRELOAD=$LIBHAKMEM timeout 1200 "$scratch/forks" 10000 || fail "10000 forks"

# An auditing library that needs HAKMEM, alone and where the program has it as well.
"$CC" -std=gnu17 -O1 -shared -fPIC -fno-builtin -D_GNU_SOURCE "$worst/audit.c" -o "$scratch/audit.so" \
  "$LIBHAKMEM" -Wl,-rpath,"$(dirname "$LIBHAKMEM")" -Wl,--no-as-needed || exit 99
for preload in '' "$LIBHAKMEM"; do
  LD_AUDIT="$scratch/audit.so" LD_PRELOAD=$preload timeout 60 "$scratch/day" churn 2>"$scratch/err" &&
    [ ! -s "$scratch/err" ] ||
    { cat "$scratch/err"; fail "an auditing library that needs HAKMEM, preloaded: '$preload'"; }
done

# systemd's filters: those of a unit file are all its lines, in order; a ~ takes calls away.
if ! command -v systemd-analyze >/dev/null 2>&1; then
  left_out systemd "systemd-analyze is not installed"
  exit 0
fi
expand() { # the system calls of a group, or the name itself
  case $1 in
    @*) systemd-analyze syscall-filter "$1" 2>/dev/null | sed -e 1d -e '/^ *#/d' |
      while read -r s; do expand "$s"; done ;;
    *) echo "$1" ;;
  esac
}
calls() { # calls FILTER…: each the value of a SystemCallFilter=
  : >"$scratch/calls"
  for filter; do
    for word in $(echo "$filter" | tr -d '~'); do expand "$word"; done | sort -u >"$scratch/some"
    case $filter in
      '~'*) grep -vxF -f "$scratch/some" "$scratch/calls" >"$scratch/rest" ;;
      *) sort -u "$scratch/calls" "$scratch/some" >"$scratch/rest" ;;
    esac
    mv "$scratch/rest" "$scratch/calls"
  done
  sed 's/.*/#ifdef __NR_&\n__NR_&,\n#endif/' "$scratch/calls" >"$scratch/allowed.inc"
  "$CC" -std=gnu17 -O1 -D_GNU_SOURCE -I"$scratch" "$worst/only.c" -o "$scratch/only" || exit 99
}
cat >"$scratch/p.cc" <<'CC'
#include <cstdio>
#include <map>
#include <string>
int main() {
  std::map<std::string, std::string> m;
  for (int i = 0; i < 20000; i++) m["k" + std::to_string(i % 997)] += std::string(100, 'x');
  std::printf("%zu\n", m.size());
}
CC
"${CXX:-g++}" -std=c++17 -O1 "$scratch/p.cc" -o "$scratch/cxx" 2>/dev/null || left_out c++ "no C++ compiler"
filtered() { # filtered WHOSE COMMAND…: what runs under the filter without HAKMEM runs with it
  whose=$1; shift
  "$scratch/only" "$@" >"$scratch/plain" 2>/dev/null; rc=$?
  [ $rc != 77 ] || { left_out seccomp "no filter can be set here"; exit 0; }
  [ $rc = 0 ] || { echo "$whose: $1 does not run under its filter at all (exit $rc)"; return; }
  "$scratch/only" env LD_PRELOAD="$LIBHAKMEM" "$@" >"$scratch/got" 2>"$scratch/err"; rc=$?
  [ $rc = 0 ] && cmp -s "$scratch/plain" "$scratch/got" || { cat "$scratch/err"; fail "$whose: $1: exit $rc"; }
  ran="$ran $(basename "$1")"
}
all_filtered() { # all_filtered WHOSE FILTER…
  whose=$1; shift
  calls "$@"
  [ "$(wc -l <"$scratch/calls")" -gt 50 ] || fail "$whose: its filter has only $(wc -l <"$scratch/calls") calls"
  ran=''
  filtered "$whose" "$scratch/day" churn
  [ ! -x "$scratch/cxx" ] || filtered "$whose" "$scratch/cxx"
  for program in python3 perl sqlite3 redis-server; do
    command -v $program >/dev/null 2>&1 || { echo "$whose: left out: $program"; continue; }
    case $program in
      python3) filtered "$whose" python3 -c 'print(len({i: str(i) * 20 for i in range(30000)}))' ;;
      perl) filtered "$whose" perl -e 'my %h; $h{$_ % 997} .= "x" x 50 for 1 .. 30000; print scalar keys %h' ;;
      sqlite3) filtered "$whose" sqlite3 :memory: 'with recursive n(i) as (select 1 union all select i + 1 from n
        where i < 20000) select count(*), max(hex(i)) from n;' ;;
      redis-server) filtered "$whose" redis-server --test-memory 1 ;;
    esac
  done
  [ -n "$ran" ] || fail "$whose: nothing ran under its filter"
  echo "$whose: $(wc -l <"$scratch/calls") system calls:$ran"
}
all_filtered @system-service @system-service
for unit in ssh man-db redis-server postgresql@; do
  for file in /lib/systemd/system/$unit.service /usr/lib/systemd/system/$unit.service ''; do
    [ -z "$file" ] || [ ! -f "$file" ] || break
  done
  [ -n "$file" ] || { echo "$unit: its unit is not installed"; continue; }
  set --
  while IFS= read -r filter; do set -- "$@" "$filter"; done <<END
$(sed -n 's/^SystemCallFilter=//p' "$file")
END
  if [ -n "$1" ]; then all_filtered "$unit" "$@"
  else echo "$unit: its unit has no filter"; fi
done
exit 0
