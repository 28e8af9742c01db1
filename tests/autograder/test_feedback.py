"""Feedback pages: what they say, that no stranger's text can leave its place, and where they are written."""

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder import feedback
from autograder.course import Course, CourseError
from autograder.feedback import code_cells, images, page, without_result, write_feedback
from autograder.gradebook import open_gradebook
from autograder.grading import load_manifest
from autograder.manifest import HiddenQuestion, HiddenTest, Manifest
from autograder.marks import Mark, Standing
from autograder.results import VERDICTS as ALL_VERDICTS
from autograder.results import CellRun, Diagnosis, Result, save_result
from autograder.results import TestOutcome as Outcome  # pytest would take the name for a test class's
from autograder.text import clean, cut
from autograder.verdicts import VERDICTS, question_html, question_text
from tests.pngs import PLAIN

HOSTILE = [
    "</pre><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</style></title></body></html><iframe src='https://evil.example'>",
    "<!-- ",
    "<![CDATA[",
    "&lt;b&gt; &amp;#60;script&#x3e;",
    "[x](javascript:alert(1)) **bold** `</code>`",
    "{{ 7*7 }}{% raw %}",
    "\x1b[31mred\x1b[0m\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\x00\x07\x08\x0b\x7f\x85\x9b31m",
    "user\u202egnp.exe\u2066\u2069\u200f",
    "Z\u0361\u0489\u0316" * 20,
    "x" * 100_000,
    "\\unicode{1} $\\href{javascript:alert(1)}{x}$",
]


def made_manifest(questions=("adam", "rmsprop")) -> Manifest:
    def question(id: str) -> HiddenQuestion:
        tests = (
            HiddenTest("test_first", id, 2.0, (), f"The first step of {id} is right."),
            HiddenTest("test_second", id, 2.0, (), "So is the second."),
            HiddenTest("test_resume", id, 1.0, ("test_second",), "A run goes on where it stopped."),
        )
        title = id.capitalize()
        return HiddenQuestion(id, title, id, f"check-{id}", f"{id}_step", 5.0, ("numpy",), False, None, tests)

    return Manifest("a03_optimizers", tuple(map(question, questions)), (), (), {})


MANIFEST = made_manifest()


def outcome(question: str, name: str, verdict: str = "pass", message: str = "", **changes) -> Outcome:
    test = next(test for test in MANIFEST.tests if (test.question, test.name) == (question, name))
    earned = {"pass": test.points, "partial": test.points / 2}.get(verdict, 0.0)
    return Outcome(**{
        "name": name, "question": question, "points": earned, "max_points": test.points,
        "verdict": verdict, "title": test.title, "message": message, **changes,
    })  # fmt: skip


def made_result(*outcomes: Outcome, **changes) -> Result:
    """All tests pass but those given."""
    given_ones = {(test.question, test.name): test for test in outcomes}
    tests = [
        given_ones.get((test.question, test.name), outcome(test.question, test.name))
        for test in MANIFEST.tests
    ]  # fmt: skip
    changes = {"cells": [CellRun(1, "ok"), CellRun(3, "ok")], **changes}
    return Result("a03_optimizers", "hopper", tests, "tier 2", **changes)


def made_standing(result: Result, *, changes=None, **more) -> Standing:
    marks = []
    for question in MANIFEST.questions:
        auto = (
            None
            if any(t.verdict == "infrastructure" for t in result.of(question.id))
            else result.question_score(question.id)
        )
        values = {"auto": auto, "manual": None, "extra_credit": 0.0, "max_score": 5.0, "needs_manual": auto is None}
        marks.append(Mark("hopper", question.grade_cell, **{**values, **(changes or {}).get(question.id, {})}))
    who = {"first_name": "Grace", "last_name": "Hopper", "email": None, "late_penalty": 0.0}
    return Standing("hopper", **{**who, **more}, marks=tuple(marks))


def made_notebook(*sources: str):
    sources = sources or ("def adam_step():\n    return 1", "def rmsprop_step(): ...")
    cells = [new_markdown_cell("# Optimizers")]
    for name, source in zip(("adam", "rmsprop"), sources, strict=True):
        cells.append(new_code_cell(source, metadata={"nbgrader": {"grade_id": name, "grade": False, "solution": True}}))
        cells.append(new_code_cell("check()", metadata={"nbgrader": {"grade_id": f"check-{name}", "grade": True}}))
    return new_notebook(cells=cells)


def shown(result: Result, **changes) -> str:
    return page(result, made_notebook(), MANIFEST, made_standing(result, **changes), "A course", "Optimizers")


class Outline(HTMLParser):
    """Every element of a page with its attributes, its text in order, and whether all tags are closed in order."""

    VOID = {"meta", "br", "img"}

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.texts, self.nested, self.comments = set(), [], [], True, []
        self.feed(content)
        self.close()
        self.nested = self.nested and not self.open

    def handle_starttag(self, tag, attributes):
        self.elements.add((tag, tuple(sorted(attributes))))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.nested = self.nested and bool(self.open) and self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def handle_comment(self, data):
        self.comments.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(text for where, text in self.texts if where != "style"))


def read(content: str) -> str:
    return Outline(content).text


# What a page says


def test_all_right():
    text = read(shown(made_result()))
    assert "10 of 10 points" in text and "Everything is right: all 6 tests pass. Well done." in text
    assert "Grace Hopper" in text and "A course" in text
    assert "What to look at" not in text and "not yet" not in text


def test_what_went_right_comes_first_then_what_to_look_at():
    mistake = Diagnosis("off_by_one", "You count `t` one too late.", "E21")
    result = made_result(
        outcome("rmsprop", "test_first", "fail", "v[0]: expected 1.0, got 2.0", mistake=mistake),
        outcome("rmsprop", "test_second", "partial", "half of it"),
        outcome("rmsprop", "test_resume", "skipped", "not tried: it builds on 'second', which did not pass"),
    )
    content = shown(result)
    text = read(content)
    assert "6 of 10 points" in text
    assert "3 of 6 tests are right, and “Adam” is complete. Look next at “Rmsprop”" in text.replace("  ", " ")
    card = text[text.index("1 of 5 points") :]
    assert card.index("Your numbers are those of a known mistake") < card.index("The first step of rmsprop is right.")
    assert "<code>t</code>" in content and "E21" not in content, "codes of errata are not for students"
    assert "v[0]: expected 1.0, got 2.0" in card and "1 of 2" in card
    assert "It builds on “So is the second” , which comes first." in card
    adam = text[text.index("5 of 5 points") : text.index("1 of 5 points")]
    assert "What is right" in adam and "What to look at" not in adam


@pytest.mark.parametrize("verdict", ALL_VERDICTS)
def test_every_verdict_has_a_mark_and_a_word_explained_once(verdict):
    text = read(shown(made_result(outcome("adam", "test_first", verdict, "some reason"))))
    words = VERDICTS[verdict]
    assert f"{words.mark} {words.word}" in text
    assert text.count(words.meaning) == 1
    unused = [other for name, other in VERDICTS.items() if name not in ("pass", verdict)]
    assert not any(other.meaning in text for other in unused)


def test_marks_and_words_differ():
    """No two verdicts look alike without their colour."""
    assert len({verdict.mark for verdict in VERDICTS.values()}) == len(VERDICTS)
    assert len({verdict.word for verdict in VERDICTS.values()}) == len(VERDICTS)


def test_what_could_not_be_judged_is_never_a_zero():
    secret = "could not be judged: the supervisor ended: /srv/grader"
    content = shown(made_result(outcome("adam", "test_first", "infrastructure", secret)))
    text = read(content)
    assert "so far" in text and "until then the total is not final" in text
    assert "2 open" in text and "0 of 2" not in text
    assert "5 open points" in text and "0 of 5" not in text, "the gradebook has no score for this question"
    assert "/srv/grader" not in content, "what broke on our side is not the student's to read"
    for said in (question_text, question_html):
        fragment = read(said([outcome("adam", "test_first", "infrastructure", secret)]))
        assert (
            "2 open points" in fragment
            and "1 test could not be judged, a person will look" in fragment
            and "0 of 2" not in fragment
        )


def test_not_started_is_said_kindly_and_once():
    stub = '  File "<your cell 1>", line 2, in adam_step\nNotImplementedError'
    tests = [outcome("adam", name, "error", stub) for name in ("test_first", "test_second")]
    tests.append(outcome("adam", "test_resume", "skipped", "not tried"))
    text = read(shown(made_result(*tests)))
    assert "Not started yet" in text and "“Adam” is not started yet." in text
    assert "NotImplementedError" not in text
    assert "○ not started" in question_text(tests) and "NotImplementedError" not in question_text(tests)
    tried = [*tests[:1], outcome("adam", "test_second", "error", "ValueError: no")]
    assert "not started" not in question_text(tried)


def test_one_cause_for_all_is_shown_once():
    crash = "the process ended without an answer"
    tests = [outcome("adam", test.name, "crash", crash) for test in MANIFEST.question("adam").tests]
    assert read(shown(made_result(*tests))).count(crash) == 1
    assert question_text(tests).count(crash) == 1
    two = [
        outcome("adam", "test_first", "error", "KeyError: 'w'"),
        outcome("adam", "test_second", "error", "KeyError: 'b'"),
    ]
    text = read(shown(made_result(*two)))
    assert "KeyError: 'w'" in text and "KeyError: 'b'" in text


def test_what_the_instructor_did_is_shown_and_labelled():
    result = made_result(outcome("adam", "test_first", "fail", "v: expected 1, got 2"))
    text = read(shown(
        result, changes={"adam": {"manual": 4.5, "extra_credit": 1.0}}, late_penalty=2.0,
        comments=(("adam", "Good idea.\nCome & see me <3"), ("essay", "No essay?")),
    ))  # fmt: skip
    assert "8.5 of 10 points" in text, "what counts, with extra credit and penalty"
    assert "Handed in late: 2 points less" in text and "With 1 point of extra credit" in text
    assert "Marked by your instructor: 4.5 points. The tests alone gave 3." in text.replace(" .", ".")
    assert "Your instructor writes Good idea. Come & see me <3" in text
    assert "No essay?" in text
    assert "5.5 of 5 points" in text


def test_a_question_that_only_a_person_marks_has_a_card():
    result = made_result()
    standing = made_standing(result)
    essay = Mark("hopper", "on-noise", None, None, 0.0, 5.0, needs_manual=True)
    standing = Standing("hopper", None, None, None, 0.0, (*standing.marks, essay))
    text = read(page(result, made_notebook(), MANIFEST, standing))
    assert "10 of 15 points" in text and "A person has still to look at “On noise”" in text
    done = Mark("hopper", "on-noise", None, 4.0, 0.0, 5.0)
    text = read(page(result, None, MANIFEST, Standing("hopper", None, None, None, 0.0, (*standing.marks[:2], done))))
    assert "14 of 15 points" in text and "Marked by your instructor: 4 points." in text.replace(" .", ".")


def test_a_file_that_could_not_be_read_says_why_before_all_else():
    lost = "your notebook defines no `adam_step`"
    tests = [outcome(test.question, test.name, "error", lost) for test in MANIFEST.tests]
    result = made_result(*tests, cells=[], notes=["a03_optimizers.ipynb: is empty; save the notebook and submit again"])
    text = read(page(result, None, MANIFEST, made_standing(result)))
    assert text.index("None of your code ran") < text.index("is empty; save the notebook") < text.index("0 of 5")
    assert lost not in text, "what follows from the broken file would only bury the reason"


def test_notes_and_code_are_shown():
    result = made_result(
        notes=["cell 'adam' occurs 2 times; all of them run, in order"],
        cells=[CellRun(1, "ok", "step 1\n"), CellRun(3, "error", "", '  File "<your cell 3>", line 1\nKeyError: 9')],
    )
    outline = Outline(shown(result))
    assert "About your file" in outline.text and "occurs 2 times" in outline.text
    assert "def adam_step(): return 1" in outline.text
    assert "printed step 1" in outline.text and "KeyError: 9" in outline.text
    assert "check()" not in outline.text, "grade cells are not the student's"
    identities = {dict(attributes).get("id") for _, attributes in outline.elements}
    links = {dict(attributes)["href"] for tag, attributes in outline.elements if tag == "a"}
    assert {"#cell-1", "#cell-3", "#adam"} <= links
    assert all(link[1:] in identities for link in links)


def test_without_gradebook_or_notebook_the_tests_still_show():
    text = read(page(made_result(), None, MANIFEST, None))
    assert "10 of 10 points" in text and "hopper" in text and "Your code, as it ran" not in text


# What a policy lets through


def policy_pages() -> dict[str, str]:
    trace = '  File "<your cell 3>", line 1, in rmsprop_step\nValueError: 0.98765'
    result = made_result(
        outcome(
            "adam", "test_first", "fail", "v[0]: expected 1.5, got 2.5", mistake=Diagnosis("n", "You count from 0.")
        ),
        outcome("adam", "test_resume", "skipped", "not tried: it builds on 'second', which did not pass"),
        outcome("adam", "test_second", "partial", "half of it"),
        outcome("rmsprop", "test_first", "error", trace),
    )

    def one(policy: str) -> str:
        return page(result, made_notebook(), MANIFEST, made_standing(result), "A course", "Optimizers", policy)

    assert [one(policy) for policy in ("none", "hint", "full")] == [one(policy) for policy in ("none", "hint", "full")]
    return {policy: one(policy) for policy in ("none", "hint", "full")}


def test_each_policy_shows_what_it_says_and_no_more():
    pages = policy_pages()
    texts = {policy: read(content) for policy, content in pages.items()}
    for policy, text in texts.items():
        assert "4 of 10 points" in text and "✗ not yet" in text and "! error" in text and "– not tried" in text
        assert ("Your instructor has chosen" in text) == (policy != "full")
    assert "“Test 2” , which comes first" in texts["none"] and "“So is the second” , which" in texts["hint"]
    seen = {
        "The first step of adam is right.": {"hint", "full"},
        "You count from 0.": {"hint", "full"},
        "expected 1.5, got 2.5": {"full"},
        "half of it": {"full"},
        "line 1, in rmsprop_step": {"full"},
        "0.98765": set(),
    }
    assert {words: {name for name, text in texts.items() if words in text} for words in seen} == seen
    assert "test_first" not in pages["none"], "not even in the page's anchors"


def test_a_blank_answer_is_not_started_under_every_policy():
    stub = '  File "<your cell 1>", line 2, in adam_step\nNotImplementedError'
    tests = [outcome("adam", test.name, "error", stub) for test in MANIFEST.question("adam").tests]
    for policy in ("none", "hint", "full"):
        assert "Not started yet" in read(page(made_result(*tests), None, MANIFEST, None, policy=policy))


# Strangers' text


def stranger_page(texts: list[str]) -> str:
    """A page and its fragments with strangers' text wherever such text can come in."""
    one, two, three, four, five, six = (f"{number}{text}" for number, text in enumerate(texts))
    result = made_result(
        outcome("adam", "test_first", "fail", one),
        outcome("adam", "test_second", "error", two),
        notes=[three],
        cells=[CellRun(1, "ok", four), CellRun(3, "error", "", five)],
    )
    standing = made_standing(result, first_name=six, last_name=one, comments=(("adam", two),))
    return page(result, made_notebook(f"# {three}", f"# {four}"), MANIFEST, standing)


def stranger_fragment(texts: list[str]) -> str:
    tests = [
        outcome("adam", "test_first", "fail", f"1{texts[0]}"),
        outcome("adam", "test_second", "error", f"2{texts[1]}"),
    ]
    return question_html(tests)


strangers = st.lists(
    st.lists(st.sampled_from(HOSTILE) | st.text(max_size=30) | st.sampled_from(list("<>&\"'/`\\\n\r\t")), max_size=4)
    .map("".join),
    min_size=6, max_size=6,
)  # fmt: skip


@pytest.mark.parametrize("build", [stranger_page, stranger_fragment])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts=strangers)
def test_no_text_can_leave_its_place(build, texts):
    """Whatever is said, the page has the elements and attributes of one where nothing special is said."""
    expected, got = Outline(build(["plain"] * 6)), Outline(build(texts))
    assert got.elements == expected.elements
    assert got.nested and expected.nested and not got.comments
    first = next(text for where, text in got.texts if where == "pre" and text.strip())
    assert "".join(first.split()) in "".join(cut(f"0{texts[0]}" if build is stranger_page else f"1{texts[0]}").split())


def test_the_outline_sees_what_is_not_escaped():
    """The test above can fail: the same text, not escaped, changes the outline."""
    content = stranger_page(["plain"] * 6)
    broken = content.replace("0plain", "</pre><script>alert(1)</script>", 1)
    assert Outline(broken).elements != Outline(content).elements
    assert not Outline(broken).nested


@pytest.mark.parametrize("text", HOSTILE)
def test_the_course_own_sentences_are_escaped_too(text):
    test = outcome("adam", "test_first", "fail", "m", title=f"a{text}", mistake=Diagnosis("n", f"b{text}"))
    plain = outcome("adam", "test_first", "fail", "m", title="a `c`", mistake=Diagnosis("n", "b `c`"))
    for build in (question_html, lambda tests: shown(made_result(*tests))):
        assert Outline(build([test])).elements <= Outline(build([plain])).elements


@given(st.text(alphabet=st.characters(codec=None)) | st.sampled_from(HOSTILE))
def test_clean_leaves_nothing_to_obey(text):
    result = clean(text)
    assert clean(result) == result
    result.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200e\u200f\u061c]", result)


def test_clean_keeps_what_people_write():
    text = "def f(x):\n\treturn x ** 2  # Δ, ж, 漢字, 👩🏽‍🔬, \u200cمی\u200cخواهم, e\u0301"
    assert clean(text) == text


def test_long_text_says_what_is_left_out():
    assert cut("short\nenough") == "short\nenough"
    line = cut("x" * 100_000)
    assert len(line) < 1_100 and "99,000 more characters" in line
    lines = cut("\n".join(map(str, range(1_000))))
    assert lines.startswith("0\n1\n") and lines.endswith("998\n999") and "920 lines left out" in lines
    whole = cut("\n".join("y" * 900 for _ in range(60)))
    assert len(whole) < 6_100 and "characters left out" in whole


def test_a_huge_notebook_stays_a_page():
    notebook = new_notebook(cells=[new_code_cell(f"# {'x' * 990}\n" * 25) for _ in range(100)])
    cells, left_out = code_cells(made_result(cells=[]), notebook)
    assert 10 < len(cells) < 20 and len(cells) + left_out == 100
    content = page(made_result(), notebook, MANIFEST, None)
    assert len(content) < 1_000_000 and f"{left_out} more cells left out" in read(content)


def test_only_real_pictures_are_shown():
    good = base64.b64encode(PLAIN).decode()

    def drawn(data) -> list[str]:
        return images(new_code_cell(outputs=[new_output("display_data", data={"image/png": data})]))

    assert drawn(good) == drawn(good[:40] + "\n" + good[40:]) == [good]
    for bad in ('x" onerror="alert(1)', base64.b64encode(b"<svg onload=alert(1)>").decode(), good[:-3], ["a", "b"], ""):
        assert drawn(bad) == []
    assert len(images(new_code_cell(outputs=[new_output("display_data", data={"image/png": good})] * 50))) == 10
    notebook = made_notebook()
    notebook.cells[1].outputs = [new_output("display_data", data={"image/png": good})]
    pictures = [dict(a) for tag, a in Outline(page(made_result(), notebook, MANIFEST, None)).elements if tag == "img"]
    assert pictures == [{"src": f"data:image/png;base64,{good}", "alt": "Picture 1 that cell 1 drew"}]


# The page as a document


def test_nothing_is_fetched_or_run():
    outline = Outline(shown(made_result(outcome("adam", "test_first", "fail", "m"))))
    tags = {tag for tag, _ in outline.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "form", "base", "svg", "video", "audio"}
    policies = [dict(a)["content"] for tag, a in outline.elements if ("http-equiv", "Content-Security-Policy") in a]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    names = {name for _, attributes in outline.elements for name, _ in attributes}
    assert not {name for name in names if name.startswith("on")} and "src" not in names
    assert all(dict(a)["href"].startswith("#") for tag, a in outline.elements if tag == "a")
    css = (Path(feedback.__file__).parent / "templates" / "feedback.css").read_text()
    assert "url(" not in css and "@import" not in css


def test_equal_results_give_equal_bytes():
    """Times and the tier of the sandbox are no part of the page."""
    result = made_result(outcome("adam", "test_first", "fail", "m"), seconds=1.25)
    again = made_result(outcome("adam", "test_first", "fail", "m"), seconds=99.5)
    assert shown(result) == shown(again)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_its_ground(scheme):
    """Contrast of at least 4.5 (WCAG 2.2, AA) of each colour that text has, on paper and on the ground of code."""
    css = (Path(feedback.__file__).parent / "templates" / "feedback.css").read_text()
    tokens = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", css.split(":root {")[1 + scheme].split("}")[0]))

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for name in ("ink", "muted", "accent", "right", "part", "next", "wait", "person"):
        for ground in ("paper", "wash"):
            low, high = sorted([luminance(tokens[name]), luminance(tokens[ground])])
            assert (high + 0.05) / (low + 0.05) >= 4.5, (name, ground)


# Files


@pytest.fixture
def graded(released_toy) -> Course:
    """Three students handed in; hopper's result and zeno's are there, erdos's is damaged."""
    manifest = load_manifest(released_toy, "a01_toy")
    tests = [Outcome(test.name, test.question, test.points, test.points, "pass", test.title) for test in manifest.tests]
    with open_gradebook(released_toy) as gradebook, pytest.warns(match="not in session"):  # nbgrader's own warning
        for student in ("zeno", "hopper", "erdos"):
            gradebook.add_student(student, first_name=student.capitalize())
            gradebook.add_submission("a01_toy", student)
        gradebook.add_student("idle")
        for question in manifest.questions:
            grade = gradebook.find_grade(question.grade_cell, "a01_toy", "a01_toy", "hopper")
            grade.auto_score, grade.needs_manual_grade = question.points, False
        gradebook.db.commit()
    for student in ("zeno", "hopper"):
        save_result(Result("a01_toy", student, tests, "tier 2"), released_toy.results)
    (released_toy.results / "a01_toy" / "erdos.json").write_text('{"assignment": "a01')
    return released_toy


def test_pages_lie_where_nbgrader_looks(graded):
    paths = write_feedback(graded, "a01_toy")
    assert paths == [graded.feedback / name / "a01_toy" / "a01_toy.html" for name in ("hopper", "zeno")]
    text = read(paths[0].read_text(encoding="utf-8"))
    assert "Hopper" in text and "6 of 6 points" in text and "not final" not in text
    assert "not final" in read(paths[1].read_text(encoding="utf-8")), "zeno's marks are still open in the gradebook"
    assert without_result(graded, "a01_toy") == ["erdos"], "idle handed in nothing"


def test_pages_are_byte_equal_when_written_again(graded):
    before = [path.read_bytes() for path in write_feedback(graded, "a01_toy")]
    assert [path.read_bytes() for path in write_feedback(graded, "a01_toy")] == before
    assert [path.name for path in (graded.feedback / "hopper" / "a01_toy").iterdir()] == ["a01_toy.html"]


def test_the_moment_of_writing_decides_what_pages_say(graded):
    manifest = graded.hidden / "a01_toy" / "manifest.toml"
    plain, opened = manifest.read_text(), {}
    for name, year in {"before": 9000, "after": 2001}.items():
        manifest.write_text(f'feedback = "after deadline"\nfeedback_full_after = {year}-12-01T23:59:00+01:00\n{plain}')
        opened[name] = write_feedback(graded, "a01_toy", ["hopper"])[0].read_text(encoding="utf-8")
        assert str(year) not in opened[name], "a page holds no times"
    manifest.write_text(plain)
    (path,) = write_feedback(graded, "a01_toy", ["hopper"])
    assert path.read_text(encoding="utf-8") == opened["after"] != opened["before"]
    (path,) = write_feedback(graded, "a01_toy", ["hopper"], policy="hint")
    assert path.read_text(encoding="utf-8") == opened["before"]


def test_only_the_students_asked_for(graded):
    paths = write_feedback(graded, "a01_toy", ["zeno"])
    assert [path.parts[-3] for path in paths] == ["zeno"] and not (graded.feedback / "hopper").exists()
    assert without_result(graded, "a01_toy", ["zeno"]) == []
    with pytest.raises(CourseError, match="knows no student 'nobody': it has 4 students"):
        write_feedback(graded, "a01_toy", ["hopper", "nobody"])
    assert not (graded.feedback / "hopper").exists()


def test_a_damaged_notebook_costs_only_the_code(graded):
    path = graded.autograded / "hopper" / "a01_toy" / "a01_toy.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("not a notebook")
    (page_path,) = write_feedback(graded, "a01_toy", ["hopper"])
    assert "6 of 6 points" in read(page_path.read_text(encoding="utf-8"))


def test_a_student_id_cannot_lead_out_of_the_folder(graded):
    with open_gradebook(graded) as gradebook, pytest.warns(match="not in session"):
        gradebook.add_student("../../evil")
        gradebook.add_submission("a01_toy", "../../evil")
    assert len(write_feedback(graded, "a01_toy")) == 2
    assert "../../evil" in without_result(graded, "a01_toy")
