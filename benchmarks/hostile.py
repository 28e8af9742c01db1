"""What becomes of hostile, broken and honest notebooks: ours beside stock nbgrader, both measured.

    python -m benchmarks.hostile                      # the whole corpus; some twenty minutes, most of them stock's
    python -m benchmarks.hostile pass/prints          # prints what became of some specimens, writes nothing

runs every specimen of tests/hostile through both and writes docs/hostile.md. Ours grades the whole corpus as one class.
Stock gets each specimen in a course of its own, with one honest classmate, in a container (hostile_box.py): it runs a
stranger's code with the rights of whoever grades.
"""

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import click
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course import Course
from autograder.release import release
from benchmarks.hostile_box import MATE, NAME
from benchmarks.hostile_page import FULL, PATIENCE, our_words, page, stock_words
from tests.conftest import copy_toy_course
from tests.hostile.specimen import HERE, Specimen, corpus

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "hostile.md"
ANYBODY = 23450  # users without a name, one for each container at work
CELLS = (
    ("scale", "def scale(x, factor):\n    ### BEGIN SOLUTION\n    return x * factor\n    ### END SOLUTION"),
    ("check-scale", """\
from numpy.testing import assert_allclose

assert_allclose(scale(np.array([1.0, 2.0]), 2.0), [2.0, 4.0])
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(2024)
x, factor = rng.normal(size=1), rng.uniform(2, 3)
expected = x * factor
assert_allclose(scale(x, factor), expected)
x = rng.normal(size=rng.integers(1, 5, size=2))
expected = x * 2.5
assert_allclose(scale(x, 2.5), expected)
assert_allclose(scale(rng.normal(size=3), 0.0), [0.0, 0.0, 0.0])
### END HIDDEN TESTS"""),
    ("total", "def total(x):\n    ### BEGIN SOLUTION\n    return np.asarray(x).sum()\n    ### END SOLUTION"),
    ("check-total", """\
from numpy.testing import assert_allclose

assert_allclose(total(np.array([[1.0, 2.0]])), 3.0)
### BEGIN HIDDEN TESTS
x = np.random.default_rng(2025).normal(size=(2, 3))
expected = x.sum()
assert_allclose(total(x), expected)
### END HIDDEN TESTS"""),
)  # fmt: skip


# Stock


def stock_course(folder: Path) -> Path:
    """A course as nbgrader's own quick start makes one: the toy notebook with equal tests, visible and hidden."""
    notebook = new_notebook(cells=[new_markdown_cell("# A toy assignment", id="title")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.cells.append(new_code_cell("import numpy as np", id="imports"))
    for name, source in CELLS:
        cell = new_code_cell(source, id=name)
        grading = {"grade": name in FULL, "locked": name in FULL, "solution": name not in FULL, "task": False}
        cell.metadata["nbgrader"] = {**grading, "grade_id": name, "schema_version": 3}
        if name in FULL:
            cell.metadata["nbgrader"]["points"] = int(FULL[name])
        notebook.cells.append(cell)
    source = folder / "source" / NAME / f"{NAME}.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(notebook, source)
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'toy'\n")
    here = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{here}:{os.environ['PATH']}"}
    command = [here / "nbgrader", "generate_assignment", NAME]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    released = nbformat.read(folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    for cell in released.cells:
        if cell.id in ("scale", "total"):
            cell.source = "\n".join(line for line in dict(CELLS)[cell.id].split("\n") if "###" not in line)
    mate = folder / "submitted" / MATE / NAME / f"{NAME}.ipynb"
    mate.parent.mkdir(parents=True)
    nbformat.write(released, mate)
    return folder


def run_stock(specimen: Specimen, template: Path, user: int) -> dict:
    """What became of one specimen, and of the classmate behind it, in a container of its own."""
    root = os.geteuid() == 0
    command = ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child=KILL"]
    command += [] if root else ["--user", "--map-root-user"]
    inside = [sys.executable, "-B", "-m", "benchmarks.hostile_box", str(template), str(specimen.path), str(PATIENCE)]
    if root:  # that user must be able to read this Python
        inside = [sys.executable, "-B", str(HERE / "people.py"), "--open", *inside]
    run = subprocess.run(
        [*command, *inside, str(user if root else 0)], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE + 120
    )
    if run.returncode != 0:
        return {"trouble": run.stderr.strip()[-300:] or f"the container ended with {run.returncode}"}
    return json.loads(run.stdout.splitlines()[-1])


def all_of_stock(specimens: list[Specimen], jobs: int = 2) -> list[tuple[Specimen, dict]]:
    """Every specimen under stock, `jobs` at a time."""
    users: SimpleQueue = SimpleQueue()
    for number in range(jobs):
        users.put(ANYBODY + number)
    template = stock_course(Path(tempfile.mkdtemp(prefix="mmcourse-stock-", dir="/var/tmp")))
    template.chmod(0o755)

    def run(specimen: Specimen) -> dict:
        user = users.get()
        try:
            return run_stock(specimen, template, user)
        except subprocess.TimeoutExpired:
            return {"trouble": "its container did not end"}
        finally:
            users.put(user)

    try:
        with ThreadPoolExecutor(jobs) as pool, click.progressbar(length=len(specimens), label="stock") as bar:
            found = []
            for specimen, outcome in zip(specimens, pool.map(run, specimens)):
                found.append((specimen, outcome))
                bar.update(1)
            return found
    finally:
        shutil.rmtree(template)


def digest(specimen: Specimen) -> str:
    """Names a specimen and the course it is tried on, so that what was measured holds as long as both stay."""
    tree = ast.dump(ast.parse(specimen.path.read_text()))
    content = repr((tree, [name for name, _ in specimen.cells], CELLS))
    return f"{specimen.name} {hashlib.sha256(content.encode()).hexdigest()[:16]}"


# Ours


def all_of_ours(tier: int) -> dict:
    with tempfile.TemporaryDirectory(prefix="mmcourse-hostile-") as folder:
        course = copy_toy_course(Path(folder) / "toy")
        release(course, NAME)
        command = [sys.executable, "-B", "-m", "tests.hostile.runner", str(course.root), str(tier)]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=900)
        shutil.rmtree(Course(course.root).submissions, ignore_errors=True)
        return json.loads(run.stdout)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--tier", default=2, show_default=True, help="The sandbox of our side.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keeps stock's outcomes, and measures only what is new.")
def main(names: tuple[str, ...], tier: int, keep: Path | None) -> None:
    """Measure the corpus, or only NAMES, on both sides."""
    specimens = [one for one in corpus() if not names or one.name in names]
    if not specimens:
        raise click.UsageError("no specimen has such a name; they look like pass/prints")
    known = json.loads(keep.read_text()) if keep and keep.exists() else {}
    known |= {
        digest(one): outcome for one, outcome in all_of_stock([one for one in specimens if digest(one) not in known])
    }
    if keep:
        keep.write_text(json.dumps(known))
    stock, ours = {one.name: known[digest(one)] for one in specimens}, all_of_ours(tier)
    if names:
        for one in specimens:
            click.echo(f"{one.name}\n  ours:  {our_words(one, ours)}\n  stock: {stock_words(one, stock[one.name])}")
    else:
        PAGE.write_text(page(specimens, ours, tier, stock))
        click.echo(f"{PAGE.relative_to(ROOT)} is written")


if __name__ == "__main__":
    main()
