"""The marks of space, without axes, and of sound, as a browser without a network draws them."""

from collections.abc import Callable
from pathlib import Path as File

import numpy as np
import pytest

from mmcourse.explorer import (
    Choice,
    Explorer,
    Graph,
    Image,
    Matrix,
    Panel,
    Path,
    Play,
    Points,
    Sound,
    Surface,
    Sweep,
    Toggle,
)

pytestmark = pytest.mark.browser

ALT = "What a browser shows of the marks that have no axes."
SIDE = np.linspace(-1, 1, 21)
ACROSS, DEEP = np.meshgrid(SIDE, SIDE)
RIDGE = np.exp(-50 * (DEEP + 0.4) ** 2)  # a wall at y = -0.4, nearer to a viewer at turn 0 than the middle

# [red, green, blue, opacity] of a canvas at a place in CSS pixels
PIXEL = """(canvas, [x, y]) => {
  const ratio = canvas.width / canvas.clientWidth;
  return [...canvas.getContext("2d").getImageData(Math.floor(x * ratio), Math.floor(y * ratio), 1, 1).data];
}"""
INK = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, value, i) => (sum * 31 + value * (i % 97)) % 1000003, 7);
}"""
# a canvas is described anew each time it is drawn
COUNT_DRAWINGS = """(canvas) => {
  window.drawn = 0;
  const observer = new MutationObserver((changes) => (window.drawn += changes.length));
  observer.observe(canvas, { attributeFilter: ["aria-label"] });
}"""
VIEW = "document.querySelector('.mm-root').view"


@pytest.fixture
def show(chromium, tmp_path) -> Callable:
    """Opens an explorer as a page of its own, offline; fails at the end when the page had an error to tell."""
    pages, errors = [], []

    def _open(marks, controls=(), width: int = 1000, prepare: str = "", **options):
        file = File(tmp_path) / f"page{len(pages)}.html"
        file.write_text(Explorer(controls, marks, "Marks", ALT).page(), encoding="utf-8")
        page = chromium.new_page(viewport={"width": width, "height": 800}, offline=True, **options)
        page.add_init_script(prepare)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(file.as_uri())
        page.wait_for_function(f"document.querySelector('.mm-root') && {VIEW}.drawnOnce")
        settle(page)
        pages.append(page)
        return page

    yield _open
    for page in pages:
        page.close()
    assert errors == []


def settle(page) -> None:
    """Wait until everything that changed is drawn, also what a change of sizes asks for one frame later."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")
    page.wait_for_function(f"!{VIEW}.frame")


def pixel(page, x: float, y: float, canvas: str = ".mm-cell canvas") -> list[int]:
    return page.locator(canvas).first.evaluate(PIXEL, [x, y])


# Surface


def camera(page) -> tuple[float, float]:
    seen = page.evaluate(f"{VIEW}.panels[0].camera")
    return seen["turn"], seen["tilt"]


def place(page, x: float, y: float, z: float) -> list[float]:
    """Where a point of space appears, in CSS pixels of the canvas."""
    return page.evaluate(f"(point) => {VIEW}.panels[0].scene.place(...point)", [x, y, z])[:2]


def on_path(page, x: float, y: float, z: float) -> list[float]:
    """Where a point of a path appears, which floats a little above its surface."""
    return page.evaluate(f"(data) => {VIEW}.panels[0].scene.places({{ data }})(0)", [x, y, z])[:2]


def surface(**options) -> Surface:
    return Surface(SIDE, SIDE, RIDGE, label="height", **{"turn": 0.0, "tilt": 20.0} | options)


def test_keys_turn_the_surface_and_home_turns_it_back(show):
    page = show([Panel(surface(turn=30, tilt=35), x="a", y="b")])
    canvas, back = page.locator("[role=application]"), page.locator("canvas[aria-hidden]")
    before = back.evaluate(INK)
    canvas.focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
    settle(page)
    assert camera(page) == (40, 30)
    assert back.evaluate(INK) != before
    assert "turned 40°, seen from 30° above" in canvas.get_attribute("aria-label")
    page.keyboard.press("Home")
    settle(page)
    assert camera(page) == (30, 35)
    assert back.evaluate(INK) == before


def test_keys_that_do_not_turn_stay_with_the_page(show):
    page = show([surface()])
    page.evaluate(
        "window.taken = []; document.addEventListener('keydown', (event) => void taken.push(event.defaultPrevented))"
    )
    page.locator("[role=application]").focus()
    for key in ("ArrowRight", "a", "Control+ArrowRight", "Tab"):
        page.keyboard.press(key)
    taken = page.evaluate("window.taken")
    assert taken[:2] == [True, False] and not any(taken[2:])
    assert page.evaluate("document.activeElement.getAttribute('role')") != "application"


def test_the_mouse_drags_the_surface_round(show):
    page = show([surface(turn=30, tilt=35)])
    back = page.locator("canvas[aria-hidden]")
    before, box = back.evaluate(INK), page.locator("[role=application]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 20)
    page.mouse.up()
    page.mouse.move(x + 200, y)  # after the button is up nothing follows
    settle(page)
    assert camera(page) == (10, 45)
    assert back.evaluate(INK) != before


def test_it_is_never_seen_from_below_or_over_its_top(show):
    page = show([surface(tilt=85)])
    page.locator("[role=application]").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert camera(page)[1] == 90
    for _ in range(20):
        page.keyboard.press("ArrowUp")
    assert camera(page)[1] == 0


def test_a_path_lies_over_the_surface_and_shines_through_where_it_is_behind(show):
    near, far = ([[x, y, 0.0] for x in SIDE] for y in (-0.9, 0.1))
    page = show([Panel(surface(), Path(near, color=2), Path(far, color=2))])
    in_front = pixel(page, *on_path(page, 0.45, -0.9, 0), canvas="[role=application]")
    behind = pixel(page, *on_path(page, 0.45, 0.1, 0), canvas="[role=application]")
    assert in_front[3] > 150 and in_front[0] > in_front[2]  # vermillion
    assert 0 < behind[3] < 0.6 * in_front[3]
    assert (
        pixel(page, *place(page, 0.45, -0.9, 0.0), canvas="canvas[aria-hidden]")[3] > 250
    )  # with the surface below it


def test_a_near_wall_is_painted_over_what_is_far(show):
    page = show([Panel(surface(), Points([[0.0, 0.1, 0.0]]))])
    x, y = place(page, 0.03, 0.1, 0)
    at_crest = pixel(page, *place(page, 0.03, -0.42, 1.0), canvas="canvas[aria-hidden]")
    foot = pixel(page, *place(page, 0.03, -0.9, 0.0), canvas="canvas[aria-hidden]")
    seen = pixel(page, x, y, canvas="canvas[aria-hidden]")
    light = [sum(color[:3]) for color in (at_crest, seen, foot)]
    assert light[0] < light[1] < light[2]  # the slope of the wall, between its dark crest and the pale floor


def test_a_missing_height_is_a_hole(show):
    heights = np.zeros_like(RIDGE)
    heights[10, 10] = np.nan
    page = show([Surface(SIDE, SIDE, heights, tilt=90, turn=0)])
    assert pixel(page, *place(page, 0.03, 0.03, 0), canvas="canvas[aria-hidden]")[3] == 0
    assert pixel(page, *place(page, 0.25, 0.25, 0), canvas="canvas[aria-hidden]")[3] == 255


def test_playing_a_path_does_not_draw_the_surface_again(show):
    step = Play("step", 21)
    walk = [[x, -0.9, 0.0] for x in SIDE]
    page = show([Panel(surface(), Path(walk, upto=step))], [step])
    page.evaluate(f"window.scene = {VIEW}.panels[0].scene")
    before = page.locator("[role=application]").evaluate(INK)
    page.evaluate(f"{VIEW}.store.set({{ step: 5 }})")
    settle(page)
    assert page.locator("[role=application]").evaluate(INK) != before
    assert page.evaluate(f"window.scene === {VIEW}.panels[0].scene")
    page.locator("[role=application]").press("ArrowLeft")
    settle(page)
    assert not page.evaluate(f"window.scene === {VIEW}.panels[0].scene")


def test_heights_keep_their_scale_when_the_surface_changes(show):
    flat = Toggle("flat")
    page = show([Surface(SIDE, SIDE, Sweep(np.stack([RIDGE, 0.2 * RIDGE]), [flat]))], [flat])
    before = place(page, 0, 0, 0.2)
    page.get_by_label("flat").check()
    settle(page)
    assert place(page, 0, 0, 0.2) == before


# Image


def test_an_image_stands_upright_with_the_colours_it_has(show):
    corners = np.full((6, 8, 3), 0.5)
    corners[0, 0], corners[0, -1], corners[-1, 0] = (1, 0, 0), (0, 1, 0), (0, 0, 1)
    page = show([Panel(Image(corners, label="corners"), height=182)])
    canvas = page.locator(".mm-cell canvas")
    assert canvas.get_attribute("aria-label") == "corners, 8 by 6 pixels"
    size = canvas.bounding_box()
    unit = 180 // 6
    left = round((size["width"] - 8 * unit) / 2)
    right, bottom = left + 8 * unit, 6 * unit
    assert pixel(page, left + 5, 5) == [255, 0, 0, 255]
    assert pixel(page, right - 5, 5) == [0, 255, 0, 255]
    assert pixel(page, left + 5, bottom - 5) == [0, 0, 255, 255]
    assert pixel(page, right - 5, bottom - 5) == [128, 128, 128, 255]
    # pixels have hard corners
    assert pixel(page, left + unit - 1, unit - 1) == [255, 0, 0, 255]
    assert pixel(page, left + unit + 2, unit + 2) == [128, 128, 128, 255]


def test_an_overlay_of_another_size_is_stretched_over_the_image(show):
    page = show([Panel(Image(np.zeros((4, 4)), np.array([[0.0, 0.0], [1.0, 0.0]])), height=162)])
    left = (page.locator(".mm-cell canvas").bounding_box()["width"] - 160) / 2
    lit, half, dark = (pixel(page, left + x, y) for x, y in ((10, 150), (80, 140), (150, 10)))
    assert lit[0] > 150 and lit[0] > lit[2]
    assert 30 < half[0] < lit[0]
    assert dark == [0, 0, 0, 255]


# Matrix


def test_a_matrix_writes_its_numbers_and_names(show):
    step = Play("step", 2, start=0)
    values = Sweep(np.array([[[0.5, -1.25], [0, 2]], [[1.0, 1], [1, 1]]]), [step])
    page = show([Matrix(values, rows=("cat", "dog"), columns=("key", "value"), label="weights")], [step])
    canvas = page.locator(".mm-cell canvas")
    name = "weights, 2 rows, 2 columns (key, value). "
    assert canvas.get_attribute("aria-label") == name + "cat: 0.50, -1.25; dog: 0.00, 2.00"
    page.evaluate(f"{VIEW}.store.set({{ step: 1 }})")
    settle(page)
    assert canvas.get_attribute("aria-label") == name + "cat: 1.00, 1.00; dog: 1.00, 1.00"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_matrix_is_blue_below_zero_and_orange_above(show, scheme):
    page = show([Matrix([[-1.0, 0.0, 1.0]], digits=-1)], color_scheme=scheme)
    below, zero, above = (pixel(page, 64 * i + 8, 8) for i in range(3))
    assert below[2] - below[0] > 40 and above[0] - above[2] > 40
    assert max(zero[:3]) - min(zero[:3]) < 3
    # without numbers a minus says which side of zero it is: the second cue
    minus, plus = (pixel(page, 64 * i + 31, 21) for i in (0, 2))
    assert minus != below and plus == above


def test_a_matrix_that_is_too_dense_for_numbers_says_its_range(show):
    page = show([Matrix(np.linspace(-2, 3, 400).reshape(20, 20))], width=320)
    label = page.locator(".mm-cell canvas").get_attribute("aria-label")
    assert label == "matrix, 20 rows, 20 columns, numbers from -2 to 3"


# Graph

NODES = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]


def test_a_unit_that_is_switched_off_is_hollow_and_its_edge_faint(show):
    page = show([Panel(Graph(NODES, [[0, 1], [1, 2]], active=[1, 1, 0], names=("", "b", "c")), height=200)])
    canvas = page.locator(".mm-cell canvas")
    assert canvas.get_attribute("aria-label") == "graph of 3 nodes and 2 edges; switched off: c"
    width = canvas.bounding_box()["width"]
    step = (width - 64) / 2
    on, off = pixel(page, 32 + 10, 100), pixel(page, 32 + 2 * step + 10, 100)
    assert off == [255, 255, 255, 255] and max(abs(a - 255) for a in on[:3]) > 25
    strong, faint = (pixel(page, 32 + (i + 0.5) * step, 100)[3] for i in range(2))
    assert strong > 2 * faint > 0


def test_weights_are_orange_above_zero_and_blue_with_gaps_below(show):
    page = show([Panel(Graph(NODES, [[0, 1], [1, 2]], weights=[1.0, -1.0]), height=200)])
    step = (page.locator(".mm-cell canvas").bounding_box()["width"] - 64) / 2
    above, below = ([pixel(page, 32 + (i + 0.35 + 0.01 * n) * step, 100) for n in range(30)] for i in range(2))
    assert all(color[3] > 150 and color[0] > color[2] for color in above)
    drawn = [color for color in below if color[3] > 150]
    assert all(color[2] > color[0] for color in drawn) and 0 < len(drawn) < len(below)


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_switching_a_unit_fades_for_a_moment_unless_motion_is_unwanted(show, motion):
    off = Toggle("off")
    active = Sweep(np.array([[1.0, 1, 1], [1, 0, 1]]), [off])
    page = show([Graph(NODES, [[0, 1]], active=active)], [off], reduced_motion=motion)
    canvas = page.locator(".mm-cell canvas")
    canvas.evaluate(COUNT_DRAWINGS)
    page.get_by_label("off").check()
    page.wait_for_timeout(400)  # more than the fade takes
    drawn = page.evaluate("window.drawn")
    assert drawn == 1 if motion == "reduce" else drawn > 2
    assert "switched off: 2" in canvas.get_attribute("aria-label")
    page.wait_for_timeout(150)
    assert page.evaluate("window.drawn") == drawn  # then it rests


# Sound

TONE = np.sin(2 * np.pi * 220 * np.arange(16000) / 8000)
COUNTED = """window.made = 0;
window.AudioContext = class extends window.AudioContext { constructor() { super(); window.made += 1; } };"""


def test_sound_starts_by_a_click_only_and_stops_by_another(show):
    page = show([Sound(TONE, 8000, label="the tone")], prepare=COUNTED)
    button = page.get_by_role("button", name="the tone")
    assert (button.inner_text(), page.evaluate("window.made")) == ("Play the tone", 0)
    assert page.get_by_role("img").get_attribute("aria-label") == "wave of the tone, 2 seconds"
    button.click()
    assert (button.inner_text(), page.evaluate("window.made")) == ("Stop the tone", 1)
    page.wait_for_selector(".mm-playhead:visible")
    button.click()
    settle(page)
    assert button.inner_text() == "Play the tone"
    assert not page.locator(".mm-playhead").is_visible()


def test_the_position_moves_while_it_sounds(show):
    page = show([Sound(TONE, 8000, label="the tone")])
    page.get_by_role("button", name="the tone").click()
    page.wait_for_function("parseFloat(document.querySelector('.mm-playhead').style.left) > 5")
    page.wait_for_function("parseFloat(document.querySelector('.mm-seconds').textContent) > 0.2")


def test_another_sound_silences_the_one_before(show):
    pitch = Choice("pitch", ("low", "high"))
    either = Sweep(np.stack([TONE, TONE[::-1]]), [pitch], error=1e-3)
    page = show([Panel(Sound(either, 8000, label="first"), Sound(TONE, 8000, label="second"))], [pitch])
    first, second = (page.get_by_role("button", name=name) for name in ("first", "second"))
    first.click()
    second.click()
    assert (first.inner_text(), second.inner_text()) == ("Play first", "Stop second")
    first.click()
    page.get_by_label("pitch").select_option("high")
    settle(page)
    assert first.inner_text() == "Play first"


def test_without_audio_the_button_says_why_it_is_off(show):
    page = show(
        [Sound(TONE, 8000, label="the tone")], prepare="delete window.AudioContext; delete window.webkitAudioContext;"
    )
    assert page.get_by_role("button", name="the tone").is_disabled()
    assert page.get_by_text("This browser plays no sound.").is_visible()


# All of them


def everything() -> list[Panel]:
    return [
        Panel(surface(), title="space"),
        Panel(Image(np.eye(8)), Matrix(np.eye(3), rows=("a", "b", "c")), title="cells"),
        Panel(Graph(NODES, [[0, 1]]), Sound(TONE, 8000), title="graph and sound"),
    ]


def test_nothing_is_wider_than_a_small_phone(show):
    page = show(everything(), width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_every_mark_is_drawn_again_when_the_theme_changes(show):
    page = show(everything()[:1] + [Panel(Matrix(np.eye(3))), Panel(Graph(NODES, [[0, 1]])), Panel(Sound(TONE, 8000))])
    canvases = page.locator("canvas[aria-hidden], .mm-cell canvas")
    before = [canvas.evaluate(INK) for canvas in canvases.all()]
    page.emulate_media(color_scheme="dark")
    settle(page)
    after = [canvas.evaluate(INK) for canvas in canvases.all()]
    assert len(before) == 4 and all(a != b for a, b in zip(before, after))


def test_what_did_not_change_is_not_drawn_again(show):
    pitch = Choice("pitch", ("low", "high"))
    numbers = Sweep(np.stack([np.eye(3), -np.eye(3)]), [pitch])
    page = show([Panel(Matrix(numbers)), Panel(Matrix(np.eye(3)))], [pitch])
    page.evaluate(
        "document.querySelectorAll('.mm-cell canvas').forEach((canvas) => canvas.setAttribute('aria-label', 'old'))"
    )
    page.get_by_label("pitch").select_option("high")
    settle(page)
    labels = [canvas.get_attribute("aria-label") for canvas in page.locator(".mm-cell canvas").all()]
    assert labels[0].startswith("matrix, 3 rows") and labels[1] == "old"
