"""How fast explorers are, in headless Chromium: from disk without a network, and in JupyterLab beside two others.

    python -m benchmarks.explorer

prints the tables and writes benchmarks/explorer.md. The figure of plotly needs `pip install -e .[bench]`; without it
that row is left out. Targets are those of the project; what misses one is marked.
"""

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
import numpy as np

from benchmarks import explorers
from mmcourse.explorer import Explorer
from tests.browser.conftest import OPTIONS, jupyter_lab
from tests.conftest import CHROMIUM

ROOT = Path(__file__).parent.parent
REPORT = Path(__file__).with_suffix(".md")
TARGETS = {"latency": 33.0, "live": 80.0, "frames": 55.0, "many": 50.0, "start": 300.0, "payload": 2e6}
SECONDS = 2.0  # that a figure plays
STEPS = 80  # of a slider
VIEW = "document.querySelector('.mm-root').view"

# Before anything else on a page: when each explorer was first drawn, and helpers that measure.
PROBE = """
globalThis.bench = { started: null, drawn: [], samples: [], changes: 0 };
Object.defineProperty(Element.prototype, "view", {
  configurable: true,
  set(view) {
    Object.defineProperty(this, "view", { value: view });
    const draw = view.draw.bind(view);
    view.draw = (time) => {
      const before = performance.now();
      draw(time);
      if (view.frames === 1) bench.drawn.push(performance.now());
      bench.costs?.push(performance.now() - before);
      bench.changed?.();
    };
  },
});
// One sample for each event: until the first animation frame that begins after the picture has changed.
bench.listen = (kind) => {
  document.addEventListener(kind, (event) => { bench.since ??= event.timeStamp; }, true);
  bench.changed = () => {
    bench.changes += 1;
    const { since } = bench;
    if (since === undefined || since === null) return;
    bench.since = null;
    requestAnimationFrame((frame) => bench.samples.push(frame - since));
  };
};
bench.play = async (view, seconds) => {
  const clock = [...view.clocks.values()][0];
  clock.loop = true;
  if (!clock.playing) clock.toggle();
  await new Promise((done) => setTimeout(done, 300));
  bench.costs = [];
  const [frames, start] = [view.frames, performance.now()];
  await new Promise((done) => setTimeout(done, seconds * 1000));
  const rate = (1000 * (view.frames - frames)) / (performance.now() - start);
  clock.pause();
  return { rate, costs: bench.costs };
};
"""
REFRESH = """async () => {
  let frames = 0;
  const start = performance.now();
  await new Promise((done) => {
    const next = () => { frames += 1; performance.now() - start < 1500 ? requestAnimationFrame(next) : done(); };
    requestAnimationFrame(next);
  });
  return frames / 1.5;
}"""
SCROLL = """async () => {
  for (const one of document.body.children) {
    one.scrollIntoView();
    await new Promise((done) => setTimeout(done, 300));
  }
  scrollTo(0, 0);
}"""
# The last explorer asks the kernel: its picture changes when it has drawn the answer.
ANSWERED = """() => {
  const { live } = [...document.querySelectorAll(".mm-root")].at(-1).view;
  const [answer, changed] = [live.answer.bind(live), bench.changed];
  bench.changed = null;
  live.answer = (...all) => {
    answer(...all);
    requestAnimationFrame(changed);
  };
}"""
# The pictures of others change without telling: watch what they are made of.
WATCH = """(cell) => {
  const node = window.jupyterapp.shell.currentWidget.content.widgets[cell].outputArea.node;
  const drawn = (one) => one.querySelector?.("img") || one.tagName === "path";
  const seen = (change) => change.type === "attributes" || [...change.addedNodes].some(drawn);
  const printed = node.querySelector(".jp-OutputArea .jp-OutputArea") ?? node;
  bench.watcher = new MutationObserver((changes) => { if (changes.some(seen)) bench.changed(); });
  bench.watcher.observe(node.querySelector(".js-plotly-plot .main-svg") ?? printed,
    { subtree: true, childList: true, attributes: true, attributeFilter: ["d", "src"] });
}"""


def percentile(values: Sequence[float], share: float) -> float:
    return float(np.percentile(values, 100 * share)) if len(values) else float("nan")


def page_with(context: Any, folder: Path, name: str, body: str) -> Any:
    """Open a page of our own from disk."""
    path = folder / f"{name}.html"
    path.write_text(
        body.replace('<script type="module">', '<script type="module">\nbench.started ??= performance.now();')
    )
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_function("document.querySelector('.mm-root')?.view?.drawnOnce")
    page.wait_for_timeout(200)
    return page


def latencies(page: Any, press: Callable[[int], None], steps: int = STEPS) -> list[float]:
    """Milliseconds from each key to the frame after the changed picture, at random moments of the frame."""
    rng = np.random.default_rng(1)
    page.evaluate("() => { bench.samples = []; bench.since = null; }")
    for step in range(steps):
        before = page.evaluate("() => { bench.since = null; return bench.samples.length; }")
        press(step)
        wait_for(page, f"bench.samples.length > {before}", 3.0)
        page.wait_for_timeout(int(rng.integers(5, 40)))
    return page.evaluate("bench.samples")


def wait_for(page: Any, condition: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not page.evaluate(condition) and time.monotonic() < deadline:
        page.wait_for_timeout(5)


def back_and_forth(page: Any) -> Callable[[int], None]:
    """A function that moves the focused slider a step, to and fro."""
    return lambda step: page.keyboard.press("ArrowRight" if step % 20 < 10 else "ArrowLeft")


HOLD = """async ([node, seconds]) => {
  const [before, start] = [bench.changes, performance.now()];
  for (let step = 0; performance.now() - start < 1000 * seconds; step++) {
    const up = step % 20 < 10;
    if (node.type === "range") {
      up ? node.stepUp() : node.stepDown();
      node.dispatchEvent(new Event("input", { bubbles: true }));
    } else node.dispatchEvent(new KeyboardEvent("keydown", { key: up ? "ArrowRight" : "ArrowLeft", bubbles: true }));
    await new Promise((done) => setTimeout(done, start + (1000 * (step + 1)) / 60 - performance.now()));
  }
  return (1000 * (bench.changes - before)) / (performance.now() - start);
}"""


def pictures_while_held(page: Any, slider: Any, seconds: float = 3.0) -> float:
    """Changed pictures a second while the slider takes 60 steps a second, as when somebody drags it."""
    return page.evaluate(HOLD, [slider.element_handle(), seconds])


# From disk


def large_page(context: Any, folder: Path, figure: Explorer) -> dict[str, float]:
    """The large explorer from disk: start, latency by keys and by dragging, frames."""
    starts = []
    for trial in range(5):
        page = page_with(context, folder, f"large{trial}", figure.page())
        starts.append(page.evaluate("bench.drawn[0] - bench.started"))
        if trial < 4:
            page.close()
    page.evaluate("bench.listen('keydown')")
    page.focus(".mm-controls input[type=range]")
    keys = latencies(page, back_and_forth(page))
    page.evaluate("() => { document.addEventListener('pointermove', (e) => { bench.since ??= e.timeStamp; }, true); }")
    handle = page.locator(".mm-handle")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + 14, box["y"] + 14)
    page.mouse.down()
    drags = latencies(page, lambda step: page.mouse.move(box["x"] - 12 * (step % 10), box["y"] + 14 + 8 * (step % 7)))
    page.mouse.up()
    played = page.evaluate(f"bench.play({VIEW}, {SECONDS})")
    page.close()
    return {"start": median(starts), "keys": keys, "drags": drags, "frames": played["rate"], "costs": played["costs"]}


def each_mark(context: Any, folder: Path) -> dict[str, tuple[float, float]]:
    """Frames a second and the cost of a frame (95th percentile, ms), mark by mark."""
    results = {}
    for number, (name, figure) in enumerate(explorers.marks().items()):
        page = page_with(context, folder, f"mark{number}", figure.page())
        played = page.evaluate(f"bench.play({VIEW}, {SECONDS})")
        results[name] = (played["rate"], percentile(played["costs"], 0.95))
        page.close()
    return results


def ten(context: Any, folder: Path) -> dict[str, float]:
    """Ten large explorers on a page: frames of the first while it plays, and what the others did meanwhile."""
    bodies = [explorers.lecture(f"Explorer {number}").html() for number in range(10)]
    page = page_with(context, folder, "ten", f"<!doctype html><body>{''.join(bodies)}</body>")
    decoded = page.locator(".mm-root").count()
    page.evaluate(SCROLL)
    page.wait_for_timeout(500)
    views = "[...document.querySelectorAll('.mm-root')].map((root) => root.view)"
    before = page.evaluate(f"{views}.map((view) => view.frames)")
    played = page.evaluate(f"bench.play({VIEW}, {SECONDS})")
    after = page.evaluate(f"{views}.map((view) => view.frames)")
    grown = sum(now - then for now, then in list(zip(after, before))[2:])
    page.close()
    return {"decoded": decoded, "alive": len(after), "frames": played["rate"], "grown": grown}


def floor(context: Any, folder: Path) -> tuple[float, list[float]]:
    """The browser alone: animation frames a second, and the latency of a page that only listens."""
    path = folder / "empty.html"
    path.write_text("<!doctype html><input type=range>")
    page = context.new_page()
    page.goto(path.as_uri())
    refresh = page.evaluate(REFRESH)
    page.evaluate("bench.listen('keydown')")
    page.evaluate(
        "() => { document.querySelector('input').oninput = () => requestAnimationFrame(() => bench.changed()); }"
    )
    page.focus("input")
    samples = latencies(page, back_and_forth(page))
    page.close()
    return refresh, samples


# In JupyterLab

SETUP = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import matplotlib.pyplot as plt, numpy as np, ipywidgets
from benchmarks import explorers
from mmcourse.explorer.hosts import Hosted
head = "async function render({{ model, el }}) {{"
Hosted._esm = Hosted._esm.replace(head, head + "\\nbench.started ??= performance.now();")
a = explorers.ravine()
rates, steps, frozen = a["lr"], np.arange(explorers.STEPS), 30
"""
INTERACT = """
def draw(i):
    figure, (plane, curve, regions) = plt.subplots(1, 3, figsize=(9.5, 3))
    plane.contourf(a["x"], a["y"], a["field"], 12)
    plane.plot(*a["paths"][i, frozen].T); plane.set(xlim=(-3, 3), ylim=(-1.6, 1.6))
    curve.semilogy(steps, a["loss"][i, frozen]); curve.set(ylim=(1e-9, 1e3))
    regions.pcolormesh(a["lr"], a["beta"], a["regions"]); regions.plot(rates[i], a["beta"][frozen], "ro")
    regions.set(xscale="log")
    plt.show()

ipywidgets.interact(draw, i=ipywidgets.IntSlider(max=39, value=19));
"""
PLOTLY = """
import plotly.graph_objects as go
from plotly.subplots import make_subplots
fig = go.FigureWidget(make_subplots(1, 3))
fig.add_contour(x=a["x"], y=a["y"], z=a["field"], ncontours=12, showscale=False, row=1, col=1)
fig.add_scatter(x=a["paths"][19, frozen, :, 0], y=a["paths"][19, frozen, :, 1], row=1, col=1)
fig.add_scatter(x=steps, y=a["loss"][19, frozen], row=1, col=2)
fig.add_heatmap(x=a["lr"], y=a["beta"], z=a["regions"], showscale=False, row=1, col=3)
fig.add_scatter(x=rates[19:20], y=a["beta"][frozen:frozen + 1], mode="markers", row=1, col=3)
fig.update_xaxes(range=[-3, 3], col=1); fig.update_yaxes(range=[-1.6, 1.6], col=1)
fig.update_yaxes(type="log", range=[-9, 3], col=2); fig.update_xaxes(type="log", col=3)

def follow(change):
    i = change["new"]
    with fig.batch_update():
        fig.data[1].x, fig.data[1].y = a["paths"][i, frozen].T
        fig.data[2].y = a["loss"][i, frozen]
        fig.data[4].x = rates[i:i + 1]

slider = ipywidgets.IntSlider(max=39, value=19); slider.observe(follow, "value")
ipywidgets.VBox([slider, fig])
"""
CELLS = {"explorer": "explorers.lecture()", "live": "explorers.asking()", "interact": INTERACT, "plotly": PLOTLY}


def in_lab(browser: Any, folder: Path) -> dict[str, dict]:
    """The same picture, moved by the same keys: explorer, interact with matplotlib, plotly's FigureWidget."""
    names = [name for name in CELLS if name != "plotly" or find_spec("plotly")]
    cells = [nbformat.v4.new_code_cell(source) for source in [SETUP, *(CELLS[name] for name in names)]]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "bench.ipynb")
    (folder / ".jupyter").mkdir()
    config = {"LabApp": {"expose_app_in_browser": True}}
    (folder / ".jupyter" / "jupyter_lab_config.json").write_text(json.dumps(config))
    results = {}
    with jupyter_lab(folder) as address:
        context = browser.new_context(viewport={"width": 1400, "height": 1100})
        context.add_init_script(PROBE)
        page = context.new_page()
        page.goto(f"{address}/lab/tree/bench.ipynb?reset")
        page.wait_for_function(
            "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel", timeout=90_000
        )
        page.evaluate("async () => { await jupyterapp.shell.currentWidget.sessionContext.ready; }")
        for cell, name in enumerate(["setup", *names]):
            run_cell(page, cell)
            if cell:
                results[name] = measure_cell(page, cell, name)
        context.close()
    return results


def run_cell(page: Any, cell: int) -> None:
    page.evaluate(
        f"""async () => {{
          const book = jupyterapp.shell.currentWidget.content;
          book.activeCellIndex = {cell};
          bench.started = null; bench.drawn = [];
          await jupyterapp.commands.execute("notebook:run-cell");
          await book.scrollToItem({cell}, "start");
          const failed = book.widgets[{cell}].model.outputs.toJSON().find((output) => output.output_type === "error");
          if (failed) throw Error(failed.traceback.join("\\n"));
        }}"""
    )


def measure_cell(page: Any, cell: int, name: str) -> dict:
    ours = name in ("explorer", "live")
    box = page.locator(".jp-Notebook .jp-Cell").nth(cell)
    slider = box.locator(".mm-controls input[type=range]" if ours else "[role=slider]").first
    slider.wait_for(timeout=30_000)
    page.wait_for_timeout(2500)
    page.evaluate("bench.listen('keydown')")
    if name == "live":
        page.evaluate(ANSWERED)
    if not ours:
        page.evaluate(WATCH, cell)
    slider.focus()
    samples = latencies(page, back_and_forth(page), STEPS if ours else 40)
    held = pictures_while_held(page, slider)
    result = {"samples": samples, "held": held}
    if name == "explorer":
        view = "[...document.querySelectorAll('.mm-root')].at(-1).view"
        result |= page.evaluate(f"bench.play({view}, {SECONDS})")
        result["start"] = page.evaluate("bench.drawn[0] - bench.started")
    page.evaluate("() => { bench.watcher?.disconnect(); }")
    return result


# The report


def row(*cells: Any) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def verdict(value: float, target: float, least: bool = False) -> str:
    return "yes" if (value >= target if least else value <= target) else "**no**"


def pair(samples: Sequence[float]) -> str:
    return f"{percentile(samples, 0.5):.0f} / {percentile(samples, 0.95):.1f}"


def report(disk: dict, marks: dict, many: dict, lab: dict, refresh: float, empty: list[float], payload: int) -> str:
    """Return the tables as Markdown."""
    p95 = {
        name: percentile(samples, 0.95)
        for name, samples in {
            "keys": disk["keys"],
            "drags": disk["drags"],
            "lab": lab["explorer"]["samples"],
            "live": lab["live"]["samples"],
        }.items()
    }
    latency, live = TARGETS["latency"], TARGETS["live"]
    lines = [
        "# How fast explorers are",
        "",
        "Written by `python -m benchmarks.explorer`. Headless Chromium without a GPU, which shows "
        f"{refresh:.0f} frames a second at most; {os.cpu_count()} cores ({platform.machine()}). Latency: from the "
        "input event to the second animation frame (the one that begins after the picture was drawn), 50th and 95th "
        f"percentile in ms. A page that draws nothing needs {pair(empty)}: that is the floor, two frames of 16.7 ms.",
        "",
        row("large explorer", "measured", "target", "met"),
        row("---", "---", "---", "---"),
        row("from disk, network off: key to frame", pair(disk["keys"]) + " ms", "33 ms", verdict(p95["keys"], latency)),
        row("from disk: drag to frame", pair(disk["drags"]) + " ms", "33 ms", verdict(p95["drags"], latency)),
        row(
            "JupyterLab: key to frame", pair(lab["explorer"]["samples"]) + " ms", "33 ms", verdict(p95["lab"], latency)
        ),
        row(
            "JupyterLab, live: key to frame", pair(lab["live"]["samples"]) + " ms", "80 ms", verdict(p95["live"], live)
        ),
        row(
            "plays from disk", f"{disk['frames']:.0f} frames/s", "55", verdict(disk["frames"], TARGETS["frames"], True)
        ),
        row(
            "plays in JupyterLab",
            f"{lab['explorer']['rate']:.0f} frames/s",
            "55",
            verdict(lab["explorer"]["rate"], TARGETS["frames"], True),
        ),
        row(
            "script start to first draw, from disk",
            f"{disk['start']:.0f} ms",
            "300 ms",
            verdict(disk["start"], TARGETS["start"]),
        ),
        row(
            "script start to first draw, JupyterLab",
            f"{lab['explorer']['start']:.0f} ms",
            "300 ms",
            verdict(lab["explorer"]["start"], TARGETS["start"]),
        ),
        row("numbers as embedded", f"{payload / 1e6:.2f} MB", "2 MB", verdict(payload, TARGETS["payload"])),
        row(
            "ten on a page: the one that plays",
            f"{many['frames']:.0f} frames/s",
            "50",
            verdict(many["frames"], TARGETS["many"], True),
        ),
        row(
            "ten on a page: decoded before scrolling",
            f"{many['decoded']} of 10",
            "those near",
            verdict(many["decoded"], 4),
        ),
        row("ten on a page: frames drawn out of sight", many["grown"], "0", verdict(many["grown"], 0)),
        "",
        row("the same picture in JupyterLab", "key to frame, ms", "pictures/s while it is dragged, 60 steps a second"),
        row("---", "---", "---"),
    ]
    titles = {
        "explorer": "this explorer",
        "interact": "ipywidgets.interact with matplotlib",
        "plotly": "plotly's FigureWidget",
    }
    lines += [
        row(title, pair(lab[name]["samples"]), f"{lab[name]['held']:.0f}")
        for name, title in titles.items()
        if name in lab
    ]
    lines += ["", row("mark", "frames/s", "cost of a frame, ms (95 %)", "55 met"), row("---", "---", "---", "---")]
    lines += [
        row(name, f"{rate:.0f}", f"{cost:.1f}", verdict(rate, TARGETS["frames"], True))
        for name, (rate, cost) in marks.items()
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure everything, print the tables and write them beside this module."""
    from playwright.sync_api import sync_playwright

    figure = explorers.lecture()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=OPTIONS)
        context = browser.new_context(viewport={"width": 1100, "height": 1000})
        context.set_offline(True)
        context.add_init_script(PROBE)
        refresh, empty = floor(context, folder)
        disk, marks, many = large_page(context, folder, figure), each_mark(context, folder), ten(context, folder)
        lab = in_lab(browser, folder)
        browser.close()
    text = report(disk, marks, many, lab, refresh, empty, len(figure.data) * 4 // 3)
    REPORT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
