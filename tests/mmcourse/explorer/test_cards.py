"""Cards in Python: what they refuse, what they say standing still, and how an answer travels between them."""

import json
import re

import numpy as np
import pytest

from mmcourse.explorer import answers, compare, hosts, predict, question
from mmcourse.explorer.cards import fragment, rule

CHOICES = ["it dies out faster", "it grows"]
OPTIONS = {"the steepest": "It diverges first.", "the flattest": "That one makes it slow."}


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """Somebody watches, with a file of answers; gives the file."""
    monkeypatch.setattr(hosts, "somebody_watches", lambda: True)
    monkeypatch.setattr(answers, "_unwritten", {})
    monkeypatch.setenv("MMCOURSE_ANSWERS", str(tmp_path / "answers.json"))
    return tmp_path / "answers.json"


# What they refuse


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({}, "either `choices` or both"),
        ({"low": 1}, "either `choices` or both"),
        ({"choices": CHOICES, "low": 1, "high": 2}, "either `choices` or both"),
        ({"choices": ["one"]}, "`choices` must be at least two texts"),
        ({"choices": "abc"}, "`choices` must be at least two texts"),
        ({"choices": ["a", "a"]}, "two of `choices` are the same"),
        ({"choices": ["a", 3]}, "each of `choices` must be a text, got 3"),
        ({"low": 2, "high": 2}, "`low` must be a number below `high`, got 2 and 2"),
        ({"low": 0, "high": float("nan")}, "`low` must be a number below `high`"),
    ],
)
def test_a_prediction_that_makes_no_sense_is_refused_by_its_key(arguments, message):
    with pytest.raises(ValueError, match=re.escape("predict('06.bad')") + ".*" + message):
        predict("06.bad", "What happens?", **arguments)


@pytest.mark.parametrize("key", ["", "06 double", None, "<b>"])
def test_a_key_is_a_word(key):
    with pytest.raises(ValueError, match="the key of a prediction must be a word like '06.double-rate', got"):
        predict(key, "What happens?", CHOICES)


def test_a_question_needs_an_explanation_for_every_option_and_a_right_one():
    with pytest.raises(ValueError, match=r"question\('06.bad'\): option 'a' needs an explanation"):
        question("06.bad", "Which?", {"a": " ", "b": "because"}, right="b")
    with pytest.raises(ValueError, match=r"question\('06.bad'\): `right` must be one of the options, got 'c'"):
        question("06.bad", "Which?", {"a": "no", "b": "because"}, right="c")
    with pytest.raises(ValueError, match=r"question\('06.bad'\): `options` must be a dict"):
        question("06.bad", "Which?", ["a", "b"], right="a")
    with pytest.raises(ValueError, match=r"question\('06.bad'\): the question must be a text"):
        question("06.bad", "", OPTIONS, right="the steepest")


def test_an_answer_fits_its_prediction():
    predict("06.fits", "What happens?", CHOICES)
    with pytest.raises(ValueError, match=r"compare\('06.fits'\): the answer 'it stops' is not one of the choices: 'it"):
        compare("06.fits", "it stops")
    with pytest.raises(ValueError, match=r"compare\('06.fits'\): the answer 3 is not one of the choices"):
        compare("06.fits", 3)
    predict("06.number", "How many?", low=1, high=9)
    with pytest.raises(ValueError, match=r"compare\('06.number'\): the prediction is a number, the answer 'it grows'"):
        compare("06.number", "it grows")


@pytest.mark.parametrize("answer", [np.nan, np.inf, True, None, np.zeros(2), [1]])
def test_an_answer_is_a_text_or_a_finite_number(answer):
    with pytest.raises(ValueError, match=r"compare\('06.unasked'\): the answer must be"):
        compare("06.unasked", answer)


@pytest.mark.parametrize("answer", [np.int64(47), np.array(47), np.array([47.0]), np.float32(47), 47])
def test_a_number_computed_by_numpy_is_a_number(answer):
    card = compare("06.unasked", answer)
    assert card.alt == "What is true: 47." and json.dumps(card.spec["value"]) in ("47", "47.0")


def test_a_comparison_without_its_prediction_works_all_the_same():
    assert compare("06.never-asked", "it grows", why="So it is.").alt == "What is true: it grows. So it is."


# What is near, by hand


def test_a_wide_scale_is_judged_by_ratio_and_a_narrow_one_by_difference():
    wide = rule(100, {"low": 1, "high": 500, "unit": "", "whole": False})
    assert wide["ratio"] and wide["right"] == pytest.approx([90.9091, 110]) and wide["near"] == [50, 200]
    narrow = rule(90.0, {"low": 0, "high": 100, "unit": "%", "whole": False})
    assert not narrow["ratio"] and narrow["right"] == [85, 95] and narrow["near"] == [70, 110]
    assert narrow["rule"] == "Right is 85 to 95 %, near 70 to 110."


@pytest.mark.parametrize("answer", [0, -3.0, 1e-9, 2.5, 3, 1e12])
@pytest.mark.parametrize("low, high, whole", [(None, None, False), (1, 500, True), (0, 10, True), (-1.0, 1.0, False)])
def test_the_truth_itself_is_always_right_and_what_is_right_is_near(answer, low, high, whole):
    number = {} if low is None else {"low": low, "high": high, "unit": "", "whole": whole}
    ends = rule(answer, number)
    lowest = min(answer - 1e-6 * abs(answer), answer)  # ends are written with six digits
    assert ends["right"][0] <= max(answer, lowest) and lowest <= ends["right"][1]
    assert ends["near"][0] <= ends["right"][0] <= ends["right"][1] <= ends["near"][1]


def test_a_whole_number_is_judged_by_whole_numbers():
    ends = rule(3.5, {"low": 1, "high": 500, "unit": "layers", "whole": True})
    assert ends["right"] == [3, 4] and ends["near"] == [2, 7]
    assert ends["rule"] == "Right is 3 to 4 layers, near 2 to 7."


# What they say


def test_texts_are_escaped_and_only_code_and_formulas_are_marked():
    assert fragment('<script>`<b>`</script> & "it\'s"') == (
        "&lt;script&gt;<code>&lt;b&gt;</code>&lt;/script&gt; &amp; &quot;it&#x27;s&quot;"
    )
    assert fragment("it costs $5 and $6") == "it costs $5 and $6"
    assert fragment("`$x$`") == "<code>$x$</code>"
    formula = fragment(r"when $\lambda < 2$ holds")
    assert formula.startswith("when <math ") and formula.endswith("</math> holds") and 'display="inline"' in formula


@pytest.mark.parametrize("latex", [r"\text{<img src=x onerror=alert(1)>}", "a<script>b", r"\text{&lt;b&gt;}"])
def test_no_tag_comes_through_a_formula(latex):
    tags = re.findall(r"</?([a-zA-Z]+)", fragment(f"${latex}$"))
    assert set(tags) <= {"math", "mrow", "mi", "mo", "mtext", "mn"}


def test_the_static_form_is_words_that_need_no_script_and_no_style():
    card = predict("06.a", "What of `lr`, $\\eta < 1$?", CHOICES)
    assert card.alt == "Predict: What of `lr`, $\\eta < 1$?\n  - it dies out faster\n  - it grows"
    still = card.still()
    assert "<code>lr</code>" in still and "$\\eta &lt; 1$?" in still and "<li>it grows</li>" in still
    assert set(re.findall(r"<(\w+)", still)) == {"div", "p", "strong", "code", "ul", "li"}
    number = predict("06.b", "How many?", low=1, high=500, unit="steps")
    assert "<li>a whole number from 1 to 500 steps</li>" in number.still()
    assert "number from 0.5 to 2" in predict("06.c", "What rate?", low=0.5, high=2).alt


def test_a_question_gives_its_answer_away_only_in_its_script():
    card = question("06.q", "Which?", OPTIONS, right="the steepest")
    assert list(card._options) == list(OPTIONS), "in the order that was given"
    for text in (card.alt, card.still()):
        assert "diverges" not in text and "right" not in text
    before, _, script = card.html().partition("<script")
    assert "diverges" not in before and "diverges" in script


def test_hostile_text_cannot_leave_the_script():
    evil = "</script><script>alert(1)</script><!--"
    page = question("06.q", evil, {evil: evil, "b": evil}, right="b").page()
    assert page.count("<script") == 1 and page.count("</script>") == 1 and "<!--" not in page


def test_a_card_carries_what_it_needs_and_not_the_explorer():
    html = predict("06.a", "What happens?", CHOICES).html()
    assert "faces.prediction" in html and "faces.explorer" not in html and len(html) < 30_000


def test_a_bundle_has_words_and_no_picture(watched):
    data, _ = predict("06.a", "What happens?", CHOICES)._repr_mimebundle_()
    assert set(data) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert data["text/plain"].startswith("Predict: What happens?")


# How an answer travels


def test_a_run_that_nobody_watches_reads_and_writes_nothing(watched, monkeypatch):
    answers.keep("06.a", {"guess": "it grows", "compared": False})
    before = watched.read_text()
    monkeypatch.setattr(hosts, "somebody_watches", lambda: False)
    card = predict("06.a", "What happens?", CHOICES)
    assert card.answer is None and set(card._repr_mimebundle_()) == {"text/plain", "text/html"}
    card.answer = {"guess": "it dies out faster", "compared": False}
    question("06.q", "Which?", OPTIONS, right="the steepest").answer = {"choice": "the flattest", "tries": 1}
    assert watched.read_text() == before


def test_a_recorded_guess_is_kept_and_reaches_the_comparison(watched):
    guess, truth = predict("06.a", "What happens?", CHOICES), compare("06.a", "it grows")
    other = question("06.q", "Which?", OPTIONS, right="the steepest")
    guess.answer = {"guess": "it grows", "compared": False}
    assert truth.answer == guess.answer and other.answer is None
    assert json.loads(watched.read_text()) == {"06.a": {"guess": "it grows", "compared": False}}
    truth.answer = {**truth.answer, "compared": True}
    assert guess.answer["compared"]
    assert predict("06.a", "What happens?", CHOICES).answer == {"guess": "it grows", "compared": True}, "the next day"
    guess.answer = None
    assert truth.answer is None and json.loads(watched.read_text()) == {}


def test_a_broken_file_does_not_break_a_lecture(watched):
    watched.write_text("{")
    card = predict("06.a", "What happens?", CHOICES)
    card.answer = {"guess": "it grows", "compared": False}
    assert json.loads(watched.read_text())["06.a"]["guess"] == "it grows"
