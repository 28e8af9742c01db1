"""From the instructor's notebook to the student's: nbgrader's generate_assignment, then canonical form.

    release(course, "a03_optimizers")    # writes assignments/a03_optimizers/ and mmcourse/checks/a03.json

The gate (audit.py) is the command's affair; this module only makes the files, in a way that gives equal bytes for
equal input.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder import checkdata
from autograder.course import Course, CourseError
from autograder.manifest import Manifest, setup_sources, solution_sources
from autograder.results import write_atomically

CONFIG = "nbgrader_config.py"


def release(course: Course, assignment: str) -> Path:
    """Write the student notebook of `assignment` and the data of its visible checks; returns the notebook's path."""
    name = course.assignment(assignment).name
    manifest = Manifest.load(course.hidden / name, course.solutions / name / f"{name}.ipynb")
    write_atomically(checks_path(course, name), check_data(course, manifest))
    with nbgrader_api(course) as api:
        outcome = api.generate_assignment(name, force=True)
    if not outcome["success"]:
        raise CourseError(f"nbgrader could not release {name}: {outcome.get('error') or outcome.get('log', '')}")
    path = released_path(course, name)
    write_atomically(path, canonical(nbformat.read(path, as_version=4)))
    return path


def released_path(course: Course, name: str) -> Path:
    return course.assignments / name / f"{name}.ipynb"


def read_released(course: Course, name: str) -> nbformat.NotebookNode:
    path = released_path(course, name)
    if not path.is_file():
        raise CourseError(f"{name} has not been released: {path} is missing; run `autograder release {name}`")
    return nbformat.read(path, as_version=4)


def checks_path(course: Course, name: str) -> Path:
    return course.checks / f"{name.partition('_')[0]}.json"


def check_data(course: Course, manifest: Manifest) -> bytes:
    """The data of the visible checks of an assignment, from its hidden folder's declarations."""
    notebook = course.solutions / manifest.name / f"{manifest.name}.ipynb"
    sources = solution_sources(notebook)
    return checkdata.build(
        manifest.name.partition("_")[0],
        questions=manifest.checks,
        solution_source={question.id: sources[question.solution_cell] for question in manifest.questions},
        mistakes=manifest.mistakes,
        points={question.id: question.points for question in manifest.questions},
        functions={question.id: question.function for question in manifest.questions},
        preamble="\n\n".join(setup_sources(notebook)),
    )


@contextlib.contextmanager
def nbgrader_api(course: Course) -> Iterator:
    """nbgrader's own interface on this course, with the course's configuration."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    config = load_config(course)
    here = str(Path(sys.executable).parent)  # where alembic lies, which a new gradebook calls
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([here, before])
    try:
        directory = CourseDirectory(config=config, root=str(course.root))
        api = NbGraderAPI(directory, config=config)
        api.log.handlers.clear()
        api.log.propagate = False
        yield api
    finally:
        os.environ["PATH"] = before


def load_config(course: Course) -> Config:
    if not (course.root / CONFIG).is_file():
        raise CourseError(f"{course.root} has no {CONFIG}: copy it from the course's repository")
    return PyFileConfigLoader(CONFIG, path=str(course.root)).load_config()


def canonical(notebook: nbformat.NotebookNode) -> bytes:
    """A notebook as it is committed: no outputs, no counts, sorted keys, one space of indent, a newline at the end."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.get("language_info", {}).pop("version", None)
    return (nbformat.writes(notebook) + "\n").encode()
