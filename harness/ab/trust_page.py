#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""trust_page.py: doc/trust.md and its pictures out of campaigns.csv, the lines that `calibrate --append` kept.

usage: trust_page.py CAMPAIGNS.csv PAGE.md PICTURES PLOTS

PICTURES is the folder for the pictures, PLOTS the one of the gnuplot scripts. Nothing is measured here, and
what the file does not hold is not in the page."""
import csv
import math
import os
import shutil
import subprocess
import sys
import tempfile

MARGIN = 0.5
QUIET = 10.0  # percent of the machine's CPU time that others may have had (TRUST_QUIET_PCT of trust_line.h)
# What changed in the estimator or in the rule with each version, TRUST_ENGINE of trust_line.h.
ENGINES = {1: "the first one",
           2: "GO and NO-GO want the sign at 99.9%, the core is probed in every thread",
           3: "a corner of the model counts only where both processes of a pair had it",
           4: "an effect that stands out is told beside other work",
           5: "one part of three of a probe may be lengthened by an interrupt or another process; rounds have as many "
              "steps as the fastest before the campaign say; at 99.9% four fifths of the margin have to be passed"}
NOTHING = ("aa", "aa-relinked")
ADDED = ("nops-1", "nops-2", "nops-4", "nops-8", "nops-16", "lock-1")
WORKLOADS = ("random_mixed", "remote-free-50", "replay", "command")
WHAT = {"random_mixed": "random_mixed, one thread", "remote-free-50": "remote-free-50, two threads",
        "replay": "a replayed trace", "command": "a command, from outside"}
WORDS = {"aa": "the same files", "aa-relinked": "the same code, two layouts", "lock-1": "a locked instruction"}
FIRM = ("GO", "NEUTRAL", "NO-GO")
ENDS = ("alone", "shared")


def words(kind):
    return WORDS.get(kind, kind.replace("nops-", "nops: "))


def number(text):
    return float(text) if text else math.nan


class Campaign:
    def __init__(self, row):
        self.row = row
        self.workload, self.kind, self.verdict, self.core = (row[k] for k in ("workload", "kind", "verdict", "core"))
        rest = row.get(None, [])  # the last column may hold commas
        self.machine = "; ".join(t.strip() for t in [row["machine"], *rest])
        self.engine = int(row["engine"])
        self.quiet = number(row["others_pct"]) < QUIET

    def __getitem__(self, key):
        return number(self.row[key])

    def log_gain(self, end=""):
        """(gain, se, low, high) as logs of the ratio of times, in which the estimate was made and intervals are even;
        of the campaign or of an end of the core's width. None: none, or without an error."""
        gain, se, low, high = ((self["gain"], self["se"], self["low"], self["high"]) if not end else
                               tuple(self[end + k] for k in ("", "_se", "_low", "_high")))
        if not se > 0 or math.isnan(gain):
            return None
        return math.log1p(gain / 100), se / (100 + gain), math.log1p(low / 100), math.log1p(high / 100)


def binomial_tail(k, n, p):
    """P(X >= k)."""
    if k <= 0:
        return 1.0
    if p <= 0 or p >= 1:
        return float(p >= 1)
    ways = math.lgamma(n + 1)
    return math.fsum(math.exp(ways - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) +
                              (n - i) * math.log1p(-p)) for i in range(k, n + 1))


def solve(f, target):
    low, high = 0.0, 1.0
    for _ in range(60):
        mid = (low + high) / 2
        low, high = (mid, high) if f(mid) < target else (low, mid)
    return (low + high) / 2


def exact_interval(k, n):
    """Clopper and Pearson, 95%, in percent."""
    low = 0.0 if k == 0 else solve(lambda p: binomial_tail(k, n, p), 0.025)
    high = 1.0 if k == n else solve(lambda p: binomial_tail(k + 1, n, p), 0.975)
    return 100 * low, 100 * high


def share(k, n):
    if n == 0:
        return "none measured"
    low, high = exact_interval(k, n)
    return f"{k} of {n}: {100 * k / n:.1f}% [{low:.1f}, {high:.1f}]"


def median(values):
    values = sorted(values)
    n = len(values)
    return math.nan if n == 0 else (values[n // 2] + values[(n - 1) // 2]) / 2


# Each says whether a rule calls two sides of the same code different.
RULES = (
    ("ours", lambda c: c.verdict in ("GO", "NO-GO", "DEPENDS"), "verdict"),
    ("tango: z of 2.6 and more than 0.5%, pairs", lambda c: abs(c["tango_z"]) >= 2.6 and abs(c["tango_mean"]) > MARGIN,
     "tango_z"),
    ("benchstat: U test, ten runs and ten, in order", lambda c: c["order_rank_p"] < 0.05, "order_rank_p"),
    ("benchstat, interleaved", lambda c: c["mixed_rank_p"] < 0.05, "mixed_rank_p"),
    ("hyperfine: Welch's t test, in order", lambda c: c["order_welch_p"] < 0.05, "order_welch_p"),
    ("hyperfine, interleaved", lambda c: c["mixed_welch_p"] < 0.05, "mixed_welch_p"),
    ("the source: means of ten and ten, in order", lambda c: abs(c["order_mean"]) >= MARGIN, "order_mean"),
    ("the source's rule, interleaved", lambda c: abs(c["mixed_mean"]) >= MARGIN, "mixed_mean"),
)


def false_of(rule, campaigns):
    """How many it calls different, of those that had rounds enough for it."""
    judged = [c for c in campaigns if c.row[rule[2]]]
    return sum(rule[1](c) for c in judged), len(judged)


def of_rule(rule, same, everything):
    """The campaigns of the same code that a rule is asked about."""
    return same if rule is RULES[0] else [c for c in everything if c.kind in NOTHING]


def pooled(estimates):
    """Inverse-variance mean of (value, se): mean, se, chi-square over degrees of freedom."""
    weight = [1 / (se * se) for _, se in estimates]
    mean = sum(w * v for w, (v, _) in zip(weight, estimates)) / sum(weight)
    chi2 = sum(w * (v - mean) ** 2 for w, (v, _) in zip(weight, estimates))
    n = len(estimates)
    return mean, 1 / math.sqrt(sum(weight)), chi2 / (n - 1) if n > 1 else math.nan


def percent(log, se):
    """A log of a ratio and its error, in percent."""
    return 100 * math.expm1(log), 100 * se * math.exp(log)


def truths(campaigns, end, kind):
    """For each campaign that saw this end: its log_gain and verdict, the mean of all the others, and its error."""
    seen = [(*c.log_gain(end), c.row[end + "_verdict"]) for c in campaigns if c.log_gain(end)]
    out = []
    for i, e in enumerate(seen):
        rest = [(o[0], o[1]) for k, o in enumerate(seen) if k != i]
        if kind in NOTHING:
            out.append((e, 0.0, 0.0))
        elif len(rest) >= 3:
            mean, se, chi2 = pooled(rest)
            out.append((e, mean, se * max(1, math.sqrt(chi2))))
    return out


def covered(pairs):
    """How many intervals hold the truth, as far as the others' mean says it: widened by its own error."""
    held = 0
    for e, mean, se in pairs:
        low, high = e[2], e[3]
        low = e[0] - math.hypot(e[0] - low, 1.96 * se)
        high = e[0] + math.hypot(high - e[0], 1.96 * se)
        held += low <= mean <= high
    return held


def contradictions(pairs):
    """Firm verdicts of one end that are not the most frequent firm one."""
    firm = [e[4] for e, _, _ in pairs if e[4] in FIRM]
    return len(firm) - max((firm.count(v) for v in FIRM), default=0)


def table(out, head, rows):
    out.append("| " + " | ".join(head) + " |")
    out.append("|" + "---|" * len(head))
    out.extend("| " + " | ".join(str(x) for x in row) + " |" for row in rows)
    out.append("")


def verdicts(campaigns):
    names = ("GO", "NEUTRAL", "NO-GO", "DEPENDS", "INCONCLUSIVE")
    count = {v: sum(c.verdict == v for c in campaigns) for v in names}
    return ", ".join(f"{n} {v}" for v, n in count.items() if n)


def by_condition(campaigns):
    for quiet, name in ((True, "quiet"), (False, "busy")):
        yield name, [c for c in campaigns if c.quiet == quiet]


def by_machine(campaigns):
    """What an effect is, and how wide an interval, is a machine's own: conditions of each by its letter."""
    machines = sorted({c.machine for c in campaigns})
    for i, machine in enumerate(machines):
        for name, those in by_condition([c for c in campaigns if c.machine == machine]):
            yield name + (", " + chr(65 + i) if len(machines) > 1 else ""), those


def same_code(out, campaigns, everything):
    """campaigns: of the newest version of the estimator; everything: of all, for what others' rules say is none of
    its matter."""
    same = [c for c in campaigns if c.kind in NOTHING]
    rows = []
    for name, those in by_condition(same):
        for w in WORKLOADS:
            mine = [c for c in those if c.workload == w]
            if not mine:
                continue
            known = [c for c in mine if not math.isnan(c["low"])]
            held = sum(c["low"] <= 0 <= c["high"] for c in known)
            rows.append((WHAT[w], name, verdicts(mine), share(*false_of(RULES[0], mine)), share(held, len(known))))
    rows.append(("**all**", "", verdicts(same), "**" + share(*false_of(RULES[0], same)) + "**",
                 share(sum(c["low"] <= 0 <= c["high"] for c in same), sum(not math.isnan(c["low"]) for c in same))))
    out += ["## The same code on both sides", "",
            f"{len(same)} campaigns, whose right answer is no difference. A GO, NO-GO or DEPENDS is false.",
            f"Quiet: other processes had less than {QUIET:g}% of the machine's CPU time meanwhile; busy: all others.",
            "Intervals in brackets are exact binomial ones at 95%.", ""]
    table(out, ("workload", "machine", "verdicts", "false verdicts", "intervals that hold 0"), rows)
    out += ["![false verdicts by rule](pictures/trust-rules.svg)", "", "## The same rounds under other rules", "",
            "Ten runs a side are made out of a campaign's processes (harness/data/other_rules.h). In order: side a's",
            "are of the first half of the time, b's of the second, as who measures one after the other does it.",
            "Interleaved: both of all of it, which those tools do not do. hyperfine and benchstat ask whether there is",
            "any difference, and are expected to say so in 5% of campaigns; tango's limit of z is that of 1%.", ""]
    if len(everything) > len(campaigns):
        out[-1:] = ["Their rules know nothing of our estimator, and are over the campaigns of all its versions.", ""]
    rows = []
    for rule in RULES:
        asked = by_condition(of_rule(rule, same, everything))
        rows.append((rule[0],) + tuple(share(*false_of(rule, those)) for _, those in asked))
    table(out, ("rule", "false, quiet", "false, busy"), rows)
    out += ["![every campaign of the same code](pictures/trust-same.svg)", ""]
    return same


def effects(out, campaigns):
    rows, points = [], []
    for name, those in by_machine(campaigns):
        for w in WORKLOADS:
            for kind in ADDED:
                mine = [c for c in those if c.workload == w and c.kind == kind]
                known = [c.log_gain()[:2] for c in mine if c.log_gain()]
                if len(known) < 2:
                    continue
                mean, se, chi2 = pooled(known)
                mean, se = percent(mean, se * max(1, math.sqrt(chi2)))  # Birge: where they differ by more than they say
                sign = sum(c["low"] > 0 or c["high"] < 0 for c in mine)
                go = sum(c.verdict == "GO" for c in mine)
                rows.append((WHAT[w], name, words(kind), len(mine), f"{mean:+.3f} ± {1.96 * se:.3f}", f"{chi2:.2f}",
                             share(sign, len(mine)), verdicts(mine)))
                if name.startswith("quiet"):
                    points.append((w, kind, mean, se, sign, go, len(mine)))
    out += ["## What is detected", "",
            "Exactly counted instructions are added to each tiny free. Effect: the mean of the campaigns, in percent",
            "of the time; told from 0: the interval excludes it.", ""]
    if rows:
        table(out, ("workload", "machine", "added", "campaigns", "effect, %", "chi²/df", "told from 0", "verdicts"),
              rows)
    if points:
        out += ["![how often an effect is told](pictures/trust-detect.svg)", ""]
    else:
        out += ["On the quiet machine none was measured yet.", ""]
    return points


def ends(out, campaigns):
    rows = []
    for name, those in by_machine(campaigns):
        for w in WORKLOADS:
            for kind in NOTHING + ADDED:
                mine = [c for c in those if c.workload == w and c.kind == kind]
                for end in ENDS:
                    pairs = truths(mine, end, kind)
                    if len(pairs) < 4:
                        continue
                    mean, se, chi2 = pooled([(e[0], e[1]) for e, _, _ in pairs])
                    mean, _ = percent(mean, se)
                    rows.append((WHAT[w], name, words(kind), end, len(pairs), f"{mean:+.3f}", f"{chi2:.2f}",
                                 share(covered(pairs), len(pairs)), contradictions(pairs)))
    out += ["## Both ends of the core's width", "",
            "The gain where the core is ours alone, and where another hardware thread uses it too, each against its",
            "own truth: 0 for the same code, else the mean of all other campaigns of the kind, with its error.",
            "Contradictions: firm verdicts of this end other than its most frequent one.", ""]
    if rows:
        table(out, ("workload", "machine", "added", "end", "campaigns", "mean, %", "chi²/df", "intervals that hold it",
                    "contradictions"), rows)
    else:
        out += ["No end was seen in four campaigns.", ""]


def widths(out, campaigns):
    rows = []
    for name, those in by_machine(campaigns):
        for w in WORKLOADS:
            mine = [c for c in those if c.workload == w and c.kind in NOTHING and not math.isnan(c["low"])]
            for budget in sorted({c["budget"] for c in mine}):
                half = [(c["high"] - c["low"]) / 2 for c in mine if c["budget"] == budget]
                if len(half) >= 4:
                    rows.append((WHAT[w], name, f"{budget:g} s", len(half), f"{median(half):.3f}",
                                 f"{median(c['pairs'] for c in mine):.0f}"))
    out += ["## Half-widths", "",
            "Of 95% intervals, in percent, same code. Four times the budget halves them. The busy rows say what this",
            "machine could still tell beside other work; they are no property of the method.", ""]
    table(out, ("workload", "machine", "budget", "campaigns", "median half-width", "median pairs"), rows)


def older(out, campaigns, newest):
    """Each version of the estimator by itself: what an older one said is no proof of the newest."""
    rows = []
    for engine in sorted({c.engine for c in campaigns if c.engine != newest}, reverse=True):
        for name, those in by_condition([c for c in campaigns if c.engine == engine]):
            same = [c for c in those if c.kind in NOTHING]
            known = [c for c in same if not math.isnan(c["low"])]
            held = sum(c["low"] <= 0 <= c["high"] for c in known)
            if those:
                rows.append((engine, name, len(those), len(same), share(*false_of(RULES[0], same)),
                             share(held, len(known))))
    if not rows:
        return
    out += ["## Older versions of the estimator", "",
            "What is said above of our verdicts and intervals is of the newest version alone. The versions:", ""]
    out += [f"- {engine}: {ENGINES[engine]}." for engine in sorted(ENGINES)]
    out += [""]
    table(out, ("version", "machine", "campaigns", "of the same code", "false verdicts", "intervals that hold 0"), rows)


def gnuplot(plots, script, out, settings, data):
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, lines in data.items():
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "w", encoding="utf-8") as f:
                f.writelines(line + "\n" for line in lines)
        run = os.path.join(folder, "run.gp")
        with open(run, "w", encoding="utf-8") as f:
            f.write(f"plots = '{plots}'\nout = '{out}'\nfmt = 'svg'\n")
            f.writelines(f"{k} = {v}\n" for k, v in settings.items())
            f.writelines(f"{k} = '{v}'\n" for k, v in paths.items())
            f.write(f"load '{plots}/{script}'\n")
        subprocess.run(["gnuplot", "-d", run], check=True)


def pictures(folder, plots, same, everything, points):
    lines = []
    for i, rule in enumerate(RULES):
        for q, (_, those) in enumerate(by_condition(of_rule(rule, same, everything))):
            k, n = false_of(rule, those)
            if n:
                low, high = exact_interval(k, n)
                lines.append(f'{i + 0.3 * q - 0.15:g} "{rule[0]}" {100 * k / n:g} {low:g} {high:g} {q}')
    gnuplot(plots, "trust-rules.gp", os.path.join(folder, "trust-rules"), {"rules": len(RULES)}, {"data": lines})
    rows = []
    for w, workload in enumerate(WORKLOADS):
        mine = sorted((c for c in same if c.workload == workload and not math.isnan(c["low"])),
                      key=lambda c: (not c.quiet, c["gain"]))
        rows += [f"{w} {i} {c['gain']:g} {c['low']:g} {c['high']:g} {0 if c.quiet else 1}" for i, c in enumerate(mine)]
    titles = "array titles[4] = [" + ", ".join(f"'{WHAT[w]}'" for w in WORKLOADS) + "]\nmargin"
    # a blank line where the workload or the condition changes: a band ends there
    blank = ["\n" * (i > 0 and row.split()[::5] != rows[i - 1].split()[::5]) + row for i, row in enumerate(rows)]
    gnuplot(plots, "trust-same.gp", os.path.join(folder, "trust-same"), {titles: MARGIN}, {"data": blank})
    detect = os.path.join(folder, "trust-detect")
    if points:
        rows = []
        for w, kind, mean, se, sign, go, n in points:
            sl, sh = exact_interval(sign, n)
            gl, gh = exact_interval(go, n)
            rows.append(f'{abs(mean):g} {1.96 * se:g} {100 * sign / n:g} {sl:g} {sh:g} {100 * go / n:g} {gl:g} {gh:g} '
                        f'"{words(kind)}{", two threads" if w == "remote-free-50" else ""}"')
        rows.sort(key=lambda line: float(line.split()[0]))
        gnuplot(plots, "trust-detect.gp", detect, {"margin": MARGIN}, {"data": rows})
    elif os.path.exists(detect + ".svg"):
        os.unlink(detect + ".svg")


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    source, page, folder, plots = sys.argv[1:]
    with open(source, encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    everything = [Campaign(r) for r in rows]
    if not everything:
        sys.exit(f"trust_page: {source} holds no campaign")
    newest = max(c.engine for c in everything)
    campaigns = [c for c in everything if c.engine == newest]
    machines = sorted({c.machine for c in campaigns})
    letters = [chr(65 + i) + ": " if len(machines) > 1 else "" for i in range(len(machines))]
    out = ["# How far the verdicts can be trusted", "",
           "Made by `make trust` from analysis/data/trust/campaigns.csv: one line for each campaign whose right answer",
           "is known, run through the path of `ab`. `make trust-campaigns MINUTES=40` appends more: it can be ended at",
           "any time, goes on with what the file has fewest of, and keeps no raw rounds.", "",
           f"{len(campaigns)} campaigns by version {newest} of the estimator (`engine`) on " +
           "; ".join(a + m for a, m in zip(letters, machines)) + "."]
    if len(everything) > len(campaigns):
        older_ones = len(everything) - len(campaigns)
        out += [f"{older_ones} by older versions stand [at the end](#older-versions-of-the-estimator)."]
    out += [""]
    same = same_code(out, campaigns, everything)
    points = effects(out, campaigns)
    ends(out, campaigns)
    widths(out, campaigns)
    older(out, everything, newest)
    if shutil.which("gnuplot"):
        os.makedirs(folder, exist_ok=True)
        pictures(folder, os.path.abspath(plots), same, everything, points)
    else:
        print("trust_page: gnuplot is not installed: no pictures", file=sys.stderr)
    with open(page + ".tmp", "w", encoding="utf-8") as f:
        f.write("\n".join(out).rstrip("\n") + "\n")
    os.rename(page + ".tmp", page)


if __name__ == "__main__":
    main()
