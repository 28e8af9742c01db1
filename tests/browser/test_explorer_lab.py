"""An explorer in a real JupyterLab: keys, the kernel on the other side, and what is left when the kernel is gone."""

import json

import nbformat
import pytest
from nbclient import NotebookClient

from tests.browser.conftest import jupyter_lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ALT = "A line rises to the right, and thirty steps are marked on it."
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell is there, seen or not
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
DECLARATION = f"""
import numpy as np
from mmcourse.explorer import *
slope, time = Slider("slope", -1, 1, count=21, start=0.5), Play("time", 30, rate=20)
spot, side = Point("spot", (0, 1), (0, 1), count=(11, 11)), Choice("side", ("left", "right"))
on, word, kernel = Toggle("on"), Entry("word", "abc"), Numbers("kernel", [[1, 2]])
x = np.linspace(0, 1, 30)
rise = sweep(lambda slope: slope * x, slope)
figure = Explorer([slope, time, spot, side, on, word, kernel],
    [Panel(Line(x, rise, upto=time, label="line"), Handle(spot), xlim=(0, 1), ylim=(-1, 1)),
     Panel(Text("Slope {{slope:.2f}}"))],
    "A line", {ALT!r}, presets={{"steep": {{"slope": 1.0, "time": 0}}}})
figure
""".strip()
LIVE = f"""
def mine(slope):
    if slope > 0.9:
        raise ValueError("my own mistake")
    return {{"x": x, "y": slope * x}}

student = Live(mine)
alive = Explorer([slope, time], [Panel(Line(student["x"], student["y"], label="mine"), ylim=(-1, 1))], "Live", {ALT!r})
alive
""".strip()
LINK = """
import ipywidgets
dial = ipywidgets.IntSlider(max=29)
ipywidgets.link((figure, "state"), (dial, "value"), (lambda s: s["time"], lambda v: {**figure.state, "time": v}))
dial
""".strip()
PRINT = 'print(figure.state["slope"], figure.state["time"], round(figure.state["spot.x"], 9))'
SET = 'figure.state = {"slope": -0.7, "spot.x": 0.2}'

NOTEBOOK = "jupyterapp.shell.currentWidget"


def notebook(*sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_markdown_cell("The *end*.")], metadata=spec)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab, its folder, and a notebook in it for each question."""
    folder = tmp_path_factory.mktemp("lab")
    for name, settings in SETTINGS.items():
        path = folder / ".jupyter" / "lab" / "user-settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    config = {"LabApp": {"expose_app_in_browser": True}}
    (folder / ".jupyter" / "jupyter_lab_config.json").write_text(json.dumps(config))
    nbformat.write(notebook(DECLARATION, PRINT, SET, LINK, LIVE), folder / "widget.ipynb")
    html = "import os\nos.environ['MMCOURSE_EXPLORER'] = 'html'\n" + DECLARATION
    nbformat.write(notebook(html), folder / "page.ipynb")
    stranger = notebook(DECLARATION)
    NotebookClient(stranger, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    nbformat.write(stranger, folder / "stranger.ipynb")
    with jupyter_lab(folder) as address:
        yield address, folder


@pytest.fixture(scope="module")
def context(chromium):
    context = chromium.new_context(viewport={"width": 1300, "height": 1600})
    yield context
    context.close()


def open_notebook(context, lab, name):
    """A page with the notebook, its kernel ready."""
    page = context.new_page()
    page.goto(f"{lab[0]}/lab/tree/{name}?reset", wait_until="domcontentloaded")
    page.wait_for_function(
        f"window.jupyterapp && {NOTEBOOK}?.context?.isReady && {NOTEBOOK}.context.path === {name!r}", timeout=90_000
    )
    page.evaluate(f"async () => {{ await {NOTEBOOK}.context.ready; await {NOTEBOOK}.sessionContext.ready; }}")
    return page


def run(page, i):
    """Run a cell to its end and return what it printed."""
    return page.evaluate(
        f"""async () => {{
          {NOTEBOOK}.content.activeCellIndex = {i};
          await jupyterapp.commands.execute("notebook:run-cell");
          const outputs = {NOTEBOOK}.content.widgets[{i}].model.outputs.toJSON();
          return outputs.map((output) => output.text ?? output.ename ?? "").join("");
        }}"""
    )


def cells(page):
    """Type and source of every cell."""
    model = f"{NOTEBOOK}.content.model.toJSON().cells"
    return page.evaluate(f"{model}.map((cell) => [cell.id, cell.cell_type, [cell.source].flat().join('')])")


def view(i):
    """JavaScript for the explorer in a cell."""
    return f"{NOTEBOOK}.content.widgets[{i}].node.querySelector('.mm-root')?.view"


def in_cell(page, i):
    return page.locator(".jp-Notebook .jp-Cell").nth(i)


def wait_for_explorer(page, i):
    in_cell(page, i).scroll_into_view_if_needed()
    page.wait_for_function(f"{view(i)}?.drawnOnce", timeout=30_000)


# With a kernel: a widget


@pytest.fixture(scope="module")
def widget(context, lab):
    """The notebook in which an explorer is a widget, run to its end."""
    page = open_notebook(context, lab, "widget.ipynb")
    for i in (0, 3, 4):
        assert "Error" not in run(page, i)
    for i in (0, 4):
        wait_for_explorer(page, i)
    yield page
    page.close()


def test_it_is_a_widget_and_no_second_form_of_it_is_shown(widget):
    assert in_cell(widget, 0).locator(".mm-root").count() == 1
    assert in_cell(widget, 0).locator("img[alt]").count() == 0
    bundle = f"{NOTEBOOK}.content.widgets[0].model.outputs.toJSON()[0].data"
    kinds = {"application/vnd.jupyter.widget-view+json", "text/html", "image/png", "text/plain"}
    assert set(widget.evaluate(f"Object.keys({bundle})")) == kinds


def test_python_sees_what_the_reader_does(widget):
    slider = in_cell(widget, 0).get_by_label("slope", exact=True)
    slider.press("End")
    in_cell(widget, 0).get_by_role("slider", name="time").fill("7")
    in_cell(widget, 0).locator(".mm-handle").press("ArrowRight")
    widget.wait_for_timeout(300)
    assert run(widget, 1) == "1.0 7 0.6\n"


def test_the_reader_sees_what_python_does(widget):
    assert run(widget, 2) == ""
    widget.wait_for_function(f"{view(0)}.store.state.slope < 0")
    now = widget.evaluate(f"{view(0)}.store.state")
    assert (now["slope"], now["spot.x"]) == pytest.approx((-0.7, 0.2))
    in_cell(widget, 0).get_by_text("Slope -0.70", exact=True).wait_for()
    assert run(widget, 1).startswith("-0.7")


def test_it_links_with_other_widgets_both_ways(widget):
    in_cell(widget, 0).get_by_role("slider", name="time").fill("11")
    readout = in_cell(widget, 3).locator(".widget-readout")
    readout.get_by_text("11", exact=True).wait_for()
    readout.fill("23")
    readout.press("Enter")
    widget.wait_for_function(f"{view(0)}.store.state.time === 23")


def test_playing_is_smooth_and_python_hears_the_end_of_it(widget):
    in_cell(widget, 0).get_by_role("button", name="steep").click()
    in_cell(widget, 0).get_by_role("button", name="play", exact=True).click()
    widget.wait_for_function(f"!{view(0)}.playing && {view(0)}.store.state.time === 29")
    widget.wait_for_timeout(300)
    assert run(widget, 1).split()[:2] == ["1.0", "29"]
    assert widget.evaluate(f"{view(0)}.store.state.time") == 29  # no echo of an older state came back


def test_a_live_source_follows_and_shows_the_students_error_until_it_is_gone(widget):
    slider = in_cell(widget, 4).get_by_label("slope", exact=True)
    shown = f"Array.from({view(4)}.numbers.at({view(4)}.spec.panels[0].marks[0].y).data).at(-1)"
    slider.press("Home")
    widget.wait_for_function(f"{shown} === -1")
    notice = in_cell(widget, 4).locator(".mm-notice")
    assert not notice.is_visible()
    slider.press("End")
    notice.get_by_text("ValueError: my own mistake").wait_for()
    text = notice.inner_text()
    assert 'raise ValueError("my own mistake")' in text
    assert "mmcourse" not in text
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    widget.wait_for_function(f"Math.abs({shown} - 0.8) < 1e-6")
    assert not notice.is_visible()


KILL = f"""async () => {{
  const {{id}} = {NOTEBOOK}.sessionContext.session.kernel;
  const token = document.cookie.match(/_xsrf=([^;]*)/)[1];
  await fetch(`/api/kernels/${{id}}`, {{method: "DELETE", headers: {{"X-XSRFToken": token}}}});
}}"""
KEYS = [
    "ArrowDown",
    "ArrowUp",
    "ArrowRight",
    "d",
    "d",
    "a",
    "b",
    "m",
    "y",
    "x",
    "0",
    "0",
    "Enter",
    "Shift+Enter",
    "z",
    "c",
    "v",
    "1",
]


def test_no_key_pressed_inside_it_reaches_the_notebook(widget):
    before = cells(widget)
    counts = f"{NOTEBOOK}.content.widgets.map((cell) => cell.model.executionCount ?? null)"
    ran = widget.evaluate(counts)
    for i in (0, 4):
        in_cell(widget, i).locator(".jp-InputPrompt").click()
        assert widget.evaluate(f"{NOTEBOOK}.content.mode") == "command"
        reached = set()
        for _ in range(40):
            widget.keyboard.press("Tab")
            inside = "document.activeElement.closest('.mm-root') && document.activeElement"
            name = widget.evaluate(f"({inside})?.outerHTML ?? null")
            if name is None and reached:
                break
            if name is None:
                continue
            reached.add(name)
            for key in KEYS:
                widget.keyboard.press(key)
        wanted = in_cell(widget, i).locator(".mm-root").locator("button, input, select").count()
        assert len(reached) >= wanted - 1, reached
    assert cells(widget) == before
    assert widget.evaluate(counts) == ran
    assert widget.locator(".jp-Dialog").count() == 0
    assert widget.evaluate(f"{NOTEBOOK}.content.mode") == "command"


def test_a_dead_kernel_stops_only_what_runs_in_it(widget):
    in_cell(widget, 0).get_by_role("button", name="Reset").click()
    in_cell(widget, 4).get_by_role("button", name="Reset").click()
    widget.wait_for_timeout(300)
    widget.evaluate(KILL)
    slider = in_cell(widget, 4).get_by_label("slope", exact=True)
    slider.press("Home")
    notice = in_cell(widget, 4).locator(".mm-notice")
    notice.get_by_text("Everything else goes on").wait_for(timeout=10_000)
    for i in (0, 4):  # time goes on in both
        box = in_cell(widget, i)
        box.get_by_role("button", name="play", exact=True).click()
        widget.wait_for_function(f"{view(i)}.store.state.time > 3 && {view(i)}.store.state.time < 29")
        box.get_by_role("button", name="pause", exact=True).click()
    in_cell(widget, 0).get_by_label("slope", exact=True).press("Home")
    in_cell(widget, 0).get_by_text("Slope -1.00", exact=True).wait_for()
    assert not in_cell(widget, 0).locator(".mm-notice").is_visible()


# As HTML, in a notebook


def test_as_html_it_survives_restart_and_reload(context, lab):
    page = open_notebook(context, lab, "page.ipynb")
    run(page, 0)
    wait_for_explorer(page, 0)
    bundle = f"Object.keys({NOTEBOOK}.content.widgets[0].model.outputs.toJSON()[0].data)"
    assert "application/vnd.jupyter.widget-view+json" not in page.evaluate(bundle)
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    page.evaluate(f"{NOTEBOOK}.sessionContext.session.kernel.restart()")
    slider = in_cell(page, 0).get_by_label("slope", exact=True)
    slider.press("End")
    page.wait_for_function(f"{view(0)}.store.state.slope === 1")
    page.wait_for_function(f"!{NOTEBOOK}.context.model.dirty")
    page.close()

    page = open_notebook(context, lab, "page.ipynb")
    assert page.evaluate(f"{NOTEBOOK}.content.widgets[0].model.trusted") is True
    wait_for_explorer(page, 0)
    assert page.evaluate(f"{view(0)}.store.state.slope") == 0.5
    in_cell(page, 0).get_by_label("slope", exact=True).press("Home")
    page.wait_for_function(f"{view(0)}.store.state.slope === -1")
    page.close()


def test_a_strangers_notebook_shows_the_picture_and_runs_nothing(context, lab):
    page = open_notebook(context, lab, "stranger.ipynb")
    assert page.evaluate(f"{NOTEBOOK}.content.widgets[0].model.trusted") is False
    output = in_cell(page, 0).locator(".jp-OutputArea-output")
    picture = output.get_by_role("img", name=ALT)
    picture.wait_for()
    assert picture.evaluate("(image) => image.complete && image.naturalWidth > 300")
    assert page.locator(".mm-root, #mmcourse-style, [data-alive]").count() == 0
    assert output.locator("button, input, select, canvas").count() == 0
    assert "querySelector" not in output.inner_text()
    page.close()
