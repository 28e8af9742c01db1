"""The import contract holds in the course, and is able to fail: it is shown a package that breaks it in every way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LINT = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"]
SYLLABUS = "".join(
    f'[[lecture]]\nnumber = {number}\nslug = "{slug}"\ntitle = "T"\npart = 1\nminutes = 50\nrequires = []\n'
    f'modules = {modules}\ncovers = []\nstatus = "planned"\n'
    for number, slug, modules in [
        (1, "first", ["mmcourse.early.one", "mmcourse.early.two"]),
        (2, "second", ["mmcourse.late.three", "mmcourse.shared"]),
    ]
)
CONTRACT = """
[tool.importlinter]
root_packages = ["mmcourse"]
contract_types = ["teaching_order: tools.teaching_order.TeachingOrder"]
[[tool.importlinter.contracts]]
name = "order"
type = "teaching_order"
package = "mmcourse"
syllabus = "syllabus.toml"
worlds = "worlds"
base = ["explorer", "figures", "check parts"]
"""
GOOD = {
    "__init__": "import mmcourse.check",
    "check": "import mmcourse.parts",
    "parts": "",
    "figures": "",
    "explorer/__init__": "import mmcourse.explorer.host",
    "explorer/host": "",
    "worlds/__init__": "import mmcourse.figures, mmcourse.worlds.points",
    "worlds/points": "",
    "early/__init__": "",
    "early/one": "import mmcourse\nimport mmcourse.figures, mmcourse.worlds.points",
    "early/two": "import mmcourse.early.one, mmcourse.explorer",
    "late/__init__": "",
    "late/three": "from mmcourse.early import one, two",
    "shared": "from mmcourse.late.three import one",
}


@pytest.fixture
def lint(tmp_path):
    """Run import-linter on a made-up package; return its exit status and what it said, on one line."""

    def run(changes: dict[str, str] = GOOD) -> tuple[int, str]:
        files = GOOD | changes
        for name, source in files.items():
            path = tmp_path / "mmcourse" / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source + "\n")
        (tmp_path / "syllabus.toml").write_text('[[part]]\nnumber = 1\ntitle = "One"\n' + SYLLABUS)
        (tmp_path / "pyproject.toml").write_text(CONTRACT)
        # The working folder comes first on the path, so this mmcourse hides the real one.
        root = Path(__file__).parents[2]
        environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{root}", "COLUMNS": "500"}
        done = subprocess.run(LINT, cwd=tmp_path, env=environment, capture_output=True, text=True)
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    return run


def test_the_contracts_of_the_course_hold(course):
    done = subprocess.run(LINT, cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 kept, 0 broken" in done.stdout


def test_what_keeps_the_order_passes(lint):
    status, said = lint()
    assert (status, "1 kept, 0 broken" in said) == (0, True), said


@pytest.mark.parametrize(
    ("importer", "source", "told"),
    [
        (
            "early/two",
            "import mmcourse.late.three",
            "early.two (line 1) imports mmcourse.late.three: it is taught later",
        ),
        (
            "early/one",
            "\nimport mmcourse.early.two",
            "early.one (line 2) imports mmcourse.early.two: it is taught later",
        ),
        ("late/three", "def f():\n    import mmcourse.shared", "(line 2) imports mmcourse.shared: it is taught later"),
        ("figures", "import mmcourse.early.one", "imports mmcourse.early.one: the base imports nothing"),
        ("explorer/host", "import mmcourse.figures", "imports mmcourse.figures: the base imports nothing"),
        ("check", "import mmcourse.worlds.points", "imports mmcourse.worlds.points: the base imports nothing"),
        ("worlds/points", "import mmcourse.early.one", "the worlds import no module of a lecture"),
        ("__init__", "import mmcourse.early.one", "a package's __init__ runs before anything is taught"),
        ("early/__init__", "import mmcourse.early.one", "a package's __init__ runs before anything is taught"),
        ("late/extra", "", "mmcourse.late.extra has no place: add it to the `modules` of a lecture"),
        ("helpers", "", "mmcourse.helpers has no place: add it to the `modules` of a lecture"),
    ],
)
def test_what_breaks_the_order_is_told(lint, importer, source, told):
    status, said = lint({importer: source})
    assert status == 1
    assert told in said
    assert said.count(" has no place") + said.count(" imports mmcourse") == 1
