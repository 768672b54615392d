#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# report.html in a real browser: no console errors, every picture shown, nothing wider than the window (of a desk, a
# tablet, a phone) or cut off by what holds it, nothing fetched, printable.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/report/make_set.sh"
slow_test
need_tool gnuplot gnuplot
need_tool chromium browser
make_set "$scratch/set"
check_exit 0 "$HARNESS" report "$scratch/set" --to "$scratch/a" --quiet
grep -Eo '(src|href)="[a-z]+:' "$scratch/a/report.html" | sort -u >"$scratch/refs"
grep -v '"data:' "$scratch/refs" && fail "the report refers to something outside"
grep -o 'href="#[^"]*"' "$scratch/a/report.html" | sort -u | sed 's/href="#\(.*\)"/\1/' | while read -r target; do
  grep -qF "id=\"$target\"" "$scratch/a/report.html" || echo "$target"
done >"$scratch/nowhere"
[ -s "$scratch/nowhere" ] && fail "links that lead nowhere: $(cat "$scratch/nowhere")"
cat >"$scratch/probe" <<'EOF'
<script>
var broken = 0; window.onerror = function () { broken++; };
window.onload = function () {
  var p = document.images, shown = 0;
  for (var i = 0; i < p.length; i++)
    shown += p[i].complete && p[i].naturalWidth > 0 && p[i].getBoundingClientRect().width > 100;
  var cut = '', all = document.querySelectorAll('body *');
  for (var i = 0; i < all.length; i++) {
    var box = all[i].getBoundingClientRect(), head = all[i].closest('thead');
    var hidden = head && getComputedStyle(head).position === 'absolute';
    if (!cut && !hidden && (box.right > innerWidth + 1 || all[i].scrollWidth > all[i].clientWidth + 1 &&
        getComputedStyle(all[i]).overflowX !== 'visible'))
      cut = all[i].tagName + ':' + all[i].textContent.trim().slice(0, 40);
  }
  var d = document.createElement('p');
  d.textContent = 'PROBE pictures=' + p.length + ' shown=' + shown + ' cut=' + (cut ? '[' + cut + ']' : 'none') +
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
for window in 1200 800 420; do
  browse --window-size=$window,800 --dump-dom "file://$scratch/a/probed.html" >"$scratch/dom" ||
    skip browser "chromium does not start here"
  line=$(grep -o 'PROBE pictures[^<]*' "$scratch/dom" | tail -1)
  [ -n "$line" ] || fail "the page did not load"
  field() { echo "$line" | grep -Eo "$1=[0-9]+" | cut -d= -f2; }
  [ "$(field pictures)" -ge 10 ] && [ "$(field shown)" = "$(field pictures)" ] || fail "pictures are missing: $line"
  [ "$(field wide)" -le "$(field window)" ] || fail "wider than the window: $line"
  [ "$(field window)" -le 1200 ] && [ "$(field window)" -ge $((window - 40)) ] || fail "not a window of $window: $line"
  case $line in *cut=none*) ;; *) fail "cut off at $window: $line" ;; esac
  [ "$(field errors)" = 0 ] || fail "errors: $line"
done
grep 'CONSOLE' "$scratch/log" && fail "the console is not silent"
browse --no-pdf-header-footer --print-to-pdf="$scratch/a/report.pdf" "file://$scratch/a/report.html"
[ "$(head -c 5 "$scratch/a/report.pdf")" = '%PDF-' ] || fail "it cannot be printed"
exit 0
