"""Exports: everything survives the way out and back, and a spreadsheet finds no formula."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import cli
from autograder import export as module
from autograder.course import Course, CourseError
from autograder.export import csv_value, export, guard, read_csv, to_csv, to_json, unguard
from autograder.gradebook import Scored, Sheet, open_gradebook, record
from autograder.marks import Mark, Standing

FORMULAS = [
    '=HYPERLINK("http://evil.example","click")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1",
    "  =1",
    "'=1",
    "\uff1d1+1",
]
NAMES = [
    "O'Neil",
    'Ann "Bee" Cee',
    "comma, semi; colon",
    "two\nlines",
    "cr\r\nlf",
    "Ἀρχιμήδης",
    "محمد",
    "小平 邦彦",
    "👩🏽‍🔬",
    "",
    "x" * 5_000,
]


def standing(student="hopper", first="Grace", last="Hopper", **changes) -> Standing:
    marks = (
        Mark(student, "check-scale", 1.5, None, 0.0, 4.0),
        Mark(student, "check-total", 2.0, 1.0, 0.25, 2.0, comment="see me"),
        Mark(student, "total", None, None, 0.0, 5.0, needs_manual=True),
    )
    values = {"email": None, "late_penalty": 0.5, "marks": marks, "comments": (("total", "see me"),)}
    return Standing(student, first, last, **{**values, **changes})


def opened(path, content: bytes) -> list[dict[str, str]]:
    path.write_bytes(content)
    return read_csv(path)


def test_a_row_by_hand(tmp_path):
    (row,) = opened(tmp_path / "marks.csv", to_csv("a01_toy", [standing()]))
    assert row == {
        "student": "hopper", "first_name": "Grace", "last_name": "Hopper", "email": "", "submitted": "true",
        "check-scale score": "1.5", "check-scale max": "4", "check-scale manual": "false", "check-scale extra": "0",
        "check-total score": "1.25", "check-total max": "2", "check-total manual": "true", "check-total extra": "0.25",
        "total score": "", "total max": "5", "total manual": "false", "total extra": "0",
        "late_penalty": "0.5", "total": "", "max": "11", "needs_manual": "true",
    }  # fmt: skip


def test_the_same_in_json():
    content = json.loads(to_json("a01_toy", [standing()]))
    (student,) = content["students"]
    assert content["assignment"] == "a01_toy"
    assert (student["total"], student["max"], student["late_penalty"], student["needs_manual"]) == (None, 11, 0.5, True)
    assert student["questions"]["check-total"] == {
        "score": 1.25, "max": 2, "auto": 2.0, "manual": 1.0, "extra": 0.25, "needs_manual": False,
    }  # fmt: skip
    assert student["questions"]["total"]["score"] is None
    assert student["comments"] == {"total": "see me"}


JUDGED = Mark("hopper", "check-total", 2.0, 1.0, 0.25, 2.0)
UNJUDGED = Mark("hopper", "check-scale", None, None, 0.0, 4.0, needs_manual=True)  # our failure, or an essay


@pytest.mark.parametrize(
    ("marks", "total"),
    [
        ((JUDGED,), "0.75"),
        ((UNJUDGED,), ""),
        ((JUDGED, UNJUDGED), ""),
        ((JUDGED, Mark("hopper", "check-scale", 4.0, None, 0.0, 4.0, needs_manual=True)), ""),
    ],
    ids=["a person's score, extra credit, late", "nobody judged", "in part", "flagged"],
)
def test_a_total_that_may_change_is_no_total(tmp_path, marks, total):
    one = standing(marks=marks, comments=())
    (row,) = opened(tmp_path / "marks.csv", to_csv("a01_toy", [one]))
    (record,) = json.loads(to_json("a01_toy", [one]))["students"]
    assert (row["total"], row["needs_manual"]) == (total, str(total == "").lower())
    assert (record["total"], record["needs_manual"]) == (float(total) if total else None, total == "")


def test_the_command_names_who_has_no_total(released_toy, capsys):
    with open_gradebook(released_toy) as gradebook:
        for one, score in (("hopper", 4.0), ("lost", None)):
            record(gradebook, "a01_toy", [Sheet(one, {"check-scale": Scored(score), "check-total": Scored(2.0)})])
    assert cli.cli(["--course", str(released_toy.root), "export", "a01"], standalone_mode=False) == cli.DONE
    said = capsys.readouterr()
    assert said.err == "note: a person has yet to judge a part, so there is no total: lost\n"
    assert said.out.strip() == str(released_toy.exports / "a01_toy.csv")


@pytest.mark.parametrize("name", NAMES + FORMULAS)
def test_names_survive(name, tmp_path):
    people = [standing(first=name, last=f"{name}, jr."), standing("zeno")]
    rows = opened(tmp_path / "marks.csv", to_csv("a01_toy", people))
    assert [row["first_name"] for row in rows] == [name, "Grace"]
    assert rows[0]["last_name"] == f"{name}, jr."
    assert json.loads(to_json("a01_toy", people))["students"][0]["first_name"] == name


@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_is_a_formula(name):
    content = to_csv("a01_toy", [standing(name, first=name, last=name, email=name)]).decode("utf-8-sig")
    for row in csv.reader(content.splitlines(keepends=True)):
        for value in row:
            assert not value.lstrip().startswith(("=", "+", "-", "@", "\uff1d")), value
    assert guard(name) == f"'{name}"


@given(st.text())
def test_the_guard_can_always_be_taken_off(text):
    assert unguard(guard(text)) == text
    assert guard(text) in (text, f"'{text}")


@given(st.lists(st.text(), min_size=2, max_size=4, unique=True))
def test_a_class_of_any_names_survives(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("export") / "marks.csv"
    rows = opened(path, to_csv("a01_toy", [standing(name, last=name[::-1]) for name in names]))
    assert [(row["student"], row["last_name"]) for row in rows] == [(name, name[::-1]) for name in names]


@given(st.floats(0, 1e6).map(lambda value: round(value, 6)))
def test_points_come_back_as_they_were(value):
    assert float(csv_value(value)) == pytest.approx(value, abs=1e-9)


def test_who_handed_in_nothing_is_a_row_of_zeros(tmp_path):
    marks = tuple(Mark("idle", cell, None, None, 0.0, 4.0) for cell in ("check-scale", "essay"))
    idle = standing("idle", None, None, marks=marks, comments=(), late_penalty=0.0, submitted=False)
    (row,) = opened(tmp_path / "marks.csv", to_csv("a01_toy", [idle]))
    assert (row["submitted"], row["check-scale score"], row["total"], row["max"]) == ("false", "0", "0", "8")


def test_files_lie_where_they_are_looked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "read_standings", lambda course, assignment: [standing(), standing("zeno", "Zeno")])
    course = Course(tmp_path)
    path = export(course, "a01_toy", "csv")
    assert path == tmp_path / "exports" / "a01_toy.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfstudent,")
    assert [row["first_name"] for row in read_csv(path)] == ["Grace", "Zeno"]
    elsewhere = export(course, "a01_toy", "json", tmp_path / "elsewhere" / "marks.json")
    assert len(json.loads(elsewhere.read_bytes())["students"]) == 2
    first = path.read_bytes()
    assert export(course, "a01_toy").read_bytes() == first


def test_an_unknown_format_names_those_there_are(tmp_path):
    with pytest.raises(CourseError, match="no export format 'tablet': there are csv, json"):
        export(Course(tmp_path), "a01_toy", "tablet")


def test_an_empty_class_is_an_empty_table(tmp_path):
    assert opened(tmp_path / "marks.csv", to_csv("a01_toy", [])) == []
