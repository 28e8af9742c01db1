"""What an instructor is told about a class: right numbers, nothing where numbers say nothing, strangers' text tamed."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from autograder import cli
from autograder.course import CourseError
from autograder.gradebook import open_gradebook
from autograder.insight import attention, bands, failures, gather, page, pattern, write_insight
from autograder.items import answered, interval, mistake_shares, point_biserial, question_figures, too_little
from autograder.manifest import HiddenQuestion, HiddenTest, Manifest, Mistake
from autograder.marks import Mark, Standing
from autograder.results import CellRun, Diagnosis, Result, save_result
from autograder.results import TestOutcome as Outcome  # pytest would take the name for a test class's

NAME = "a01_toy"
ADDS = Diagnosis("adds", "You add the factor; scaling multiplies.", "E7")
STUB = "Traceback\nNotImplementedError: your code here"


def outcome(name, points=0.0, verdict="fail", message="", mistake=None, *, question="scale", worth=1.0, **more):
    return Outcome(name, question, points, worth, verdict, f"Title of {name}.", message, mistake, **more)


def result(student, tests, **more):
    cells = more.pop("cells", [CellRun(1, "ok")])
    return Result(NAME, student, tests, "tier 2", cells=cells, **more)


def one_question(*names, worth=1.0):
    tests = tuple(HiddenTest(name, "scale", worth, (), f"Title of {name}.") for name in names)
    total = worth * len(tests)
    question = HiddenQuestion("scale", "Scale", "scale", "check", "scale", total, ("numpy",), False, None, tests)
    made = tuple(Mistake(question="scale", name=name, message=".", source="pass") for name in ("adds", "squares"))
    return Manifest(NAME, (question,), made, (), {})


# Statistics


def test_point_biserial_of_four_students_by_hand():
    # means 3 and 1, deviation sqrt(2), half of them pass: 2 / sqrt(2) * sqrt(1/4)
    assert point_biserial([True, True, False, False], [4.0, 2.0, 2.0, 0.0]) == pytest.approx(2**-0.5)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), min_size=3, max_size=60))
def test_point_biserial_equals_scipy_and_ignores_units(pairs):
    passed, rest = [one for one, _ in pairs], [float(score) for _, score in pairs]
    assume(len(set(passed)) == 2 and len(set(rest)) > 1)
    ours = point_biserial(passed, rest)
    assert ours == pytest.approx(stats.pointbiserialr(passed, rest).statistic, abs=1e-9)
    assert ours == pytest.approx(point_biserial(passed, [1e4 * score - 7 for score in rest]), abs=1e-6)
    assert ours == pytest.approx(-point_biserial([not one for one in passed], rest), abs=1e-9)


@pytest.mark.parametrize(
    ("passed", "rest"),
    [([True, True], [1.0, 2.0]), ([False, False], [1.0, 2.0]), ([True, False], [0.1, 0.1]), ([], [])],
)
def test_without_variance_there_is_no_correlation(passed, rest):
    assert point_biserial(passed, rest) is None


@pytest.mark.parametrize(("r", "n"), [(0.5, 12), (-0.3, 40), (0.0, 10), (0.97, 25)])
def test_the_interval_is_fisher_s(r, n):
    x = np.random.default_rng(n).normal(size=n)
    noise = np.random.default_rng(n + 1).normal(size=n)
    x = (x - x.mean()) / x.std()
    noise -= noise.mean() + x * (noise @ x) / n  # y made so that its correlation with x is exactly r
    y = r * x + np.sqrt(1 - r**2) * noise / noise.std()
    expected = stats.pearsonr(x, y).confidence_interval(0.95)
    assert interval(r, n) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_the_interval_at_its_limits():
    assert interval(1.0, 20) == (1.0, 1.0) and interval(0.4, 3) == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [(5, 4, "only 9 answered"), (12, 0, "everybody passes"), (0, 12, "nobody passes"),
     (10, 2, "only 2 fail"), (1, 10, "only 1 pass"), (7, 3, "")],
)  # fmt: skip
def test_too_few_say_nothing(right, wrong, says):
    assert too_little([True] * right + [False] * wrong) == says


def test_figures_of_a_question_equal_numpy_without_the_test_s_own_points():
    rng = np.random.default_rng(3)
    scores = (rng.random((24, 3)) < rng.random((24, 1))).astype(float)
    scores[0, 0] = 0.5  # in part: not passed, and no points of its own in the rest
    verdicts = {0.0: "fail", 0.5: "partial", 1.0: "pass"}
    names = ("test_a", "test_b", "test_c")
    class_ = [
        result(f"s{i:02d}", [outcome(n, p, verdicts[p]) for n, p in zip(names, row, strict=True)])
        for i, row in enumerate(scores)
    ]
    manifest = one_question(*names)
    figures = question_figures(manifest.questions[0], class_, manifest)
    assert (figures.answered, figures.not_started) == (24, 0)
    assert figures.share == pytest.approx(100 * scores.mean())
    for j, test in enumerate(figures.tests):
        passed = scores[:, j] == 1
        assert (test.passed, test.share) == (passed.sum(), pytest.approx(100 * passed.mean()))
        rest = scores.sum(axis=1) - scores[:, j]
        assert test.discrimination == pytest.approx(np.corrcoef(passed, rest)[0, 1])
        assert test.between[0] < test.discrimination < test.between[1]
    assert figures.tests[0].partly == 1


def test_who_did_not_start_is_in_no_share():
    blank = [outcome("test_a", verdict="error", message=STUB), outcome("test_b", verdict="skipped")]
    class_ = [
        result("blank", blank),
        result("unread", [outcome("test_a", verdict="error", message="NameError"), outcome("test_b")], cells=[]),
        result("right", [outcome("test_a", 1.0, "pass"), outcome("test_b", 1.0, "pass")]),
        result("wrong", [outcome("test_a", mistake=ADDS), outcome("test_b", mistake=ADDS)]),
    ]
    assert [answered(one, "scale") for one in class_] == [False, False, True, True]
    manifest = one_question("test_a", "test_b")
    figures = question_figures(manifest.questions[0], class_, manifest)
    assert (figures.answered, figures.not_started, figures.share) == (2, 2, 50.0)
    assert [(one.name, one.students, one.share, one.erratum) for one in figures.mistakes] == [
        ("adds", ["wrong"], 50.0, "E7")
    ]
    assert figures.unmade == ["squares"]
    assert figures.tests[0].discrimination is None and figures.tests[0].why_not == "only 2 answered"
    assert figures.tests[0].word == ""


def test_a_question_nobody_answered_has_no_share():
    manifest = one_question("test_a")
    figures = question_figures(manifest.questions[0], [], manifest)
    assert (figures.answered, figures.share, figures.tests[0].share) == (0, 0.0, 0.0)


def test_mistakes_come_by_number_then_by_name():
    squares = Diagnosis("squares", "The factor enters twice.")
    class_ = [result("a", [outcome("t", mistake=squares)]), result("b", [outcome("t", mistake=ADDS)])]
    assert [one.name for one in mistake_shares("scale", class_)] == ["adds", "squares"]
    class_.append(result("c", [outcome("t", mistake=squares), outcome("u", mistake=squares)]))
    assert [(one.name, one.students) for one in mistake_shares("scale", class_)] == [
        ("squares", ["a", "c"]), ("adds", ["b"]),
    ]  # fmt: skip


def test_bands_take_everybody_once():
    shares = [0.0, 0.1999, 0.2, 0.5, 0.79, 0.8, 29.999999999999996 / 30, 1.0, 1.1]
    assert [count for _, count in bands(shares)] == [3, 1, 1, 1, 1, 2]


# Failures and attention


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "after step 12, params['w'][0, 3]: expected -0.5, got 1e-3",
            "after step #, params['w'][#]: expected #, got #",
        ),
        ("expected 0.5, got nan", "expected #, got nan"),
        ("came back as float64, not conv2d.x1", "came back as float64, not conv2d.x1"),
        ("Traceback\n  line 3\nValueError: <object at 0x7f3A>\n\n", "ValueError: <object at #>"),
        ("shape (3, 4), size 10.", "shape (#, #), size #"),
        ("", ""),
    ],
)
def test_a_pattern_is_a_message_without_its_numbers(message, expected):
    assert pattern(message) == expected


def test_a_pattern_of_a_hostile_message_is_short():
    assert len(pattern("9" * 100_000 + "x")) <= 300
    assert len(pattern("[" + "1, " * 50_000)) <= 300


def test_failures_are_alike_but_for_their_numbers():
    class_ = [
        result("b", [outcome("t", message="x[1]: got 2.5"), outcome("u", message="x[7]: got 1")]),
        result("a", [outcome("t", message="x[3]: got -1e9")]),
        result("c", [outcome("t", verdict="error", message="x[1]: got 2.5")]),
        result("d", [outcome("t", message="x[1]: got 2", mistake=ADDS), outcome("u", 1.0, "pass")]),
        result("e", [outcome("t", verdict="error", message=STUB), outcome("u", verdict="skipped")]),
        result("f", [outcome("t", verdict="infrastructure", message="ours")]),
    ]
    found = failures(class_)
    assert [(one.verdict, one.text, one.students, len(one.tests)) for one in found] == [
        ("fail", "x[#]: got #", ["a", "b"], 2), ("error", "x[#]: got #", ["c"], 1),
    ]  # fmt: skip


def standing(student, *, waits=False, submitted=True):
    return Standing(
        student, None, None, None, 0.0, (Mark(student, "check", 1.0, None, 0.0, 2.0, waits),), (), submitted
    )


def test_attention_names_everybody_a_person_should_see_and_nobody_else():
    class_ = {
        "fine": result("fine", [outcome("t", 1.0, "pass")], notes=["read in the old format"]),
        "ours": result("ours", [outcome("t", verdict="infrastructure"), outcome("u", verdict="infrastructure")]),
        "bad": result("bad", [outcome("t", verdict="forbidden"), outcome("u", verdict="crash", flagged=True)]),
        "unread": result("unread", [outcome("t")], cells=[], notes=["a.ipynb: is empty; save it"]),
        "starved": result("starved", [outcome("t", verdict="timeout", flagged=True)]),
    }
    people = [standing("absent", submitted=False), standing("bad"), standing("fine"), standing("lost")]
    people += [standing("ours", waits=True), standing("unread"), standing("essay", waits=True), standing("starved")]
    class_["essay"] = result("essay", [outcome("t", 1.0, "pass")])
    found = {one.student: " / ".join(one.reasons) for one in attention(people, class_)}
    assert list(found) == ["essay", "ours", "bad", "lost", "starved", "unread"]  # who waits comes first
    assert found["essay"] == "a cell waits for your marks, in formgrader"
    assert found["ours"] == "not judged, for a reason that is ours, in 2 tests: grade again"
    assert "twice" in found["bad"] and "closed off" in found["bad"] and "in 1 test" in found["bad"]
    assert found["starved"] == "found no processor time, even alone: read the code"
    assert "no result" in found["lost"] and found["unread"] == "nothing of it ran: a.ipynb: is empty"


# A course


def graded_class(course, message="got 3"):
    """Twelve students in the toy course's gradebook and results, made by hand."""
    with open_gradebook(course) as gradebook:
        for number in range(12):
            student = f"s{number:02d}"
            gradebook.update_or_create_student(student, first_name="No", last_name=f"{number}")
            with gradebook.db.no_autoflush:  # nbgrader adds the parts of a submission before the whole
                gradebook.update_or_create_submission(NAME, student)
            right = number >= 6
            tests = [
                outcome("test_one_number", 1.0 * right, "pass" if right else "fail", mistake=None if right else ADDS),
                outcome("test_matrix", 2.0, "pass", worth=2.0),
                outcome("test_zero", 0.0, "fail", message),
                outcome("test_total", 2.0 * (number % 4 != 0), "pass" if number % 4 else "fail", message,
                        question="total", worth=2.0),
            ]  # fmt: skip
            save_result(result(student, tests, seconds=float(number)), course.results)
    return course


def test_a_class_from_its_results_to_its_page(released_toy):
    course = graded_class(released_toy)
    shown = course.feedback / "s01" / NAME / f"{NAME}.html"
    shown.parent.mkdir(parents=True)
    shown.touch()
    found = gather(course, "a01")
    assert (found.graded, found.slowest[0], found.seconds) == (12, ("s11", 11.0), 5.5)
    scale, total = found.questions
    assert [(one.passed, one.why_not) for one in scale.tests] == [
        (6, ""), (12, "everybody passes"), (0, "nobody passes"),
    ]  # fmt: skip
    rest = [2.0 + 2.0 * (number % 4 != 0) for number in range(12)]
    expected = stats.pointbiserialr([number >= 6 for number in range(12)], rest).statistic
    assert scale.tests[0].discrimination == pytest.approx(expected)
    assert [one.share for one in scale.mistakes] == [50.0] and scale.unmade == ["squares"]
    assert [(one.question, len(one.students)) for one in found.failures] == [("scale", 12), ("total", 3)]

    path = write_insight(course, found)
    text = path.read_text(encoding="utf-8")
    assert path == course.exports / f"{NAME}_insight.html"
    assert "erratum E7 of the slides" in text and "everybody passes" in text and "No 11" in text
    assert 'href="../feedback/s01/a01_toy/a01_toy.html"' in text and "feedback/s02" not in text
    assert "<script" not in text and "://" not in text
    assert write_insight(course, gather(course, NAME)).read_text(encoding="utf-8") == text  # equal bytes


def test_the_command_writes_the_page_or_prints_the_facts(released_toy, tmp_path, capsys):
    course = graded_class(released_toy)
    target = tmp_path / "elsewhere" / "page.html"
    common = ["--course", str(course.root), "insight", "a01"]
    assert cli.cli([*common, "--to", str(target)], standalone_mode=False) == cli.DONE
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    capsys.readouterr()
    assert cli.cli([*common, "--json"], standalone_mode=False) == cli.DONE
    said = json.loads(capsys.readouterr().out)
    assert said["graded"] == 12 and said["questions"][0]["mistakes"][0]["name"] == "adds"
    assert not (course.exports / f"{NAME}_insight.html").exists()  # asked for facts, not for a page


def test_a_class_without_results_is_told_what_to_do(released_toy):
    with pytest.raises(CourseError, match="no results of a01_toy to look at: run `autograder grade a01_toy` first"):
        gather(released_toy, "a01")


# Strangers' text

HOSTILE = "</pre></style><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[31m {{ 7*7 }} `</code>`"


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self, text):
        super().__init__()
        self.found, self.attributes = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)
        self.attributes |= {name for name, _ in attrs}


def test_no_text_leaves_its_place(released_toy):
    calm = page(gather(graded_class(released_toy), "a01"))
    mild, wild = Tags(calm), Tags(page(gather(graded_class(released_toy, HOSTILE), "a01")))
    assert wild.found == mild.found and wild.attributes == mild.attributes
    assert wild.found.count("style") == 1 and not {"script", "img", "link", "iframe"} & set(wild.found)
    text = page(gather(graded_class(released_toy, HOSTILE), "a01"), {"s00": '"><script>'})
    assert "<script" not in text and "\x1b" not in text and "\u202e" not in text and "49" not in text
    assert "‹U+202E›" in text
    assert not re.search(r"""url\(|@import|\son\w+=""", text.replace("onerror=alert", ""))
