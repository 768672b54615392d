#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# report.html in a real browser: no console errors, every picture shown, nothing wider than a phone,
# nothing fetched, printable.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/report/make_set.sh"
slow_test
need_tool gnuplot gnuplot
need_tool chromium browser
make_set "$scratch/set"
check_exit 0 "$HARNESS" report "$scratch/set" --to "$scratch/a" --quiet
grep -Eo '(src|href)="[a-z]+:' "$scratch/a/report.html" | sort -u >"$scratch/refs"
grep -v '"data:' "$scratch/refs" && fail "the report refers to something outside"
cat >"$scratch/probe" <<'EOF'
<script>
var broken = 0; window.onerror = function () { broken++; };
window.onload = function () {
  var p = document.images, shown = 0;
  for (var i = 0; i < p.length; i++)
    shown += p[i].complete && p[i].naturalWidth > 0 && p[i].getBoundingClientRect().width > 100;
  var d = document.createElement('p');
  d.textContent = 'PROBE pictures=' + p.length + ' shown=' + shown +
    ' wide=' + document.documentElement.scrollWidth + ' window=' + innerWidth + ' errors=' + broken;
  document.body.appendChild(d);
};
</script>
EOF
sed "/<\/head>/r $scratch/probe" "$scratch/a/report.html" >"$scratch/a/probed.html"
browse() {
  timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$scratch/profile" \
    --enable-logging=stderr "$@" 2>"$scratch/log"
}
browse --window-size=390,800 --dump-dom "file://$scratch/a/probed.html" >"$scratch/dom" ||
  skip browser "chromium does not start here"
line=$(grep -o 'PROBE pictures[^<]*' "$scratch/dom" | tail -1)
[ -n "$line" ] || fail "the page did not load"
field() { echo "$line" | grep -Eo "$1=[0-9]+" | cut -d= -f2; }
[ "$(field pictures)" -ge 10 ] && [ "$(field shown)" = "$(field pictures)" ] || fail "pictures are missing: $line"
[ "$(field wide)" -le "$(field window)" ] || fail "wider than a phone: $line"
[ "$(field window)" -le 500 ] || fail "the window was not that of a phone: $line"
[ "$(field errors)" = 0 ] || fail "errors: $line"
grep 'CONSOLE' "$scratch/log" && fail "the console is not silent"
browse --no-pdf-header-footer --print-to-pdf="$scratch/a/report.pdf" "file://$scratch/a/report.html"
[ "$(head -c 5 "$scratch/a/report.pdf")" = '%PDF-' ] || fail "it cannot be printed"
exit 0
