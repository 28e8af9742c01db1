"""Who is in a class: the folders below submissions/ that can be somebody's.

check_students(course, "a03_optimizers", [])            # everybody who handed in, in order of name
left_out(course, "a03_optimizers")                      # folders under whose names nobody can be graded
"""

from sqlalchemy.engine import make_url

from autograder.course import Course, CourseError

NAME_LENGTH = 128  # of a student's name in nbgrader's tables


def submitters(course: Course, assignment: str) -> list[str]:
    """Students with a folder for `assignment`, in order of name; a name that cannot be written down is no student's."""
    longest = longest_name(course)
    return sorted(name for name in folders(course, assignment) if writable(name, longest))


def folders(course: Course, assignment: str) -> list[str]:
    folder = course.submissions
    found = [path for path in folder.iterdir() if (path / assignment).is_dir()] if folder.is_dir() else []
    return [path.name for path in found if not path.name.startswith(".")]


def longest_name(course: Course) -> int | None:
    """How long the gradebook lets a student's name be; SQLite does not mind."""
    return None if make_url(course.gradebook_url).get_backend_name() == "sqlite" else NAME_LENGTH


def writable(name: str, longest: int | None = None) -> bool:
    """Whether a folder's name is text, as gradebook, results and pages are, and no longer than the gradebook allows."""
    try:
        return bool(name.encode("utf-8")) and (longest is None or len(name) <= longest)
    except UnicodeEncodeError:
        return False


def left_out(course: Course, assignment: str) -> list[str]:
    """Folders whose names cannot be written down, as they can be shown: nobody can be graded under them."""
    longest = longest_name(course)
    return sorted(ascii(name) for name in folders(course, assignment) if not writable(name, longest))


def check_students(course: Course, assignment: str, wanted: list[str]) -> list[str]:
    """The students to grade: all, or those `wanted`; an unknown one is an error that says who there is."""
    there = submitters(course, assignment)
    if not there:
        raise CourseError(
            f"no submissions of {assignment}: expected {course.submissions}/STUDENT/{assignment}/{assignment}.ipynb"
        )
    unknown = [student for student in wanted if student not in there]
    if unknown:
        shown = ", ".join(there[:8]) + (", ..." if len(there) > 8 else "")
        raise CourseError(f"no submission of {assignment} by {', '.join(unknown)}; there are {len(there)}: {shown}")
    return list(dict.fromkeys(wanted)) or there
