"""The payload: what is sent is what was computed, within the error that was stated."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmcourse.explorer import Slider, Sweep
from mmcourse.explorer.payload import Payload, quantise
from mmcourse.explorer.sources import Channel

NUMBERS = hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e3, 1e3) | st.just(np.nan))


def decoded(codes: np.ndarray, spec: dict) -> np.ndarray:
    """What explorer.js makes of codes: written down again, from the format's description."""
    if spec["dtype"] == "f4":
        return codes.astype(np.float64)
    values = spec["low"] + spec["step"] * codes.astype(np.float64)
    return np.where(codes == {"u1": 255, "u2": 65535}[spec["dtype"]], np.nan, values)


@given(NUMBERS, st.sampled_from([1.0, 0.1, 1e-3]))
def test_quantised_numbers_keep_the_stated_error_and_the_gaps(values, error):
    codes, spec = quantise(values, error)
    found = decoded(codes, spec)
    assert np.array_equal(np.isnan(found), np.isnan(values))
    assert np.nanmax(np.abs(found - values), initial=0) <= error * (1 + 1e-9)


def test_the_smallest_codes_that_keep_the_error_are_taken():
    values = np.linspace(0, 1, 1000)
    assert [quantise(values, error)[1]["dtype"] for error in (0.01, 1e-4, 1e-7, None)] == ["u1", "u2", "f4", "f4"]


def test_an_error_that_floats_cannot_keep_is_refused():
    with pytest.raises(ValueError, match="finer than 32-bit floats"):
        quantise(np.array([1e6 + 0.01, 0]), 1e-6)


def test_constants_and_gaps_alone_survive():
    assert decoded(*quantise(np.full(3, 7.0), 0.1)).tolist() == [7, 7, 7]
    assert np.isnan(decoded(*quantise(np.full(3, np.nan), 0.1))).all()


def test_the_bytes_are_planes_compressed():
    payload = Payload()
    payload.add(Channel(Sweep(np.array([1.0, -2.0, 3.5]))), "`y` of Line")
    (spec,) = payload.specs
    raw = zlib.decompress(payload.pack())
    planes = np.frombuffer(raw, np.uint8)[spec["offset"] :][: 4 * spec["count"]].reshape(4, spec["count"])
    assert planes.T.copy().view("<f4").ravel().tolist() == [1.0, -2.0, 3.5]


def test_an_array_shown_twice_is_stored_once():
    payload, source = Payload(), Sweep({"x": np.arange(3.0), "y": np.arange(3.0)})
    assert [payload.add(source[key], "") for key in ("x", "y", "x")] == [0, 1, 0]


def test_too_many_numbers_say_which_axis_to_thin():
    rate = Slider("lr", 0, 1, count=400)
    payload = Payload()
    payload.add(
        Channel(Sweep(np.random.default_rng(0).random((400, 5000)), [rate])), "`points` of Path (mark 1 of panel 1)"
    )
    with pytest.raises(
        ValueError, match=r"MB; most are `points` of Path .*thin 'lr' from 400 to \d+ values, or state an"
    ) as info:
        payload.pack()
    fitting = int(str(info.value).split(" to ")[-1].split()[0])
    payload = Payload()
    payload.add(
        Channel(Sweep(np.random.default_rng(0).random((fitting, 5000)), [Slider("lr", 0, 1, count=fitting)])), ""
    )
    assert len(payload.pack()) > 100_000


def test_ten_million_numbers_are_refused_at_once():
    payload = Payload()
    payload.add(Channel(Sweep(np.zeros((10, 1_000_000)), [Slider("lr", 0, 1, count=10)])), "`y` of Line")
    with pytest.raises(ValueError, match=r"take 40\.0 MB as embedded, at most 2 MB; most are `y` of Line: thin 'lr'"):
        payload.pack()
