"""What docs/ shows, in pages from disk without network: the snippets of explorers.md, and the gallery."""

import pytest

from tests.browser.twins import assert_twins
from tests.docs.test_explorers_doc import shown
from tests.docs.test_gallery import explorers, read, run_here

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Puts a control to its ends and its middle; says how often the figure was drawn.
DRIVE = """async () => {
  const {view} = document.querySelector(".mm-root");
  for (const {name, values, kind, count} of view.spec.controls) {
    const all = values ?? (kind === "play" ? Array.from({length: count}, (_, i) => i) : []);
    for (const value of [all[0], all.at(-1), all[all.length >> 1]].filter((value) => value !== undefined)) {
      view.store.set({[name]: value});
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }
  }
  return view.frames;
}"""


@pytest.fixture
def visit(chromium, tmp_path):
    """visit(hosted) opens its page without network; at the end nothing may have gone wrong in any of them."""
    contexts, troubles = [], []

    def open_page(hosted):
        path = tmp_path / f"{len(contexts)}.html"
        path.write_text(hosted.page(), encoding="utf-8")
        contexts.append(chromium.new_context(viewport={"width": 1000, "height": 900}, offline=True))
        page = contexts[-1].new_page()
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector(".mm-root")
        page.evaluate(SETTLED)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def test_every_snippet_comes_alive_and_follows_its_controls(visit, monkeypatch, tmp_path):
    monkeypatch.setenv("MMCOURSE_ANSWERS", str(tmp_path / "answers.json"))
    hosted = shown()
    assert len(hosted) >= 25
    for one in hosted:
        page = visit(one)
        if one.spec["face"] == "explorer":
            assert page.evaluate(DRIVE) >= 1, one.title
        page.context.close()


@pytest.fixture(scope="module")
def gallery():
    return explorers(run_here(read()))


@pytest.mark.parametrize("place", [0, 1])
def test_the_gallery_comes_alive_and_follows_its_controls(visit, gallery, place):
    page = visit(gallery[place])
    assert page.evaluate(DRIVE) > 10
    for name in gallery[place].spec["presets"]:
        page.get_by_role("button", name=name, exact=True).click()
        page.evaluate(SETTLED)
    assert page.evaluate("document.querySelector('.mm-root').view.playing") == (place == 0 or "mask" not in name)


def test_the_network_in_the_browser_is_that_in_python(visit, gallery):
    assert_twins(visit(gallery[1]), gallery[1])


def test_units_blink_and_the_words_count_them(visit, gallery):
    page = visit(gallery[1])
    counted = set()
    for _ in range(12):
        page.get_by_role("button", name="one step back").click()
        page.evaluate(SETTLED)
        off = page.locator("canvas[role=img]").first.get_attribute("aria-label").partition("switched off: ")[2]
        units = len(off.split(", ")) if off else 0
        assert page.locator(".mm-text").inner_text().startswith(f"{12 - units} of 12 units are on")
        counted.add(units)
    assert len(counted) > 2
