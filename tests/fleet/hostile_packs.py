# SPDX-License-Identifier: GPL-3.0-or-later
"""hostile_packs.py PACK FOLDER: packs that must be refused, one file each, made from a good one.

What a sender could do to the archive itself (paths, links, sizes, extensions, order), to its plan, and to
its bytes. Prints the names."""
import hashlib, io, json, pathlib, sys, tarfile

good, folder = pathlib.Path(sys.argv[1]).read_bytes(), pathlib.Path(sys.argv[2])
folder.mkdir(exist_ok=True)


def members():
    with tarfile.open(fileobj=io.BytesIO(good)) as tar:
        return [(m.name, m.mode, tar.extractfile(m).read()) for m in tar if m.name != "seal"]


def save(name, data):
    (folder / name).write_bytes(data)
    print(name)


def tar(entries, format=tarfile.USTAR_FORMAT):
    """As Python writes it, cut after the two blocks of zeros that a pack ends with."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as t:
        for name, mode, data, *more in entries:
            info = tarfile.TarInfo(name)
            info.mode, info.size, info.mtime = mode, len(data), 0
            for change in more:
                change(info)
            t.addfile(info, io.BytesIO(data))
    end = out.getvalue().rstrip(b"\0")
    return end + b"\0" * (-len(end) % 512) + b"\0" * 1024


def with_plan(change):
    """The same pack with another plan, all hashes right: what only the plan's own checks can find."""
    first, *rest = members()
    plan = json.loads(first[2])
    change(plan)
    return rewrite([(first[0], first[1], json.dumps(plan).encode()), *rest])


def header(name, mode, size):
    fields = [name.encode().ljust(100, b"\0"), b"%07o\0" % mode, b"0000000\0", b"0000000\0", b"%011o\0" % size,
              b"00000000000\0", b" " * 8, b"0", b"\0" * 100, b"ustar\0", b"00", b"\0" * 64, b"0000000\0", b"0000000\0",
              b"\0" * 167]
    block = b"".join(fields)
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def blocks(name, mode, data):
    return header(name, mode, len(data)) + data + b"\0" * (-len(data) % 512)


def rewrite(entries):
    """With a seal that fits: what is wrong beside it has to be found."""
    out = b"".join(blocks(*entry) for entry in entries)
    return out + blocks("seal", 0o644, hashlib.sha256(out).hexdigest().encode()) + b"\0" * 1024


all_ = members()
assert rewrite(all_) == good, "this script writes packs as the harness does"

save("empty", b"")
save("zeros", b"\0" * 1024)
save("text", b"a pack\n" * 1000)
for at in (0, 100, 124, 148, 156, 257, 345, 511, 600, len(good) // 3, len(good) // 2, len(good) - 1500, len(good) - 1):
    save(f"byte-{at}", good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
for cut in (1, 512, 1024, 1536, len(good) // 2, len(good) - 512, len(good) - 700):
    save(f"cut-{cut}", good[:len(good) - cut])
save("no-seal", b"".join(blocks(*entry) for entry in all_) + b"\0" * 1024)
save("behind", good + b"\0" * 512)
save("twice", good + good)
save("path-up", rewrite([*all_, ("../up", 0o644, b"x")]))
save("path-absolute", rewrite([*all_, ("/tmp/hakmem-hostile", 0o644, b"x")]))
save("path-folder", rewrite([*all_, ("a/b", 0o644, b"x")]))
save("hidden", rewrite([*all_, (".x", 0o644, b"x")]))
save("name-long", rewrite([*all_, ("x" * 99, 0o644, b"x")]))
save("member-twice", rewrite([*all_, all_[1]]))
save("member-more", rewrite([*all_, ("more", 0o644, b"x")]))
save("member-less", rewrite(all_[:-1]))
save("order", rewrite([all_[1], all_[0], *all_[2:]]))
save("mode", rewrite([all_[0], (all_[1][0], 0o4755, all_[1][2]), *all_[2:]]))


def link(kind, target):
    def change(info):
        info.type, info.linkname, info.size = kind, target, 0
    return change


for name, kind in (("symlink", tarfile.SYMTYPE), ("hardlink", tarfile.LNKTYPE), ("fifo", tarfile.FIFOTYPE),
                   ("device", tarfile.CHRTYPE), ("folder", tarfile.DIRTYPE)):
    save(name, tar([*all_[:-1], (all_[-1][0], 0o644, b"", link(kind, "/etc/passwd"))]))
save("pax", tar([*all_, ("é" * 60, 0o644, b"x")], tarfile.PAX_FORMAT))
save("gnu", tar([*all_, ("x" * 120, 0o644, b"x")], tarfile.GNU_FORMAT))
save("huge", good[:124] + b"77777777777\0" + good[136:])
save("base256", good[:124] + b"\x80" + b"\0" * 3 + b"\x7f" + b"\xff" * 7 + good[136:])
save("many", rewrite([*all_, *((f"m{i}", 0o644, b"") for i in range(1100))]))

save("plan-text", rewrite([(all_[0][0], 0o644, b"{"), *all_[1:]]))
save("plan-deep", rewrite([(all_[0][0], 0o644, b"[" * 100000), *all_[1:]]))
save("plan-zero-hash", with_plan(lambda p: p["members"][0].update(sha256="0" * 64)))
save("plan-other-size", with_plan(lambda p: p["members"][0].update(bytes=1)))
for key, value in (("threads", 0), ("threads", 100000), ("budget_s", 0), ("budget_s", 1e300), ("margin_pct", -1),
                   ("level", 1.5), ("slots", -1), ("env", ["LD_PRELOAD=/tmp/x"]), ("env", ["x"]), ("kind", "none"),
                   ("kind", None), ("subject", None), ("arch", None), ("words_a", []), ("words_a", None),
                   ("words_a", [{"text": "/bin/sh", "member": False}]),
                   ("words_a", [{"text": "../../bin/sh", "member": True}])):
    save(f"plan-{key}-{len(list(folder.iterdir()))}", with_plan(lambda p: p.update({key: value})))
