"""An explorer in a page from disk, with the network off: everything that it promises to a reader without a kernel."""

import base64
import io
import re

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from nbconvert import HTMLExporter, LatexExporter

from mmcourse.explorer import (
    Bars,
    Choice,
    Entry,
    Equation,
    Explorer,
    Field,
    Formula,
    Handle,
    Line,
    LogSlider,
    Numbers,
    Panel,
    Path,
    Play,
    Point,
    Regions,
    Slider,
    Text,
    Toggle,
    sweep,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ALT = "A line rises to the right, and a walk of twenty steps ends in the upper right corner."
VIEW = "document.querySelector('.mm-root')?.view"


def everything() -> Explorer:
    """A small explorer with every control, and panels of every look that needs no drawing of its own."""
    slope = Slider("slope", -1, 1, count=21, start=0.5, label="how steep")
    rate = LogSlider("rate", 1e-3, 1e-1, count=5, start=0.01, label="learning rate")
    side = Choice("side", ("left", "right"), label="which side")
    dots = Toggle("dots", label="with dots")
    time = Play("time", 20, rate=10, label="step")
    spot = Point("spot", (0, 1), (0, 1), count=(11, 11), start=(0.5, 0.5), label="the spot")
    word = Entry("word", "abc", label="a word")
    kernel = Numbers("kernel", [[1, 2], [3, 4]], label="kernel")
    x = np.linspace(0, 1, 30)
    line = sweep(lambda slope: slope * x, slope)
    letters = Formula(
        "(s) => [s.word.length, s.kernel[0][0], s.spot[0] * 10]",
        lambda word, kernel, spot: np.array([len(word), kernel[0][0], 10 * spot[0]]),
    )
    grid = np.linspace(0, 1, 12)
    walk = np.stack([np.linspace(0.1, 0.9, 20), np.linspace(0.1, 0.9, 20) ** 2], axis=1)
    return Explorer(
        [slope, rate, side, dots, time, spot, word, kernel],
        [
            Panel(Line(x, line, label="the line", color=0), title="Line", x="x", y="slope times x", ylim=(-1, 1)),
            Panel(
                Field(grid, grid, grid[:, None] * grid, label="product"),
                Path(walk, upto=time, label="walk"),
                Handle(spot),
                title="Walk",
                x="left to right",
                y="up",
            ),
            Panel(
                Regions(grid, grid, (grid[:, None] > grid).astype(float), names=("below", "above")),
                title="Two regions with a title that is so long that it needs more than one line on a telephone",
            ),
            Panel(
                Bars(letters, names=("letters", "kernel", "spot"), label="counts"), title="From a formula", ylim=(0, 12)
            ),
            Panel(Text("Slope {slope:.2f} on the {side}, step {time:d}."), Equation(r"y = \now{slope:.2f}\, x")),
        ],
        "Everything at once",
        ALT,
        presets={"steep": {"slope": 1.0}, "third step": {"slope": -1.0, "time": 3}},
    )


@pytest.fixture(scope="module")
def explorer():
    return everything()


@pytest.fixture(scope="module")
def address(explorer, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "explorer.html"
    path.write_text(explorer.page(), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def visit(chromium):
    """visit(address, **options of the context) opens a page without network, in which nothing may go wrong."""
    contexts, troubles = [], []

    def open_page(address, alive=True, **options):
        context = chromium.new_context(**{"viewport": {"width": 1000, "height": 900}, **options})
        contexts.append(context)
        context.set_offline(True)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: troubles.append(request.url) if request.url.startswith("http") else None)
        page.goto(address)
        if alive:
            page.wait_for_function(f"{VIEW}?.drawnOnce")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def state(page):
    return page.evaluate(f"{VIEW}.store.state")


def settled(page):
    """Wait until what the reader did has been drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def inked(page, panel, script):
    """Evaluate a script about the front canvas of a panel; `ink(x, y, w, h)` counts pixels with something on them."""
    return page.evaluate(
        f"""() => {{
          const panel = {VIEW}.panels[{panel}];
          const context = panel.front.getContext("2d");
          const ink = (x, y, w, h) => {{
            const {{data}} = context.getImageData(...[x, y, w, h].map((v) => Math.round(v * panel.ratio)));
            return data.filter((value, i) => i % 4 === 3 && value > 40).length;
          }};
          return ({script})(panel, ink);
        }}"""
    )


WHOLE = "(panel, ink) => ink(0, 0, panel.width, panel.height)"
HEIGHT_OF_LINE = """(panel, ink) => {
  const [x, {top, bottom}] = [panel.axes.x(0.5), panel.axes];
  for (let y = top; y < bottom; y++) if (ink(x, y, 1, 1)) return panel.axes.y.invert(y);
}"""


# What is there at first


def test_the_default_state_is_drawn_in_place_of_the_picture(visit, address, explorer):
    page = visit(address)
    assert state(page) == explorer.default
    assert page.locator("img").count() == 0
    for panel in range(4):
        assert page.evaluate(f"{VIEW}.panels[{panel}].back.toDataURL().length") > 2000
    assert inked(page, 0, HEIGHT_OF_LINE) == pytest.approx(0.25, abs=0.03)
    assert inked(page, 1, WHOLE) > 300 and inked(page, 3, WHOLE) > 300
    assert page.locator(".mm-text").inner_text() == "Slope 0.50 on the left, step 19."
    assert "0.50" in page.locator("math").text_content()


def test_every_control_has_a_name_and_its_value_in_words(visit, address):
    page = visit(address)
    for role, name in [
        ("slider", "how steep"),
        ("slider", "learning rate"),
        ("slider", "step"),
        ("slider", "the spot, x"),
        ("combobox", "which side"),
        ("combobox", "speed"),
        ("checkbox", "with dots"),
        ("checkbox", "loop"),
        ("textbox", "a word"),
        ("spinbutton", "kernel, row 2, column 1"),
        ("button", "play"),
        ("button", "one step back"),
        ("button", "Reset"),
    ]:
        assert page.get_by_role(role, name=name, exact=True).count() == 1, (role, name)
    assert page.get_by_label("how steep").get_attribute("aria-valuetext") == "0.5"
    assert page.get_by_role("group", name="Everything at once").count() == 1


# Controls, by mouse and by keys


def test_a_slider_moves_by_mouse_and_by_keys_and_the_figure_follows(visit, address):
    page = visit(address)
    slider = page.get_by_label("how steep")
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    assert state(page)["slope"] == 1.0
    settled(page)
    assert inked(page, 0, HEIGHT_OF_LINE) == pytest.approx(0.5, abs=0.03)
    slider.press("ArrowLeft")
    assert state(page)["slope"] == pytest.approx(0.9)
    slider.press("Home")
    settled(page)
    assert state(page)["slope"] == -1.0
    assert page.locator(".mm-text").inner_text() == "Slope -1.00 on the left, step 19."
    assert inked(page, 0, HEIGHT_OF_LINE) == pytest.approx(-0.5, abs=0.03)


def test_a_log_slider_steps_in_equal_ratios(visit, address):
    page = visit(address)
    slider = page.get_by_label("learning rate")
    seen = []
    for _ in range(3):
        slider.press("ArrowRight")
        seen.append(state(page)["rate"])
    assert seen == pytest.approx([10**-1.5, 0.1, 0.1])


def test_the_value_beside_a_slider_is_written_out_up_to_a_million(visit, tmp_path):
    size = LogSlider("size", 1e-4, 1024.0**2, count=2, start=1e-4)
    wide = Slider("wide", 0, 1024, count=3, start=1024, label="wide")
    path = tmp_path / "size.html"
    x = np.linspace(0, 1, 3)
    line = Line(x, sweep(lambda wide: wide * x, wide))
    path.write_text(Explorer([size, wide], [Panel(line)], "How far", ALT).page(), encoding="utf-8")
    page = visit(path.as_uri())
    shown = page.locator("output")
    assert shown.all_inner_texts() == ["0.0001", "1024"]
    assert page.get_by_label("wide").get_attribute("aria-valuetext") == "1024"
    page.get_by_label("size", exact=True).press("End")
    page.get_by_label("wide").press("ArrowLeft")
    settled(page)
    assert shown.all_inner_texts() == ["1.05e+06", "512"]


def test_choice_toggle_entry_and_numbers_set_the_state(visit, address):
    page = visit(address)
    page.get_by_label("which side").select_option("right")
    page.get_by_label("with dots").check()
    page.get_by_label("a word").fill("attention")
    number = page.get_by_label("kernel, row 1, column 1")
    number.fill("7.5")
    number.press("Enter")
    now = state(page)
    assert (now["side"], now["dots"], now["word"], now["kernel"]) == ("right", True, "attention", [[7.5, 2], [3, 4]])
    settled(page)
    bars = f"Array.from({VIEW}.numbers.at({VIEW}.spec.panels[3].marks[0].heights).data)"
    assert page.evaluate(bars) == [9, 7.5, 5]
    assert "on the right" in page.locator(".mm-text").inner_text()
    number.fill("99")
    number.press("Enter")
    assert state(page)["kernel"][0][0] == 10.0  # the limit
    assert number.input_value() == "10"


def test_presets_go_to_a_place_and_reset_comes_back(visit, address, explorer):
    page = visit(address)
    page.get_by_label("which side").select_option("right")
    page.get_by_role("button", name="third step").click()
    assert state(page) == {**explorer.default, "slope": -1.0, "time": 3}
    assert page.evaluate(f"{VIEW}.playing") is False  # the preset names a moment, so time stands
    page.get_by_role("button", name="Reset").click()
    assert state(page) == explorer.default


def test_time_plays_pauses_steps_scrubs_changes_speed_and_loops(visit, address):
    page = visit(address)
    time = f"{VIEW}.store.state.time"
    page.get_by_role("button", name="play", exact=True).click()
    page.wait_for_function(f"{time} > 1 && {time} < 19")  # from the end it starts at the beginning
    page.get_by_role("button", name="pause", exact=True).click()
    here = page.evaluate(time)
    page.wait_for_timeout(250)
    assert page.evaluate(time) == here
    page.get_by_role("button", name="one step forward").click()
    assert page.evaluate(time) == here + 1
    page.get_by_role("button", name="one step back").click()
    assert page.evaluate(time) == here
    scrub = page.get_by_role("slider", name="step")
    scrub.fill("17")
    assert page.evaluate(time) == 17
    page.get_by_label("speed").select_option("4×")
    page.get_by_role("button", name="play", exact=True).click()
    page.wait_for_function(f"!{VIEW}.playing")  # at the end it stops by itself
    assert page.evaluate(time) == 19
    page.get_by_label("loop").check()
    page.get_by_role("button", name="play", exact=True).click()
    page.wait_for_function(f"{time} > 15")
    page.wait_for_function(f"{time} < 10")
    assert page.evaluate(f"{VIEW}.playing") is True
    page.get_by_role("button", name="pause", exact=True).press("Space")
    assert page.evaluate(f"{VIEW}.playing") is False


@pytest.mark.parametrize("speed, frames", [("0.5×", 5), ("2×", 20)])
def test_a_second_of_play_is_as_many_frames_as_it_says(visit, tmp_path, speed, frames):
    time = Play("time", 1000, start=0, rate=10)
    (tmp_path / "long.html").write_text(
        Explorer([time], [Line(np.arange(9.0), np.arange(9.0))], "Long", "A line that does not change.").page()
    )
    page = visit((tmp_path / "long.html").as_uri())
    page.get_by_label("speed").select_option(speed)
    shown = page.evaluate(  # one second of the clock, however long this machine takes for it
        f"""() => {{
          const clock = {VIEW}.clocks.get("time");
          clock.toggle();
          for (let tenth = 0; tenth < 10; tenth++) clock.advance(0.1);
          clock.pause();
          return [clock.position, {VIEW}.store.state.time];
        }}"""
    )
    assert shown == [pytest.approx(frames), pytest.approx(frames, abs=1)]


def test_a_handle_is_dragged_and_the_linked_sliders_follow(visit, address):
    page = visit(address)
    handle = page.locator(".mm-handle")
    handle.scroll_into_view_if_needed()
    centre = handle.evaluate(
        "(e) => { const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }"
    )
    target = page.evaluate(
        f"""() => {{
          const panel = {VIEW}.panels[1], frame = panel.box.getBoundingClientRect();
          return [frame.left + panel.axes.x(0.83), frame.top + panel.axes.y(0.21)];
        }}"""
    )
    page.mouse.move(*centre)
    page.mouse.down()
    page.mouse.move(*target, steps=5)
    page.mouse.up()
    now = state(page)
    assert (now["spot.x"], now["spot.y"]) == pytest.approx((0.8, 0.2))  # snapped to the grid of eleven values
    settled(page)
    assert page.get_by_label("the spot, x", exact=True).input_value() == "8"
    assert page.get_by_label("the spot, y", exact=True).input_value() == "2"
    page.mouse.move(*centre)
    assert state(page) == now  # released

    for key in ("ArrowLeft", "ArrowLeft", "ArrowUp"):
        handle.press(key)
    now = state(page)
    assert (now["spot.x"], now["spot.y"]) == pytest.approx((0.6, 0.3))
    settled(page)
    assert "the spot, x 0.6, the spot, y 0.3" in handle.get_attribute("aria-label")
    page.get_by_label("the spot, x", exact=True).press("Home")
    settled(page)
    shift = handle.evaluate("(e) => new DOMMatrix(getComputedStyle(e).transform).e")
    assert shift == pytest.approx(page.evaluate(f"{VIEW}.panels[1].axes.x(0)"), abs=0.5)


def test_the_keyboard_reaches_everything_and_focus_can_be_seen(visit, address):
    page = visit(address)
    page.locator("body").press("Tab")
    reached = []
    for _ in range(40):
        here = page.evaluate(
            """() => {
              const e = document.activeElement;
              if (e === document.body) return null;
              const style = getComputedStyle(e);
              const name = e.getAttribute("aria-label") || e.id || e.textContent;
              return [name, style.outlineStyle, parseFloat(style.outlineWidth)];
            }"""
        )
        if here is None:
            break
        reached.append(here)
        page.keyboard.press("Tab")
    wanted = "button:visible, input:visible, select:visible"
    assert len(reached) == page.locator(".mm-root").locator(wanted).count()
    assert all(outline != "none" and width >= 1 for _, outline, width in reached), reached


def test_a_link_carries_the_state_to_another_reader(visit, address):
    page = visit(address)
    page.get_by_label("how steep").press("End")
    page.get_by_label("a word").fill("a & b #1 = 50%")
    page.get_by_role("button", name="third step").press("Tab")
    page.get_by_role("button", name="Copy link").click()
    link = page.url
    assert "#" in link
    other = visit(link)
    assert state(other) == state(page)
    assert state(other)["word"] == "a & b #1 = 50%"
    broken = visit(address + "#everything-at-once=%7Bnonsense")
    assert state(broken)["slope"] == 0.5


# What the figure must not do


def test_missing_numbers_are_drawn_as_a_gap(visit, tmp_path):
    x = np.arange(11.0)
    y = np.where((x > 3) & (x < 7), np.nan, 0.5)
    low, high = y - 0.2, y + 0.2
    path = np.stack([x, y], axis=1)
    panels = [
        Panel(Line(x, y, low=low, high=high, color=0), ylim=(0, 1)),
        Panel(Path(path, color=0), xlim=(0, 10), ylim=(0, 1)),
        Panel(Bars(y, color=0), ylim=(0, 1)),
    ]
    (tmp_path / "gap.html").write_text(
        Explorer([], panels, "Gap", "A level line that is missing between three and seven.").page()
    )
    page = visit((tmp_path / "gap.html").as_uri())
    column = """(panel, ink) => {
      const {x, top, bottom} = panel.axes;
      return [1.5, 2, 4.5, 5, 5.5, 8, 8.5].map((value) => ink(x(value) - 1, top, 3, bottom - top) > 0);
    }"""
    assert inked(page, 0, column) == [True, True, False, False, False, True, True]
    assert inked(page, 1, column) == [True, True, False, False, False, True, True]
    bars = inked(page, 2, column)
    assert (bars[1], bars[3], bars[5]) == (True, False, True)


def test_nothing_moves_by_itself_for_who_wants_less_motion(visit, address):
    moving = visit(address)
    moving.get_by_role("button", name="steep").click()
    moving.wait_for_function(f"{VIEW}.playing && {VIEW}.store.state.time > 0")
    page = visit(address, reduced_motion="reduce")
    page.get_by_role("button", name="steep").click()
    settled(page)
    frames, here = page.evaluate(f"[{VIEW}.frames, {VIEW}.store.state]")
    page.wait_for_timeout(300)
    assert page.evaluate(f"[{VIEW}.playing, {VIEW}.frames, {VIEW}.store.state]") == [False, frames, here]
    page.get_by_role("button", name="play", exact=True).click()  # on request it does
    page.wait_for_function(f"{VIEW}.playing && {VIEW}.store.state.time > 0")


CUT = """() => {
  const edge = document.documentElement.clientWidth;
  const found = [];
  for (const node of document.querySelectorAll(".mm-root, .mm-root *")) {
    const {left, right, width} = node.getBoundingClientRect();
    if (!width) continue;
    const name = `${node.tagName}.${node.getAttribute("class")} ${node.textContent.slice(0, 30)}`;
    if (right > edge + 0.5 || left < -0.5) found.push([name, left, right]);
    const {overflowX} = getComputedStyle(node);
    const scrolls = overflowX === "auto" || overflowX === "scroll" || node.closest("math") || node.tagName === "INPUT";
    const [wanted, given] = [node.scrollWidth, node.clientWidth];
    if (!scrolls && given && wanted > given + 1) found.push([name, "content", wanted, given]);
  }
  if (document.documentElement.scrollWidth > edge) found.push(["page", document.documentElement.scrollWidth, edge]);
  return found;
}"""


@pytest.mark.parametrize(
    "look",
    [
        {"viewport": {"width": 320, "height": 640}},
        {"viewport": {"width": 500, "height": 400}, "device_scale_factor": 2},  # a window of 1000 pixels at 200 %
        {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},  # one of 1280 at 400 %
    ],
    ids=["telephone", "zoom 200 %", "zoom 400 %"],
)
def test_nothing_is_cut_where_there_is_little_room(visit, address, look):
    page = visit(address, **look)
    assert page.evaluate(CUT) == []
    page.get_by_label("a word").fill("a word " * 30)
    page.get_by_label("how steep").press("Home")
    settled(page)
    assert page.evaluate(CUT) == []
    small = page.locator(".mm-root").locator("button:visible, select:visible, input:visible")
    sizes = small.evaluate_all("(nodes) => nodes.map((node) => [node.getBoundingClientRect().height, node.type])")
    assert [size for size in sizes if size[0] < 15] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_drawn_ink_has_contrast_in_both_schemes(visit, address, scheme):
    page = visit(address, color_scheme=scheme)
    assert page.locator(".mm-root").get_attribute("data-theme") == scheme
    options = {"resultTypes": ["violations", "incomplete"]}
    violations = Axe().run(page, context=".mm-root", options=options).response["violations"]
    assert [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in violations] == []
    ratio = page.evaluate(
        f"""() => {{
          const light = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
            .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          const {{theme}} = {VIEW};
          return [theme.ink, theme.muted].map((ink) => contrast(light(ink), light(theme.paper)));
        }}"""
    )
    assert ratio[0] > 7 and ratio[1] > 4.5
    drawn = page.evaluate(
        f"""() => {{
          const {{front, ratio, axes}} = {VIEW}.panels[0];
          const corner = [axes.x(0.3) - 2, axes.y(0.15) - 2].map((v) => Math.round(v * ratio));
          const {{data}} = front.getContext("2d").getImageData(...corner, 5 * ratio, 5 * ratio);
          for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 250) return data[i];
        }}"""
    )
    assert drawn > 200 if scheme == "dark" else drawn < 60  # series 0 is ink


def test_the_scheme_can_change_while_it_is_open(visit, address):
    page = visit(address)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.querySelector('.mm-root').dataset.theme === 'dark'")
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")  # a notebook's own theme wins
    page.wait_for_function("document.querySelector('.mm-root').dataset.theme === 'light'")


def test_out_of_sight_it_draws_nothing_and_goes_on_when_it_is_back(visit, tmp_path, explorer):
    tall = explorer.page().replace("</body>", '<div style="height: 3000px"></div></body>')
    (tmp_path / "tall.html").write_text(tall, encoding="utf-8")
    page = visit((tmp_path / "tall.html").as_uri())
    page.get_by_label("loop").check()
    page.get_by_role("button", name="play", exact=True).click()
    page.wait_for_function(f"{VIEW}.store.state.time > 0")
    page.evaluate("scrollTo(0, 2900)")
    page.wait_for_function(f"!{VIEW}.visible")
    settled(page)
    frames = page.evaluate(f"{VIEW}.frames")
    page.wait_for_timeout(400)
    assert page.evaluate(f"{VIEW}.frames") == frames
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function(f"{VIEW}.frames > {frames} + 3")


# A browser too busy to tell of each crossing as it happens: while `late` is set, they are kept, then told all at once.
LATE_CROSSINGS = """
const Prompt = window.IntersectionObserver;
window.IntersectionObserver = class extends Prompt {
  constructor(tell, options) {
    let kept = [];
    super((entries, observer) => {
      kept.push(...entries);
      if (window.late) return;
      const all = kept;
      kept = [];
      tell(all, observer);
    }, options);
  }
};
"""


def test_of_several_crossings_told_at_once_the_last_one_counts(visit, tmp_path, explorer):
    page_text = explorer.page().replace("<head>", f"<head><script>{LATE_CROSSINGS}</script>", 1)
    path = tmp_path / "late.html"
    path.write_text(page_text.replace("</body>", '<div style="height: 3000px"></div></body>'), encoding="utf-8")
    page = visit(path.as_uri())
    page.wait_for_function(f"{VIEW}.visible")

    def scroll(top, late):
        page.evaluate("([top, late]) => { window.late = late; scrollTo(0, top); }", [top, late])
        settled(page)
        page.wait_for_timeout(50)

    scroll(2900, late=True)
    scroll(0, late=False)  # told now: out, then in
    assert page.evaluate(f"{VIEW}.visible")
    scroll(2900, late=False)
    assert not page.evaluate(f"{VIEW}.visible")
    scroll(0, late=True)
    scroll(2900, late=False)  # told now: in, then out
    assert not page.evaluate(f"{VIEW}.visible")


def test_a_page_that_narrows_while_it_is_out_of_sight_gets_no_wider_for_it(visit, tmp_path):
    spot = Point("spot", (0, 1), (0, 1), count=(11, 11), start=(1, 0), label="the spot")
    right = Explorer([spot], [Panel(Handle(spot), xlim=(0, 1), ylim=(0, 1))], "Far right", ALT)
    path = tmp_path / "far.html"
    path.write_text(right.page().replace("</body>", "<div style='height: 4000px'></div></body>"), encoding="utf-8")
    page = visit(path.as_uri())
    page.evaluate("window.scrollTo(0, 4000)")
    page.wait_for_function(f"!{VIEW}.visible")
    page.set_viewport_size({"width": 400, "height": 900})
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


# Where no script runs


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A notebook with an explorer, run by nobody in particular, as an export would."""
    source = [
        "import numpy as np",
        "from mmcourse.explorer import Explorer, Line, Panel, Play, Slider, sweep",
        "slope, time = Slider('slope', -1, 1, count=21, start=0.5), Play('time', 30)",
        "x = np.linspace(0, 1, 30)",
        "rise = sweep(lambda slope: slope * x, slope)",
        f"Explorer([slope, time], [Panel(Line(x, rise, upto=time, label='line'))], 'A line', {ALT!r})",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("\n".join(source))])
    NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(tmp_path_factory.mktemp("run"))}}
    ).execute()
    return notebook


def test_a_notebook_that_nobody_watches_has_html_a_picture_and_words(executed):
    (output,) = executed.cells[0].outputs
    assert set(output.data) == {"text/html", "image/png", "text/plain"}
    assert output.data["text/plain"] == ALT
    assert "widgets" not in executed.metadata
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")


def test_the_exported_page_is_alive_from_disk(visit, executed, tmp_path):
    # Lab's own template wants RequireJS and MathJax from the network: they fail, and nothing of ours does (below).
    exporter = HTMLExporter(template_name="basic")
    (tmp_path / "basic.html").write_text(f"<!doctype html>{exporter.from_notebook_node(executed)[0]}", encoding="utf-8")
    page = visit((tmp_path / "basic.html").as_uri())
    page.get_by_label("slope").press("End")
    assert state(page)["slope"] == 1.0


def test_the_page_in_labs_template_is_alive_too(chromium, executed, tmp_path):
    (tmp_path / "lab.html").write_text(HTMLExporter().from_notebook_node(executed)[0], encoding="utf-8")
    context = chromium.new_context()
    context.set_offline(True)
    page = context.new_page()
    page.goto((tmp_path / "lab.html").as_uri(), wait_until="domcontentloaded")
    page.wait_for_function(f"{VIEW}?.drawnOnce")
    page.get_by_label("slope").press("End")
    assert state(page)["slope"] == 1.0
    context.close()


def sanitised(body):
    """What a site leaves of a page that it does not trust: no scripts and styles, and few attributes."""
    soup = BeautifulSoup(body, "html.parser")
    for node in soup(["script", "style", "iframe", "object"]):
        node.decompose()
    for node in soup(True):
        node.attrs = {name: value for name, value in node.attrs.items() if name in ("alt", "src", "href", "title")}
    return str(soup)


@pytest.mark.parametrize("how", ["sanitised", "scripts off"])
def test_without_scripts_there_is_the_picture_and_no_dead_button(visit, executed, tmp_path, how):
    body, _ = HTMLExporter(template_name="basic").from_notebook_node(executed)
    body = sanitised(body) if how == "sanitised" else body
    (tmp_path / "still.html").write_text(f"<!doctype html><main>{body}</main>", encoding="utf-8")
    page = visit((tmp_path / "still.html").as_uri(), alive=False, java_script_enabled=how == "sanitised")
    picture = page.get_by_role("img", name=ALT)
    assert picture.count() == 1
    assert picture.bounding_box()["width"] > 300 and picture.bounding_box()["height"] > 100
    assert page.locator("button, input, select, textarea, canvas").count() == 0
    assert "querySelector" not in page.locator("main").inner_text()


def test_latex_takes_the_picture(executed):
    body, resources = LatexExporter().from_notebook_node(executed)
    ((name, picture),) = [(name, data) for name, data in resources["outputs"].items() if name.endswith(".png")]
    assert picture.startswith(b"\x89PNG")
    assert re.search(rf"\\(includegraphics|adjustimage).*{{{re.escape(name)}}}", body)


def test_a_printed_page_has_the_figure(visit, executed, address):
    pdf = io.BytesIO(visit(address).pdf()).getvalue()
    widths = [int(width) for width in re.findall(rb"/Subtype\s*/Image[^>]*?/Width\s+(\d+)", pdf)]
    assert pdf.startswith(b"%PDF") and max(widths, default=0) > 250
