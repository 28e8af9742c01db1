"""The race of lecture 07: the browser runs the same walks, and in a JupyterLab the reader's own function runs along."""

import json

import numpy as np
import pytest

from mmcourse.explorer import Choice, Explorer, Formula, LogSlider, Panel, Path, Point, Text
from mmcourse.optimization import race
from mmcourse.optimization.updates import FIELD, update_of
from tests.browser.conftest import jupyter_lab
from tests.browser.test_explorer_lab import (
    NOTEBOOK,
    SETTINGS,
    in_cell,
    notebook,
    open_notebook,
    run,
    view,
    wait_for_explorer,
)
from tests.browser.twins import assert_twins

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETUP = """
import numpy as np
from mmcourse.explorer import Choice, Explorer, Formula, Handle, Line, Live, Panel, Path, Play, Point, Text
from mmcourse.optimization import entry, race
""".strip()
GOOD = """
def update(params, grads, state):
    return params - 0.03 * grads, state
entry.enter(update)
""".strip()
LATE = """
def update(params, grads, state):
    if params[0] > 0:
        raise ZeroDivisionError("beyond the middle")
    return params - 0.03 * grads, state
entry.enter(update)
""".strip()
WRONG = """
def update(params, grads, state):
    return params[:1], state
entry.enter(update)
""".strip()
NAN = """
def update(params, grads, state):
    return params - 0.03 * grads * np.sqrt(params[0]), state
entry.enter(update)
""".strip()
SHOW = """
track, tick = Choice("track", tuple(race.TRACKS), start="ravine"), Play("step", race.STEPS + 1)
start = Point("start", *race.WINDOW, start=race.START)
field, mine = Formula(race.javascript(), race.race), Live(entry.in_a_kernel())
Explorer([track, start, tick],
    [Panel(Path(mine["path"], label="yours", upto=tick, color=0), Handle(start),
           xlim=race.WINDOW[0], ylim=race.WINDOW[1]),
     Panel(Text("Yours ends at {end:.3g}.", {"end": mine["end"]}))],
    title="The race", alt="Your walk goes down the ravine.")
""".strip()


def test_the_browser_runs_the_same_race(chromium, tmp_path):
    track = Choice("track", tuple(race.TRACKS))
    start, scale = Point("start", *race.WINDOW), LogSlider("scale", 1 / 8, 2, count=9, start=1.0)
    who, field = Choice("who", tuple(race.SHOWN)), Formula(race.javascript(), race.race)
    panel = Panel(*[Path(field[name], label=name) for name in FIELD])
    told = [Text("{a:d} {b:d}", {"a": field[f"{name} arrival"], "b": field[f"{name} stays"]}) for name in FIELD]
    figure = Explorer(
        [track, start, scale, who], [panel, Panel(*told)], title="The race", alt="Seven walks start at one point."
    )
    page = chromium.new_page()
    (tmp_path / "race.html").write_text(figure.page(), encoding="utf-8")
    page.goto((tmp_path / "race.html").as_uri())
    page.wait_for_function("document.querySelector('.mm-root')?.view?.drawnOnce")
    assert_twins(page, figure)
    page.close()


@pytest.fixture(scope="module")
def opened(chromium, tmp_path_factory):
    """A notebook with an update, the race, and other updates to run later, in a real JupyterLab."""
    import nbformat

    folder = tmp_path_factory.mktemp("race")
    for name, settings in SETTINGS.items():
        path = folder / ".jupyter" / "lab" / "user-settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    (folder / ".jupyter" / "jupyter_lab_config.json").write_text(
        json.dumps({"LabApp": {"expose_app_in_browser": True}})
    )
    nbformat.write(notebook(SETUP, GOOD, SHOW, LATE, WRONG, NAN), folder / "race.ipynb")
    context = chromium.new_context(viewport={"width": 1300, "height": 1600})
    with jupyter_lab(folder) as address:
        page = open_notebook(context, (address, folder), "race.ipynb")
        for cell in (0, 1, 2):
            assert "Error" not in run(page, cell)
        wait_for_explorer(page, 2)
        yield page
    context.close()


def drag(page, x):
    page.evaluate(f"{view(2)}.store.set({{'start.x': {x}}})")


def wait_for_words(page, words):
    page.wait_for_function(
        f"{NOTEBOOK}.content.widgets[2].node.innerText.includes({json.dumps(words)})", timeout=20_000
    )


def ending(page):
    """What the reader's update comes to from where the start is now."""
    start = page.evaluate(f"[{view(2)}.store.state['start.x'], {view(2)}.store.state['start.y']]")
    path = race.walk(update_of("descent", 0.03), race.TRACKS["ravine"], np.array(start))
    return f"Yours ends at {race.TRACKS['ravine'].height(path)[-1]:.3g}"


def test_yours_runs_in_the_kernel_and_what_goes_wrong_is_told(opened):
    page = opened
    for x in (-2.0, -1.0):
        drag(page, x)
        wait_for_words(page, ending(page))

    assert "ValueError" in run(page, 4)  # a wrong shape: told in the cell, and in the explorer when it asks again
    drag(page, -1.5)
    wait_for_words(page, "the new params must have the shape (2,) of the old ones, got (1,) in step 1 on the ravine")

    assert "ValueError" in run(page, 5)  # numbers that are none: it stands left of zero, and takes a root
    drag(page, -1.4)
    wait_for_words(page, "0/0, or the root of a negative?")

    assert "ZeroDivisionError" in run(page, 3)  # on the way to x > 0 it raises: on some tracks, from some starts
    drag(page, 1.5)
    wait_for_words(page, "ZeroDivisionError: beyond the middle")
    wait_for_words(page, "raised by your `update` in step 1 on the ravine")
    drag(page, -1.2)
    wait_for_words(page, ending(page))
    assert "ZeroDivisionError" not in in_cell(page, 2).inner_text()

    assert "Error" not in run(page, 1)  # and the cell mended, it runs on
    drag(page, 1.2)
    wait_for_words(page, ending(page))
