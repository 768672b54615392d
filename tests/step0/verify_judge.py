# SPDX-License-Identifier: GPL-3.0-or-later
"""verify_judge.py FOLDER: for each line on stdin, does the python expression in FOLDER/expression hold of
r, the JSON in FOLDER/out? Says yes or no; what r is like then stands in FOLDER/why."""
import json
import sys

KEYS = ("verdict", "reason", "method", "hits", "ops", "frees", "exact", "scope", "sentinel", "negative_control",
        "child_status", "error", "refused")

folder = sys.argv[1]
for _ in sys.stdin:
    holds, why, r = False, "", {}
    try:
        with open(folder + "/out", encoding="utf-8") as f:
            r = json.load(f)
        with open(folder + "/expression", encoding="utf-8") as f:
            text = f.read()
        holds = eval(text, {"r": r, "site": {s["name"]: s for s in r.get("per_site", [])}})
    except Exception as error:  # whatever the expression did
        why = "  | %s: %s\n" % (type(error).__name__, error)
    if not holds:
        why += "".join("  | %s %s\n" % (key, r.get(key)) for key in KEYS)
        for s in r.get("per_site", [])[:20]:
            why += "  | %s %s %s %s %s\n" % (s["name"], s["verdict"], s["hits"], s["reason"],
                                             [c["hits"] for c in s["copies"]])
        with open(folder + "/why", "w", encoding="utf-8") as f:
            f.write(why)
    print("yes" if holds else "no", flush=True)
