"""The `autograder` command: one verb for each thing an instructor does.

Exit codes: 0 done, 1 a check failed, 2 wrong use, 3 infrastructure (this machine, not a student, is in the way).
"""

import functools
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.checkdata import CheckDataError
from autograder.course import Course, CourseError, MachineError
from autograder.manifest import ManifestError
from autograder.sandbox import SandboxError
from autograder.text import clean, counted

DONE, FAILED, MISUSED, INFRASTRUCTURE = 0, 1, 2, 3
WIDTH = None if sys.stdout.isatty() else 120  # a table in a file or a log is not folded to 80 columns
console, messages = Console(width=WIDTH), Console(stderr=True)


def main() -> None:
    """Run the command; trouble that has an explanation is one line, without a traceback."""
    try:
        sys.exit(cli(standalone_mode=False) or DONE)
    except click.UsageError as error:
        error.show()
        sys.exit(MISUSED)
    except (click.Abort, KeyboardInterrupt):
        complain("stopped; what was recorded stays, and the same command may be given again")
        sys.exit(FAILED)
    except (SandboxError, MachineError, OSError) as error:
        complain(f"autograder: {error}")
        sys.exit(INFRASTRUCTURE)
    except (CourseError, ManifestError, CheckDataError) as error:
        complain(f"autograder: {error}")
        sys.exit(MISUSED)


def complain(text: str) -> None:
    """One line for a person, never folded, so that a path in it can be copied; strangers' names may be in it."""
    messages.print(clean(text).replace("\n", " "), style="red", markup=False, highlight=False, soft_wrap=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--course",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The course's folder [default: the one you are in].",
)
@click.version_option(package_name="mmcourse")
@click.pass_context
def cli(context: click.Context, folder: Path | None) -> None:
    """Release, grade and give back the assignments of a course."""
    context.obj = functools.cache(lambda: Course.find(folder))


def assignment_argument(function: Callable) -> Callable:
    return click.argument("assignment")(function)


def json_option(function: Callable) -> Callable:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(function)


def student_option(function: Callable) -> Callable:
    words = "Only this student; may be given more than once."
    return click.option("--student", "students", multiple=True, help=words)(function)


def where_options(function: Callable) -> Callable:
    """On how many cores of this machine, on which cluster, in how weak a sandbox."""
    options = (
        click.option("--jobs", type=click.IntRange(1), help="Processes to grade with [default: one per core]."),
        click.option("--cluster", metavar="ADDRESS", default="", help="Grade on the workers of this Dask scheduler."),
        click.option("--unsafe", is_flag=True, help="Grade even where the sandbox does not protect files (tier 0)."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def print_json(value: object) -> None:
    click.echo(json.dumps(msgspec.to_builtins(value), indent=1, ensure_ascii=False))


def progress_bar(quiet: bool) -> Progress:
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    ]
    return Progress(*columns, console=messages, disable=quiet, transient=False)


@cli.command()
@click.argument("assignment", required=False)
@click.option("--all", "everything", is_flag=True, help="Every assignment that is written.")
@click.option(
    "--seeds",
    default=None,
    type=click.IntRange(1),
    help="Random inputs the gate tries for each program [default: 200].",
)
@click.option("--no-gate", is_flag=True, help="Only write the files; the gate is for what goes out.")
@click.option(
    "--edition", type=click.Choice(["class", "open"]), help="Write the tree that students get (open: for self-study)."
)
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Where the edition goes: a new folder."
)
@json_option
@click.pass_obj
def release(find_course, assignment, everything, seeds, no_gate, edition, folder, as_json) -> int:
    """Make the student notebook of ASSIGNMENT, once the gate (audit) passes; or a whole edition of the course."""
    from autograder.audit import SEEDS, audit
    from autograder.edition import write_edition
    from autograder.release import release as write

    course = find_course()
    if bool(edition) != bool(folder):
        raise click.UsageError("--edition and --to go together: which tree, and where")
    if edition and not (assignment or everything):
        files = write_edition(course, edition, folder)
        console.print(f"wrote the {edition} edition to {folder}: {len(files)} files, no leak found", highlight=False)
        return DONE
    if bool(assignment) == everything:
        raise click.UsageError("name an assignment, or say --all")
    names = (
        [one.name for one in course.syllabus.assignments if one.status == "written"]
        if everything
        else [course.assignment(assignment).name]
    )
    reports = []
    for name in names:
        previous = saved_files(course, name)
        path = write(course, name)
        if no_gate:
            console.print(f"released {path.relative_to(course.root)} without the gate")
            continue
        report = audit(course, name, seeds=seeds or SEEDS, say=lambda text: messages.print(f"  {text}", style="dim"))
        reports.append(report)
        if report.passed:
            as_json or console.print(f"released {path.relative_to(course.root)}: the gate found nothing")
        else:
            restore(previous)
            as_json or show_findings(report, "not released")
    if as_json:
        print_json([report_record(report) for report in reports])
    if not all(report.passed for report in reports):
        return FAILED
    if edition:
        write_edition(course, edition, folder)
    return DONE


def saved_files(course: Course, name: str) -> dict[Path, bytes | None]:
    """What a release writes, as it was before, so that a refused release leaves nothing behind."""
    from autograder.release import checks_path, released_path

    return {
        path: path.read_bytes() if path.is_file() else None
        for path in (released_path(course, name), checks_path(course, name))
    }


def restore(files: dict[Path, bytes | None]) -> None:
    for path, content in files.items():
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(content)


@cli.command("try")
@assignment_argument
@click.argument("notebook", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def try_(find_course, assignment, notebook, as_json) -> int:
    """Grade one NOTEBOOK of ASSIGNMENT and touch no gradebook."""
    from autograder.batch import try_notebook
    from autograder.table import print_result

    result = try_notebook(find_course(), assignment, notebook)
    if as_json:
        keys = ("name", "points", "max_points", "verdict", "message")
        tests = [{key: getattr(test, key) for key in keys} for test in result.tests]
        for note in result.notes:
            messages.print(f"note: {note}", markup=False, highlight=False)
        scores = {"score": result.score, "max_score": result.max_score}
        print_json({**scores, "tests": tests, "seconds": result.seconds, "sandbox": result.sandbox})
    else:
        print_result(console, result)
    return INFRASTRUCTURE if result.needs_attention else DONE


@cli.command()
@assignment_argument
@student_option
@where_options
@json_option
@click.pass_obj
def grade(find_course, assignment, students, jobs, cluster, unsafe, as_json) -> int:
    """Grade the submissions of ASSIGNMENT into the gradebook.

    Who has handed in nothing new is not graded again: a run that was stopped, by whatever, goes on where it was.
    """
    from autograder.batch import grade_class
    from autograder.table import print_class

    course, name, wanted = find_class(find_course, assignment, students)
    options = grading_options(jobs, cluster, unsafe)
    graded = list(in_progress(grade_class(course, name, wanted, **options), wanted, as_json))
    if as_json:
        print_json([one.result for one in graded])
    else:
        print_class(console, [one.result for one in graded])
    tell_news(graded, name)
    return INFRASTRUCTURE if any(one.result.needs_attention for one in graded) else DONE


@cli.command()
@assignment_argument
@student_option
@click.option("--preview", "only_look", is_flag=True, help="Say who would change, by how much and why; record nothing.")
@where_options
@json_option
@click.pass_obj
def regrade(find_course, assignment, students, only_look, jobs, cluster, unsafe, as_json) -> int:
    """Grade ASSIGNMENT again after its tests, or the machine, have changed.

    With --preview first: it shows what would change. Scores and comments that a person gave stay in either case.
    """
    from autograder.batch import grade_class, preview
    from autograder.table import print_changes

    course, name, wanted = find_class(find_course, assignment, students)
    options = grading_options(jobs, cluster, unsafe)
    if only_look:
        changes = list(in_progress(preview(course, name, wanted, **options), wanted, as_json))
        if as_json:
            print_json([change for change in changes if change.different])
        else:
            print_changes(console, changes)
        return INFRASTRUCTURE if any(change.unjudged for change in changes) else DONE
    graded = list(in_progress(grade_class(course, name, wanted, again=True, **options), wanted, as_json))
    if as_json:
        print_json([one.result for one in graded])
    tell_news(graded, name)
    return INFRASTRUCTURE if any(one.result.needs_attention for one in graded) else DONE


def grading_options(jobs: int | None, cluster: str, unsafe: bool) -> dict:
    if jobs and cluster:
        raise click.UsageError("--jobs is for this machine: on a cluster, each thread of a worker is one")
    return {"jobs": jobs, "cluster": cluster, "unsafe": unsafe, "tell": complain}


def find_class(find_course: Callable, assignment: str, students: list[str]) -> tuple[Course, str, list[str]]:
    """The course, the assignment's full name, and who is to be graded; folders that are nobody's are named."""
    from autograder.students import check_students, left_out

    course = find_course()
    name = course.assignment(assignment).name
    wanted = check_students(course, name, list(students))
    for folder in left_out(course, name):
        complain(
            f"submissions/{folder} is left out: its name is no UTF-8 text or longer than a gradebook's names; "
            "rename the folder"
        )
    return course, name, wanted


def in_progress(found: Iterable, wanted: list[str], quiet: bool) -> Iterator:
    """Each of `found`, with a bar that says how many are done, how fast lately, and how long the rest will take.

    Lately: those at the beginning may have been known from before, which takes no time.
    """
    with progress_bar(quiet) as bar:
        task = bar.add_task("grading", total=len(wanted), rate="")
        for number, one in enumerate(found, 1):
            bar.update(task, completed=number)
            bar.update(task, rate=f"{bar.tasks[task].speed or 0:.1f}/s")
            yield one


def tell_news(graded: list, name: str) -> None:
    """One line on what was done, and one on what was left as it is."""
    count = Counter(one.news for one in graded)
    parts = {
        "graded": f"{count['graded']} graded",
        "shared": f"{count['shared']} with the same code as another",
        "unchanged": f"{count['unchanged'] + count['outdated']} unchanged since they were graded",
        "kept": f"{count['kept']} could not be judged now and keep the marks they had",
    }
    said = [parts[news] for news in parts if count[news] or (news == "unchanged" and count["outdated"])]
    messages.print(f"{len(graded)} submissions: {', '.join(said)}", highlight=False, soft_wrap=True)
    if count["outdated"]:
        messages.print(
            f"{count['outdated']} of them would be graded otherwise now (other tests, or another machine): "
            f"`autograder regrade {name} --preview` shows what would change",
            highlight=False,
            soft_wrap=True,
        )


@cli.command()
@assignment_argument
@click.argument("student")
@click.option("--days", type=click.FloatRange(0), help="So many days after the due date.")
@click.option("--hours", type=click.FloatRange(0), help="And so many hours.")
@click.pass_obj
def extend(find_course, assignment, student, days, hours) -> int:
    """Give STUDENT more time for ASSIGNMENT, instead of any given before.

    --days 0 takes it back.
    It counts from the next `autograder grade` on, also for work that was handed in and graded before.
    """
    from autograder.lateness import extend as give

    if days is None and hours is None:
        raise click.UsageError("say how much: --days, --hours, or both; --days 0 takes back what was given")
    until = give(find_course(), assignment, student, timedelta(days=days or 0, hours=hours or 0))
    console.print(f"{student} has until {until:%Y-%m-%d %H:%M} UTC", highlight=False, markup=False, soft_wrap=True)
    return DONE


@cli.command()
@assignment_argument
@student_option
@click.option(
    "--policy",
    type=click.Choice(["none", "hint", "full"]),
    help="How much the pages say [default: what the assignment's manifest says].",
)
@json_option
@click.pass_obj
def feedback(find_course, assignment, students, policy, as_json) -> int:
    """Write one HTML page per student of ASSIGNMENT."""
    from autograder.feedback import without_result, write_feedback

    course = find_course()
    name = course.assignment(assignment).name
    paths = write_feedback(course, name, list(students) or None, policy=policy)
    for student in without_result(course, name, list(students) or None):
        messages.print(
            f"no page for {student}: handed in, not graded yet; run `autograder grade {name}`", highlight=False
        )
    if as_json:
        print_json([str(path) for path in paths])
    else:
        console.print(f"wrote {len(paths)} pages below {course.feedback}", highlight=False)
    return DONE


@cli.command()
@assignment_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json", "canvas", "moodle"]),
    default="csv",
    show_default=True,
    help="A table or records of all questions; or totals in the form that Canvas or Moodle imports.",
)
@click.option(
    "--students",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The gradebook as Canvas or Moodle exports it (CSV): the marks are filled into a copy of it.",
)
@click.option(
    "--column",
    metavar="TITLE",
    default="",
    help="The column of that file to fill [default: the one called like the assignment, or else a new one].",
)
@click.option(
    "--to", "path", type=click.Path(dir_okay=False, path_type=Path), help="The file to write [default: below exports/]."
)
@click.pass_obj
def export(find_course, assignment, form, students, column, path) -> int:
    """Write the marks of ASSIGNMENT for other systems.

    For Canvas and Moodle, export the gradebook there, give that file as --students, and import what is written here.
    Rows, order and other columns stay as they are. Students are found by id, login or email; by name only where nothing
    else is left and the name is unique, which is said. A mark that nobody has given is not written, not even as 0.
    Whoever is left over on either side is listed, with exit code 1; the file is written all the same.
    Moodle's grading worksheet of an assignment will do as well as its gradebook.
    """
    from autograder.export import FORMATS, finished
    from autograder.export import export as write
    from autograder.lms import fill, told
    from autograder.marks import read_standings

    if (form in FORMATS) == bool(students or column):
        raise click.UsageError(
            f"--format {form} needs --students FILE: the gradebook as it was exported there"
            if form not in FORMATS
            else "--students and --column go with --format canvas or moodle"
        )
    course = find_course()
    if form in FORMATS:
        name = course.assignment(assignment).name
        console.print(str(write(course, name, form, path)), highlight=False, soft_wrap=True)
        if waiting := [one.student for one in read_standings(course, name) if not finished(one)]:
            complain(f"note: a person has yet to judge a part, so there is no total: {', '.join(waiting)}")
        return DONE
    done = fill(course, assignment, form, students, path, column)
    for line in told(done):
        complain(line)
    console.print(f"{done.path}: {counted(done.written, 'mark')} in {done.column!r}", highlight=False, soft_wrap=True)
    return FAILED if done.ours or done.theirs else DONE


@cli.command()
@assignment_argument
@click.option("--to", "path", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@json_option
@click.pass_obj
def insight(find_course, assignment, path, as_json) -> int:
    """One page on how the class did in ASSIGNMENT: known mistakes, tests, other failures, who needs attention."""
    from autograder.insight import gather, write_insight

    course = find_course()
    found = gather(course, assignment)
    if as_json:
        print_json(found)
    if path or not as_json:
        written = write_insight(course, found, path)
        as_json or console.print(str(written), highlight=False, soft_wrap=True)
    return DONE


@cli.command()
@assignment_argument
@click.option(
    "--least",
    type=click.FloatRange(0.05, 1.0),
    default=0.5,
    show_default=True,
    help="How alike two texts must be to be listed: 1 is a copy but for names.",
)
@click.option(
    "--to", "path", type=click.Path(dir_okay=False, path_type=Path), help="The file to write [default: below exports/]."
)
@json_option
@click.pass_obj
def similar(find_course, assignment, least, path, as_json) -> int:
    """One page on which submissions of ASSIGNMENT are alike, to each other, to a lecture, to the solution.

    It shows what they share, question by question and side by side, and says how much of an answer that is. Renaming,
    reordering, comments and layout make no difference; what was given out does not count, and what many write alike
    counts little. It decides nothing: code cannot say how a likeness came about. Read both sides, and ask.
    """
    from autograder.similarity import gather
    from autograder.similarity_page import write_similarity

    course = find_course()
    found = gather(course, assignment, least)
    if as_json:
        print_json(found)
    if path or not as_json:
        written = write_similarity(course, found, path)
        as_json or console.print(str(written), highlight=False, soft_wrap=True)
    return DONE


@cli.command()
@click.argument("assignment", required=False)
@click.option("--seeds", type=click.IntRange(1), help="Random inputs for each program [default: 200].")
@click.option("--jobs", type=click.IntRange(1), help="Processes to grade with [default: one per core].")
@json_option
@click.pass_obj
def audit(find_course, assignment, seeds, jobs, as_json) -> int:
    """The gate: solution full marks, blank none, every mistake caught, every variant passes, nothing leaks."""
    from autograder.audit import SEEDS
    from autograder.audit import audit as run

    course = find_course()
    names = (
        [course.assignment(assignment).name]
        if assignment
        else [one.name for one in course.syllabus.assignments if one.status == "written"]
    )
    reports = []
    for name in names:
        report = run(
            course, name, seeds=seeds or SEEDS, jobs=jobs, say=lambda text: messages.print(f"  {text}", style="dim")
        )
        reports.append(report)
        if not as_json:
            show_findings(report, "passed" if report.passed else "failed")
    if as_json:
        print_json([report_record(report) for report in reports])
    return DONE if all(report.passed for report in reports) else FAILED


def report_record(report) -> dict:
    return {
        "assignment": report.assignment,
        "passed": report.passed,
        "findings": report.findings,
        "kill_table": report.kill_table(),
        "attempts": msgspec.to_builtins(report.attempts),
    }


def show_findings(report, word: str) -> None:
    counts = {
        kind: sum(attempt.kind == kind for attempt in report.attempts) for kind in ("mistake", "variant", "lecture")
    }
    tried = ", ".join(f"{count} {kind}s" for kind, count in counts.items())
    console.print(f"{report.assignment}: {word} (solution, blank, {tried})", highlight=False)
    for finding in report.findings:
        console.print(f"  - {finding}", highlight=False, markup=False)


@cli.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the demo course is built [default: demo/].",
)
@click.option("--keep", is_flag=True, help="Grade the class that is there again instead of making a new one.")
@click.pass_obj
def demo(find_course, folder, keep) -> int:
    """A whole class in a minute: release, submissions of every kind, grades, feedback, marks."""
    from autograder.demo import run

    course = find_course()
    return run(course, folder or course.root / "demo", console, messages, keep=keep)


@cli.command()
@json_option
@click.pass_obj
def doctor(find_course, as_json) -> int:
    """What the sandbox really enforces on this machine, found out by trying to break out of it."""
    from autograder.doctor import examine
    from autograder.table import print_examination

    examination = examine()
    if as_json:
        print_json(examination)
    else:
        print_examination(console, examination)
    return DONE if examination.held else FAILED


if __name__ == "__main__":
    main()
