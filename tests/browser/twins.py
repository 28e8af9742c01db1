"""Are a formula's JavaScript and its Python twin the same function? Asked in the browser, on random states.

A test of a lecture's explorer is one line: `assert_twins(open_page(explorer), explorer)`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmcourse.explorer import Explorer
from mmcourse.explorer.controls import Control, Entry, Numbers

COUNT = 200  # random states
TOLERANCE = 1e-6  # absolute below 1, relative above

# Puts each state into the store that the reader's controls fill, and reads every channel of every formula.
EVALUATE = """({states, wanted}) => {
  const {store, numbers} = document.querySelector(".mm-root").view;
  const plain = (x) => (Number.isFinite(x) ? x : String(x));
  return states.map((state) => {
    store.set(state);
    return wanted.map(({formula, key}) => {
      const {data, shape} = numbers.formulas[formula].at(key);
      return {shape, data: Array.from(data, plain)};
    });
  });
}"""


def random_value(control: Control, rng: np.random.Generator, texts: Sequence[str]) -> Any:
    """A value that the control can take; the text of an entry is one of `texts`."""
    if isinstance(control, Entry):
        return str(rng.choice(texts))
    if isinstance(control, Numbers):
        low, high = max(control.low, -1e3), min(control.high, 1e3)
        return rng.uniform(low, high, size=np.shape(control.start)).tolist()
    value = control.values[rng.integers(len(control.values))]
    return value.item() if isinstance(value, np.generic) else value


def assert_twins(
    page: Any, explorer: Explorer, texts: Sequence[str] = ("",), count: int = COUNT, seed: int = 0
) -> None:
    """Assert that every formula of an explorer gives the same in the browser as in Python.

    Parameters
    ----------
    page : playwright's Page
        On which the explorer is the first one.
    explorer : Explorer
    texts : sequence of str
        What may stand in its text entries.
    count, seed : int
        Of the random states.

    Raises
    ------
    AssertionError
        With the state, the channel and the numbers that differ.
    """
    assert explorer.formulas, "the explorer has no formula"
    rng = np.random.default_rng(seed)
    states = [
        {name: random_value(control, rng, texts) for name, control in explorer.controls.items()} for _ in range(count)
    ]
    twins = [
        [(number, key) for key in formula.evaluate(explorer.default)]
        for number, formula in enumerate(explorer.formulas)
    ]
    wanted = [{"formula": number, "key": key} for channels in twins for number, key in channels]
    found = page.evaluate(EVALUATE, {"states": states, "wanted": wanted})
    for state, results in zip(states, found, strict=True):
        python = [formula.evaluate(state) for formula in explorer.formulas]
        for place, result in zip(wanted, results, strict=True):
            expected = python[place["formula"]][place["key"]]
            got = np.array([float(x) for x in result["data"]]).reshape(result["shape"])
            message = f"formula {place['formula']}, channel {place['key']!r}, at {state}"
            np.testing.assert_allclose(got, expected, rtol=TOLERANCE, atol=TOLERANCE, err_msg=message)
