"""Who gets to read what: each policy on pages, fragments and text; the results themselves keep everything."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.policy import POLICIES, STORY, in_force, own_story, permitted, strictest
from autograder.results import Diagnosis
from autograder.results import TestOutcome as Outcome
from autograder.verdicts import question_html, question_text

MOMENT = datetime(2026, 12, 1, 23, 59, tzinfo=timezone(timedelta(hours=1)))
SENTENCE, VALUES, KNOWN = (
    "The first step is right.",
    "params[0]: expected 0.125, got 0.25 (tolerance 1e-09)",
    "You forgot.",
)
TRACE = '  File "<your cell 3>", line 2, in step\n    raise ValueError(str(x))\nValueError: [0.12345 -2.5e-3] of 3'
TESTS = [
    Outcome("test_first_step", "adam", 0.0, 2.0, "fail", SENTENCE, VALUES, Diagnosis("forgot", KNOWN)),
    Outcome("test_raises", "adam", 0.0, 1.0, "error", "It can be called.", TRACE),
    Outcome("test_fine", "adam", 1.0, 1.0, "pass", "It is fine."),
]


@pytest.mark.parametrize("say", [question_text, question_html])
def test_what_each_policy_lets_through(say):
    none, hint, full = (say(TESTS, policy) for policy in ("none", "hint", "full"))
    for text in (none, hint, full):
        assert "1 of 4 points" in text and "not yet" in text and "error" in text
    assert "Test 1" in none and "Test 3" in none and SENTENCE not in none and KNOWN not in none and "first" not in none
    assert SENTENCE in hint and KNOWN in hint and "Test 1" not in hint
    assert SENTENCE in full and KNOWN in full and VALUES in full and "line 2, in step" in full
    for text in (none, hint):
        assert "0.125" not in text and "ValueError" not in text and "line 2" not in text
    assert say(TESTS) == full and say(TESTS, "hint") == hint, "equal bytes for equal input"


def test_a_hidden_input_in_an_exception_is_not_echoed():
    for text in (question_text(TESTS), question_html(TESTS)):
        assert "0.12345" not in text and "2.5e-3" not in text and "of 3" in text
    long = own_story("ValueError: " + "secret " * 1000)
    assert len(long) < STORY + 10 and long.endswith(" …")


@pytest.mark.parametrize(
    "story",
    [
        "KeyError: 'w'",
        "IndexError: index 10 is out of bounds for axis 0 with size 10",
        "ValueError: operands could not be broadcast together with shapes (3,4) (5,)",
        "stopped after 4 s of work",
        "your notebook defines no `adam_step`",
        '  File "<your cell 3>", line 2, in step\n    return x * 0.001\nTypeError: step() takes 2 positional arguments',
    ],
)
def test_what_helps_an_honest_reader_stays(story):
    assert own_story(story) == story


def test_lines_that_are_no_places_are_left_out():
    """A traceback comes from the student's process, which may write what it likes into it."""
    made = '  0.1 0.2 0.3\n    0.4\n  File "<your cell 1>", line 9, in f\n    x = ' + "9" * 500 + "\n  more\nE: x"
    assert own_story(made) == '  File "<your cell 1>", line 9, in f\n    x = ' + "9" * 152 + "\nE: x"


@given(st.text(), st.lists(st.floats(allow_nan=False, allow_infinity=False).map(repr), min_size=1))
def test_no_float_gets_through(words, numbers):
    told = own_story("ValueError: " + " ".join(numbers))
    assert not any(number in told for number in numbers if len(number) > 5)
    own_story(words)


def test_what_broke_on_our_side_is_never_told():
    test = Outcome("t", "adam", 0.0, 1.0, "infrastructure", "T.", "the supervisor ended: /srv/grader")
    assert all(permitted(test, 1, policy).message == "" for policy in ("none", "hint", "full"))


def test_the_moment_decides():
    assert in_force("after deadline", MOMENT, MOMENT - timedelta(seconds=1)) == "hint"
    assert in_force("after deadline", MOMENT, MOMENT) == "full"
    assert in_force("after deadline", MOMENT, datetime(2026, 12, 1, 23, 0, tzinfo=UTC)) == "full"
    assert in_force("after deadline", datetime(2001, 1, 1, tzinfo=UTC)) == "full"
    assert [in_force(policy, None) for policy in POLICIES[:3]] == ["none", "hint", "full"]


def test_what_stays_as_it_is_written_follows_the_stricter_form():
    assert list(map(strictest, POLICIES)) == ["none", "hint", "full", "hint"]
