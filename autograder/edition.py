"""The tree that students and Binder get: the course without what is the instructors' own, scanned for leaks.

    write_edition(course, "class", Path("out"))      # no solutions, no hidden tests, no grader
    write_edition(course, "open", Path("out"))       # for self-study: each check is followed by a solution that unfolds

What goes out is a list of what may, never of what may not. The tree is written beside its place and moved there only
when the scan finds nothing, so a leak leaves nothing behind.
"""

import html
import re
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

from autograder.audit import secrets
from autograder.course import Course, CourseError
from autograder.manifest import Manifest, solution_sources
from autograder.release import canonical, released_path

EDITIONS = ("class", "open")
FILES = (
    "environment.yml",
    "postBuild",
    "constraints.txt",
    "LICENSE",
    "LICENSE-TEXT",
    "CITATION.cff",
    ".gitignore",
)
SKIPPED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.pyc", ".*")
COMMON = ("a line of the solution", "the name of a hidden test")  # may be alike by chance
TEXT = (".py", ".ipynb", ".json", ".toml", ".yml", ".md", ".txt", ".cff", "")

README = """# mmcourse

A course on deep learning for language, vision, sound and time, as notebooks to work through.

```sh
pip install torch --index-url https://download.pytorch.org/whl/cpu
pip install -c constraints.txt .
jupyter lab
```

Begin with a lecture in `lectures/`; its exercises check themselves. Then open a notebook in `assignments/`: each
question ends in a cell that checks your answer on the spot. `hint()` helps, twice.
{more}
"""
FOLDED = """<details>
<summary>A solution, once both hints are used up</summary>
<pre><code>{code}</code></pre>
</details>"""
MORE = {
    "class": "Hand in as your instructor told you.",
    "open": "This is the edition for studying alone: below each check, a solution unfolds. Try both hints first.",
}


def write_edition(course: Course, edition: str, target: Path) -> list[Path]:
    """Write the tree of `edition` to `target`, a new or empty folder; returns its files."""
    if edition not in EDITIONS:
        raise CourseError(f"unknown edition {edition!r}: there are {' and '.join(EDITIONS)}")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CourseError(f"{target} is there and not empty: an edition goes into a folder of its own")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
        tree = Path(folder) / "tree"
        fill(course, edition, tree)
        if findings := leaks(course, edition, tree):
            raise CourseError(f"the {edition} edition would leak, nothing was written: {'; '.join(findings[:5])}")
        target.exists() and target.rmdir()
        tree.rename(target)
    return sorted(path for path in target.rglob("*") if path.is_file())


def fill(course: Course, edition: str, tree: Path) -> None:
    tree.mkdir()
    shutil.copytree(course.root / "mmcourse", tree / "mmcourse", ignore=SKIPPED)
    shutil.copytree(course.checks, tree / "mmcourse" / "checks", ignore=SKIPPED, dirs_exist_ok=True)
    for name in FILES:
        if (course.root / name).is_file():
            shutil.copy(course.root / name, tree / name)
    (tree / "pyproject.toml").write_text(without_grader((course.root / "pyproject.toml").read_text()))
    (tree / "README.md").write_text(README.format(more=MORE[edition]))
    for lecture in course.syllabus.lectures:
        if lecture.status == "written":
            put(course.lectures / f"{lecture.name}.ipynb", tree / "lectures" / f"{lecture.name}.ipynb")
            for path in sorted((course.root / "experiments").glob(f"l{lecture.number:02d}.*")):
                put(path, tree / "experiments" / path.name)
    for manifest in manifests(course):
        path = released_path(course, manifest.name)
        if not path.is_file():
            raise CourseError(f"{manifest.name} has not been released: run `autograder release {manifest.name}` first")
        copy = tree / path.relative_to(course.root)
        put(path, copy)
        if edition == "open":
            copy.write_bytes(canonical(with_solutions(course, manifest, nbformat.read(copy, as_version=4))))


def put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def manifests(course: Course) -> list[Manifest]:
    written = [one.name for one in course.syllabus.assignments if one.status == "written"]
    return [Manifest.load(course.hidden / name, course.solutions / name / f"{name}.ipynb") for name in written]


def without_grader(pyproject: str) -> str:
    """The project's own file, less the command and the package that stay with the instructors."""
    pyproject = re.sub(r"(?ms)^\[project\.scripts\]\n.*?(?=^\[)", "", pyproject)
    return pyproject.replace('include = ["mmcourse*", "autograder*"]', 'include = ["mmcourse*"]')


def with_solutions(course: Course, manifest: Manifest, notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with the instructor's solution folded away below each question's check."""
    sources = solution_sources(course.solutions / manifest.name / f"{manifest.name}.ipynb")
    questions = {question.grade_cell: question for question in manifest.questions}
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        question = questions.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if question is not None:
            shown = re.sub(r"(?m)^[ \t]*### (BEGIN|END) SOLUTION\n?", "", sources[question.solution_cell])
            cells.append(new_markdown_cell(FOLDED.format(code=html.escape(shown)), id=f"solution-{question.id}"))
    notebook.cells = cells
    return notebook


def taught(course: Course) -> str:
    """What every student reads: the modules of the lectures, and the lectures.

    A line of a solution that stands there too gives nothing away. That no lecture holds a whole answer is the audit's
    affair: it pastes lecture code into each question.
    """
    paths = [course.root / f"{module.replace('.', '/')}.py" for module in course.syllabus.modules]
    paths += [course.lectures / f"{lecture.name}.ipynb" for lecture in course.syllabus.lectures]
    return "\n".join(plain_text(path) for path in paths if path.is_file())


def plain_text(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace('\\"', '"')


def leaks(course: Course, edition: str, tree: Path) -> list[str]:
    """Whatever in `tree` must not go out: a path of the instructors' own, or a line that belongs to one."""
    found, known = [], taught(course)
    forbidden = [(secret, what) for manifest in manifests(course) for secret, what in secrets(course, manifest)]
    forbidden = [(secret, what) for secret, what in forbidden if what not in COMMON or secret not in known]
    if edition == "open":
        forbidden = [(secret, what) for secret, what in forbidden if what != "a line of the solution"]
    for path in sorted(tree.rglob("*")):
        name = path.relative_to(tree)
        if path.is_symlink() or {"hidden", "solutions", "autograder", "submissions"} & set(name.parts):
            found.append(f"{name} is the instructors'")
        elif path.is_file() and path.suffix in TEXT:
            text = plain_text(path)
            found += [f"{name} contains {what}: {secret[:60]!r}" for secret, what in forbidden if secret in text]
    return found
