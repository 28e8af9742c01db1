"""Writes docs/hostile.md from what benchmarks/hostile.py measured: the same rules count both sides.

    page(specimens, ours, tier, stock)

`ours` is the report of tests/hostile/runner.py, `stock` has one report of hostile_box.py for each specimen's name.
"""

import tomllib
from importlib.metadata import version

from benchmarks.hostile_box import DISK, MEMORY, PROCESSES
from tests.hostile import runner
from tests.hostile.specimen import HERE, POINTS, Specimen

PATIENCE = 90  # seconds for a specimen under stock, three times its own limit for a cell
FULL = {"check-scale": 4.0, "check-total": 2.0}


def points(report: dict, who: str) -> dict[str, float | None]:
    """What the gradebook gives for each question: a person's score before the automatic one; None without either."""
    scores = report.get(who, {})
    return {cell: next((one for one in scores.get(cell, (None, None))[::-1] if one is not None), None) for cell in FULL}


def expected(specimen: Specimen) -> dict[str, float]:
    """The points that ours is expected to give (tests/hostile/test_corpus.py)."""
    verdicts = specimen.expected(2)
    given = {test: POINTS[test] if verdict == "pass" else 0 for test, verdict in verdicts.items()}
    return {"check-scale": float(sum(given.values()) - given["test_total"]), "check-total": float(given["test_total"])}


def judged(specimen: Specimen, report: dict) -> dict[str, bool]:
    """What went wrong: points forged, the submission lost, an honest student harmed, the classmate harmed."""
    if "trouble" in report:
        return dict.fromkeys(("forged", "lost", "unread", "harmed", "mate"), False)
    got, fair = points(report, "student"), expected(specimen)
    honest = specimen.verdict == "pass"
    lost = all(score is None for score in got.values())
    return {
        "forged": (got["check-scale"] or 0) > fair["check-scale"],
        "lost": lost and sum(fair.values()) > 0,
        "unread": lost and sum(fair.values()) == 0,
        "harmed": honest and not lost and any((got[cell] or 0) < fair[cell] for cell in FULL),
        "mate": points(report, "mate") != FULL,
    }


def stock_words(specimen: Specimen, report: dict) -> str:
    if "trouble" in report:
        return f"not run: {report['trouble']}"
    got, wrong, words = points(report, "student"), judged(specimen, report), []
    if report["code"] is None:
        words.append(f"hangs, stopped after {PATIENCE} s")
    words.append(
        "no grade"
        if wrong["lost"] or wrong["unread"]
        else f"{shown(got['check-scale'])} of 4, {shown(got['check-total'])} of 2"
    )
    if wrong["forged"]:
        words.append("**forged**")
    if wrong["harmed"]:
        words.append("**too few**")
    if wrong["mate"]:
        mate = points(report, "mate")
        given = "not graded" if None in mate.values() else f"given {sum(mate.values()):g} of 6"
        words.append(f"the classmate is {given}")
    if report["changed"]:
        words.append(f"changed {len(report['changed'])} of the course's files")
    if report["marks"]:
        words.append("wrote files in the instructor's account")
    if report["connected"]:
        words.append("reached the network")
    if report["left"]:
        words.append(f"{report['left']} process{'es' * (report['left'] > 1)} left running")
    if report["disk"] > 1000:
        words.append(f"{report['disk']} MB written")
    return "; ".join(words)


def shown(score: float | None) -> str:
    return "none" if score is None else f"{score:g}"


def our_words(specimen: Specimen, report: dict) -> str:
    told = report["students"].get(specimen.student)
    if told is None:
        return "not graded" + (", and named" if specimen.declared.get("REFUSED") else "")
    verdicts = dict.fromkeys(verdict for test, verdict in told["verdicts"].items() if verdict != "skipped")
    total = told["points"]["test_total"]
    return f"{', '.join(verdicts)}; {sum(told['points'].values()) - total:g} of 4, {total:g} of 2"


def page(specimens: list[Specimen], ours: dict, tier: int, stock: dict[str, dict]) -> str:
    groups = tomllib.loads((HERE / "rows.toml").read_text())
    lines = [HEAD.format(count=len(specimens), rows=sum(map(len, groups.values())))]
    lines += [summary(specimens, ours, tier, stock), NOTES.format(
        nbgrader=version("nbgrader"), patience=PATIENCE, memory=MEMORY >> 30, processes=PROCESSES, disk=DISK >> 30
    )]  # fmt: skip
    for group, rows in groups.items():
        lines += [f"\n## {TITLES[group]}\n", "| | what it does | ours | stock nbgrader |", "| --- | --- | --- | --- |"]
        for row in rows:
            for one in [specimen for specimen in specimens if specimen.row == row]:
                words = (row, one.about, our_words(one, ours), stock_words(one, stock[one.name]))
                lines.append(f"| {' | '.join(map(harmless, words))} |")
    return "\n".join(lines) + "\n"


def harmless(words: str) -> str:
    """Words as they stand in a Markdown table."""
    return words.replace("|", "\\|").replace("__", "\\_\\_").replace("<", "&lt;").replace("\n", " ")


def summary(specimens: list[Specimen], ours: dict, tier: int, stock: dict[str, dict]) -> str:
    """The counts, of both sides by the same rules."""
    mine = {one.name: as_stock(one, ours) for one in specimens}
    rows = []
    for title, key in COUNTED.items():
        counts = [sum(judged(one, side[one.name])[key] for one in specimens) for side in (mine, stock)]
        rows.append(f"| {title} | {counts[0]} | {counts[1]} |")
    hangs = sum(report.get("code", 0) is None for report in stock.values())
    reached = [sum(bool(report.get(key)) for report in stock.values()) for key in ("connected", "left")]
    changed = sum(bool(report.get("changed") or report.get("marks")) for report in stock.values())
    rows.append(f"| the command never ends | {int(bool(ours['trouble']))} | {hangs} |")
    written = len(ours["changed"] + ours["new"] + ours["marks"])
    rows.append(f"| files of the course or of the account were written | {written} | {changed} |")
    rows.append(f"| the network reached | {ours['connections']} | {reached[0]} |")
    rows.append(f"| processes left running | {len(ours['processes'])} | {reached[1]} |")
    left_out = sum("trouble" in report for report in stock.values())
    tail = f"\n{left_out} specimens could not be run against stock; their rows say why.\n" if left_out else ""
    return "\n".join([f"| specimens for which | ours (tier {tier}) | stock |", "| --- | --- | --- |", *rows, tail])


def as_stock(specimen: Specimen, report: dict) -> dict:
    """Ours in the form of a stock report, so that both are judged by the same function."""
    told = report["students"].get(specimen.student)
    mates = [report["gradebook"].get(student, [0])[0] for student in runner.HONEST]
    mate = {cell: [full, None] for cell, full in FULL.items()} if mates == [6.0, 6.0] else {}
    if told is None:
        return {"student": {}, "mate": mate}
    total = told["points"]["test_total"]
    score = {"check-scale": [sum(told["points"].values()) - total, None], "check-total": [total, None]}
    return {"student": score, "mate": mate}


COUNTED = {
    "an attack earned points": "forged",
    "a submission that earned points has no grade": "lost",
    "a submission that earned none has no grade, and waits for a person": "unread",
    "an honest or repairable notebook got too few points": "harmed",
    "the honest classmate got too few points or none": "mate",
}
TITLES = {
    "forging": "Forging",
    "exhausting": "Exhausting",
    "broken": "Broken input",
    "honest": "Honest students",
    "ours": "Against this grader's own parts",
}
HEAD = """\
# What hostile and broken notebooks do

Written by `python -m benchmarks.hostile`, which ran each of the {count} specimens in `tests/hostile` ({rows} kinds)
through this grader and through stock `nbgrader autograde`. Every outcome below was measured; what could not be run
says so.
"""
NOTES = """
**How to read it.** Each specimen is the notebook of a toy assignment with two questions, of 4 and 2 points. An
attacker attacks with the first and answers the second rightly: 0 of 4, 2 of 2 is the right mark. Some attackers look
for something (a file, a process, the network) and answer the first question only when they found it: points then say
that they did. *Ours* gives the verdicts of the tests and the points. *Stock* gives the points in the gradebook after
`nbgrader autograde`, and what else was seen.

**Stock** is nbgrader {nbgrader} with its default configuration (30 s for a cell). Its notebook holds equal tests,
visible and hidden, which compare with `numpy.testing`. It runs a student's code in the account of whoever grades, so
each specimen ran in a container of its own, thrown away afterwards, with one honest classmate graded behind it. The
container sets limits that stock does not: {memory} GB of memory a process, {processes} processes, {disk} GB of disk,
{patience} s for everything. Without them, the rows on memory, processes and disks depend on the machine.

**Ours** graded the corpus as one class, in which every specimen is everybody's neighbour. Its clocks were set to a
few seconds, so that what never ends is over sooner.

A stock setup can be hardened: with a container for each student, tests that check types first, a look at every file.
The table shows what one has without that work.
"""
