"""The instructor's page in a real Chromium: hostile messages run nothing and fetch nothing, and it fits a phone."""

import pytest

from autograder.insight import Attention, Failure, Insight, page
from autograder.items import ItemFigures, MistakeShare, QuestionFigures

pytestmark = pytest.mark.browser

HOSTILE = "</pre></style><script>window.pwned = 1</script><img src=https://evil.example/a onerror='window.pwned = 2'>"
LONG = "an_unbroken_name_that_is_much_longer_than_a_phone_is_wide_" * 4


def hostile_insight() -> Insight:
    tests = [
        ItemFigures("q", "test_a", f"A title of {LONG}", 1.0, 34, 20, 3, -0.31, (-0.58, 0.03)),
        ItemFigures("q", "test_b", HOSTILE, 2.0, 34, 34, 0, why_not="everybody passes"),
    ]
    mistakes = [MistakeShare("q", LONG, HOSTILE, "E20", ["hopper", LONG], 34)]
    return Insight(
        assignment="a01_toy",
        title="A toy",
        graded=35,
        max_score=3.0,
        median=2.0,
        bands=[("all points", 30), ("below 20 %", 5)],
        questions=[QuestionFigures("q", LONG, 3.0, 34, 1, 70.0, tests, mistakes, [LONG])],
        failures=[Failure("q", "error", HOSTILE + "w" * 10_000, ["hopper", LONG, "x"], ["a title"])],
        left_out=2,
        slowest=[(LONG, 12.5), ("hopper", 0.0)],
        seconds=0.4,
        attention=[Attention(HOSTILE, [HOSTILE, LONG])],
        by_hand=1,
        unjudged=1,
        names={"hopper": HOSTILE},
    )


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (320, "dark"), (1000, "light")])
def test_it_runs_nothing_fetches_nothing_and_fits(chromium, tmp_path, width, scheme):
    path = tmp_path / "insight.html"
    path.write_text(page(hostile_insight(), {"hopper": "../feedback/hopper.html"}), encoding="utf-8")
    context = chromium.new_context(viewport={"width": width, "height": 640}, color_scheme=scheme)
    asked, said = [], []
    context.on("request", lambda request: asked.append(request.url))
    tab = context.new_page()
    tab.on("console", lambda message: said.append(message.text))
    tab.goto(path.as_uri())
    tab.wait_for_load_state("networkidle")
    assert asked == [path.as_uri()] and said == []
    assert tab.evaluate("window.pwned") is None
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.locator(".bar").count() == 2 + 1 + 2 + 2
    striped = tab.locator(".bar .partly")  # part of the points: told apart by stripes, not by colour alone
    assert "gradient" in striped.evaluate("node => getComputedStyle(node).backgroundImage")
    assert "▲" in tab.locator(".look-at-it").inner_text()
    colours = tab.evaluate("['color', 'backgroundColor'].map((name) => getComputedStyle(document.body)[name])")
    lightness = [sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(","))) for colour in colours]
    assert (lightness[0] > lightness[1]) == (scheme == "dark") and abs(lightness[0] - lightness[1]) > 450
    context.close()
