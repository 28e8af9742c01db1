"""The page on what is alike in a real Chromium: strangers' code runs and fetches nothing, and it fits a phone."""

import pytest

from autograder.passages import Passage
from autograder.similarity import SOLUTION, Alike, Part, Similarity
from autograder.similarity_page import page

pytestmark = pytest.mark.browser

HOSTILE = "</pre></style><script>window.pwned = 1</script><img src=https://evil.example/a onerror='window.pwned = 2'>"
LONG = "an_unbroken_name_that_is_much_longer_than_a_phone_is_wide_" * 4


def hostile_similarity() -> Similarity:
    passage = Passage(HOSTILE + LONG, f"{LONG}\n" * 50, (1, 2), (7, 7), "q", "other", 40, False)
    parts = [Part("q", HOSTILE, 0.8, [passage, passage]), Part("", LONG, 0.5, [])]
    return Similarity(
        assignment="a01_toy",
        title="A toy",
        submissions=40,
        least=0.5,
        pairs=[Alike("hopper", LONG, 1.0, parts), Alike("turing", HOSTILE, 0.8, parts)],
        groups=[["hopper", LONG, HOSTILE]],
        lectures=[Alike("hopper", f"mmcourse.{LONG}", 0.7, parts)],
        solutions=[Alike("hopper", SOLUTION, 0.6, parts)],
        left_out={"pairs": 7, "lectures": 0, "solutions": 0},
        notes=[HOSTILE],
        names={"hopper": HOSTILE},
        titles={"q": "Question", "other": LONG, "": "cells of their own"},
    )


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (400, "dark"), (1200, "light")])
def test_it_runs_nothing_fetches_nothing_and_fits(chromium, tmp_path, width, scheme):
    path = tmp_path / "similar.html"
    path.write_text(page(hostile_similarity(), {"hopper": "../feedback/hopper.html"}), encoding="utf-8")
    context = chromium.new_context(viewport={"width": width, "height": 640}, color_scheme=scheme)
    asked, said = [], []
    context.on("request", lambda request: asked.append(request.url))
    tab = context.new_page()
    tab.on("console", lambda message: said.append(message.text))
    tab.goto(path.as_uri())
    tab.wait_for_load_state("networkidle")
    assert tab.locator("details[open]").count() == 0  # first the list, in its order
    for summary in tab.locator("details > summary").all():  # they open without a script
        summary.focus()
        tab.keyboard.press("Enter")
    assert tab.locator("details[open]").count() == 4
    assert asked == [path.as_uri()] and said == []
    assert tab.evaluate("window.pwned") is None
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [tab.locator(".sides figure").nth(index).bounding_box() for index in (0, 1)]
    beside = boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]
    assert beside == (width > 736)  # one above the other on a phone
    assert "7 more are not shown" in tab.locator("#pairs").inner_text()
    context.close()
