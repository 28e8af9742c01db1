"""Whatever is handed in: read without harm, fitted to the released notebook, what was broken said in clear words."""

import copy
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nbconvert.filters import markdown2html

from autograder import repair
from autograder.manifest import Manifest
from autograder.repair import TEX, Unreadable, cells_to_run, fit, harmless, plain_cells, read_submission

TOY = Path(__file__).parents[1] / "toy_course"
NAME = "a01_toy"
NOTEBOOK = TOY / "solutions" / NAME / f"{NAME}.ipynb"
MANIFEST = Manifest.load(TOY / "hidden" / NAME, NOTEBOOK)


def released_notebook() -> nbformat.NotebookNode:
    """As nbgrader releases it: stubs where the solutions were."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        cell.source = re.sub(
            r"### BEGIN SOLUTION.*### END SOLUTION", "raise NotImplementedError", cell.source, flags=re.S
        )
    return notebook


RELEASED = released_notebook()
GRADE_IDS = ["scale", "check-scale", "total", "check-total"]
ANSWERS = {"scale": "def scale(x, factor):\n    return factor * x", "total": "def total(x):\n    return x.sum()"}


def answered() -> dict:
    """The released notebook with both answers written in, as the JSON of its file."""
    notebook = copy.deepcopy(RELEASED)
    for cell in notebook.cells:
        cell.source = ANSWERS.get(repair.grade_id(cell), cell.source)
    return json.loads(nbformat.writes(notebook))


@pytest.fixture
def hand_in(tmp_path):
    """hand_in(content, name) writes a file into a submission and reads the submission."""

    def hand_in(content, name: str = f"{NAME}.ipynb") -> repair.Submitted:
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        (tmp_path / name).write_bytes(content)
        return read(tmp_path)

    return hand_in


def read(folder: Path) -> repair.Submitted:
    submitted = read_submission(folder, RELEASED, MANIFEST)
    require_fit(submitted.notebook)
    for note in submitted.notes:
        assert "\n" not in note and note.encode().decode() == note
    return submitted


def require_fit(notebook: nbformat.NotebookNode) -> None:
    """Valid, and each released cell exactly once, with its type, points, flags and locked text; no outputs."""
    nbformat.validate(notebook)
    assert notebook.metadata == RELEASED.metadata and notebook.nbformat == 4
    graded = {repair.grade_id(cell): cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    assert sorted(graded) == sorted(GRADE_IDS) == sorted(filter(None, map(repair.grade_id, notebook.cells)))
    for original in RELEASED.cells:
        if (name := repair.grade_id(original)) is not None:
            assert graded[name].metadata.nbgrader == original.metadata.nbgrader
            assert graded[name].cell_type == original.cell_type
            if original.metadata.nbgrader.locked:
                assert graded[name].source == original.source
    assert not any(cell.get("outputs") or cell.get("attachments") for cell in notebook.cells)
    json.dumps(notebook).encode()


def code(submitted: repair.Submitted) -> list[str]:
    return [source for _, source in cells_to_run(submitted.notebook)]


IMPORTS = RELEASED.cells[1].source


# The honest one


def test_an_honest_notebook_is_left_as_it_is(hand_in):
    submitted = hand_in(answered())
    assert submitted.readable and submitted.notes == []
    assert [cell.source for cell in submitted.notebook.cells] == [
        "".join(cell["source"]) for cell in answered()["cells"]
    ]
    assert [cell.id for cell in submitted.notebook.cells] == [cell.id for cell in RELEASED.cells]
    assert cells_to_run(submitted.notebook) == [(1, IMPORTS), (2, ANSWERS["scale"]), (4, ANSWERS["total"])]


def test_reading_twice_gives_the_same_bytes(hand_in, tmp_path):
    notebook = answered()
    for cell in notebook["cells"]:
        del cell["id"]
    notebook["cells"] *= 2
    assert nbformat.writes(hand_in(notebook).notebook) == nbformat.writes(read(tmp_path).notebook)


# Files that are no notebooks

UNREADABLE = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\t", "is empty"),
    "text": (b"def scale(x): ...", "is not JSON \\(line 1, column 1\\)"),
    "cut short": (json.dumps(answered()).encode()[:-100], "is not JSON \\(line"),
    "latin": ("# Ünïcode".encode("latin-1"), "is not UTF-8"),
    "utf-16": (json.dumps(answered()).encode("utf-16"), "is not UTF-8"),
    "zip": (b"PK\x03\x04\xff\xfe", "is not UTF-8"),
    "a list": (b"[1, 2]", "a list and no notebook"),
    "a number": (b"3", "a int and no notebook"),
    "a huge number": (b"1" * 10_000, "is not JSON"),
    "null": (b"null", "no notebook"),
    "an object": (b'{"a": 1}', "has no cells"),
    "cells of no kind": (b'{"cells": "none", "nbformat": 4}', "has no cells"),
    "deep": (b"[" * 100_000, "nested too deep"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_named_with_what_to_do(hand_in, name):
    content, why = UNREADABLE[name]
    submitted = hand_in(content)
    assert not submitted.readable and code(submitted) == []
    (note,) = submitted.notes
    assert re.match(rf"{NAME}\.ipynb: {why}|{NAME}\.ipynb: .*{why}", note) and note.endswith("submit again")


def test_a_byte_order_mark_is_no_trouble(hand_in):
    submitted = hand_in(b"\xef\xbb\xbf" + json.dumps(answered()).encode())
    assert submitted.notes == [] and code(submitted)[1:] == list(ANSWERS.values())


def test_no_submission_no_folder_no_notebook(tmp_path):
    for folder in (tmp_path / "nobody", tmp_path):
        submitted = read(folder)
        assert not submitted.readable and code(submitted) == []
        assert submitted.notes == [
            "a01_toy.ipynb: not in the submission, no notebook is there; submit the notebook under its own name"
        ]
    (tmp_path / "readme.txt").write_text("see e-mail")
    (tmp_path / "file").write_text("not a folder")
    assert "no notebook is there" in read(tmp_path).notes[0]
    assert "no notebook is there" in read(tmp_path / "file").notes[0]


def test_a_notebook_of_another_name_is_taken_when_it_is_the_only_one(hand_in):
    submitted = hand_in(answered(), "a01_toy (final) ü.ipynb")
    assert submitted.notes == ["a01_toy (final) ü.ipynb: expected the name a01_toy.ipynb; graded as that"]
    assert code(submitted)[1:] == list(ANSWERS.values())


def test_several_notebooks_of_other_names_are_not_guessed_at(hand_in):
    hand_in(answered(), "one.ipynb")
    submitted = hand_in(answered(), "two.ipynb")
    assert not submitted.readable
    assert "several others are there (one.ipynb, two.ipynb)" in submitted.notes[0]
    submitted = hand_in(answered())  # the right one is beside them now
    assert submitted.readable and submitted.notes == []


def test_file_names_that_are_no_text_are_shown_all_the_same(tmp_path):
    os.rename(make(tmp_path / "x.ipynb"), os.fsencode(tmp_path) + b"/a\xffb\nc.ipynb")
    submitted = read(tmp_path)
    assert submitted.notes == ["a?b?c.ipynb: expected the name a01_toy.ipynb; graded as that"]


def make(path: Path) -> Path:
    path.write_text(json.dumps(answered()))
    return path


def test_a_link_is_not_followed(tmp_path):
    secret = make(tmp_path / "elsewhere.json")
    folder = tmp_path / "submission"
    folder.mkdir()
    for target in (secret, "/nowhere", "/dev/zero", tmp_path):
        (folder / f"{NAME}.ipynb").symlink_to(target)
        submitted = read(folder)
        assert not submitted.readable and code(submitted) == []
        assert submitted.notes == ["a01_toy.ipynb: is a link, and links are not followed; submit the notebook itself"]
        (folder / f"{NAME}.ipynb").unlink()
    (folder / "other.ipynb").symlink_to(secret)
    assert not read(folder).readable


def test_a_pipe_does_not_block_and_a_folder_is_no_notebook(tmp_path):
    os.mkfifo(tmp_path / f"{NAME}.ipynb")
    submitted = read(tmp_path)
    assert submitted.notes == ["a01_toy.ipynb: is not a regular file; submit the notebook itself"]
    (tmp_path / f"{NAME}.ipynb").unlink()
    (tmp_path / f"{NAME}.ipynb").mkdir()
    assert read(tmp_path).notes == ["a01_toy.ipynb: is not a regular file; submit the notebook itself"]


def test_a_huge_file_is_not_read(tmp_path):
    with open(tmp_path / f"{NAME}.ipynb", "wb") as file:
        file.truncate(10**12)
    assert read(tmp_path).notes == ["a01_toy.ipynb: has 953674 MB; clear its outputs and submit again"]


def test_a_file_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    make(tmp_path / f"{NAME}.ipynb").chmod(0)

    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(repair.os, "open", refuse)  # root, who runs the tests in a container, may read everything
    assert read(tmp_path).notes == ["a01_toy.ipynb: cannot be opened (Permission denied); submit the notebook itself"]


def test_very_many_files_beside_the_notebook_are_no_trouble(hand_in, tmp_path):
    for number in range(3000):
        (tmp_path / f"{number}.txt").touch()
    assert hand_in(answered()).notes == []


# Notebooks of other formats


def test_the_old_format_is_read(hand_in):
    cells = [{"cell_type": "code", "input": source, "language": "python", "outputs": []} for source in ANSWERS.values()]
    cells.insert(0, {"cell_type": "heading", "level": 1, "source": ["A ", "title"]})
    submitted = hand_in({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}, "no sheet", {"cells": 5}]})
    assert code(submitted) == list(ANSWERS.values())
    assert "is in the old notebook format 3" in submitted.notes[0]
    assert submitted.notes[1:] == [
        "cell 'check-scale' was missing and has been put back, unanswered",
        "cell 'check-total' was missing and has been put back, unanswered",
    ]


@pytest.mark.parametrize("major", [5, None, "4", True, 4.5, [4], "\ud800" * 50])
def test_another_format_is_read_as_the_current_one(hand_in, major):
    submitted = hand_in(answered() | {"nbformat": major})
    assert code(submitted)[1:] == list(ANSWERS.values())
    assert "read as format 4" in submitted.notes[0] and len(submitted.notes) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": None},
        {"metadata": []},
        {"metadata": {"kernelspec": {"name": "julia"}}},
        {"nbformat_minor": 99},
        {"nbformat_minor": "x"},
        {"surprise": 1},
        {"worksheets": []},
    ],
)
def test_unknown_keys_and_kernels_do_not_matter(hand_in, change):
    submitted = hand_in(answered() | change)
    assert submitted.notes == [] and code(submitted)[1:] == list(ANSWERS.values())


# Cells that are missing, doubled, moved or stripped


def change_cells(change) -> dict:
    notebook = answered()
    notebook["cells"] = change(notebook["cells"])
    return notebook


def test_colab_strips_metadata_and_ids(hand_in):
    def strip(cells):
        return [{"cell_type": cell["cell_type"], "source": cell["source"]} for cell in cells]

    submitted = hand_in(change_cells(strip))
    assert submitted.notes == []
    assert [repair.grade_id(cell) for cell in submitted.notebook.cells] == [None, None, *GRADE_IDS]
    assert code(submitted) == [IMPORTS, *ANSWERS.values()]


def test_stripped_cells_are_known_by_their_ids(hand_in):
    def strip(cells):
        cells[2]["source"] = "scale = lambda x, factor: helper(x)"
        cells[4]["source"] = "from helpers import total"
        return [{**cell, "metadata": {}} for cell in cells]

    submitted = hand_in(change_cells(strip))
    assert submitted.notes == []
    assert [repair.grade_id(cell) for cell in submitted.notebook.cells] == [None, None, *GRADE_IDS]


@pytest.mark.parametrize("definition", ["def scale(x, factor):", "class scale:", "scale = ", "@cache\ndef scale (x):"])
def test_a_stripped_answer_is_known_by_what_it_defines(hand_in, definition):
    cells = [
        {"cell_type": "code", "source": "def scaled(): ...\nscale_more = 1"},
        {"cell_type": "code", "source": definition},
    ]
    submitted = hand_in({"cells": cells, "nbformat": 4})
    owner = next(cell for cell in submitted.notebook.cells if repair.grade_id(cell) == "scale")
    assert owner.source == definition


def test_a_deleted_answer_is_put_back_but_never_run(hand_in):
    submitted = hand_in(change_cells(lambda cells: cells[:2] + cells[3:]))
    assert submitted.notes == ["cell 'scale' was missing and has been put back, unanswered"]
    assert [repair.grade_id(cell) for cell in submitted.notebook.cells] == [None, None, *GRADE_IDS]
    assert code(submitted) == [IMPORTS, ANSWERS["total"]]


def test_all_cells_deleted_is_an_unanswered_notebook(hand_in):
    submitted = hand_in(change_cells(lambda cells: []))
    assert submitted.readable and code(submitted) == []
    assert [repair.grade_id(cell) for cell in submitted.notebook.cells] == GRADE_IDS


def test_a_deleted_check_is_put_back_in_its_place(hand_in):
    submitted = hand_in(change_cells(lambda cells: cells[:3] + cells[4:5]))
    assert [repair.grade_id(cell) for cell in submitted.notebook.cells] == [None, None, *GRADE_IDS]
    assert code(submitted) == [IMPORTS, *ANSWERS.values()]


def test_a_doubled_answer_runs_in_order_and_the_last_one_counts(hand_in):
    def double(cells):
        second = copy.deepcopy(cells[2]) | {"source": "def scale(x, factor):\n    return 0"}
        return [*cells[:3], second, *cells[3:]]

    submitted = hand_in(change_cells(double))
    assert submitted.notes == ["cell 'scale' occurs 2 times; all of them run, in order"]
    assert code(submitted) == [IMPORTS, ANSWERS["scale"], "def scale(x, factor):\n    return 0", ANSWERS["total"]]
    assert repair.grade_id(submitted.notebook.cells[3]) == "scale"


def test_a_split_answer_runs_whole(hand_in):
    def split(cells):
        parts = [copy.deepcopy(cells[2]) | {"source": source} for source in ("def helper(): ...", ANSWERS["scale"])]
        return [*cells[:2], *parts, *cells[3:]]

    assert code(hand_in(change_cells(split)))[1:3] == ["def helper(): ...", ANSWERS["scale"]]


def test_reordered_cells_keep_the_students_order(hand_in):
    submitted = hand_in(change_cells(lambda cells: cells[::-1]))
    assert submitted.notes == []
    assert code(submitted) == [ANSWERS["total"], ANSWERS["scale"], IMPORTS]


def test_helpers_in_cells_of_their_own_run_where_they_stand(hand_in):
    helper = {"cell_type": "code", "source": "def helper(): ...", "metadata": {}, "outputs": [], "execution_count": 7}
    explored = {**helper, "source": "Explorer()", "metadata": {"tags": ["explore"]}}
    blank = {**helper, "source": " \n"}
    submitted = hand_in(change_cells(lambda cells: [*cells[:2], helper, explored, blank, *cells[2:], helper]))
    assert submitted.notes == []
    assert code(submitted) == [IMPORTS, "def helper(): ...", *ANSWERS.values(), "def helper(): ..."]


def test_points_flags_and_locked_text_cannot_be_changed(hand_in):
    def cheat(cells):
        for cell in cells:
            if grading := cell["metadata"].get("nbgrader"):
                grading |= {"points": 1000, "locked": False, "solution": True, "grade": True, "schema_version": "x"}
        cells[3]["source"] = "1000"
        return cells

    submitted = hand_in(change_cells(cheat))  # require_fit looks at the rest
    assert submitted.notes == ["locked cell 'check-scale' had been changed; its released text counts"]
    assert code(submitted) == [IMPORTS, *ANSWERS.values()]


def test_strange_grade_ids_are_forgotten(hand_in):
    def rename(cells):
        for name in ("check-unknown", 5, None, ["scale"], "x" * 10**5):
            cells.append(
                {"cell_type": "code", "source": "1", "metadata": {"nbgrader": {"grade_id": name, "grade": True}}}
            )
        cells.append({"cell_type": "code", "source": "2", "metadata": {"nbgrader": ["scale"], repair.MARK: True}})
        return cells

    assert code(hand_in(change_cells(rename)))[3:] == ["1"] * 5 + ["2"]


def test_an_answer_turned_into_text_is_put_back_unanswered(hand_in):
    def turn(cells):
        cells[2]["cell_type"] = "markdown"
        return cells

    submitted = hand_in(change_cells(turn))
    assert submitted.notes == ["cell 'scale' was missing and has been put back, unanswered"]
    assert code(submitted) == [IMPORTS, ANSWERS["total"]]


def test_doubled_and_broken_ids_become_unique_and_valid(hand_in):
    long = "x" * 50
    for ids in (
        ["same"] * 6,
        ["title"] * 6,
        [f"{long}-2", long, long, long, "a b", ""],
        [5, None, "x" * 65, "ü", "a", "a"],
    ):
        submitted = hand_in(change_cells(lambda cells, ids=ids: [{**c, "id": i} for c, i in zip(cells, ids)]))
        assert len({cell.id for cell in submitted.notebook.cells}) == len(submitted.notebook.cells)


def test_cells_that_are_none_are_left_out_and_counted(hand_in):
    odd = [5, None, [], {"source": 5}, {"cell_type": "code", "source": None}]
    submitted = hand_in(change_cells(lambda cells: odd + cells))
    assert submitted.notes == ["a01_toy.ipynb: 5 of 11 cells were none and are left out"]
    assert code(submitted)[1:] == list(ANSWERS.values())


def test_thousands_of_cells_are_cut_and_said(hand_in):
    submitted = hand_in(
        {"nbformat": 4, "cells": [{"cell_type": "code", "source": "def scale(): ...", "id": "x"}] * 3000}
    )
    assert "1000 of 3000 cells" in submitted.notes[0] and len(submitted.notebook.cells) < 2010


def test_embedded_outputs_and_attachments_are_dropped(hand_in):
    def fill(cells):
        for cell in cells:
            cell["outputs"] = [{"output_type": "display_data", "data": {"text/html": "<script>"}, "metadata": {}}]
            cell["attachments"] = {"x.svg": {"image/svg+xml": "<script>"}}
        return cells

    assert hand_in(change_cells(fill)).notes == []


def test_half_characters_in_sources_do_not_stop_the_writing(hand_in):
    submitted = hand_in({"nbformat": 4, "cells": [{"cell_type": "code", "source": ["x = '\ud800'\n", 5, "y = 1"]}]})
    assert code(submitted) == ["x = '?'\ny = 1"]


# Anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


def require_readable_or_refused(content: bytes) -> None:
    """What one file does to the reading, without a disk."""
    notes: list[str] = []
    try:
        cells = plain_cells(content, notes, "file.ipynb")
    except Unreadable:
        return
    notebook = fit(cells, RELEASED, MANIFEST, notes)
    require_fit(notebook)
    again = fit([repair.plain_cell(cell) for cell in notebook.cells], RELEASED, MANIFEST, [])
    assert [cell.source for cell in again.cells] == [cell.source for cell in notebook.cells]


@given(st.binary(max_size=100) | st.text(max_size=50).map(str.encode))
@example(b'{"cells": [], "nbformat": 1e400}')
@example(b'{"cells": [{"cell_type": "code", "source": ["\\ud800"]}]}')
def test_no_bytes_do_harm(content):
    require_readable_or_refused(content)


@given(JSON, st.sampled_from(["", "cells", "worksheets"]))
def test_no_json_does_harm(tree, key):
    require_readable_or_refused(json.dumps({key: tree, "nbformat": tree} if key else tree).encode())


GRADING = st.fixed_dictionaries({"nbgrader": st.fixed_dictionaries({"grade_id": st.sampled_from(GRADE_IDS) | JSON})})


@given(st.lists(st.fixed_dictionaries({}, optional={
    "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | JSON,
    "source": st.sampled_from([cell.source for cell in RELEASED.cells]) | st.lists(st.text(max_size=5)) | JSON,
    "input": JSON,
    "id": st.sampled_from(["scale", "total", "title", "a", "a-1", "a-2"]) | JSON,
    "metadata": GRADING | JSON,
}), max_size=8))  # fmt: skip
def test_no_cells_do_harm(cells):
    require_readable_or_refused(json.dumps({"cells": cells, "nbformat": 4}).encode())


def paths(tree, path=()):
    yield path
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, item in items:
        yield from paths(item, (*path, key))


PATHS = [path for path in paths(answered()) if path]


@given(st.lists(st.tuples(st.sampled_from(PATHS), st.one_of(st.just(...), JSON)), min_size=1, max_size=3))
def test_no_change_of_a_real_notebook_does_harm(changes):
    """A part of the file is deleted, or replaced by anything."""
    notebook = answered()
    for path, value in changes:
        try:
            parent = notebook
            for key in path[:-1]:
                parent = parent[key]
            if value is ...:
                del parent[path[-1]]
            else:
                parent[path[-1]] = value
        except (KeyError, IndexError, TypeError):  # gone by an earlier change
            continue
    require_readable_or_refused(json.dumps(notebook).encode())


# Markdown


def test_the_released_text_may_hold_html_and_a_changed_copy_may_not():
    released = copy.deepcopy(RELEASED)
    released.cells[0].source = '<div class="box">Read this & that &amp; those: <b>10 minutes</b></div>'
    raw = json.loads(nbformat.writes(released))["cells"]
    kept = fit([repair.plain_cell(cell) for cell in raw], released, MANIFEST, [])
    assert kept.cells[0].source == released.cells[0].source
    raw[0]["source"] = [*raw[0]["source"], "<script>"]
    changed = fit([repair.plain_cell(cell) for cell in raw], released, MANIFEST, [])
    assert "<" not in changed.cells[0].source.replace("< ", "")


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<SVG/onload=alert(1)>",
    "</textarea><script>",
    "<!--><script>-->",
    "<?php ?>",
    "<scr\nipt>alert(1)",
    "http://a.b/<script>alert(1)</script>",
    "| a |\n|---|\n| <script> |",
    "# head <img src=x onerror=alert(1)>",
    "[<img src=x onerror=alert(1)>](y)",
    "`<b>` <b onclick=alert(1)>",
    "```\n<b>\n```\n<b onclick=alert(1)>",
    "$x$ <b onclick=alert(1)> $$<b onclick=alert(1)>$$",
    "\\begin{align}<script>\\end{align}",
    "\\(<script>\\) \\\\(<script>\\\\)",
    "[x](javascript:alert(1))",
    "[x](JavaScript:alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](javascript&#x3a;alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](<java\tscript:alert(1)>)",
    "[x](&Tab;javascript:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "<javascript:alert(1)>",
    "[x]\n\n[x]: javascript:alert(1)",
    "[x]\n\n[x]: javascript&#58;alert(1)",
    "![x](javascript:alert(1))",
    "![x\" onerror=\"alert(1)](y)",
    "[x](y 'a\" onclick=\"alert(1)')",
    "[x](y \"a&quot; onclick=&quot;alert(1)\")",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\newcommand{\\y}[1]{\\href{#1:alert(1)}{x}} \\y{javascript}$",
    "$\\\\href{data:x}{y}$",
    "![x](https://evil.example/a.png)",
    "![x][y]\n\n[y]: https://evil.example/a.png",
    "[![x](https://evil.example/a.png)](https://evil.example)",
    "\\\\![x](y.png)",
    "!![x](../../formgrader/api/assignments)",
    "```mermaid\ngraph TD; A-->B; click A \"javascript:alert(1)\"\n```",
    "~~~~ Mermaid\nx\n~~~~",
    "$\\style{background: url(https://evil.example/a)}{x}$",
    "$\\mmlToken{mi}[href=\"x\"]{y} \\require{html} \\class{a}{b} \\cssId{a}{b} \\unicode{1}$",
    "$\\let\\y\\style \\y{color: red}{x} \\csname href\\endcsname{x}{y}$",
]  # fmt: skip


class Page(HTMLParser):
    """What a browser would make of a page: its elements, their attributes decoded."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.dangers: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "iframe", "object", "embed", "svg", "style", "form", "base", "meta", "link", "textarea",
                   "img", "video", "audio", "picture", "source"):  # fmt: skip
            self.dangers.append(tag)
        if (dict(attributes).get("class") or "").lower() in ("mermaid", "jp-mermaid"):
            self.dangers.append("a drawing by a script from elsewhere")
        for name, value in attributes:
            scheme = re.match(r"[\x00-\x20]*([a-z][a-z\s+.-]*):", value or "", re.IGNORECASE)
            if name.startswith("on") or (
                scheme and re.sub(r"\s", "", scheme[1]).lower() in ("javascript", "vbscript", "data")
            ):
                self.dangers.append(f"{tag} {name}={value}")

    def handle_data(self, data):
        self.text += data


def dangers(markdown: str) -> list[str]:
    page = Page(markdown2html(markdown))
    return page.dangers + re.findall(rf"\\(?:{TEX})(?![A-Za-z])", page.text)


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_in_markdown_are_disarmed(attack):
    assert dangers(harmless(attack)) == []


def test_the_attacks_are_real():
    """Most of them do work on a page made from the raw text: so the test above can fail."""
    assert sum(bool(dangers(attack)) for attack in ATTACKS) > 20


PIECES = ["<", ">", "/", "&", "#", "58", ";", ":", "\\", "(", ")", "[x](", "javascript", "java", "script", "data",
          "\\href{", "href", "colon", "amp", " ", "\t", "\n", "`", "$", "x", "<b onclick=y>", "<!--", "-->",
          "\"", "'", "!", "[", "]", "![x](y)", "style", "class", "\n```", "\n~~~", "mermaid\n"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_mixture_of_attacks_gets_through(markdown):
    safe = harmless(markdown)
    assert dangers(safe) == []
    assert harmless(safe) == safe  # grading again changes nothing


@pytest.mark.parametrize(
    "text",
    [
        "# A title\n\nSome *text*, `code`, $a < b$ and $$\\begin{aligned} a &= b \\\\ c &\\le d \\end{aligned}$$",
        "- a list: 1 < 2 & 3 > 2\n\n> quoted\n\n[a link](https://example.org/?a=1&b=2) and [a picture](plot.png). Wow!",
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nif a < b and c > d:\n    x = y & z\n```",
    ],
)
def test_honest_markdown_stays_as_it_is(text):
    assert harmless(text) == text


def test_markdown_and_raw_cells_of_a_submission_are_disarmed(hand_in):
    for kind in ("markdown", "raw", "heading", "unknown"):
        cell = {"cell_type": kind, "source": ["<script>", "alert(1)</script>"], "metadata": {"format": "text/html"}}
        submitted = hand_in(change_cells(lambda cells, cell=cell: [*cells, cell]))
        assert submitted.notebook.cells[-1].source == "< script>alert(1)< /script>"
        assert submitted.notebook.cells[-1].cell_type == "markdown"
