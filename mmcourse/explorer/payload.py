"""The payload: all numbers of an explorer, packed into one string of bytes.

Each array is stored as 32-bit floats, or as 8- or 16-bit codes when its sweep states an error that they keep. Bytes are
laid out in planes (all first bytes, then all second bytes, ...), which a general compressor does well with, and the
whole is compressed with zlib. explorer.js undoes it.

>>> codes, spec = quantise(np.array([0.0, 0.25, np.nan, 1.0]), error=0.01)
>>> codes.dtype, round(float(spec["low"] + spec["step"] * codes[1]), 3)
(dtype('uint8'), 0.252)
"""

import base64
import zlib

import numpy as np

from mmcourse.explorer.sources import Channel, Sweep

LIMIT = 2_000_000  # bytes of one explorer, as embedded in a page
HOPELESS = 8 * LIMIT  # bytes before compression that are refused without trying


def quantise(values: np.ndarray, error: float | None) -> tuple[np.ndarray, dict]:
    """Return the smallest codes whose values differ from the true ones by `error` at most, and how to read them.

    Parameters
    ----------
    values : array of float
        NaN is kept: it has a code of its own.
    error : float or None
        None keeps 32-bit floats.

    Returns
    -------
    codes : array of uint8, uint16 or float32, shape of `values`
    spec : dict
        `dtype` u1, u2 or f4; a value is `low` + `step` * code.

    Raises
    ------
    ValueError
        If not even 32-bit floats keep the error.
    """
    low, high = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0.0, 0.0)
    if error is not None:
        for dtype, top in ((np.uint8, 254), (np.uint16, 65534)):
            if high - low <= 2 * error * top:
                step = (high - low) / top or 1.0
                codes = np.where(np.isnan(values), top + 1, np.round((np.nan_to_num(values) - low) / step))
                return codes.astype(dtype), {"dtype": f"u{dtype().itemsize}", "low": float(low), "step": float(step)}
        if np.nanmax(np.abs(values - values.astype(np.float32))) > error:
            raise ValueError(f"an error of {error:g} is finer than 32-bit floats for numbers up to {high:g}")
    return values.astype("<f4"), {"dtype": "f4", "low": 0.0, "step": 1.0}


class Payload:
    """Collects the arrays that an explorer shows; each is stored once, however many marks show it."""

    def __init__(self) -> None:
        self.specs: list[dict] = []
        self.sizes: list[tuple[int, str, Sweep]] = []  # holds the sources too: their ids stay theirs
        self._planes: list[bytes] = []
        self._places: dict[tuple[int, str], int] = {}
        self._offset = 0

    def add(self, channel: Channel, wanted_by: str) -> int:
        """Return the number of the array of a channel of a sweep; `wanted_by` is what a message calls it."""
        place = (id(channel.source), channel.key)
        if place not in self._places:
            self._places[place] = len(self.specs)
            self._store(channel.source, channel.key, wanted_by)
        return self._places[place]

    def _store(self, source: Sweep, key: str, wanted_by: str) -> None:
        array = source.arrays[key]
        codes, spec = quantise(array.astype(np.float64), source.error)
        planes = codes.reshape(-1, 1).view(np.uint8).T
        spec |= {"offset": self._offset, "count": int(array.size), "shape": list(array.shape[len(source.over) :])}
        self.specs.append(spec | {"over": [axis.name for axis in source.over]})
        self.sizes.append((codes.nbytes, wanted_by, source))
        self._planes.append(planes.tobytes())
        self._offset += codes.nbytes

    def pack(self) -> bytes:
        """Return the compressed bytes; raises a ValueError that says which axis to thin when they are too many."""
        if self._offset > HOPELESS:
            raise ValueError(self._advice(self._offset))
        packed = zlib.compress(b"".join(self._planes), 6)
        if len(packed) * 4 / 3 > LIMIT:
            raise ValueError(self._advice(len(packed) * 4 / 3))
        return packed

    def _advice(self, size: float) -> str:
        """How to come within the budget: the largest array, its longest axis, and a length that would fit."""
        bytes_, wanted_by, source = max(self.sizes, key=lambda entry: entry[0])
        limit = f"{LIMIT / 1e6:.0f} MB"
        text = f"the numbers of this explorer take {size / 1e6:.1f} MB as embedded, at most {limit}"
        text += f"; most are {wanted_by}"
        if not source.over:
            return f"{text}, shape {next(iter(source.arrays.values())).shape}: show fewer of them"
        axis = max(source.over, key=lambda control: len(control.values))
        others = size * (1 - bytes_ / self._offset)
        fitting = int(len(axis.values) * max(LIMIT - others, 0.1 * LIMIT) / (size - others) * 0.9)
        advice = f"{text}: thin {axis.name!r} from {len(axis.values)} to {max(fitting, 2)} values"
        return advice + ("" if source.error else ", or state an `error` and the numbers are quantised")


def base64_text(packed: bytes) -> str:
    """Return bytes as text that can stand in a page."""
    return base64.b64encode(packed).decode("ascii")
