# SPDX-License-Identifier: GPL-3.0-or-later
# programs.sh: real programs, each a second or so of work, and what they work on: sourced behind alloc_lib.sh by those
# who run them with the default library ($LIBHAKMEM) and the hardened one ($hardened). Who sources it has
# same NAME COMMAND: a line for sh, run in $work; NAME is the program it needs. $left names what could not be run.
left=''
work="$scratch/work"
mkdir "$work" "$scratch/home"
# what does not run as root runs as nobody here, with the library
chmod 711 "$scratch" "$work"
cp "$LIBHAKMEM" "$scratch/libhakmem.so" || exit 99
LIBHAKMEM="$scratch/libhakmem.so"
[ -d "${RUSTUP_HOME:-${HOME:-/}/.rustup}" ] && export RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
export HOME="$scratch/home" LC_ALL=C SOURCE_DATE_EPOCH=1000000000
hardened="$scratch/libhakmem-hardened.so"
preloadable "$hardened" -DHAKMEM_HARDENED_COMPILED=1

# What they work on.
awk 'BEGIN { for (i = 0; i < 30000; i++) {
  x = (x * 1103515245 + 12345) % 2147483648; print x % 977, "word" x % 5003, i } }' >"$work/text"
awk 'BEGIN { print "{\"a\":["; for (i = 0; i < 8000; i++)
  printf "%s{\"n\":%d,\"s\":\"s%d\"}", i ? "," : "", i * 7 % 1009, i
  print "]}" }' >"$work/data.json"
awk 'BEGIN { print "<r>"; for (i = 0; i < 8000; i++) printf "<e n=\"%d\"><v>%d</v></e>", i % 97, i; print "</r>" }' \
  >"$work/data.xml"
cat >"$work/p.cc" <<'CC'
#include <algorithm>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>
struct alignas(64) line { long v[8]; };
int main() {
  std::map<std::string, std::vector<int>> m;
  for (int i = 0; i < 60000; i++) m["k" + std::to_string(i * 7919 % 1009)].push_back(i);
  std::vector<std::unique_ptr<line>> lines;
  for (int i = 0; i < 2000; i++) lines.emplace_back(new line{{i}});
  auto sum = std::async(std::launch::async, [&] { long s = 0; for (auto &l : lines) s += l->v[0]; return s; });
  std::string all;
  for (auto &[k, v] : m) all += k + std::to_string(v.size());
  std::sort(all.begin(), all.end());
  try { std::vector<int>().at(3); } catch (std::exception &e) { std::cout << e.what() << "\n"; }
  std::cout << sum.get() << " " << all.size() << " " << all[all.size() / 2] << "\n";
}
CC
cat >"$work/P.java" <<'JAVA'
import java.util.*;
public class P { public static void main(String[] a) { Map<String, Integer> m = new TreeMap<>();
  for (int i = 0; i < 200000; i++) m.merge("k" + i % 1009, i, Integer::sum); System.out.println(m.hashCode()); } }
JAVA
cat >"$work/p.rs" <<'RS'
use std::collections::BTreeMap;
fn main() { let mut m: BTreeMap<String, Vec<u32>> = BTreeMap::new();
  for i in 0..100000u32 { m.entry(format!("k{}", i % 1009)).or_default().push(i); }
  println!("{} {}", m.len(), m.values().map(|v| v.iter().map(|x| *x as u64).sum::<u64>()).sum::<u64>()); }
RS
cat >"$work/p.go" <<'GO'
package main

/*
#include <stdlib.h>
#include <string.h>
static char *twice(const char *s) {
  size_t n = strlen(s);
  char *p = malloc(2 * n + 1);
  memcpy(p, s, n);
  memcpy(p + n, s, n + 1);
  return p;
}
*/
import "C"
import (
	"fmt"
	"sync"
	"unsafe"
)

func main() {
	var wait sync.WaitGroup
	sums := make([]int, 8)
	for g := range sums {
		wait.Add(1)
		go func(g int) {
			defer wait.Done()
			for i := 0; i < 3000; i++ {
				s := C.CString(fmt.Sprint("k", i*7919%1009))
				t := C.twice(s)
				sums[g] += len(C.GoString(t))
				C.free(unsafe.Pointer(t))
				C.free(unsafe.Pointer(s))
			}
		}(g)
	}
	wait.Wait()
	fmt.Println(sums)
}
GO
cat >"$work/nginx.conf" <<'CONF'
daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events { worker_connections 64; }
http { access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4;
  scgi_temp_path t5;
  server { listen unix:n.sock; root .; location / { } location = /hello { return 200 "hello $arg_n\n"; } } }
CONF
cat >"$work/nginx.sh" <<'SH'
nginx -p "$PWD/" -c "$PWD/nginx.conf" & p=$!
i=0; until [ -S n.sock ] || [ $i -gt 100 ]; do sleep 0.1; i=$((i + 1)); done
i=0; while [ $i -lt 30 ]; do curl -s --unix-socket n.sock "http://x/hello?n=$i"; i=$((i + 1)); done | cksum
curl -s --unix-socket n.sock http://x/text | cksum
kill $p; wait $p 2>/dev/null; rm -f n.sock; true
SH
cat >"$work/postgres.sh" <<'SH'
as=''
[ "$(id -u)" != 0 ] || as='setpriv --reuid 65534 --regid 65534 --clear-groups'
rm -rf pg; mkdir pg; [ -z "$as" ] || chown 65534:65534 pg
$as env LD_PRELOAD= initdb -D pg/d -A trust --no-sync -E UTF8 --locale=C >/dev/null 2>&1 || exit 1
echo "create table t as select i, md5(i::text) m from generate_series(1, 20000) i; create index on t(m);" \
  "select count(*), max(m) from (select a.m from t a join t b on a.i = b.i + 1 order by a.m) x;" |
  $as postgres --single -F -D pg/d postgres 2>pg.err | grep '"'
grep 'cannot be preloaded' pg.err
rm -rf pg
SH
printf '#include <stdlib.h>\nint main(void) { void *p[900]; for (int i = 0; i < 900; i++) p[i] = malloc(i * 9);
for (int i = 0; i < 900; i++) free(p[i]); return 7; }\n' >"$work/small.c"
awk 'BEGIN { for (i = 0; i < 400; i++)
  printf "int f%d(int x) { return x * %d + (x >> %d); }\n", i, i + 1, i % 13 }' >"$work/many.c"
"$CC" -g -O0 -fno-builtin "$work/small.c" -o "$work/small" || exit 99

"${CXX:-g++}" -std=c++17 -O1 "$work/p.cc" -o "$work/cxx" -lpthread 2>/dev/null
[ -x "$work/cxx" ] && PATH="$work:$PATH" same cxx cxx || left="$left c++"
same sort 'sort -k2,2 -k1,1n -S 1M text | cksum; sort -u -n text | cksum'
same awk "awk '{ n[\$2] += \$1 } END { for (w in n) t += n[w] * length(w); print t }' text"
same gawk "gawk '{ n[\$2] = n[\$2] \$1 } END { print length(n), length(n[\"word7\"]) }' text"
same sed "sed -e 's/word\\([0-9]*\\)/\\1&/g' -e '/99/d' text | cksum"
same grep "grep -cE '(word1|9)[0-9]{2,3} .*7' text"
same tar 'tar --sort=name --mtime=@0 --owner=0 --group=0 -cf - text data.json data.xml | cksum'
same xz 'xz -1 -T2 -c text | xz -dc | cksum'
same gzip 'gzip -nc text | cksum'
same bzip2 'bzip2 -c text | cksum'
same zstd 'zstd -3 -T2 -c text 2>/dev/null | zstd -dc | cksum'
same openssl 'openssl dgst -sha512 text; openssl enc -aes-256-cbc -pbkdf2 -k x -S 0102030405060708 -in text | cksum'
same jq "jq -c '[.a[] | select(.n % 7 == 0) | .s] | length' data.json"
same xmllint "xmllint --xpath 'count(//e[@n=3]/v)' data.xml; xmllint --format data.xml | cksum"
same bash 'bash -c "s=; for i in {1..3000}; do s+=\$i; a[\$i]=\$s; done; echo \${#s} \${#a[@]} \${#a[77]}"'
same bc 'echo "scale=300; 4*a(1); 2^4000" | bc -l | cksum'
same m4 'm4 -D n=x many.c | cksum; echo "define(f,\`ifelse(\$1,0,0,\`eval(\$1+f(decr(\$1)))'"'"')'"'"')f(200)" | m4'
same find 'find . -name "*.c" -size +1 | sort; find . -printf "%f\n" | wc -l >/dev/null'
same diff 'sed "s/7/8/" text | diff - text | cksum'
same make 'printf "all: a b\na b:\n\t@echo \$@ \$(words \$(shell cat text | head -n 200))\n" | make -f - -j2 | sort'
same clang 'clang -O1 -S -o - many.c | cksum'
same objdump 'objdump -d small | tail -n +3 | cksum'
same readelf 'readelf -aW small | cksum'
same tclsh 'echo "for {set i 0} {\$i < 20000} {incr i} {
  lappend a x\$i; set b(\$i) [string repeat y \$i]; unset b(\$i)}; puts [llength \$a]" | tclsh'
same groff 'printf ".TH A 1\n.SH B\ntext \\\\fBbold\\\\fR\n" | groff -Tascii -man | cksum'
same gdb 'gdb -nx -batch -ex "break main" -ex run -ex "info registers rip" -ex "print 6 * 7" small 2>/dev/null |
  tail -n 1'
same valgrind 'valgrind -q --error-exitcode=9 ./small; echo $?'
same node 'node -e "const m = {}; for (let i = 0; i < 2e5; i++)
  m[\"k\" + i % 1009] = (m[\"k\" + i % 1009] || \"\") + i % 7;
  console.log(Object.keys(m).length, JSON.stringify(m).length)"'
same java 'java -Xmx256m -XX:+UseSerialGC P.java'
same rustc 'rustc -O -C codegen-units=1 -o p.out p.rs && ./p.out'
same redis-server 'redis-server --port 0 --unixsocket ./s --save "" --daemonize no >/dev/null & p=$!
  i=0; until [ -S s ] || [ $i -gt 100 ]; do sleep 0.1; i=$((i + 1)); done
  { i=0; while [ $i -lt 3000 ]; do echo "rpush k$((i % 50)) value$i"; i=$((i + 1)); done; echo "llen k7"; } |
    redis-cli -s ./s | cksum
  kill $p; wait $p 2>/dev/null; rm -f s; true'
same curl 'curl -s file://$PWD/text | cksum'
command -v curl >/dev/null 2>&1 && same nginx 'sh nginx.sh' || left="$left nginx"
postgres=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
PATH="$PATH${postgres:+:$postgres}" same postgres 'sh postgres.sh'
command -v go >/dev/null 2>&1 && (cd "$work" && export GOCACHE="$scratch/go" GOPATH="$scratch/go" GO111MODULE=off &&
  CGO_ENABLED=1 timeout 300 go build -o gocgo p.go) >"$scratch/go.out" 2>&1 &&
  PATH="$work:$PATH" same gocgo gocgo || left="$left go"
same gnuplot 'gnuplot -d -e "set term dumb 60 15; plot \"text\" using 1:3 every 500 notitle" | cksum'
same vim 'vim -u NONE -es -c "%s/word\\(\\d\\)/\\1/g" -c "w! out" -c q text </dev/null; cksum out'
# without its extensions, which are opened with RTLD_DEEPBIND: they have libc's free, whatever is preloaded
same php "php -n -r '\$s=\"\"; for (\$i=0;\$i<20000;\$i++) {
  \$a[] = \"x\$i\"; \$s .= \$i; } echo count(\$a), strlen(\$s), PHP_EOL;'"
