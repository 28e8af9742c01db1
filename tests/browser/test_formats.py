"""What the browser does with numbers is what Python does: formats, templates, decoding, formulas beside their twins."""

import numpy as np
import pytest

from mmcourse.explorer import Choice, Entry, Explorer, Formula, Line, LogSlider, Numbers, Point, Slider, Sweep, Toggle
from mmcourse.explorer.hosts import script
from mmcourse.explorer.payload import Payload, quantise
from mmcourse.explorer.sources import Channel
from mmcourse.explorer.template import fill, write
from tests.browser.twins import assert_twins

pytestmark = pytest.mark.browser

TIES = [0.5, 1.5, 2.5, 0.125, 0.375, -0.5, -2.5, 1e21, 2**60 + 0.0, 0.25, 0.75, 25.0, 35.0, 2.5e-5, 1e16, 0.045, 1.005]
EDGES = [
    0.0,
    -0.0,
    1.0,
    9.995,
    9.9949,
    99.95,
    999.5,
    1e-4,
    9.9995e-5,
    9.9994e-5,
    1e5,
    123456.0,
    1e-300,
    1.7e300,
    -0.001,
]
FORMATS = [
    ".0f",
    ".1f",
    ".2f",
    ".3f",
    ".10f",
    ".0e",
    ".1e",
    ".2e",
    ".1g",
    ".2g",
    ".3g",
    ".6g",
    ".0g",
    ".0%",
    ".1%",
    "d",
]


@pytest.fixture(scope="module")
def page(chromium):
    """An empty page that has the renderer's functions."""
    page = chromium.new_page()
    page.set_content("<!doctype html><title>numbers</title>")
    names = "window.mm = { format, fill, decode, unpack };"
    page.add_script_tag(content=f"{script()}\n{names}", type="module")
    page.wait_for_function("window.mm")
    yield page
    page.close()


def many_numbers() -> list[float]:
    """Of all magnitudes, with ties, neighbours of powers of ten, and what looks short in decimals."""
    rng = np.random.default_rng(6)
    spread = rng.choice([-1, 1], 2000) * 10.0 ** rng.uniform(-12, 12, 2000)
    short = np.round(rng.uniform(-100, 100, 2000), 3)
    halves = rng.integers(-4000, 4000, 1000) / 2 ** rng.integers(0, 6, 1000)
    near = np.nextafter(10.0 ** np.arange(-9, 9), 0)
    return np.concatenate([spread, short, halves, near, TIES, EDGES]).tolist()


@pytest.mark.parametrize("spec", FORMATS)
def test_each_format_writes_what_python_writes(page, spec):
    numbers = many_numbers()
    found = page.evaluate("([numbers, spec]) => numbers.map((x) => mm.format(x, spec))", [numbers, spec])
    wrong = [(x, got, write(x, spec)) for x, got in zip(numbers, found, strict=True) if got != write(x, spec)]
    assert not wrong, f"{len(wrong)} of {len(numbers)} differ, (number, browser, Python): {wrong[:5]}"


def test_what_is_no_number_is_written_alike(page):
    found = page.evaluate(
        "[NaN, Infinity, -Infinity].map((x) => ['.2f', '.1e', '.3g', 'd', '.0%'].map((f) => mm.format(x, f)))"
    )
    specs = [".2f", ".1e", ".3g", "d", ".0%"]
    assert found == [[write(x, spec) for spec in specs] for x in (np.nan, np.inf, -np.inf)]


@pytest.mark.parametrize(
    "template",
    [
        "lr {lr:.3f}, step {n:d}, share {share:.0%}",
        "{{braces}} {lr} {{{lr:.1e}}}",
        "{n:none|one|two|three} of {word}",
        "{start.x:.2f} and {start.y:.2g}, {gap:.2f}, {gap:no|yes}, {yes}",
        "no field at all",
    ],
)
def test_a_template_is_filled_as_in_python(page, template):
    numbers = {
        "lr": 0.0125,
        "n": 2.0,
        "share": 0.125,
        "word": "a {lr} word",
        "start.x": -0.004,
        "start.y": 1e-7,
        "yes": True,
    }
    found = page.evaluate(
        "([template, numbers]) => mm.fill(template, (name) => (name === 'gap' ? NaN : numbers[name]))",
        [template, numbers],
    )
    assert found == fill(template, numbers | {"gap": np.nan})


@pytest.mark.parametrize("error, dtype", [(0.02, "u1"), (1e-4, "u2"), (None, "f4")])
def test_numbers_arrive_as_python_packed_them(page, error, dtype):
    rng = np.random.default_rng(3)
    values = rng.normal(size=(7, 5, 3))
    values[2, 1] = np.nan
    source = Sweep(values, error=error)
    payload = Payload()
    payload.add(Channel(Sweep(np.arange(11.0), error=0.5)), "something before it, of odd length")
    payload.add(Channel(source), "the numbers")
    assert payload.specs[1]["dtype"] == dtype
    decode = """async ([bytes, specs]) => {
      const arrays = await mm.unpack(Uint8Array.from(bytes), specs);
      return arrays.map((array) => Array.from(array.values, String));
    }"""
    found = page.evaluate(decode, [list(payload.pack()), payload.specs])
    got = np.array([float(x) for x in found[1]]).reshape(values.shape)
    codes, spec = quantise(values, error)
    twin = codes if dtype == "f4" else np.where(np.isnan(values), np.nan, spec["low"] + spec["step"] * codes)
    np.testing.assert_array_equal(got.astype(np.float32), twin.astype(np.float32))
    rounding = np.finfo(np.float32).eps * np.nanmax(np.abs(values))
    np.testing.assert_allclose(got, values, rtol=0, atol=(error or 0) + rounding)


def test_formulas_are_equal_to_their_twins_in_every_kind_of_state(chromium, tmp_path):
    javascript = """(s) => {
      const t = [0, 1, 2, 3];
      const sign = s.kind === "up" ? 1 : -1;
      const weight = s.kernel.flat().reduce((a, b) => a + b, 0);
      return {
        x: t.map((k) => k + s.at[0]),
        y: t.map((k) => sign * s.rate * k ** 2 + (s.on ? s.at[1] : NaN) + weight + s.word.length * s.slope),
      };
    }"""

    def python(slope, rate, kind, on, at, word, kernel):
        t = np.arange(4.0)
        sign = 1 if kind == "up" else -1
        return {
            "x": t + at[0],
            "y": sign * rate * t**2 + (at[1] if on else np.nan) + np.sum(kernel) + len(word) * slope,
        }

    controls = [
        Slider("slope", -1, 1),
        LogSlider("rate", 1e-3, 10),
        Choice("kind", ("up", "down")),
        Toggle("on", start=True),
        Point("at", (0, 1), (-1, 1)),
        Entry("word"),
        Numbers("kernel", [[0, 1], [2, 3]]),
    ]
    both = Formula(javascript, python)
    explorer = Explorer(controls, [Line(both["x"], both["y"])], "Twins", "A parabola that opens upwards at first.")
    (tmp_path / "twins.html").write_text(explorer.page(), encoding="utf-8")
    page = chromium.new_page()
    page.goto((tmp_path / "twins.html").as_uri())
    page.wait_for_selector(".mm-root")
    assert_twins(page, explorer, texts=("", "a", "attention"))

    both.python = lambda slope, rate, kind, on, at, word, kernel: python(
        slope, rate * 1.001, kind, on, at, word, kernel
    )
    with pytest.raises(AssertionError, match="formula 0, channel 'y', at {'slope'"):
        assert_twins(page, explorer, texts=("", "a", "attention"))
    page.close()
