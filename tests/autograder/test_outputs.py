"""Outputs below cells: what the grader saw, and for cells that a person marks what the student's own file shows."""

import base64

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.outputs import LABEL, PARTS, TEXT, as_submitted, labelled, outputs_of
from autograder.pictures import PER_CELL
from autograder.results import CellRun
from tests.pngs import PLAIN as PNG

ENCODED = base64.b64encode(PNG).decode()
SCRIPT = "<script>alert(1)</script>"


def kinds(outputs) -> list[str]:
    return [output.output_type for output in outputs]


def texts(outputs) -> str:
    return "".join(output.text for output in outputs if output.output_type == "stream")


def test_what_ran_is_shown_in_order_text_pictures_trouble():
    outputs = outputs_of(
        CellRun(1, "error", "a\x1b[31mb\u202e\n", '  File "<your cell 1>", line 1\nKeyError: 1\n', [PNG])
    )
    assert kinds(outputs) == ["stream", "display_data", "error"]
    assert outputs[0].text == "ab‹U+202E›\n"
    assert outputs[1].data == {"image/png": ENCODED, "text/plain": "(picture 1)"}
    assert outputs[2].evalue == "KeyError: 1" and len(outputs[2].traceback) == 2
    assert outputs_of(CellRun(1, "ok")) == []


def test_text_and_pictures_of_a_file_stay_and_nothing_else():
    outputs = as_submitted(
        [
            {"output_type": "stream", "name": "stdout", "text": ["one\n", "two"]},
            {"output_type": "execute_result", "data": {"text/plain": "3", "text/html": SCRIPT}, "execution_count": 1},
            {"output_type": "display_data", "data": {"image/png": ENCODED, "text/plain": "<Figure>"}},
            {"output_type": "display_data", "data": {"image/svg+xml": "<svg onload=alert(1)>"}},
            {"output_type": "display_data", "data": {"application/javascript": "alert(1)"}},
            {"output_type": "display_data", "data": {"text/html": SCRIPT, "text/markdown": SCRIPT, "text/latex": "x"}},
            {"output_type": "display_data", "data": {"image/jpeg": "abcd", "application/pdf": "abcd"}},
            {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[31mE\x1b[0m", "v"]},
        ]
    )
    assert kinds(outputs) == ["stream", "stream", "display_data", "stream"]
    assert texts(outputs) == "one\ntwo\n3\nE\nv\n"
    assert outputs[2].data == {"image/png": ENCODED, "text/plain": "(picture 1)"}


def test_the_old_format_is_read_too():
    outputs = as_submitted(
        [
            {"output_type": "stream", "stream": "stdout", "text": "one"},
            {"output_type": "pyout", "text": ["3"], "html": SCRIPT, "prompt_number": 1},
            {"output_type": "display_data", "png": ENCODED, "text": "<Figure>"},
            {"output_type": "display_data", "svg": "<svg>", "javascript": "alert(1)"},
            {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["E: v"]},
        ]
    )
    assert kinds(outputs) == ["stream", "stream", "display_data", "stream"] and texts(outputs) == "one\n3\nE: v\n"


def test_there_is_an_end_to_it():
    flood = as_submitted([{"output_type": "stream", "text": "x" * 10_000}] * 1000)
    assert len(texts(flood)) <= TEXT + PARTS
    drawn = as_submitted([{"output_type": "display_data", "data": {"image/png": ENCODED}}] * 50)
    assert len(drawn) == PER_CELL
    assert as_submitted([{"data": {"image/png": base64.b64encode(PNG + b"\0" * 2**21).decode()}}]) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([ENCODED, SCRIPT, "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "text", "png", "image/png", "text/plain", "text/html", "traceback"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_a_file_holds_becomes_text_and_pictures(raw):
    for outputs in (as_submitted(raw), as_submitted([raw])):
        for output in outputs:
            assert output.output_type in ("stream", "display_data")
            assert set(output.get("data", {})) <= {"image/png", "text/plain"}
        cell = nbformat.v4.new_code_cell("x", outputs=labelled(outputs), id="x")
        nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
        nbformat.writes(nbformat.v4.new_notebook(cells=[cell])).encode()


@pytest.mark.parametrize("outputs", [[], as_submitted([{"text": "3"}])])
def test_what_nobody_ran_says_so(outputs):
    assert texts(labelled(outputs)).startswith(LABEL)
