#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Real programs on HAKMEM by LD_PRELOAD: the same output and exit code as without, and their
# malloc really was HAKMEM's: the dynamic linker's own report of the bindings says so.
. "${top_srcdir:-.}/tests/alloc/alloc_lib.sh"
need_preload
ran=''

# compare NAME COMMAND…: standard output of both runs must be equal; errors must be none.
compare() {
  name=$1; shift
  "$@" >"$scratch/plain" 2>"$scratch/plain.err" ||
    skip "$name" "$name does not run here: $(head -n 1 "$scratch/plain.err")"
  # the report goes to files of its own, so the same run shows both
  with_hakmem env LD_DEBUG=bindings LD_DEBUG_OUTPUT="$scratch/bind" "$@" >"$scratch/hakmem" 2>"$scratch/hakmem.err" ||
    { cat "$scratch/hakmem.err"; fail "$name ends with $? on HAKMEM"; }
  cmp "$scratch/plain" "$scratch/hakmem" || fail "$name: other output on HAKMEM"
  cmp "$scratch/plain.err" "$scratch/hakmem.err" || fail "$name: other messages on HAKMEM"
  [ -s "$scratch/plain" ] || fail "$name: no output, so nothing was compared"
  cat "$scratch"/bind.* | grep -q 'to [^ ]*libhakmem[^ ]* .*normal symbol .malloc' ||
    fail "$name: no malloc was bound to HAKMEM"
  rm -f "$scratch"/bind.*
  ran="$ran $name"
}

if have programs python3; then
  cat >"$scratch/t.py" <<'PY'
import collections, hashlib, json, random, re, threading, zlib
random.seed(7)
words = ["w%d" % random.randrange(5000) for _ in range(60000)]
print(collections.Counter(words).most_common(5))
tree = {w: [w * (i % 9) for i in range(10)] for w in words[:3000]}
text = json.dumps(tree, sort_keys=True)
print(hashlib.sha256(text.encode()).hexdigest(), json.loads(text) == tree)
print(len(zlib.compress(text.encode() * 3)), len(re.findall(r"w(\d+)", text)))
parts = [None] * 4
def job(i): parts[i] = sorted(str(x) for x in range(i, 40000, 4))
threads = [threading.Thread(target=job, args=(i,)) for i in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
print(hashlib.sha256("".join(map("".join, parts)).encode()).hexdigest())
PY
  compare python3 python3 "$scratch/t.py"
fi

if have programs sqlite3; then
  cat >"$scratch/t.sql" <<'SQL'
create table t(a integer primary key, b text, c real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 40000)
  insert into t select i, printf('%d-%s', i * 7919 % 40009, hex(zeroblob(i % 40))), i / 3.0 from n;
create index tb on t(b);
select count(*), sum(length(b)), round(sum(c), 3) from t;
select substr(b, 1, 2) k, count(*), max(b) from t group by k order by k limit 20;
select count(*) from t x join t y on x.b > y.b where x.a < 60 and y.a < 4000;
pragma integrity_check;
SQL
  compare sqlite3 sh -c "sqlite3 :memory: <'$scratch/t.sql'"
fi

if have programs git; then
  mkdir "$scratch/repo"
  # dates and identity fixed: both runs then make the same objects
  cat >"$scratch/git.sh" <<'SH'
set -e
rm -rf "$1/r"; mkdir "$1/r"; cd "$1/r"
export GIT_AUTHOR_DATE='2001-01-01T00:00:00Z' GIT_COMMITTER_DATE='2001-01-01T00:00:00Z'
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
export GIT_CONFIG_NOSYSTEM=1 HOME="$1/r"
git init -q -b trunk .
i=0
while [ $i -lt 6 ]; do
  awk -v i=$i 'BEGIN { for (n = 0; n < 4000; n++) print n % (i + 3), n * i }' >f$((i % 3))
  git add .; git commit -q -m "step $i"; i=$((i + 1))
done
git log --stat --oneline; git diff HEAD~5 HEAD | cksum; git repack -q -a -d; git fsck --strict
git blame f1 | cksum
SH
  compare git sh "$scratch/git.sh" "$scratch/repo"
fi

if have programs perl; then
  cat >"$scratch/t.pl" <<'PL'
my (%h, @a); my $x = 1;
for my $i (1 .. 60000) { $x = $x * 1103515245 % 2147483648 + 12345;
  my $k = "k" . $x % 7001; $h{$k} .= chr(97 + $i % 26); push @a, [$i, $k] }
@a = sort { $a->[1] cmp $b->[1] || $a->[0] <=> $b->[0] } @a;
print scalar(keys %h), " $a[0][1] $a[-1][0] ", length(join '', map { $h{$_} } sort keys %h), "\n";
my $t = join ' ', map { $_->[1] } @a; my $n = () = $t =~ /k(\d)\1/g; print "$n\n";
PL
  compare perl env PERL_HASH_SEED=1 perl "$scratch/t.pl"
fi

if have programs gcc; then
  awk 'BEGIN { print "#include <stdio.h>"
    for (i = 0; i < 700; i++)
      printf "static int f%d(int x, int *p) { int s = %d; for (int k = 0; k < x; k++) { s += p[k] * %d; " \
             "switch (s & 3) { case 0: s ^= k; break; case 1: p[k] = s; break; default: s -= x; } } return s; }\n",
             i, i, i * 7 + 1
    print "int main(void) { int p[64] = { 0 }, s = 0;"
    for (i = 0; i < 700; i++) printf "s += f%d(%d, p);\n", i, i % 64
    print "printf(\"%d\\n\", s); return 0; }" }' >"$scratch/big.c"
  compare gcc gcc -O1 -S -o - "$scratch/big.c"
fi

[ -n "$ran" ] || skip programs "none of python3, sqlite3, git, perl, gcc is installed"
echo "the same output on HAKMEM:$ran"
exit 0
