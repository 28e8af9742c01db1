"""Claims: the interval by hand and against scipy, the rule of the verdict, and results that are too old."""

import json

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from mmcourse import claims

SCRIPT = """
from mmcourse.claims import case, claim

CLAIMS = {
    "up": lambda seeds: claim("it goes up", "S0", [case("always", [1.0 + seed for seed in seeds], "units")]),
    "down": lambda seeds: claim("it goes down", "S0", [case("ever", [-1.0 - seed for seed in seeds])]),
}
"""
samples = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A course with one experiment, and a working folder inside it, like lectures/."""
    (tmp_path / "experiments").mkdir()
    (tmp_path / "lectures").mkdir()
    (tmp_path / "experiments" / "l99.py").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path / "lectures")
    return tmp_path / "experiments"


def test_the_interval_by_hand():
    # mean 3, s² = 2, n = 2, so the error is 1; t with one degree of freedom is tan(0.475 π) = 12.706
    assert claims.interval([2.0, 4.0]) == pytest.approx((3.0, 3 - np.tan(0.475 * np.pi), 3 + np.tan(0.475 * np.pi)))


@given(samples, st.sampled_from([0.5, 0.95, 0.99]))
def test_the_interval_equals_scipys(effects, level):
    mean, low, high = claims.interval(effects, level)
    expected = scipy.stats.t(len(effects) - 1).ppf((1 + level) / 2) * np.std(effects, ddof=1) / len(effects) ** 0.5
    assert (mean, high - mean, mean - low) == pytest.approx((np.mean(effects), expected, expected), abs=1e-9)


@given(samples, st.floats(0.1, 10), st.floats(-100, 100))
def test_the_interval_moves_and_stretches_with_the_numbers(effects, scale, shift):
    moved = claims.interval([scale * effect + shift for effect in effects])
    assert moved == pytest.approx([scale * end + shift for end in claims.interval(effects)], abs=1e-7)


def test_95_of_100_intervals_hold_the_truth():
    draws = np.random.default_rng(0).normal(0.3, 2.0, size=(2000, 5))
    held = [low <= 0.3 <= high for _, low, high in map(claims.interval, draws)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)  # three standard errors


@pytest.mark.parametrize(
    ("effects", "outcome"), [([1, 1.1], "for"), ([-1, -1.1], "against"), ([-1, 2], "open"), ([0, 0], "open")]
)
def test_the_outcome_of_a_case(effects, outcome):
    assert claims.case("here", effects)["outcome"] == outcome
    mirrored = {"for": "against", "against": "for", "open": "open"}[outcome]
    assert claims.case("here", [-effect for effect in effects])["outcome"] == mirrored


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        (["for", "for"], "holds"),
        (["for", "open", "for"], "holds when: 0; 2"),
        (["against", "for"], "holds when: 1"),
        (["against", "open"], "does not hold"),
    ],
)
def test_the_rule_of_the_verdict(outcomes, verdict):
    cases = [{"name": str(place), "outcome": outcome} for place, outcome in enumerate(outcomes)]
    assert claims.verdict(cases) == verdict


def test_a_run_is_found_from_the_folder_of_lectures(folder):
    found = claims.run("l99", seeds=3)
    assert (found["experiment"], found["seeds"]) == ("l99", 3)
    assert {key: tested["cases"][0]["mean"] for key, tested in found["claims"].items()} == {"up": 2.0, "down": -2.0}
    assert list(claims.run("l99", seeds=2, only="up")["claims"]) == ["up"]


def test_written_results_are_read_until_the_script_changes(folder):
    path = folder / "l99.py"
    table = {"up": lambda seeds: claims.claim("it goes up", "S0", [claims.case("always", [5.0, 5.1, 5.2])])}
    written = claims.write(path, table, seeds=3)
    assert claims.committed("l99") == written == json.loads((folder / "l99.json").read_text())
    assert written["claims"]["up"]["verdict"] == "holds"
    assert "S0: it goes up: holds\n     5.100 [4.852, 5.348] for" in claims.describe(written)
    path.write_bytes(SCRIPT.replace("\n", "\r\n").encode())  # a checkout with other line ends
    assert claims.committed("l99") == written
    path.write_text(SCRIPT + "# changed\n")
    with pytest.raises(ValueError, match="l99.json is older than l99.py: run python experiments/l99.py"):
        claims.committed("l99")


def test_errors_say_what_to_do(folder):
    with pytest.raises(ValueError, match="at least two numbers in a row, got shape .1,.: use more seeds"):
        claims.interval([1.0])
    with pytest.raises(ValueError, match="effects must be finite: give a run that diverged the worst value"):
        claims.interval([1.0, np.nan])
    with pytest.raises(FileNotFoundError, match="no experiments/l98.py in .* or above it: run this in the course's"):
        claims.run("l98")
    with pytest.raises(ValueError, match="l99 has no claim 'sideways': use one of up, down"):
        claims.run("l99", only="sideways")


def test_what_all_cases_share_stands_once_below_the_chart_and_long_names_are_wrapped():
    cases = [claims.case("a road " * 12, [1.0, 1.1], "seconds"), claims.case("ice", [2.0, 2.2], "seconds")]
    (axes,) = claims.chart(claims.claim("wet roads are slower", "S9", cases)).axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert axes.get_xlabel() == "against  ←  seconds  →  for" and names[1] == "ice"
    assert len(names[0].splitlines()) == 2 and "seconds" not in names[0]
    other = claims.claim("wet roads are slower", "S9", [cases[1], claims.case("snow", [1.0, 2.0], "metres")])
    (axes,) = claims.chart(other).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ice (seconds)", "snow (metres)"]
    assert axes.get_xlabel() == "against  ←  effect  →  for"


def test_some_claims_can_be_shown_and_how_to_read_them_is_said_once(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle["text/html"]))
    tested = {
        name: claims.claim(f"{name} roads are slower", "S9", [claims.case("rain", [1.0, 1.1])])
        for name in ("wet", "icy")
    }
    found = {"seeds": 12, "claims": tested}
    claims.show(found)
    claims.show(found, "icy", how_to_read=False)
    assert ["over 12 seeds" in html for html in shown] == [True, False, False]
    assert ["Icy roads" in html for html in shown] == [False, True, True]
    with pytest.raises(ValueError, match="no claim 'dry': use one of wet, icy"):
        claims.show(found, "dry")
