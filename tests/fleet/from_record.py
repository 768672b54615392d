# SPDX-License-Identifier: GPL-3.0-or-later
"""from_record.py FOLDER PACK [RESULT]: a kept record (record.json and pairs.csv, doc/analysis/data) as a result
that `merge` reads. PACK: 64 hex digits that stand for the question: a record names no pack, so that two are of one
question is what the caller says. Pairs that the record left out stay out."""
import csv, hashlib, json, math, pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from results import end, head, lines, save

folder, pack = pathlib.Path(sys.argv[1]), sys.argv[2]
record = json.loads((folder / "record.json").read_text())
ab = record.get("ab") or record
rows = list(csv.DictReader((folder / "pairs.csv").open()))
run = hashlib.sha256((folder / "pairs.csv").read_bytes()).hexdigest()[:32]
pairs = [{"pair": int(r["pair"]), "kind": r["kind"], "disturbed": r["disturbed"] == "1",
          "value": math.log(float(r["in_ns"]) / float(r["out_ns"])),
          "mean": math.log(float(r["in_mean_ns"]) / float(r["out_mean_ns"]))}
         for r in rows if r.get("left_out", "0") == "0"]
machine = {"cpu_model": None, "stepping": None, "microcode": None, **record["machine"]}
first = head(run=run, pack=pack, node=None, date=record.get("date"), subject=ab.get("subject") or record["id"],
             margin=ab["margin_pct"], machine_more=machine)
text = lines([first, *pairs, end(len(pairs), verdict=ab["verdict"], reason=ab["reason"])])
if len(sys.argv) > 3:
    save(sys.argv[3], text)
else:
    sys.stdout.writelines(text)
