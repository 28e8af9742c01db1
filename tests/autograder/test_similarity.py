"""Likeness: found under the usual disguises, small for what is common, blind to order, and shown without a verdict."""

import itertools
import json
import random
import re

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import cli, similarity
from autograder.likeness import EVIDENCE, REACH, Class, prints
from autograder.passages import passages
from autograder.similarity import ELSEWHERE, READ, SOLUTION, gather, groups
from autograder.similarity_page import page, percent

ANSWER = '''
def total(x, weights=None):
    """Add the entries of `x`."""
    rows = [list(map(float, row)) for row in x]
    result, correction = 0.0, 0.0
    for i, row in enumerate(rows):
        scale = 1.0 if weights is None else weights[i]
        for value in row:
            y = value * scale - correction
            t = result + y
            correction = (t - result) - y
            result = t
    if not rows and weights is not None:
        raise ValueError("weights without rows")
    return result
'''
HELPER = """
def clipped(values, low=-1.0, high=1.0):
    kept = []
    for value in values:
        if low <= value <= high:
            kept.append(value)
        elif value > high:
            kept.append(high)
        else:
            kept.append(low)
    return sorted(kept, reverse=True)
"""
RENAMED = ANSWER
for old, new in [
    ("rows", "data"),
    ("row", "line"),
    ("correction", "c"),
    ("result", "acc"),
    ("value", "v"),
    ("scale", "w"),
]:
    RENAMED = re.sub(rf"\b{old}\b", new, RENAMED)
COMMENTED = ANSWER.replace("    for value", "    # Kahan's trick\n\n        for value").replace(
    "(x, weights=None)", "(x: list[list[float]], weights: list[float] | None = None) -> float"
).replace("    t = ", "    t: float = ")  # fmt: skip
TURNED = ANSWER.replace(
    "for i, row in enumerate(rows):", "i = 0\n    while i < len(rows):\n        row = rows[i]"
).replace("            result = t\n", "            result = t\n        i += 1\n")
UNRELATED = """
def total(x, weights=None):
    import numpy as np
    a = np.asarray(x, dtype=np.float64)
    if weights is not None:
        a = a * np.reshape(weights, (-1,) + (1,) * (a.ndim - 1))
    return float(np.add.reduce(a, axis=None))
"""
BROKEN = ANSWER.replace("if not rows", "if not rows (").replace("raise", "riase")


def like(one, other, part="total", others=(), **known):
    texts = {"a": {part: [one]}, "b": {part: [other]}} | {f"c{i}": {part: [text]} for i, text in enumerate(others)}
    return Class(texts, **known).shares("a", "b")[part]


# The number


@pytest.mark.parametrize(
    ("other", "low", "high"),
    [(ANSWER, 1, 1), (RENAMED, 1, 1), (COMMENTED, 1, 1), (BROKEN, 0.75, 1), (TURNED, 0.5, 0.95), (UNRELATED, 0, 0.1)],
    ids=["copy", "renamed", "comments and hints", "does not parse", "loop turned", "unrelated"],
)
def test_the_usual_disguises(other, low, high):
    assert low <= like(ANSWER, other) <= high
    assert like(ANSWER, other) == like(other, ANSWER)


def test_order_of_functions_makes_little_difference():
    assert like(ANSWER + HELPER, HELPER + ANSWER) > 0.9


def test_code_moved_into_another_cell_is_found_there():
    both = ANSWER + HELPER
    moved = Class({"a": {"total": [both]}, "b": {"total": ["total = mine"], "": [both]}})
    assert moved.shares("a", "b")["total"] == 1 and moved.shares("b", "a")[""] == 1


def test_one_copied_question_is_not_lost_in_the_others():
    texts = {"a": {"clip": [HELPER], "total": [ANSWER]}, "b": {"clip": [UNRELATED], "total": [ANSWER]}}
    shares = Class(texts).shares("a", "b")
    assert shares["total"] == 1 and shares["clip"] < 0.1


def test_two_with_the_same_lecture_in_a_cell_have_nothing_else_in_common():
    """Nor is the seam between that cell and what was given out theirs."""
    given, lecture = ANSWER, HELPER
    class_ = Class({name: {"": [given, lecture]} for name in "ab"}, prints(given), prints(lecture))
    assert class_.shares("a", "b", 0.0)[""] == 0


def test_a_short_answer_tells_little():
    short = "def total(x):\n    return np.asarray(x).sum()"
    assert 0 < like(short, short) < 0.5


SOFTMAX = """
def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""


def test_two_who_write_what_everybody_would_are_not_listed():
    """Two lines that stand in every textbook, by two of a class who write the rest differently."""
    assert 0 < like(SOFTMAX, SOFTMAX) < similarity.LEAST
    assert like(ANSWER + SOFTMAX, ANSWER + SOFTMAX) == 1


def test_who_hands_in_the_stub_is_like_nobody():
    stub = "def total(x):\n    # your code here\n    raise NotImplementedError(f'{x} is not added up yet, nor weighed')"
    assert like(stub, stub, given=prints(stub)) == 0


def test_what_many_write_alike_counts_little():
    alone, common = like(ANSWER, ANSWER), like(ANSWER, ANSWER, others=[ANSWER] * 30)
    assert alone == 1 and common < 0.2
    assert like(ANSWER + HELPER, ANSWER + HELPER, others=[ANSWER] * 30) > 0.8  # what they share beyond it still does


def test_what_was_given_or_taught_does_not_count():
    assert like(ANSWER, RENAMED, given=prints(ANSWER)) == 0
    assert like(ANSWER, RENAMED, taught=prints(ANSWER)) == 0
    assert like(ANSWER + HELPER, RENAMED + HELPER, given=prints(ANSWER)) > 0.8


LINES = st.lists(st.sampled_from([line for line in (ANSWER + HELPER + UNRELATED).split("\n") if line]), max_size=25)


@given(st.dictionaries(st.sampled_from("abcdef"), LINES, min_size=2), st.randoms())
@settings(max_examples=60)
def test_it_is_symmetric_bounded_and_blind_to_order(lines, rng):
    texts = {name: {"q": ["\n".join(chosen)]} for name, chosen in lines.items()}
    shuffled = Class({name: texts[name] for name in rng.sample(list(texts), len(texts))})
    class_ = Class(texts)
    assert class_.candidates(0.1) == shuffled.candidates(0.1)
    for one, other in itertools.permutations(texts, 2):
        share = class_.shares(one, other)["q"]
        assert share == class_.shares(other, one)["q"] == shuffled.shares(one, other)["q"]
        assert 0 <= share <= 1 + 1e-12
        assert share < 0.5 or class_.shares(one, other, 0.5)
    original = min(texts)
    copied = Class(texts | {"z": texts[original]})
    assert copied.sizes["z", "q"] < EVIDENCE or copied.shares(original, "z")["q"] == pytest.approx(1)


@given(st.dictionaries(st.sampled_from("abcdef"), LINES, min_size=2))
@settings(max_examples=60)
def test_no_pair_of_a_small_class_is_overlooked(lines):
    class_ = Class({name: {"q": ["\n".join(chosen)]} for name, chosen in lines.items()})
    found = set(class_.candidates(0.5))
    for pair in itertools.combinations(sorted(lines), 2):
        assert class_.shares(*pair)["q"] < 0.5 or pair in found


def made_up(rng, length=40):
    """A program of `length` random statements."""
    names = "abcdefgh"
    forms = ["{0} = {1}.{2}({0})", "if {0} < {1}: {2} = {0} % 2", "{0} = [{1} for {1} in {2}]", "{0} += {1} ** {2} - 1"]
    forms += ["{0}[{1}] = {2} or {0}", "while {0}.{1}: {2}()", "{0} = {1} @ {2}.T", "assert {0} is not {1}, {2}"]
    return "\n".join(rng.choice(forms).format(*rng.sample(names, 3)) for _ in range(length))


def test_in_a_large_class_every_copy_is_found():
    rng = random.Random(5)
    texts = {f"s{i:03d}": {"q": [made_up(rng)]} for i in range(400)}
    for i in range(0, 40, 2):
        texts[f"s{i:03d}"] = texts[f"s{i + 350:03d}"]
    ring = {"q": [made_up(rng, 150)]}
    texts |= {f"s{i:03d}": ring for i in range(100, 176, 2)}
    class_ = Class(texts)
    pairs = {pair for pair in class_.candidates(0.9) if max(class_.shares(*pair).values()) >= 0.9}
    assert {(f"s{i:03d}", f"s{i + 350:03d}") for i in range(0, 40, 2)} <= pairs
    members = {name for pair in pairs for name in pair if texts[name] is ring}
    assert len(members) == 38 > REACH  # all of a ring that is larger than REACH


def test_the_pairs_looked_at_grow_with_the_class_and_not_with_its_square():
    class_ = Class({f"s{i:03d}": {"q": [ANSWER]} for i in range(200)})  # all have all in common: the worst case
    assert len(class_.candidates(0.0)) == sum(200 - step for step in range(1, REACH + 1))


# Passages


def test_a_passage_is_whole_lines_of_both_sides():
    (one,) = passages("import os\n" + ANSWER, {"": UNRELATED, "total": "\n\n" + RENAMED})
    assert one.right_part == "total" and not one.literal
    assert one.left.startswith("def total") and one.left.endswith("return result")
    assert one.left_lines == (3, 16) and one.right_lines == (4, 17)
    (same,) = passages(ANSWER, {"": ANSWER.replace("    ", "  ")})
    assert same.literal


@given(LINES, LINES)
def test_passages_do_not_overlap_and_are_equal_symbols(left, right):
    left, right = "\n".join(left), "\n".join(right)
    found = passages(left, {"": right})
    spans = [one.left_lines for one in found]
    assert spans == sorted(spans)
    assert all(one.symbols >= 10 for one in found)
    assert bool(found) == bool(prints(left) & prints(right))


# A course


@pytest.fixture
def class_(released_toy, hand_in):
    hand_in(released_toy, "ann", total=ANSWER)
    hand_in(released_toy, "bob", total=RENAMED)
    hand_in(released_toy, "cyd", total=UNRELATED)
    hand_in(released_toy, "dee", total=COMMENTED, scale="def scale(x, factor):\n    return factor * x")
    return released_toy


def test_a_class_from_its_submissions_to_its_page(class_):
    found = gather(class_, "a01")
    assert [(one.left, one.right, one.likeness) for one in found.pairs] == [
        ("ann", "bob", 1), ("ann", "dee", 1), ("bob", "dee", 1),
    ]  # fmt: skip
    assert found.groups == [["ann", "bob", "dee"]]
    assert [(part.id, part.title) for part in found.pairs[0].parts] == [("total", found.titles["total"])]
    assert not found.lectures and not found.solutions
    text = page(found, {"ann": "../feedback/ann.html"})
    assert "3 pairs of submissions are alike to 50 % or more" in text and "does not say how that came about" in text
    assert 'href="../feedback/ann.html"' in text and "3 students hang together" in text
    assert "<script" not in text and "://" not in text
    assert page(gather(class_, "a01"), {"ann": "../feedback/ann.html"}) == text


def test_pasted_lecture_code_is_a_kind_of_its_own(class_, hand_in, course):
    lecture = (course.root / "mmcourse/optimization/momentum.py").read_text(encoding="utf-8")
    for student in ("eve", "fay"):
        hand_in(class_, student, total=lecture)
    found = gather(class_, "a01")
    assert {(one.left, one.right) for one in found.lectures} >= {
        ("eve", "mmcourse.optimization.momentum"), ("fay", "mmcourse.optimization.momentum"),
    }  # fmt: skip
    assert found.lectures[0].likeness == 1 and found.lectures[0].parts[0].passages
    assert not {"eve", "fay"} & {name for one in found.pairs for name in (one.left, one.right)}


def test_what_is_like_the_solution_is_a_kind_of_its_own(class_, monkeypatch):
    monkeypatch.setattr(similarity, "solution_texts", lambda course, manifest: {"total": ANSWER, "scale": ""})
    found = gather(class_, "a01")
    assert [(one.left, one.right, one.likeness) for one in found.solutions] == [
        (name, SOLUTION, 1) for name in ("ann", "bob", "dee")
    ]
    assert SOLUTION.replace("'", "&#39;") in page(found)


def test_nobody_alike_is_said(released_toy, hand_in):
    hand_in(released_toy, "ann")
    hand_in(released_toy, "bob")
    text = page(gather(released_toy, "a01"))
    assert "No two submissions are alike to 50 % or more." in text and text.count("Nothing from 50 % on.") == 3


def test_the_list_is_cut_and_says_so(class_):
    found = gather(class_, "a01", show=1)
    assert len(found.pairs) == 1 and found.left_out == {"pairs": 2, "lectures": 0, "solutions": 0}
    assert "2 more are not shown" in page(found)


HOSTILE = "</pre></style><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[31m {{ 1234*3 }}"


def add_cell(path, source):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(source))
    nbformat.write(notebook, path)


def test_hostile_text_is_compared_and_tamed(released_toy, hand_in):
    for student in ("ann", "<b>bob"):
        path = hand_in(released_toy, student, total=ANSWER)
        add_cell(path, f"x = '''{HOSTILE}'''\n" + HELPER)
        add_cell(path, "(" * 50_000)
        add_cell(path, "def (:\n" + HELPER.replace(":", ""))
    add_cell(hand_in(released_toy, "big"), "x = 1\n" * 1_500_000)  # 9 MB
    (released_toy.submissions / "none" / "a01_toy").mkdir(parents=True)
    found = gather(released_toy, "a01")
    ((one),) = found.pairs
    assert [part.title for part in one.parts] == [found.titles["total"], ELSEWHERE]
    assert any("none is left out" in note for note in found.notes)
    text = page(found)
    assert "<script" not in text and "<img" not in text and "<b>bob" not in text and "\x1b" not in text
    assert "3702" not in text and "\u202e" not in text


def test_only_the_beginning_of_a_huge_submission_is_read(released_toy, hand_in):
    add_cell(hand_in(released_toy, "ann"), "\n".join(f"v{i} = {i}" for i in range(READ // 10)))
    found = gather(released_toy, "a01")
    assert found.notes == [f"of ann only the first {READ:,} characters of each part are compared"]


def test_groups_are_of_three_and_more():
    pairs = [similarity.Alike(*pair, 1.0, []) for pair in ("ab", "cd", "de", "ec", "fg", "gh", "hi")]
    assert groups(pairs) == [["f", "g", "h", "i"], ["c", "d", "e"]]


def test_a_percentage_never_claims_more_than_there_is():
    assert [percent(x) for x in (1.0, 0.9999, 0.7, 0.29)] == ["100 %", "99 %", "70 %", "29 %"]


def test_the_command_writes_the_page_or_prints_the_facts(class_, tmp_path, capsys):
    common = ["--course", str(class_.root), "similar", "a01"]
    assert cli.cli(common, standalone_mode=False) == cli.DONE
    assert (class_.exports / "a01_toy_similar.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    capsys.readouterr()
    assert cli.cli([*common, "--json", "--least", "0.9"], standalone_mode=False) == cli.DONE
    said = json.loads(capsys.readouterr().out)
    assert said["pairs"][0]["parts"][0]["passages"][0]["left"].startswith("def total")
    target = tmp_path / "page.html"
    assert cli.cli([*common, "--to", str(target)], standalone_mode=False) == cli.DONE and target.is_file()
