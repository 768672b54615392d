#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The bounds in doc/memory.md are those of the sources: each constant that a row names has its value in that row.
. "${top_srcdir:-.}/tests/lib.sh"
need_tool python3 programs
python3 - "$top_srcdir" <<'PY' || fail "doc/memory.md says other bounds than the sources"
import pathlib, re, sys
top = pathlib.Path(sys.argv[1])
defined = {}
for path in sorted((top / "src").rglob("*.[ch]")):
    text = path.read_text()
    for name, value in re.findall(r"^#define\s+([A-Z][A-Z0-9_]+)\s+(.+?)(?:\s*/\*.*)?$", text, re.M):
        defined.setdefault(name, value)
    for body in re.findall(r"^enum[^{;]*\{(.*?)\}", text, re.M | re.S):
        for name, value in re.findall(r"\b([A-Z][A-Z0-9_]+)\s*=\s*([^,/}]+)", body):
            defined.setdefault(name, value)
    for name, value in re.findall(r"\b(?:const|static)[^;=(]*?\b([A-Z][A-Z0-9_]+)\s*=\s*([^;]+);", text):
        defined.setdefault(name, value)

def value(name, depth=0):
    text = defined.get(name)
    if text is None or depth > 8: return None
    text = re.sub(r"\((?:size_t|u?int\d*_t|unsigned|long)\)", "", text)
    text = re.sub(r"U?INT64_C\((\w+)\)", r"\1", text)
    text = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", text)
    for other in set(re.findall(r"\b[A-Z][A-Z0-9_]+\b", text)):
        v = value(other, depth + 1)
        if v is None: return None
        text = re.sub(rf"\b{other}\b", str(v), text)
    if not re.fullmatch(r"[\d\sa-fx+*/<>()-]+", text): return None
    return eval(text.replace("/", "//"))  # digits and operators alone

def said(name, v):
    if name.endswith("_NS"):
        whole = v % 10**9 == 0
        return [f"{v // 10**6} ms"] + ([f"{v // 10**9} s", {10**9: "one"}.get(v, "-") + " to two seconds"] * whole)
    out = [str(v)]
    if v % 1024 == 0: out.append(f"{v >> 10} KB")
    if v % (1 << 20) == 0: out.append(f"{v >> 20} MB")
    if v % (1 << 30) == 0: out.append(f"{v >> 30} GB")
    return out + [{4: "four times", 2: "twice"}.get(v, "")]

seen, wrong, page = 0, [], (top / "doc/memory.md").read_text()
for row in re.findall(r"^\| .* \|$", page.split("\n## ")[0], re.M):
    cells = row.strip("| ").split(" | ")
    last = None
    for name in re.findall(r"`(_?[A-Z][A-Z0-9_]+)`", cells[-1]):
        if name.startswith("_"):  # WARM_POOL_BYTES_MIN, _MAX
            name = last.rsplit("_", 1)[0] + name if last else name
        last = name
        v = value(name)
        if v is None:
            if name not in defined: wrong.append(f"{name} is in no source")
            continue
        seen += 1
        if not any(re.search(rf"(?<![\d.]){re.escape(t)}(?!\w)", cells[1]) for t in said(name, v) if t):
            wrong.append(f"{name} is {v}: not in '{cells[1][:70]}…'")
print(f"{seen} constants")
if wrong or seen < 8: sys.exit("\n".join(wrong) or "too few constants were found")
PY
exit 0
