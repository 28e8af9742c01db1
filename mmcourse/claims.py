"""Claims, tested: many seeds, an interval, and a verdict that follows from the numbers by a rule.

A claim says that something is better. Each case of it compares two ways of doing one thing, seed by seed, and gives an
effect for each seed: above zero it speaks for the claim. A case is *for* the claim if the whole 95 % interval of the
mean effect is above zero, *against* it if the whole interval is below, and *open* otherwise. All cases for: the claim
"holds". Some: it "holds when", and these are named. None: it "does not hold", or, when all are open, there was "no
difference seen".

>>> cases = [case("bowl", [0.2, 0.3, 0.2]), case("ravine", [0.1, -0.3, 0.2])]
>>> [tested["outcome"] for tested in cases], verdict(cases)
(['for', 'open'], 'holds when: bowl')

The experiments of lecture NN are `experiments/lNN.py` in the course's folder: a script with a table CLAIMS, from keys
to functions that take the seeds and return a `claim`. A notebook runs a few seeds with ``run("l06", seeds=3)``, and
shows beside them ``committed("l06")``, what the full run has found.
"""

import hashlib
import html
import importlib.util
import json
import platform
import textwrap
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mmcourse import figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = "experiments"


class Interval(NamedTuple):
    """A mean, and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def interval(effects: Sequence[float], level: float = 0.95) -> Interval:
    """Return the mean of a sample and Student's interval around it: mean ± t · s / √n.

    Parameters
    ----------
    effects : sequence of at least two finite numbers
        One for each seed.
    level : float, in (0, 1)
        How often such an interval holds the true mean, if the effects are normal.

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        If there are fewer than two numbers, or one is not finite.

    References
    ----------
    Student (1908), The probable error of a mean.

    Examples
    --------
    >>> [round(end, 3) for end in interval([1.0, 2.0, 3.0])]  # t is 4.303 with two degrees of freedom
    [2.0, -0.484, 4.484]
    """
    from scipy.special import stdtrit  # scipy is not needed to read results

    effects = np.asarray(effects, dtype=float)
    if effects.ndim != 1 or len(effects) < 2:
        raise ValueError(f"an interval needs at least two numbers in a row, got shape {effects.shape}: use more seeds")
    if not np.isfinite(effects).all():
        raise ValueError("effects must be finite: give a run that diverged the worst value that counts")
    mean, error = effects.mean(), effects.std(ddof=1) / np.sqrt(len(effects))
    reach = stdtrit(len(effects) - 1, (1 + level) / 2) * error
    return Interval(float(mean), float(mean - reach), float(mean + reach))


def case(name: str, effects: Sequence[float], measure: str = "") -> dict:
    """Describe one case of a claim: its interval, and whether that is for the claim, against it, or open.

    Parameters
    ----------
    name : str
        The circumstances, as words that can follow "holds when".
    effects : sequence of float
        One for each seed; above zero speaks for the claim.
    measure : str
        What the numbers are, with their unit.

    Returns
    -------
    dict
        `name`, `measure`, `mean`, `low`, `high` (rounded to four digits) and `outcome`.

    Examples
    --------
    >>> case("the road is wet", [-1.0, -1.1, -0.9], "m/s gained")["outcome"]
    'against'
    """
    ends = interval(effects)
    outcome = "for" if ends.low > 0 else "against" if ends.high < 0 else "open"
    numbers = {key: float(f"{value:.4g}") for key, value in ends._asdict().items()}
    return {"name": name, "measure": measure, **numbers, "outcome": outcome}


def verdict(cases: Sequence[dict]) -> str:
    """Return "holds", "does not hold", "no difference seen", or "holds when: " and the cases in which it does.

    Examples
    --------
    >>> verdict([{"name": "bowl", "outcome": "against"}, {"name": "ravine", "outcome": "open"}])
    'does not hold'
    >>> verdict([{"name": "bowl", "outcome": "open"}])
    'no difference seen'
    """
    names = [tested["name"] for tested in cases if tested["outcome"] == "for"]
    if not names:
        return "does not hold" if any(tested["outcome"] == "against" for tested in cases) else "no difference seen"
    return "holds" if len(names) == len(cases) else "holds when: " + "; ".join(names)


def claim(text: str, deck: str, cases: Sequence[dict]) -> dict:
    """Put a claim together with its cases and its verdict.

    Examples
    --------
    >>> claim("wet roads are slower", "S9", [case("rain", [1.0, 1.1])])["verdict"]
    'holds'
    """
    return {"claim": text, "deck": deck, "verdict": verdict(cases), "cases": list(cases)}


def find(name: str) -> Path:
    """Return the path of an experiment's script: in this folder, one above it, or beside the package.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    here = Path.cwd()
    for root in (here, *here.parents, Path(__file__).resolve().parents[1]):
        path = root / FOLDER / f"{name}.py"
        if path.is_file():
            return path
    raise FileNotFoundError(f"no {FOLDER}/{name}.py in {here} or above it: run this in the course's folder")


def run(name: str, seeds: int = 3, only: str | None = None) -> dict:
    """Run an experiment now, with the seeds 0, 1, ..., and return what `committed` returns.

    Parameters
    ----------
    name : str
        Such as "l06".
    seeds : int, >= 2
        With few of them the intervals are wide: Student's t is 4.3 with three, 2.2 with twelve.
    only : str or None
        Key of the one claim to test; None is all.

    Returns
    -------
    dict
        `experiment`, `seeds`, `interval`, `script`, `versions`, and `claims`: by their keys, each as `claim` makes it.

    Raises
    ------
    ValueError
        If there is no such claim.
    """
    path = find(name)
    spec = importlib.util.spec_from_file_location(f"{FOLDER}_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if only is not None and only not in module.CLAIMS:
        raise ValueError(f"{name} has no claim {only!r}: use one of {', '.join(module.CLAIMS)}")
    return _record(path, {key: test for key, test in module.CLAIMS.items() if only in (None, key)}, seeds)


def committed(name: str) -> dict:
    """Return the results of the full run, which lie beside the script.

    Raises
    ------
    ValueError
        If the script has changed since.
    """
    path = find(name)
    found = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    if found["script"] != digest(path):
        raise ValueError(f"{path.with_suffix('.json').name} is older than {path.name}: run python {FOLDER}/{path.name}")
    return found


def describe(found: dict) -> str:
    """Write results as text: each claim with its verdict, each case with its mean and interval.

    Examples
    --------
    >>> print(describe({"claims": {"wet": claim("wet roads are slower", "S9", [case("rain", [1.0, 1.1], "s")])}}))
    S9: wet roads are slower: holds
         1.050 [0.415, 1.685] for      s: rain
    """
    lines = []
    for tested in found["claims"].values():
        lines.append(f"{tested['deck']}: {tested['claim']}: {tested['verdict']}")
        for one in tested["cases"]:
            ends = f"[{one['low']:.3f}, {one['high']:.3f}]"
            lines.append(f"  {one['mean']:8.3f} {ends} {one['outcome']:8} {one['measure']}: {one['name']}")
    return "\n".join(lines)


WIDEST = 52  # letters in one line beside a chart
COLOURS = {"for": 3, "open": 7, "against": 2}  # series of figures.tokens: colour and marker for each outcome


def chart(tested: dict) -> "Figure":
    """Draw the effects of a claim with their intervals, one row for each case; right of zero speaks for the claim."""
    cases, measure = tested["cases"], common_measure(tested["cases"])
    names = [one["name"] if measure else f"{one['name']} ({one['measure']})" for one in cases]
    names = [textwrap.fill(name, WIDEST) for name in names]
    rows = len(cases) + sum(name.count("\n") for name in names)
    figure, axes = figures.new(width=760, height=64 + 22 * rows)
    axes.axvline(0, color=figures.LIGHT["ink"], linewidth=0.7)
    for row, one in enumerate(cases):
        look = {**figures.series(COLOURS[one["outcome"]], marker=True), "linestyle": "-"}
        axes.plot([one["low"], one["high"]], [row, row], **{**look, "marker": ""}, linewidth=2)
        axes.plot(one["mean"], row, **look)
    axes.set_yticks(range(len(cases)), names)
    axes.set(ylim=(len(cases) - 0.5, -0.5), xlabel=f"against  ←  {measure or 'effect'}  →  for")
    return figure


def common_measure(cases: Sequence[dict]) -> str:
    """Return what all cases are measured in, or nothing when they differ.

    >>> common_measure([case("rain", [1.0, 1.1], "s"), case("ice", [2.0, 2.1], "s")])
    's'
    """
    measures = {one["measure"] for one in cases}
    return measures.pop() if len(measures) == 1 else ""


def show(found: dict, *keys: str, how_to_read: bool = True) -> None:
    """Display claims with their verdict, a chart, and the numbers behind a word; without a notebook, as text.

    Parameters
    ----------
    found : dict
        What `run` or `committed` returns.
    *keys : str
        The claims to show; none is all of them.
    how_to_read : bool
        Say once, above the first, how to read a chart.

    Raises
    ------
    ValueError
        If there is no such claim.
    """
    from IPython.display import display

    if unknown := [key for key in keys if key not in found["claims"]]:
        raise ValueError(f"there is no claim {unknown[0]!r}: use one of {', '.join(found['claims'])}")
    for place, key in enumerate(keys or found["claims"]):
        tested = found["claims"][key]
        text, outcome = tested["claim"], tested["verdict"].partition(":")[0]
        if outcome == "holds when":
            outcome = "holds in some cases"
        head = f"{text[0].upper()}{text[1:]} ({tested['deck']}): {outcome}"
        picture = figures.mime_bundle(chart(tested), f"{head}. {summary(tested['cases'])}")
        words = f"<p><strong>{html.escape(head)}</strong></p>"
        words += legend(found["seeds"]) if how_to_read and place == 0 else ""
        numbers = f"<details><summary>the numbers</summary>{table(tested['cases'])}</details>"
        plain = describe({"claims": {"": tested}})
        display(picture | {"text/html": words + picture["text/html"] + numbers, "text/plain": plain}, raw=True)


def legend(seeds: int) -> str:
    """Return how to read a chart, in words.

    >>> legend(12)[:48]
    '<p><small>Each row is one case. Its mark is the '
    """
    return (
        f"<p><small>Each row is one case. Its mark is the mean effect over {seeds} seeds, its bar the 95 % interval of "
        "that mean. A case is <em>for</em> the claim (◆) if the whole bar lies right of zero, <em>against</em> it (▲) "
        "if it lies left, and <em>open</em> (●) if it holds zero.</small></p>"
    )


def summary(cases: Sequence[dict]) -> str:
    """Say how many cases are for a claim, against it, and open.

    Examples
    --------
    >>> summary([{"outcome": "for"}, {"outcome": "open"}, {"outcome": "for"}])
    '2 cases for, 0 against, 1 open.'
    """
    count = [sum(one["outcome"] == outcome for one in cases) for outcome in ("for", "against", "open")]
    return f"{count[0]} case{'' if count[0] == 1 else 's'} for, {count[1]} against, {count[2]} open."


def table(cases: Sequence[dict]) -> str:
    """Return the numbers of a claim as an HTML table.

    Examples
    --------
    >>> table([case("rain", [1.0, 1.01], "s")]).partition("<tbody>")[2]
    '<tr><td>rain</td><td>1.00</td><td>0.94 to 1.07</td><td>s</td><td>for</td></tr></tbody></table>'
    """
    rows = [
        [one["name"], f"{one['mean']:.2f}", f"{one['low']:.2f} to {one['high']:.2f}", one["measure"], one["outcome"]]
        for one in cases
    ]
    head = "".join(f"<th>{name}</th>" for name in ("when", "effect", "95 % interval", "measured as", "the claim"))
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def write(path: Path, claims: dict, seeds: int) -> dict:
    """Test all claims with all seeds and write the results beside the script: what a script does when it is called."""
    found = _record(path, claims, seeds)
    path.with_suffix(".json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return found


def _record(path: Path, claims: dict, seeds: int) -> dict:
    """Test claims, and put the results together with how they were found."""
    return {
        "experiment": path.stem,
        "seeds": seeds,
        "interval": "95 % of the mean over seeds, Student's t",
        "script": digest(path),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scikit-learn")},
        },
        "claims": {key: test(range(seeds)) for key, test in claims.items()},
    }


def digest(path: Path) -> str:
    """Return the SHA-256 of a script, whatever its line ends."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
