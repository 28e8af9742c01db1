"""Dynamic time warping in pure numpy beside compiled libraries, on the same matrix, in one run.

    pip install -e ".[bench]"                # brings dtaidistance and dtw-python
    python -m benchmarks.alignment           # prints the table and writes benchmarks/alignment.md
    python -m benchmarks.alignment --quick   # a glance; nothing is written

Target: at most 5 times the time of the fastest library for cost and path of 1000 × 1000 frames, in C. Each program is
timed in turns with the others, so that a busy machine slows all of them; the best of the turns counts.
"""

import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import click
import numpy as np

from mmcourse.multimodal.dtw import dtw, squared_distances, table_by_diagonals, table_by_loops
from mmcourse.multimodal.step_patterns import SYMMETRIC1, SYMMETRIC_P1

REPORT = Path(__file__).with_suffix(".md")
TARGET = 5.0
LIBRARIES = ("dtaidistance", "dtw-python")


def programs(x: np.ndarray, y: np.ndarray) -> dict[str, dict[str, Callable[[], float]]]:
    """What is compared: for each task, programs that return the cost. From a matrix means: its time does not count."""
    from dtaidistance import dtw as dtai

    with np.errstate(all="ignore"):
        from dtw import dtw as dtw_python  # prints a greeting
    d = squared_distances(x[None], y[None])
    library = {"symmetric1": "symmetric1", "slope ½ to 2": "symmetricP1"}
    tasks = {
        "cost and path": {
            "mmcourse": lambda: dtw(squared_distances(x[None], y[None])).cost,
            "dtaidistance (C)": lambda: dtai.warping_path_fast(x, y, include_distance=True)[1] ** 2,
        },
        "table alone": {
            "mmcourse": lambda: float(table_by_diagonals(d)[-1, -1]),
            "dtaidistance (C)": lambda: dtai.warping_paths_fast(x, y)[0] ** 2,
        },
    }
    for name, moves in (("symmetric1", SYMMETRIC1), ("slope ½ to 2", SYMMETRIC_P1)):
        tasks[f"cost and path from a matrix, {name}"] = {
            "mmcourse": lambda moves=moves: dtw(d, moves).cost,
            "dtw-python (C)": lambda p=library[name]: dtw_python(d, step_pattern=p).distance,
        }
    return tasks


def measure(task: dict[str, Callable[[], float]], turns: int) -> dict[str, float]:
    """Best time of each program, in ms; loud when two do not agree on the cost."""
    costs = {name: run() for name, run in task.items()}  # also a first call that does not count
    assert np.allclose(list(costs.values()), costs["mmcourse"], rtol=1e-9), costs
    best = dict.fromkeys(task, np.inf)
    for _ in range(turns):
        for name, run in task.items():
            started = time.perf_counter()
            run()
            best[name] = min(best[name], 1e3 * (time.perf_counter() - started))
    return best


def loops(x: np.ndarray, y: np.ndarray) -> float:
    """The table cell by cell, once, in ms."""
    d = squared_distances(x[None], y[None])
    started = time.perf_counter()
    table_by_loops(d)
    return 1e3 * (time.perf_counter() - started)


def report(found: dict[str, dict[str, float]], by_loops: float, frames: int) -> str:
    """The table as Markdown."""
    rows = []
    for task, times in found.items():
        fastest = min(time for name, time in times.items() if name != "mmcourse")
        for name, time_ in times.items():
            ratio = time_ / fastest
            miss = " **over 5**" if name == "mmcourse" and ratio > TARGET else ""
            rows.append(f"| {task} | {name} | {time_:.1f} | {ratio:.1f}{miss} |")
    rows.append(f"| table alone | mmcourse, cell by cell | {by_loops:.0f} | |")
    used = ", ".join(f"{name} {version(name)}" for name in ("numpy", *LIBRARIES))
    return "\n".join(
        [
            "# Dynamic time warping, in numpy and in C",
            "",
            f"Written by `python -m benchmarks.alignment`. {frames} × {frames} frames of one number each, best of "
            f"several turns; {platform.machine()}, Python {platform.python_version()}, {used}. All agree on the cost.",
            "",
            "| task | program | ms | times the fastest library |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


@click.command(help=__doc__.partition("\n")[0])
@click.option("--frames", default=1000, show_default=True)
@click.option("--quick", is_flag=True, help="Two turns; writes nothing.")
def main(frames: int, quick: bool) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, frames)).cumsum(axis=1)
    try:
        tasks = programs(x, y)
    except ImportError as error:
        raise click.ClickException(f'{error}: pip install -e ".[bench]" brings the libraries') from error
    found = {name: measure(task, 2 if quick else 15) for name, task in tasks.items()}
    text = report(found, loops(x, y), frames)
    click.echo(text)
    if not quick:
        REPORT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
