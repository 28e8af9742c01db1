"""Cards in a page from disk with the network off, and in JupyterLab: guess, look, compare, be asked; by keyboard."""

import json
import re

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_notebook

from mmcourse.explorer import compare, predict, question
from tests.browser.conftest import jupyter_lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHOICES = ["it dies out faster", "it grows", "nothing at all"]
OPTIONS = {"the `steepest`": "It diverges first.", "the flattest $\\lambda$": "That one only makes it slow."}


def cards() -> list:
    return [
        predict("06.double", "Double the rate: what happens to the bouncing?", CHOICES),
        compare("06.double", "it grows", why="The factor passes $-1$."),
        predict("06.steps", "How many steps until it rests?", low=1, high=500, unit="steps"),
        compare("06.steps", 137, why="The flattest direction decides."),
        question("06.q1", "Which direction limits the rate?", OPTIONS, right="the `steepest`"),
    ]


def page_of(outputs: list[str]) -> str:
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Cards</title>'
    )
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{"".join(outputs)}</main></body></html>'


@pytest.fixture
def visit(chromium, tmp_path):
    """visit(width, scheme) opens the cards from disk and gives the page; nothing may be fetched or complain."""
    file, contexts, trouble = tmp_path / "cards.html", [], []
    file.write_text(page_of([card.html() for card in cards()]), encoding="utf-8")

    def refuse(route):
        trouble.append(route.request.url)
        route.abort()

    def open_page(width: int = 800, scheme: str = "light", **options):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        context.route(re.compile("^(?!file:)"), refuse)
        tab = context.new_page()
        tab.on("console", lambda message: trouble.append(message.text))
        tab.on("pageerror", lambda error: trouble.append(str(error)))
        tab.goto(file.as_uri())
        if options.get("java_script_enabled", True):
            awake(tab)
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


def awake(tab) -> None:
    """Scroll until every card has come to life, and back."""
    for place in tab.locator("[data-mmcourse]").all():
        place.scroll_into_view_if_needed()
        place.locator(".mm-card").wait_for()
    tab.evaluate("scrollTo(0, 0)")


def card(tab, face: str, number: int = 0):
    return tab.locator(f".mm-{face}").nth(number)


# Predict, look, compare


def test_a_guess_is_recorded_changed_compared_and_remembered(visit):
    tab = visit()
    guess, truth = card(tab, "prediction"), card(tab, "comparison")
    assert "You recorded no guess here" in truth.inner_text() and "The factor" not in truth.inner_text()

    guess.get_by_label("it dies out faster").check()
    guess.get_by_role("button", name="Record my guess").click()
    assert guess.get_by_role("status").inner_text() == "Kept. You can change it until you compare."
    assert "You guessed\nit dies out faster" in truth.inner_text(), "they find each other, live"
    guess.get_by_label("nothing at all").check()
    guess.get_by_role("button", name="Change my guess").click()
    assert "You guessed\nnothing at all" in truth.inner_text()

    tab.reload()
    awake(tab)
    assert guess.get_by_label("nothing at all").is_checked()
    assert "The factor" not in truth.inner_text()
    truth.get_by_role("button", name="Compare").click()
    assert "What is true\nit grows" in truth.inner_text()
    assert "Not this time" in truth.get_by_role("status").inner_text()
    assert "The factor passes" in truth.get_by_role("status").inner_text()
    assert guess.get_by_label("it grows").is_disabled() and guess.get_by_role("button").all_inner_texts() == [
        "Start over"
    ]

    tab.reload()
    awake(tab)
    assert "Not this time" in truth.inner_text(), "the comparison remembers"
    assert truth.get_by_role("button").count() == 0

    guess.get_by_role("button", name="Start over").click()
    assert not guess.get_by_label("nothing at all").is_checked() and "The factor" not in truth.inner_text()
    guess.get_by_label("it grows").check()
    guess.get_by_role("button", name="Record my guess").click()
    truth.get_by_role("button", name="Compare").click()
    assert "Right: you saw it coming." in truth.get_by_role("status").inner_text()


def test_who_did_not_guess_is_shown_the_truth_and_may_still_guess(visit):
    tab = visit()
    guess, truth = card(tab, "prediction", 1), card(tab, "comparison", 1)
    truth.get_by_role("button", name="Show what is true").click()
    assert "What is true\n137 steps" in truth.inner_text() and "flattest direction" in truth.inner_text()
    guess.get_by_label("How many steps").fill("130")
    guess.get_by_role("button", name="Record my guess").click()
    assert "You guessed\n130 steps" in truth.inner_text() and "Right" in truth.get_by_role("status").inner_text()


@pytest.mark.parametrize(
    "number, words",
    [
        ("130", "Right: you saw it coming."),
        ("100", "Near, a little low."),
        ("200", "Near, a little high."),
        ("60", "Too low, by a factor of 2.3."),
        ("500", "Too high, by a factor of 3.6."),
    ],
)
def test_a_number_is_right_near_or_off_by_a_factor(visit, number, words):
    """137: right is 125 to 150, near 69 to 274."""
    tab = visit()
    card(tab, "prediction", 1).get_by_label("How many steps").fill(number)
    card(tab, "prediction", 1).get_by_role("button", name="Record my guess").click()
    card(tab, "comparison", 1).get_by_role("button", name="Compare").click()
    said = card(tab, "comparison", 1).get_by_role("status").inner_text()
    assert words in said and ("Right is 125 to 150 steps, near 69 to 274." in said) == ("Right:" not in words)


@pytest.mark.parametrize("number", ["", "0", "501", "3.5"])
def test_a_number_off_the_scale_is_asked_for_again(visit, number):
    tab = visit()
    guess = card(tab, "prediction", 1)
    guess.get_by_label("How many steps").fill(number)
    guess.get_by_role("button", name="Record my guess").click()
    assert guess.get_by_role("status").inner_text() == "Type a whole number from 1 to 500 first."
    assert tab.evaluate("localStorage.length") == 0


# Questions


def test_a_question_is_wrong_then_right_and_counts_the_tries(visit):
    tab = visit()
    asked = card(tab, "question")
    assert "diverges" not in tab.locator("body").inner_text()
    check = asked.get_by_role("button", name="Check")
    check.click()
    assert asked.get_by_role("status").inner_text() == "Choose one first."
    asked.get_by_label("the flattest").check()
    check.click()
    check.click()
    told = asked.get_by_role("status").inner_text()
    assert "Not this one. Have another go." in told and "only makes it slow" in told and "diverges" not in told

    tab.reload()
    awake(tab)
    assert asked.get_by_label("the flattest").is_checked() and "Not this one" in asked.inner_text()
    asked.get_by_label("the steepest").check()
    check.click()
    told = asked.get_by_role("status").inner_text()
    assert "Right, on try 2." in told and "It diverges first." in told
    asked.get_by_label("the flattest").check()
    check.click()
    assert "only makes it slow" in asked.inner_text(), "the other explanations can be read too"
    kept = tab.evaluate("JSON.parse(localStorage.getItem('mmcourse.06.q1'))")
    assert kept == {"choice": "the `steepest`", "tries": 2, "right": True}


# Every reader


def test_the_keyboard_alone_suffices(visit):
    tab = visit()
    press = tab.keyboard.press
    for key in ("Tab", "Space", "ArrowDown", "Tab", "Enter"):  # to the first choice, take it, the next one, the button
        press(key)
    assert "You guessed\nit grows" in card(tab, "comparison").inner_text()
    press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Compare"
    ring = (
        "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"
    )
    assert tab.evaluate(ring) == "solid2px"
    press("Enter")
    assert "you saw it coming" in card(tab, "comparison").inner_text()
    assert tab.evaluate("document.activeElement.innerText").endswith("What is true\nit grows"), "the focus is not lost"
    press("Tab")
    tab.keyboard.type("60")
    press("Enter")
    assert "You guessed\n60 steps" in card(tab, "comparison", 1).inner_text()
    # the button, Compare, the first option, the second, check it
    for key in ("Tab", "Tab", "Tab", "ArrowDown", "Enter"):
        press(key)
    assert "Not this one" in card(tab, "question").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_on_a_phone(visit, scheme):
    tab = visit(320, scheme)
    card(tab, "prediction").get_by_label("it grows").check()
    card(tab, "prediction").get_by_role("button", name="Record").click()
    card(tab, "prediction", 1).get_by_label("How many").fill("60")
    card(tab, "prediction", 1).get_by_role("button", name="Record").click()
    for number in (0, 1):
        card(tab, "comparison", number).get_by_role("button", name="Compare").click()
    card(tab, "question").get_by_label("the flattest").check()
    card(tab, "question").get_by_role("button", name="Check").click()
    found = Axe().run(tab, context=".mm-root").response["violations"]
    assert [(one["id"], node["html"]) for one in found for node in one["nodes"]] == []
    assert tab.evaluate("document.documentElement.scrollWidth") == 320
    outside = "[...document.querySelectorAll('.mm-root *')].filter(e => e.getBoundingClientRect().right > innerWidth)"
    assert tab.evaluate(f"{outside}.length") == 0
    assert tab.evaluate("document.querySelector('.mm-root').dataset.theme") == scheme


def test_without_a_script_the_words_stand(visit):
    tab = visit(java_script_enabled=False)
    text = tab.locator("body").inner_text()
    assert "Predict: Double the rate: what happens to the bouncing?" in text and "it dies out faster" in text
    assert "Question: Which direction limits the rate?" in text and "diverges" not in text
    assert tab.locator("button, input").count() == 0


def test_without_storage_it_works_and_forgets(visit):
    tab = visit()
    tab.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('switched off'); } })")
    tab.reload()
    awake(tab)
    card(tab, "prediction").get_by_label("it grows").check()
    card(tab, "prediction").get_by_role("button", name="Record").click()
    card(tab, "comparison").get_by_role("button", name="Compare").click()
    assert "you saw it coming" in card(tab, "comparison").inner_text()


# In JupyterLab


def run_all(tab) -> None:
    """Through the menu; afterwards the last cell is selected, in command mode."""
    tab.get_by_role("menuitem", name="Run", exact=True).click()
    tab.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()


def test_in_jupyterlab_the_kernel_knows_the_answer_and_the_keys_leave_the_cells_alone(chromium, tmp_path):
    sources = [
        "from mmcourse.explorer import compare, predict, question\n"
        f"guess = predict('06.double', 'What happens to the bouncing?', {CHOICES!r})\nguess",
        "compare('06.double', 'it grows')",
        f"question('06.q1', 'Which direction?', {OPTIONS!r}, right='the `steepest`')",
        "print('known:', guess.answer)",
    ]
    cells = [new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), tmp_path / "lecture.ipynb")
    with jupyter_lab(tmp_path) as address:
        tab = chromium.new_page(viewport={"width": 1100, "height": 1400})
        tab.goto(f"{address}/lab/tree/lecture.ipynb")
        tab.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=90_000)
        tab.get_by_text("| Idle").wait_for(timeout=90_000)
        run_all(tab)
        tab.get_by_text("known: None").wait_for(timeout=60_000)
        tab.wait_for_timeout(2000)  # when all have run, Lab takes the focus to the last cell
        asked = card(tab, "question")
        asked.wait_for(timeout=60_000)
        card(tab, "prediction").locator("input").first.focus()
        for key in ("Space", "ArrowDown", "d", "d", "Tab", "Enter"):
            tab.keyboard.press(key)
        card(tab, "comparison").get_by_text("You guessed").wait_for(timeout=10_000)
        assert "it grows" in card(tab, "comparison").inner_text(), "it came through the kernel"
        card(tab, "comparison").get_by_role("button", name="Compare").focus()
        tab.keyboard.press("Enter")
        assert "you saw it coming" in card(tab, "comparison").inner_text()
        asked.locator("input").first.focus()
        for key in ("Space", "d", "d", "Tab", "Enter"):
            tab.keyboard.press(key)
        assert "Right, on your first try." in asked.inner_text()
        run_all(tab)  # a card made again has the answer at once, from the file
        tab.get_by_text("known: {'guess': 'it grows', 'compared': True}").wait_for(timeout=30_000)
        shown = [tab.locator(".jp-CodeCell").nth(i).locator(".cm-content").inner_text() for i in range(4)]
        assert [text.replace("\u200b", "").split() for text in shown] == [source.split() for source in sources]
        assert tab.locator(".jp-CodeCell").count() == 4
        tab.close()
    kept = json.loads((tmp_path / ".data" / "mmcourse" / "answers.json").read_text())
    assert kept["06.double"] == {"guess": "it grows", "compared": True}
    assert kept["06.q1"] == {"choice": "the `steepest`", "tries": 1, "right": True}
