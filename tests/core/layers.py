# SPDX-License-Identifier: GPL-3.0-or-later
"""layers.py TREE: whether the includes of harness/ and src/ keep to the tables of doc/architecture.md.

The tables are read from there, so that the page cannot say anything else than what holds. In the
harness's table a folder includes only itself and what stands above it; in the allocator's only
itself and what stands below it. No modules (a .c and its .h) include each other, directly or around
a corner, but for the pairs that the page states with a reason. Prints what is wrong; exit 1."""
import pathlib, re, sys

tree = pathlib.Path(sys.argv[1]).resolve()
page = (tree / "doc/architecture.md").read_text()
wrong = []


def table(heading, first):
    """First cells of the table that begins with `| first |` in a section, and the section's text."""
    section = re.search(r"^## " + heading + r".*?$(.*?)(?=^## |\Z)", page, re.M | re.S)
    if not section:
        sys.exit(f"doc/architecture.md has no section {heading}")
    rows = re.search(r"^\| " + first + r" \|.*\n\|[-| ]+\n((?:\|.*\n)+)", section.group(1), re.M)
    if not rows:
        sys.exit(f"doc/architecture.md: {heading} has no table of {first}s")
    return [row.split("|")[1] for row in rows.group(1).splitlines()], section.group(1)


def stated_pairs(section):
    """Lines `- `a/b` and `a/c`: why` under a line that ends in `include each other:`."""
    found = re.search(r"include each other:\n\n?((?:- .*\n(?:  .*\n)*)+)", section)
    lines = found.group(1).splitlines() if found else []
    return {frozenset(re.findall(r"`([^`]+)`", line)[:2]) for line in lines if line.startswith("- ")}


def sources(root):
    return [p for p in sorted((tree / root).rglob("*")) if p.suffix in (".c", ".h") and p.is_file()]


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if m:
            yield number, m.group(1)


def module(path, root):
    """folder/name: a .c, its .h and its NAME_internal.h."""
    return re.sub("_internal$", "", str(path.relative_to(tree / root).with_suffix("")))


def resolve(path, name, root, other):
    """The included file, if it is one of this tree; generated ones are nobody's."""
    for base in (tree, tree / root, path.parent, tree / other):
        file = (base / name).resolve()
        if file.is_file():
            if (tree / other) in file.parents:
                short = path.relative_to(tree)
                wrong.append(f"{short} includes {name}: {root}/ and {other}/ share the gate table alone")
            return file if (tree / root) in file.parents else None
    return None


def circles(edges):
    """Strongly connected modules (Tarjan), as lists of more than one."""
    index, low, stack, on, out = {}, {}, [], set(), []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        on.add(v)
        for w in sorted(edges.get(v, ())):
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in on:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            group = []
            while True:
                w = stack.pop()
                on.discard(w)
                group.append(w)
                if w == v:
                    break
            if len(group) > 1:
                out.append(sorted(group))

    for v in sorted(edges):
        if v not in index:
            visit(v)
    return out


def check(root, other, order, pairs):
    """order: folders, the lowest first."""
    rank = {folder: i for i, folder in enumerate(order)}
    here = {p.parent.relative_to(tree / root).as_posix() for p in sources(root)}
    for folder in sorted(here - set(rank)):
        wrong.append(f"{root}/{folder} stands in no table")
    for folder in sorted(set(rank) - here):
        wrong.append(f"{root}/{folder} stands in the table and has no sources")
    edges = {}
    for path in sources(root):
        folder = path.parent.relative_to(tree / root).as_posix()
        for number, name in includes(path):
            file = resolve(path, name, root, other)
            if file is None:
                continue
            to = file.parent.relative_to((tree / root)).as_posix()
            if folder in rank and to in rank and rank[to] > rank[folder]:
                place = f"{path.relative_to(tree)}:{number}"
                wrong.append(f"{place}: {root}/{folder} must not include {name}: {to} is higher")
            a, b = module(path, root), module(file, root)
            if a != b and file.suffix == ".h":
                edges.setdefault(a, set()).add(b)
    for pair in pairs:
        a, b = sorted(pair)
        if b not in edges.get(a, ()) or a not in edges.get(b, ()):
            wrong.append(f"{a} and {b} do not include each other, and the page says so")
        edges.get(a, set()).discard(b)
        edges.get(b, set()).discard(a)
    for group in circles(edges):
        wrong.append(f"{root}: these include each other: {' '.join(group)}")


rows, section = table("The harness", "folder")
folders = [name.rstrip("/") for row in rows for name in re.findall(r"`([^`]+)`", row)]
check("harness", "src", folders, stated_pairs(section))
rows, section = table("The allocator", "layer")
folders = [re.findall(r"`([^`]+)/`", row) for row in rows]
if any(len(f) != 1 for f in folders):
    wrong.append("the allocator's table: a layer is one folder")
check("src", "harness", ["." if f[-1] == "src" else f[-1] for f in reversed(folders) if f], stated_pairs(section))
for line in wrong:
    print(line)
sys.exit(1 if wrong else 0)
