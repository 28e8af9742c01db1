"""Notebooks are canonical, and the tool that says so is able to say the opposite."""

import json

import nbformat
import pytest

from tools.canonical import canonical, main, notebooks, problems

CELLS = [
    {"cell_type": "markdown", "id": "title", "metadata": {}, "source": ["# Größe $\\nabla$\n", "text"]},
    {
        "cell_type": "code",
        "execution_count": None,
        "id": "first-step",
        "metadata": {"mmcourse": {"covers": ["A-01"]}},
        "outputs": [],
        "source": ["x = 1"],
    },
]
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def written(cells: list | None = None, metadata: dict | None = None, minor: int = 5) -> str:
    notebook = {"cells": cells or CELLS, "metadata": metadata or KERNEL, "nbformat": 4, "nbformat_minor": minor}
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def code(**changes) -> list:
    return [CELLS[0], CELLS[1] | changes]


OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
FAULTS = {
    "outputs": (written(code(outputs=[OUTPUT])), "cell 2 (first-step) has outputs"),
    "count": (written(code(execution_count=3)), "cell 2 (first-step) has an execution count"),
    "front end": (written(code(metadata={"scrolled": True})), "has the metadata `scrolled`"),
    "random id": (written(code(id="3f9a1c2e")), "has an id that does not say what the cell is for"),
    "random long id": (written(code(id="0b9c1f2e-5a77-4f0e-9d7a-1c2d3e4f5a6b")), "has an id that does not say"),
    "no id": (written([CELLS[0], {key: CELLS[1][key] for key in CELLS[1] if key != "id"}]), "cell 2 (None) has no id"),
    "doubled id": (written(code(id="title")), "2 cells have the id 'title'"),
    "version": (written(metadata=KERNEL | {"language_info": {"name": "python", "version": "3"}}), "has a version"),
    "minor": (written(minor=4), "nbformat is 4.4, not 4.5"),
    "source as one text": (written(code(source="x = 1")), "differ from the canonical form"),
    "indent": (json.dumps(json.loads(written()), indent=2, sort_keys=True) + "\n", "differ from the canonical form"),
    "end of file": (written()[:-1], "differ from the canonical form"),
    "line ends": (written().replace("\n", "\r\n"), "differ from the canonical form"),
    "key order": (json.dumps(dict(reversed(json.loads(written()).items())), indent=1) + "\n", "differ from"),
}


def test_the_notebooks_of_the_course_are_canonical(course):
    found = {path.name: problems(path.read_bytes().decode()) for path in notebooks(course.root)}
    assert "a03_optimizers.ipynb" in found
    assert {name: each for name, each in found.items() if each} == {}


def test_a_canonical_notebook_has_no_problem_and_is_a_fixed_point():
    assert problems(written()) == []
    assert canonical(written()) == written()


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_and_put_right(fault):
    text, told = FAULTS[fault]
    (problem,) = problems(text)
    assert told in problem
    fixed = canonical(text)
    assert problems(fixed) == []
    nbformat.validate(json.loads(fixed))
    before, after = json.loads(text)["cells"], json.loads(fixed)["cells"]
    assert ["".join(cell["source"]) for cell in after] == ["".join(cell["source"]) for cell in before]


def test_good_ids_and_metadata_survive_a_fix():
    fixed = json.loads(canonical(FAULTS["outputs"][0]))
    assert [cell["id"] for cell in fixed["cells"]] == ["title", "first-step"]
    assert fixed["cells"][1]["metadata"] == {"mmcourse": {"covers": ["A-01"]}}


def test_a_new_id_says_what_the_cell_is_for():
    graded = {"nbgrader": {"grade_id": "check-momentum"}}
    cells = [
        CELLS[1] | {"id": "deadbeef01", "metadata": graded},
        CELLS[0] | {"id": "12345678", "source": "# The ravine, seen from above: a long title"},
        CELLS[0] | {"id": "12345679", "source": "# The ravine, seen from above: again"},
        CELLS[0] | {"id": "12345680", "source": ""},
    ]
    ids = [cell["id"] for cell in json.loads(canonical(written(cells)))["cells"]]
    assert ids == ["check-momentum", "the-ravine-seen-from", "the-ravine-seen-from-2", "markdown"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not JSON"),
        ("[]", "not a notebook of nbformat 4"),
        ('{"nbformat": 3, "worksheets": []}', "not a notebook of nbformat 4"),
        ('{"nbformat": 4, "cells": [1]}', "`cells` must be a list of cells"),
        ('{"nbformat": 4, "nbformat_minor": 5, "cells": []}', "not a valid notebook: 'metadata' is a required"),
        (written(code(source=3)), "not a valid notebook"),
    ],
)
def test_what_is_no_notebook_is_told_and_left_alone(tmp_path, capsys, text, told):
    path = tmp_path / "x.ipynb"
    path.write_text(text)
    assert main(["--fix", str(path)]) == 1
    assert f"{path}: " in (said := capsys.readouterr().out)
    assert told in said
    assert path.read_text() == text


def test_check_lists_and_fails_then_fix_rewrites(tmp_path, monkeypatch, capsys):
    path = tmp_path / "lectures" / "01_x.ipynb"
    path.parent.mkdir()
    path.write_text(FAULTS["outputs"][0])
    monkeypatch.chdir(tmp_path)
    assert main(["--check"]) == 1
    assert "01_x.ipynb: cell 2 (first-step) has outputs" in capsys.readouterr().out
    assert main(["--fix"]) == 0
    assert path.read_text() == written()
    assert main(["--check"]) == 0


def test_git_sees_text(tmp_path, capsys):
    good, broken = tmp_path / "good.ipynb", tmp_path / "broken.ipynb"
    good.write_text(written())
    broken.write_text("<<<<<<< half merged")
    assert main(["--text", str(good)]) == 0
    assert '# %% mmcourse={"covers": ["A-01"]}\nx = 1' in capsys.readouterr().out
    assert main(["--text", str(broken)]) == 0
    assert capsys.readouterr().out == "<<<<<<< half merged"
