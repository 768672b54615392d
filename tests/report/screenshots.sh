#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# screenshots.sh HARNESS SOURCE FOLDER: what people see, as PNG: the HTML report of the recorded analysis at the widths
# of a desk, a tablet and a phone, and the pictures of the front page. To be looked at; it judges nothing.
set -eu
harness=$1 source=$(cd "$2" && pwd) folder=$3
command -v chromium >/dev/null || { echo "screenshots needs chromium: apt-get install chromium"; exit 1; }
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
shoot() { # shoot WIDTH HEIGHT NAME FILE
  timeout 120 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$scratch/profile" \
    --window-size="$1,$2" --screenshot="$folder/$3.png" "file://$4" >"$scratch/log" 2>&1 ||
    { cat "$scratch/log"; exit 1; }
  [ -s "$folder/$3.png" ] || { cat "$scratch/log"; exit 1; }
  echo "$folder/$3.png"
}
"$harness" report "$source/doc/analysis/data" --to "$scratch/report" --quiet >"$scratch/log"
for width in 1200 800 420; do shoot "$width" 1600 "report-$width" "$scratch/report/report.html"; done
for picture in "$source"/doc/pictures/*.svg; do
  name=$(basename "$picture" .svg)
  # as README shows it: on white, as wide as its column
  printf '<body style="margin:0;background:white"><img src="file://%s" style="width:860px">' "$picture" \
    >"$scratch/$name.html"
  shoot 860 1100 "$name" "$scratch/$name.html"
done
