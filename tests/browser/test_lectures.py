"""Every explorer, prediction and question of every written lecture, driven in a page without network."""

import contextlib

import pytest
from playwright.sync_api import TimeoutError

from tests.lectures.executing import WRITTEN, execute
from tools.pages import page

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.slow]


@pytest.fixture(scope="module", params=WRITTEN, ids=lambda lecture: lecture.name)
def opened(request, chromium, tmp_path_factory):
    """The page of a lecture, with what went wrong in it."""
    path = tmp_path_factory.mktemp("pages") / f"{request.param.name}.html"
    path.write_text(page(execute(request.param).notebook, request.param.title), encoding="utf-8")
    context = chromium.new_context(viewport={"width": 1000, "height": 900})
    context.set_offline(True)
    view, troubles = context.new_page(), []
    view.on("pageerror", lambda error: troubles.append(str(error)))
    view.on("console", lambda message: message.type == "error" and troubles.append(message.text))
    view.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or troubles.append(asked.url))
    view.goto(path.as_uri())
    scroll(view)
    yield view, troubles
    context.close()


def scroll(view) -> None:
    """Walk down the page, so that everything that waits until it is seen comes alive, however slow the machine."""
    for place in view.query_selector_all("[data-mmcourse]"):
        place.scroll_into_view_if_needed()
        with contextlib.suppress(TimeoutError):  # a test says how many are still waiting
            place.wait_for_selector(".mm-root", state="attached", timeout=20_000)


DRIVE = """async ({ first, last }) => {
  const wait = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const found = [];
  for (const root of document.querySelectorAll(".mm-explorer")) {
    root.scrollIntoView();
    const { store, clocks } = root.view;
    for (const control of store.controls.values()) {
      const values = control.values ?? (control.kind === "play" ? [0, control.count - 1] : [control.default]);
      for (const value of [values[0], values.at(-1), values[values.length >> 1]]) {
        store.set({ [control.name]: value });
        await wait();
      }
    }
    for (const chip of root.querySelectorAll(".mm-chip")) { chip.click(); await wait(); }
    for (const clock of clocks.values()) {
      store.set({ [clock.control.name]: 0 });
      clock.toggle();
      await new Promise((done) => setTimeout(done, 300 + 1000 / clock.control.rate)); // a frame's time, and some more
      clock.pause();
      found.push([root.ariaLabel, store.state[clock.control.name] > 0]);
    }
    for (const canvas of root.querySelectorAll("canvas")) found.push([root.ariaLabel, canvas.width > 100]);
  }
  return found;
}"""


def test_everything_came_alive_and_nothing_was_fetched(opened):
    view, troubles = opened
    waiting = view.eval_on_selector_all(
        "[data-mmcourse]", "all => all.filter((one) => !one.querySelector('.mm-root')).length"
    )
    assert view.locator(".mm-explorer").count() >= 1 and waiting == 0
    assert troubles == []


def test_every_control_of_every_explorer_can_be_moved_to_its_ends(opened):
    view, troubles = opened
    found = view.evaluate(DRIVE, {})
    assert found and all(fine for _, fine in found)
    assert troubles == []


def test_nothing_sticks_out_of_a_narrow_page(opened):
    view, _ = opened
    view.set_viewport_size({"width": 400, "height": 900})
    view.wait_for_timeout(300)
    wide = view.eval_on_selector_all(
        ".mm-root", "all => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.ariaLabel)"
    )
    view.set_viewport_size({"width": 1000, "height": 900})
    assert wide == []
