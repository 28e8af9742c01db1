"""The instant check: scores and messages for every way an answer can go right or wrong, and never an exception."""

import contextlib
import html.parser
import io
import json
import sys
import warnings

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter

import mmcourse.check
from mmcourse.check import FORMAT, check, hint, judge
from mmcourse.plaindata import encode
from mmcourse.verdict import Hint, Line, Verdict

PARAMS = {"w": np.array([[0.5, -1.0], [2.0, 0.25], [1.0, 1.0]]), "b": np.array([0.1, -0.2])}
GRADS = {"w": np.array([[1.0, 0.5], [-0.5, 2.0], [0.0, 1.0]]), "b": np.array([0.3, 0.4])}


def solution(params, grads, velocity=None, *, lr, momentum=0.9):
    velocity = velocity or {name: np.zeros_like(value) for name, value in params.items()}
    velocity = {name: momentum * velocity[name] - lr * grads[name] for name in params}
    return {name: params[name] + velocity[name] for name in params}, velocity


def wrong_sign(params, grads, velocity=None, *, lr, momentum=0.9):
    return solution(params, grads, velocity, lr=lr, momentum=-momentum)


def _question():
    """Return the data of a question, as the file has it, made by hand from `solution` and `wrong_sign`."""
    first = {"call": "first", "args": [encode(PARAMS), encode(GRADS)], "kwargs": {"lr": 0.1}}
    state = [{"ref": ["first", 0]}, encode(GRADS), {"ref": ["first", 1]}]
    second = {"call": "second", "args": state, "kwargs": {"lr": 0.1}}

    def two_steps(step):
        params, velocity = step(PARAMS, GRADS, lr=0.1)
        return encode([step(params, GRADS, velocity, lr=0.1)])

    checks = [
        {
            "name": "one step from rest",
            "script": [first],
            "expect": [["first"]],
            "compare": "close",
            "options": {},
            "values": encode([solution(PARAMS, GRADS, lr=0.1)]),
        },
        {
            "name": "two steps from rest",
            "script": [first, second],
            "expect": [["second"]],
            "compare": "close",
            "options": {},
            "values": two_steps(solution),
        },
    ]
    mistake = {"name": "sign", "message": "Your velocity brakes.", "results": [None, two_steps(wrong_sign)]}
    hints = ["Which way does the old velocity point?", "Write two steps on paper."]
    facts = {"points": 10.0, "function": "momentum_step", "parts": ["params", "velocity"], "hints": hints}
    return {**facts, "checks": checks, "mistakes": [mistake]}


@pytest.fixture
def question():
    return _question()


@pytest.fixture
def course(tmp_path, monkeypatch, question):
    """A folder of check data with one assignment, and no memory of earlier checks."""
    questions = {"momentum": question, "adam": question}
    data = {"format": FORMAT, "assignment": "a03", "questions": questions}
    (tmp_path / "a03.json").write_text(json.dumps(data))
    monkeypatch.setattr(mmcourse.check, "CHECKS", tmp_path)
    monkeypatch.setattr(mmcourse.check, "_last_key", None)
    monkeypatch.setattr(mmcourse.check, "_hints_shown", {})
    return tmp_path


def shown(verdict):
    """Return the text of a verdict's HTML, after checking that its tags are balanced and among the harmless ones."""
    stack, text = [], []

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag, attrs):
            assert tag in {"div", "span", "b", "br", "details", "summary"}
            assert {name for name, _ in attrs} <= {"style", "aria-hidden", "data-lm-suppress-shortcuts"}
            if tag != "br":
                stack.append(tag)

        def handle_endtag(self, tag):
            assert stack.pop() == tag

        def handle_data(self, data):
            text.append(data)

    Reader().feed(verdict._repr_html_())
    assert stack == []
    return " ".join(text)


def test_a_right_answer_scores_all_points(course):
    verdict = check("a03.momentum", solution)
    assert repr(verdict) == "10.0"
    assert float(verdict) == verdict.score == verdict.max_score == 10.0
    assert verdict.passed
    assert verdict.text.splitlines() == [
        "a03.momentum: 10 of 10 points",
        "  passed  one step from rest",
        "  passed  two steps from rest",
    ]
    assert "Stuck?" not in shown(verdict)


def test_a_notebook_gets_the_score_as_text_and_the_explanation_as_html(course):
    data, _ = DisplayFormatter(active_types=["text/plain", "text/html"]).format(check("a03.momentum", wrong_sign))
    assert data["text/plain"] == "5.0"  # what nbgrader's Validate reads
    assert "two steps from rest" in data["text/html"]


def test_a_known_mistake_is_named(course):
    verdict = check("a03.momentum", wrong_sign)
    assert repr(verdict) == "5.0"
    # velocity after one step: -0.1; then 0.9 (-0.1) - 0.1 = -0.19 against -0.9 (-0.1) - 0.1 = -0.01
    assert verdict.lines[1].detail == (
        "second result, params['w'][0, 0]: expected 0.21, got 0.39, tolerance 2.3e-10 (5 of 6 entries differ)"
    )
    assert verdict.mistake == "Your velocity brakes."
    assert "A known mistake: Your velocity brakes." in verdict.text
    assert str(verdict) == verdict.text
    page = shown(verdict)
    for text in ("passed", "failed", "second result, params['w'][0, 0]", "A known mistake", "Your velocity brakes."):
        assert text in page
    assert "first = momentum_step({'w': np.array([[0.5, -1.0]," in page


def test_a_mistake_is_named_only_when_all_results_equal_it(course):
    def half_wrong(params, grads, velocity=None, **options):
        return (wrong_sign if velocity else lambda *args, **kwargs: None)(params, grads, velocity, **options)

    assert check("a03.momentum", half_wrong).mistake == ""
    assert check("a03.momentum", solution).mistake == ""


def test_a_mistake_that_raises_is_known_by_its_error(question):
    question["mistakes"] = [{"name": "key", "message": "No such key.", "results": [None, {"error": "KeyError"}]}]

    def forgets(params, grads, velocity=None, **options):
        return solution(params, grads, velocity and {"w": velocity["w"], "b": velocity["bias"]}, **options)

    verdict = judge("k", question, forgets)
    assert verdict.mistake == "No such key."
    assert verdict.lines[1].detail.startswith("second call: KeyError: 'bias'\nline ")


def test_a_mistake_of_another_form_is_no_obstacle(question):
    question["mistakes"][0]["results"] = [[None], [1.0]]
    question["checks"][0]["compare"] = "same_subspace"
    question["checks"][0]["values"] = encode([np.eye(2)])
    assert judge("k", question, lambda *args, **kwargs: np.ones((2, 2))).score == 0.0


def in_place(params, grads, velocity=None, *, lr, momentum=0.9):
    velocity = velocity or {name: np.zeros_like(value) for name, value in params.items()}
    for name in params:
        velocity[name] *= momentum
        velocity[name] -= lr * grads[name]
        params[name] += velocity[name]
        grads[name][:] = np.nan
    return params, velocity


def single(params, grads, velocity=None, **options):
    velocity = velocity and {name: value.astype(np.float32) for name, value in velocity.items()}
    params = {name: value.astype(np.float32) for name, value in params.items()}
    grads = {name: value.astype(np.float32) for name, value in grads.items()}
    return solution(params, grads, velocity, **options)


def lists(params, grads, velocity=None, **options):
    velocity = velocity and {name: np.array(value) for name, value in velocity.items()}
    params = {name: np.array(value) for name, value in params.items()}
    return [
        {name: value.tolist() for name, value in part.items()} for part in solution(params, grads, velocity, **options)
    ]


def views(*args, **options):
    return tuple(
        {name: np.stack([v, v], axis=-1)[..., 0] for name, v in part.items()} for part in solution(*args, **options)
    )


def noisy(*args, **options):
    print("a line")
    print("an error", file=sys.stderr)
    warnings.warn("careful", stacklevel=1)
    np.log(np.zeros(1))
    return solution(*args, **options)


class Callable:
    def __call__(self, *args, **options):
        return solution(*args, **options)

    def __repr__(self):
        raise RuntimeError("no repr")


@pytest.mark.parametrize("answer", [in_place, single, lists, views, noisy, Callable()])
def test_other_correct_programs_score_all_points(course, answer):
    verdict = check("a03.momentum", answer)
    assert verdict.score == 10.0, verdict.text


class Liar:
    """Equals everything, is anything, and shows nothing."""

    def __eq__(self, other):
        return True

    __hash__ = None

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __repr__(self):
        raise RuntimeError("no repr")


class LyingArray(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, dtype=bool)

    def __sub__(self, other):
        return np.zeros(self.shape)


class HugeMessage(Exception):
    def __str__(self):
        return "x" * 100_000_000


def raises(error):
    def answer(*args, **kwargs):
        raise error

    return answer


def returns(value):
    return lambda *args, **kwargs: value


NESTED = []
for _ in range(100_000):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    "answer",
    [
        raises(ValueError("<script>alert(1)</script>")),
        raises(SystemExit(0)),
        raises(GeneratorExit()),
        raises(StopIteration()),
        raises(MemoryError()),
        raises(HugeMessage()),
        raises(BaseException()),
        returns(None),
        returns(Liar()),
        returns((Liar(), Liar())),
        returns(np.zeros((3, 2)).view(LyingArray)),
        returns(({"w": np.zeros((3, 2)).view(LyingArray), "b": np.zeros(2)}, {})),
        returns("text" * 10**6),
        returns(np.broadcast_to(0.0, (10**6, 10**6))),
        returns(NESTED),
        returns({Liar: 1}),
        returns(x for x in range(3)),
        returns(lambda: None),
        returns(np.array([object()], dtype=object)),
        returns(({"w": np.full((3, 2), np.nan), "b": np.zeros(2, dtype=complex)}, {})),
        lambda: None,
        Liar(),
        None,
        3.0,
        ...,
    ],
)
def test_no_wrong_answer_scores_or_raises(course, answer):
    verdict = check("a03.momentum", answer)
    assert repr(verdict) == "0.0"
    assert "The check itself failed" not in verdict.text
    assert len(verdict.text) < 5000
    assert len(verdict._repr_html_()) < 20_000
    assert "<script" not in verdict._repr_html_()
    shown(verdict)


def test_the_interrupt_button_works(course):
    with pytest.raises(KeyboardInterrupt):
        check("a03.momentum", raises(KeyboardInterrupt()))


def test_an_error_of_ours_is_reported_as_ours(course, monkeypatch):
    monkeypatch.setattr(mmcourse.check, "judge", raises(ZeroDivisionError()))
    verdict = check("a03.momentum", solution)
    assert (verdict.score, verdict.message) == (
        0.0,
        "The check itself failed (ZeroDivisionError): please tell your instructor.",
    )


def test_not_started_is_said_kindly(course):
    verdict = check("a03.momentum", raises(NotImplementedError()))
    assert repr(verdict) == "0.0"
    assert verdict.message.startswith("Not started yet: put your code where `raise NotImplementedError` is")
    assert "failed" not in shown(verdict)


def test_half_started_shows_what_is_missing(course):
    def one_step(params, grads, velocity=None, **options):
        if velocity:
            raise NotImplementedError("later")
        return solution(params, grads, **options)

    verdict = check("a03.momentum", one_step)
    assert repr(verdict) == "5.0"
    assert verdict.lines[1].detail.startswith("second call: NotImplementedError: later")


def test_a_result_instead_of_the_function_is_told(course):
    verdict = check("a03.momentum", solution(PARAMS, GRADS, lr=0.1))
    assert verdict.message == "check needs the function itself, momentum_step without brackets; it got a tuple of 2."


def test_messages_for_results_of_the_wrong_form(course):
    def only_params(*args, **options):
        return solution(*args, **options)[0]

    details = [line.detail for line in check("a03.momentum", only_params).lines]
    assert details[0] == "result: expected a tuple of 2, got a dictionary with the keys 'w', 'b'"
    missing = "nothing at [0] of a dictionary with the keys 'w', 'b'"
    assert details[1] == f"first result: the next call needs a part of it, but there is {missing}"
    details = [line.detail for line in check("a03.momentum", returns(np.broadcast_to(0.0, (10**6, 10**6)))).lines]
    assert details[0] == "the result: the result holds more than 10,000,000 numbers and letters"


def test_places_in_repeated_steps_name_the_round(question):
    inner = {"call": "state", "args": [1.0], "kwargs": {}}
    steps = {"repeat": "path", "times": 3, "steps": [inner], "collect": {"ref": ["state"]}}
    one = {"name": "path", "script": [inner, steps], "expect": [["path"]], "compare": "close", "options": {}}
    question["checks"] = [{**one, "values": encode([[(1.0, 2.0), (1.0, 2.0), (1.0, 3.0)]])}]
    detail = judge("k", question, lambda x: (1.0, 2.0)).lines[0].detail
    assert detail.startswith("path result, round 3, velocity: expected 3, got 2")
    collected = {**steps, "collect": {"ref": ["state", 1]}}
    question["checks"] = [{**one, "script": [inner, collected], "values": encode([[2.0, 2.0, 3.0]])}]
    assert (
        judge("k", question, lambda x: (1.0, 2.0))
        .lines[0]
        .detail.startswith("path result, round 3, velocity: expected")
    )


def test_a_plain_value_can_be_checked(question):
    rate = {"name": "the rate", "script": [], "expect": [["answer"]], "compare": "close", "options": {"rtol": 1e-2}}
    question["checks"], question["mistakes"] = [{**rate, "values": [0.08]}], []
    assert judge("k", question, 0.0804).score == 10.0
    assert (
        judge("k", question, 0.09).lines[0].detail == "your answer: expected 0.08, got 0.09, tolerance 0.00081"
    )  # 1.01 %


def test_what_an_answer_prints_and_warns_is_shown_in_the_verdict_and_nowhere_else(course):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        verdict = check("a03.momentum", noisy)
    assert (out.getvalue(), err.getvalue()) == ("", "")  # nbgrader fails a cell that writes to stderr
    notes = dict(verdict.notes)
    assert notes["Your code printed"] == "\n".join(["a line", "an error"] * 3)
    assert notes["Your code warned"].startswith("UserWarning: careful (line ")
    assert "RuntimeWarning: divide by zero" in notes["Your code warned"]
    assert "Your code printed" in shown(verdict)


def test_nbgraders_validate_button_is_told_what_failed_and_only_that(course, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    check("a03.momentum", solution)
    assert capsys.readouterr() == ("", "")
    verdict = check("a03.momentum", wrong_sign)
    assert capsys.readouterr() == ("", verdict.text + "\n")
    assert "no check" in check("a03.nothing", solution).text and "no check" in capsys.readouterr().err


def test_floods_of_output_are_cut(course):
    def flood(*args, **options):
        for _ in range(1000):
            print("x" * 1000)
        return solution(*args, **options)

    verdict = check("a03.momentum", flood)
    assert verdict.score == 10.0
    assert len(dict(verdict.notes)["Your code printed"]) == 2000


def test_an_unknown_key_lists_the_close_ones(course):
    verdict = check("a03.momentun", solution)
    assert (verdict.score, verdict.message) == (0.0, "There is no check 'a03.momentun': did you mean 'a03.momentum'?")
    assert "'a03.momentum' or 'a03.adam'?" in check("a03.rmsprop", solution).message
    assert check("zzz", solution).message == "There is no check 'zzz': look at the key again."
    assert check(None, solution).score == 0.0
    assert check("../a03.momentum", solution).score == 0.0


def test_data_of_another_version_is_told(course):
    path = course / "a03.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 99'))
    assert "another version of the course: install mmcourse again" in check("a03.momentum", solution).message


def test_hints_come_one_after_the_other(course):
    assert "Check an answer first" in repr(hint())
    check("a03.momentum", wrong_sign)
    assert repr(hint()) == "Hint 1 of 2, a03.momentum: Which way does the old velocity point?"
    assert "Write two steps on paper." in hint()._repr_html_()
    assert repr(hint()) == "There are no more hints for a03.momentum: you have seen both."
    assert "Hint 1 of 2" in repr(hint("a03.adam"))
    assert "no more hints for a03.momentum" in repr(hint())
    assert "did you mean 'a03.momentum'" in repr(hint("a03.momentu"))


def test_a_failed_verdict_offers_hints(course):
    assert "Stuck? There are 2 hints: hint() shows the next." in check("a03.momentum", wrong_sign).text


def test_everything_on_the_page_is_escaped():
    nasty = "<img src=x onerror=alert(1)> & \" '"
    verdict = Verdict(nasty, 1.0, 2.0, (Line(nasty, False, nasty, nasty),), nasty, nasty, ((nasty, nasty),), 2)
    assert shown(verdict).count("<img src=x onerror=alert(1)> & \" '") == 8


def test_code_in_a_hint_is_set_as_code_and_everything_else_is_escaped():
    shown = Hint("look at `lr * g`, not <b>at</b> it")._repr_html_()
    assert "<code>lr * g</code>" in shown and "&lt;b&gt;at&lt;/b&gt;" in shown
