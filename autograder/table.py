"""Results as tables in a terminal."""

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.changes import Change
from autograder.results import Result
from autograder.text import number

STYLES = {"pass": "green", "partial": "yellow", "skipped": "dim", "infrastructure": "magenta"}


def print_result(console: Console, result: Result) -> None:
    """One submission, test by test."""
    for note in result.notes:
        console.print(f"note: {note}", markup=False, highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("points", justify="right")
    table.add_column("verdict")
    table.add_column("test")
    for test in result.tests:
        said = Text(test.title)
        if test.mistake is not None:
            said.append(f"\n{test.mistake.message}", style="italic")
        elif test.message:
            said.append(f"\n{test.message.splitlines()[-1][:160]}", style="dim")
        verdict = Text(test.verdict, style=STYLES.get(test.verdict, "red"))
        table.add_row(f"{number(test.points)}/{number(test.max_points)}", verdict, said)
    console.print(table)
    console.print(
        f"{number(result.score)} of {number(result.max_score)} points, {result.sandbox}, {result.seconds:.1f} s",
        highlight=False,
    )


def why(result: Result) -> Text:
    """The reason for a score in one line: mistakes recognised, or the verdicts that cost points."""
    mistakes = dict.fromkeys(
        f"{test.question}: {test.mistake.name.replace('_', ' ')}" for test in result.tests if test.mistake is not None
    )
    lost = Counter(
        test.verdict for test in result.tests if test.verdict not in ("pass", "skipped") and test.mistake is None
    )
    parts = list(mistakes) + [f"{count} {verdict}" for verdict, count in lost.items()]
    if result.notes:
        parts.insert(0, result.notes[0])
    return Text("; ".join(parts) or "all tests passed")


def print_class(console: Console, results: list[Result]) -> None:
    """A class: who got what, and why."""
    questions = list(dict.fromkeys(test.question for result in results for test in result.tests))
    table = Table(box=None, pad_edge=False)
    table.add_column("student", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    for question in questions:
        table.add_column(question, justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for result in sorted(results, key=lambda result: result.student):
        style = "magenta" if result.needs_attention else None
        scores = [number(result.question_score(question)) for question in questions]
        table.add_row(
            result.student, f"{number(result.score)}/{number(result.max_score)}", *scores, why(result), style=style
        )
    console.print(table)


def how_it_went(attempt) -> Text:
    """One word: a tier that does not promise something has not failed when it is not so."""
    if attempt.held:
        return Text("held", style="green")
    return Text("open, as known", style="yellow") if attempt.known else Text("BROKE OUT", style="bold red")


def print_examination(console: Console, examination) -> None:
    """What the doctor found: each attempt to break out, and whether it held."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("attempt")
    table.add_column("what happened", overflow="fold")
    for attempt in examination.attempts:
        table.add_row(how_it_went(attempt), attempt.name, Text(attempt.seen))
    console.print(
        f"sandbox: tier {examination.tier}" + (f" (not 2: {examination.why})" if examination.why else ""),
        highlight=False,
    )
    console.print(table)


def print_changes(console: Console, changes: list[Change]) -> None:
    """What grading again would change: who, by how much, because of which tests."""
    different = [change for change in changes if change.different]
    if not different:
        console.print(f"nothing would change for the {len(changes)} who were looked at", highlight=False)
        return
    table = Table(box=None, pad_edge=False)
    for title, justify in (("student", "left"), ("now", "right"), ("then", "right"), ("because of", "left")):
        table.add_column(title, justify=justify, no_wrap=title != "because of", overflow="fold")
    for change in different:
        before = "-" if change.before is None else number(change.before)
        table.add_row(Text(change.student), before, number(change.after), reasons(change))
    console.print(table)
    console.print(f"{len(different)} of {len(changes)} would change; nothing was recorded", highlight=False)


def reasons(change: Change) -> Text:
    if change.unjudged:
        return Text("it could not be judged now, for no fault of the student's: what there is stays", style="magenta")
    if change.before is None:
        return Text("not graded yet")
    said = Text()
    for test in change.tests:
        was, now = ("none" if points is None else number(points) for points in (test.before, test.after))
        said.append(f"{chr(10) if said else ''}{test.question}: {test.test} {was} -> {now}")
        if test.message:
            said.append(f"  {test.message.splitlines()[-1][:120]}", style="dim")
        if test.question in change.by_hand:
            said.append("  (a person's score stands)", style="italic")
    before, after = change.penalties
    if before != after:
        said.append(f"{chr(10) if said else ''}lateness costs {number(before)} -> {number(after)}")
    return said or Text("the gradebook does not say what was found: another program wrote it")
