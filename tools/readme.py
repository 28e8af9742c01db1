"""Write README's table of the course from syllabus.toml: `python -m tools.readme`; `--check` tells when it is old."""

import sys
from pathlib import Path

from autograder.course import Course

START, END = "<!-- syllabus: made from syllabus.toml by `python -m tools.readme` -->\n", "<!-- end of syllabus -->"


def table(course: Course) -> str:
    """The lectures in order of teaching, part by part, with the assignment that follows; planned ones in italics."""
    rows = ["| | lecture | minutes | assignment |", "|--:|---|--:|---|"]
    after = {assignment.after: assignment for assignment in course.syllabus.assignments}
    part = None
    for lecture in course.syllabus.lectures:
        if lecture.part != part:
            part = lecture.part
            rows.append(f"| | **{course.syllabus.parts[part]}** | | |")
        assignment = after.get(lecture.number)
        follows = (
            ""
            if assignment is None
            else entry(f"{assignment.id} {assignment.title}", assignment.status, "assignments", assignment.name)
        )
        title = entry(lecture.title, lecture.status, "lectures", lecture.name)
        rows.append(f"| {lecture.number} | {title} | {lecture.minutes} | {follows} |")
    return "\n".join([*rows, "", "Those in italics are planned.", ""])


def entry(title: str, status: str, folder: str, name: str) -> str:
    if status == "planned":
        return f"*{title}*"
    path = f"{folder}/{name}/{name}.ipynb" if folder == "assignments" else f"{folder}/{name}.ipynb"
    return f"[{title}]({path})"


def with_table(text: str, course: Course) -> str:
    before, rest = text.split(START)
    return f"{before}{START}\n{table(course)}\n{END}{rest.split(END, 1)[1]}"


def main() -> int:
    course = Course.find(Path(__file__).parent)
    path = course.root / "README.md"
    text = path.read_text(encoding="utf-8")
    wanted = with_table(text, course)
    if "--check" in sys.argv[1:]:
        if text != wanted:
            print("README.md: the table is not what syllabus.toml says; run `python -m tools.readme`", file=sys.stderr)
        return int(text != wanted)
    path.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
