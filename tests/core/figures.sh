#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The bounds in doc/memory.md are those of the sources: each constant that a row names has its value in that row. What
# a sentence counts of a table is what the table has.
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
python3 - "$top_srcdir" <<'PY' || fail "a page's sentences and its tables are at odds"
import pathlib, re, sys
top, wrong = pathlib.Path(sys.argv[1]), []
def page(name): return (top / name).read_text(encoding="utf-8")
def rows(text, start): return [[c.strip() for c in l.strip("| ").split(" | ")] for l in text.splitlines()
                              if l.startswith("| " + start)]
def said(name, what):
    if what not in " ".join(page(name).split()): wrong.append(f"{name} lacks: {what}")

# audit-samples.md: each row's first run against the judgement, and what became of it
def count(table, column):
    n = dict.fromkeys(("agree", "safe side", "unknown", "wrong"), 0)
    for row in table:
        got, right = (re.match("[A-Z]+", row[c])[0] for c in (column, -1))
        n["agree" if got == right else "unknown" if got == "UNKNOWN" else
          "wrong" if got == "TELEMETRY" else "safe side"] += 1
    return list(n.values())
parts = re.split(r"^## (\w+)$", page("doc/audit-samples.md"), flags=re.M)
summary, sums = rows(parts[0], ""), {}
for name, text in zip(parts[1::2], parts[2::2]):
    table = [r for r in rows(text, "") if len(r) >= 3 and re.match("(TELE|UNKN|CORR)", r[1])]
    line = next(r for r in summary if r[0].startswith(name + " "))
    sums[name] = count(table, 1)
    told = [" / ".join(map(str, n)) for n in [sums[name]] + ([count(table, 2)] if len(table[0]) == 4 else [])]
    kept = [told[0] if cell == "the same run" else cell for cell in line[1:2 + len(told)]]
    if [str(len(table)), *told] != kept: wrong.append(f"audit-samples.md: {line} is not {told}")
if len(sums) < 7: wrong.append("audit-samples.md: samples are missing")
late = [a + b for a, b in zip(sums["fio"], sums["bind9"])]
early = [sum(n) for n in zip(*(v for k, v in sums.items() if k not in ("fio", "bind9")))]
if early[3] or late[2:] != [1, 0]: wrong.append(f"audit.md: other samples: {early}, {late}")
said("doc/audit.md", f"Of the first {sum(early)}, of mimalloc")
said("doc/audit.md", f"of the {sum(late)} that were drawn from fio and bind9 the audit agreed on {late[0]} ")

# audit.md: the classes make up the rows; README's most files at once
units = []
for name, unit, n, telemetry, unknown, correct, _ in rows(page("doc/audit.md").split("<!-- debian.sh -->")[1], ""):
    if not unit.isdigit(): continue
    units.append(int(unit))
    doubt = int(unknown.split()[0])
    if int(telemetry) + doubt + int(correct) != int(n) or unknown != "%d (%.1f%%)" % (doubt, 100 * doubt / int(n)):
        wrong.append(f"audit.md: {name}: the classes do not make up the rows")
said("README.md", f"up to {max(units)} C files at once")

# hardening.md: the kinds that are committed under other libraries too, and what is noticed of them
own = ("`wild_arena`", "`never_allocated`", "`link_overwritten`")
kinds = [r for r in rows(page("doc/hardening.md").split("\n## ")[0], "`") if r[0] not in own]
noticed = sum(not r[2].startswith("no") for r in kinds)
if any(r[4].startswith("no") for r in kinds): wrong.append("hardening.md: a hardened build does not end all")
said("doc/hardening.md", f"of {len(kinds)} kinds a hardened build ends all")
# four that the table says no of trap by luck of the block's place
said("doc/hardening.md", f"a default build {noticed + 3} or {noticed + 4} (one depends on luck)")
said("doc/hardening.md", f"Four of the {noticed + 4}, writes before a block, trap only because")
if wrong: sys.exit("\n".join(wrong))
PY
# doc/trust.md is what its campaigns say
mkdir "$scratch/pictures"
python3 "$top_srcdir/harness/ab/trust_page.py" "$top_srcdir/doc/analysis/data/trust/campaigns.csv" \
  "$scratch/trust.md" "$scratch/pictures" "$top_srcdir/plots" >"$scratch/err" 2>&1 ||
  fail "trust_page.py: $(cat "$scratch/err")"
diff "$top_srcdir/doc/trust.md" "$scratch/trust.md" || fail "doc/trust.md is not what its campaigns say: make trust"
exit 0
