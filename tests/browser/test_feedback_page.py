"""A feedback page full of hostile text in a real Chromium: it fetches nothing, runs nothing and fits a phone."""

import base64
import io
from functools import cache

import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.feedback import page
from autograder.manifest import HiddenQuestion, HiddenTest, Manifest
from autograder.marks import Mark, Standing
from autograder.results import VERDICTS, CellRun, Diagnosis, Result
from autograder.results import TestOutcome as Outcome  # pytest would take the name for a test class's
from autograder.verdicts import question_html

pytestmark = pytest.mark.browser

ATTACKS = [
    "</pre><script>window.pwned = 1</script>",
    "<img src=https://evil.example/a.png onerror='window.pwned = 2'>",
    "<svg onload='window.pwned = 3'></svg><iframe src='https://evil.example/b'></iframe>",
    "</style><style>@import 'https://evil.example/c.css'; body { background: url(https://evil.example/d.png) }",
    "<meta http-equiv=refresh content='0;url=https://evil.example/e'><base href='https://evil.example/'>",
    "<link rel=preload as=image href=https://evil.example/f.png><details open ontoggle='window.pwned = 4'>",
    "<div style='width: 9000px; position: fixed; inset: 0'>over</div>",
    "w" * 100_000,
    "\u202e\u2066" + "Z\u0361\u0489" * 400,
    "\x1b[31m\x00\x08" + "\t" * 3_000 + "end",
]
LONG = "an_unbroken_name_that_is_much_longer_than_a_phone_is_wide_" * 4


@pytest.fixture
def visit(chromium, tmp_path):
    """visit(html, width) opens a page from disk and gives (page, addresses it asked for, messages of the console)."""
    contexts = []

    def open_page(content: str, width: int = 320, scheme: str = "light"):
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_text(content, encoding="utf-8")
        contexts.append(chromium.new_context(viewport={"width": width, "height": 640}, color_scheme=scheme))
        asked, said = [], []

        def refuse(route):
            asked.append(route.request.url)
            route.abort()

        contexts[-1].route("**/*", refuse)
        contexts[-1].route(path.as_uri(), lambda route: route.continue_())
        tab = contexts[-1].new_page()
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(path.as_uri())
        tab.wait_for_load_state("networkidle")
        return tab, asked, said

    yield open_page
    for context in contexts:
        context.close()


@cache
def hostile_page() -> str:
    """Every attack in every place where a stranger's text can stand, and every verdict."""
    tests = tuple(HiddenTest(f"test_{verdict}", "adam", 1.0, (), f"The {verdict} one.") for verdict in VERDICTS)
    question = HiddenQuestion("adam", LONG, "adam", "check-adam", "adam_step", 10.0, ("numpy",), False, None, tests)
    text = "\n".join(ATTACKS)
    outcomes = [
        Outcome(
            test.name,
            "adam",
            float(verdict == "pass"),
            1.0,
            verdict,
            test.title,
            f"{number}{ATTACKS[number]}\n{text}",
            Diagnosis(verdict, f"{LONG} {text[:900]}") if number == 1 else None,
        )
        for number, (verdict, test) in enumerate(zip(VERDICTS, tests, strict=True))
    ]
    result = Result(
        "a03_optimizers",
        "eve",
        outcomes,
        "tier 2",
        cells=[CellRun(index, "error", text, text) for index in range(len(ATTACKS))],
        notes=[f"{attack}.ipynb: expected another name" for attack in ATTACKS] + [LONG],
    )
    notebook = new_notebook(cells=[new_code_cell(f"x = {attack}") for attack in ATTACKS])
    mark = Mark("eve", "check-adam", 1.0, 2.0, 0.5, 10.0, True)
    standing = Standing("eve", ATTACKS[0], LONG, None, 1.0, (mark,), (("adam", text), ("essay", LONG)))
    return page(result, notebook, Manifest("a03_optimizers", (question,), (), (), {}), standing, f"A {LONG}", LONG)


@pytest.mark.parametrize("width", [320, 900])
def test_a_hostile_page_fetches_nothing_and_runs_nothing(visit, width):
    tab, asked, said = visit(hostile_page(), width)
    assert asked == [] and said == []
    assert tab.evaluate("window.pwned") is None
    assert tab.evaluate("document.querySelectorAll('script, iframe, svg, img, link, base, details').length") == 0
    assert "window.pwned = 1" in tab.locator("pre.message").first.inner_text(), "the attack is there, as text"


def test_even_a_hole_would_be_closed_by_the_policy(visit):
    """Were an attack ever left unescaped, the page's policy would still keep it from running and from fetching."""
    content = hostile_page().replace("</main>", f"{''.join(ATTACKS[:4])}</main>")
    tab, asked, said = visit(content)
    assert tab.evaluate("document.querySelectorAll('script, iframe').length") == 2
    assert tab.evaluate("window.pwned") is None and asked == []
    assert any("Content Security Policy" in message for message in said)


def test_the_attacks_work_where_nothing_stops_them(visit):
    """The tests above can fail: the same text in a page without escaping or policy runs and fetches."""
    tab, asked, _ = visit(f"<!doctype html><pre>{''.join(ATTACKS[:3])}</pre>")
    assert tab.evaluate("window.pwned") is not None
    assert any("evil.example" in address for address in asked)


@pytest.mark.parametrize("width", [320, 375, 900])
def test_nothing_scrolls_sideways(visit, width):
    tab, *_ = visit(hostile_page(), width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    outside = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
    assert tab.evaluate(f"{outside}.map(e => e.outerHTML.slice(0, 80))") == []


@cache
def crowded_page() -> str:
    """What makes a page wide: long lines, long words, tracebacks, a large picture, many tests."""
    content = io.BytesIO()
    Figure(figsize=(12, 5)).savefig(content, format="png")
    picture = new_output("display_data", data={"image/png": base64.b64encode(content.getvalue()).decode()})
    trace = f'  File "<your cell 0>", line 12, in {LONG[:60]}\n    {LONG} = {LONG}[{LONG!r}]\nKeyError: {LONG!r}'
    tests = tuple(HiddenTest(f"test_{n}", "adam", 1.0, (), f"Test {n} of `{LONG}`.") for n in range(20))
    question = HiddenQuestion("adam", "Adam", "adam", "check-adam", "adam_step", 20.0, ("numpy",), False, None, tests)
    outcomes = [Outcome(t.name, "adam", 0.0, 1.0, "error", t.title, f"{n}{trace}") for n, t in enumerate(tests)]
    result = Result("a03_optimizers", "hopper", outcomes, "tier 2", [CellRun(0, "error", LONG * 9, trace)])
    notebook = new_notebook(cells=[new_code_cell(f"    {LONG} = [{LONG}]\n" * 4, outputs=[picture])])
    return page(result, notebook, Manifest("a03_optimizers", (question,), (), (), {}), None, LONG, LONG)


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("build", [hostile_page, crowded_page])
def test_a_phone_shows_all_of_it_in_letters_that_can_be_read(visit, build, width):
    tab, *_ = visit(build(), width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    sizes = """[...document.querySelectorAll('body *')]
        .filter(e => [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()))
        .map(e => parseFloat(getComputedStyle(e).fontSize))"""
    assert min(tab.evaluate(sizes)) >= 14
    outside = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth - 8)"
    assert tab.evaluate(f"{outside}.map(e => e.outerHTML.slice(0, 80))") == []


def test_a_picture_is_as_wide_as_a_phone_lets_it(visit):
    tab, asked, said = visit(crowded_page(), 320)
    assert (asked, said) == ([], [])
    box = tab.locator("img").bounding_box()
    assert tab.locator("img").evaluate("e => e.naturalWidth") == 1200
    assert 250 < box["width"] <= 320 - 16 and box["height"] < box["width"], "as wide as the page, in its own shape"


def test_stacked_marks_stay_in_their_box(visit):
    """Combining marks pile up over the text around them unless their box cuts them off."""
    tab, *_ = visit(hostile_page())
    overflow = "[...new Set([...document.querySelectorAll('pre')].map(e => getComputedStyle(e).overflowY))]"
    assert tab.evaluate(overflow) == ["hidden"]


def test_light_and_dark_follow_the_reader(visit):
    ground = "getComputedStyle(document.body).backgroundColor"
    assert visit(hostile_page(), scheme="light")[0].evaluate(ground) == "rgb(255, 255, 255)"
    assert visit(hostile_page(), scheme="dark")[0].evaluate(ground) == "rgb(21, 24, 27)"


def test_paper_is_white_in_dark_mode_too(visit):
    tab, *_ = visit(hostile_page(), scheme="dark")
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_fragment_in_a_notebook_holds_too(visit):
    """JupyterLab and formgrader show the fragment in their own page, which has no such policy."""
    tests = [
        Outcome(f"test_{number}", "adam", 0.0, 1.0, "error", "A test.", attack) for number, attack in enumerate(ATTACKS)
    ]
    tab, asked, said = visit(f"<!doctype html><meta name=viewport content='width=320'>{question_html(tests)}")
    assert asked == [] and said == [] and tab.evaluate("window.pwned") is None
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    assert tab.locator("pre").count() == len(ATTACKS)
