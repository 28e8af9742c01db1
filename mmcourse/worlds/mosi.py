"""Read the real CMU-MOSI: 2199 opinions in words, pictures and sound, from a file that you bring yourself.

The course ships no recordings. The file meant here is the pickle that many papers since the Multimodal Transformer use
(`mosi_data.pkl`; with `regression_labels` also the `aligned_50.pkl` of the MMSA toolbox): a dict of the splits
`train`, `valid`, `test`, and in each, arrays of N segments with T = 50 steps:

    text (N, T, 300 or 768)    vision (N, T, D)    audio (N, T, D)    labels (N,), (N, 1) or (N, 1, 1), from -3 to 3

Other entries, such as `id`, may be there and are not kept. A pickle is a program, and a hostile one can do anything
when `pickle.load` runs it. `load` runs none: it knows how to build numbers, texts, lists, dicts and plain arrays, and
refuses everything else by name.

>>> import pickle, tempfile
>>> seen = np.ones((2, 50, 5))
>>> split = {"text": np.ones((2, 50, 300)), "vision": seen, "audio": seen, "labels": np.ones((2, 1, 1))}
>>> with tempfile.NamedTemporaryFile() as file:
...     pickle.dump({"train": split, "valid": split, "test": split}, file)
...     file.flush()
...     data = load(file.name)
>>> data.test.language.shape, data.test.score
((2, 50, 300), array([1., 1.]))
"""

import io
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

SPLITS = ("train", "valid", "test")
LARGEST = 4 * 2**30  # bytes of a file
KINDS = "biufSU"  # of numpy: truth values, numbers, texts; no objects
NAMES = {"text": "language", "vision": "vision", "audio": "acoustic"}


class Split(NamedTuple):
    """N segments."""

    language: np.ndarray  # (N, T, D), float32
    vision: np.ndarray  # (N, T, D)
    acoustic: np.ndarray  # (N, T, D)
    score: np.ndarray  # (N,), -3 for very negative to 3 for very positive


class Mosi(NamedTuple):
    """The three splits as they are distributed, and how many entries were not numbers and became 0."""

    train: Split
    valid: Split
    test: Split
    mended: int


class Dtype:
    """Stands in for numpy.dtype while a pickle is read: a code such as `f4`, and the order of bytes."""

    def __init__(self, code: Any, *_: Any) -> None:
        self.code, self.order = code if isinstance(code, str) else code.decode("ascii"), "="

    def __setstate__(self, state: tuple) -> None:
        self.order = state[1] if isinstance(state[1], str) else state[1].decode("ascii")

    def real(self) -> np.dtype:
        """Return the type, if it is a plain one."""
        found = np.dtype(self.code)
        if found.kind not in KINDS or found.fields is not None or found.subdtype is not None:
            raise pickle.UnpicklingError(f"an array of {self.code!r} is not plain numbers or texts")
        return found.newbyteorder(self.order if self.order in "<>" else "=")


class Array:
    """Stands in for numpy.ndarray while a pickle is read; `real` builds it when shape and bytes agree."""

    def __init__(self, *_: Any) -> None:
        self.state: tuple | None = None

    def __setstate__(self, state: tuple) -> None:
        self.state = state

    def real(self) -> np.ndarray:
        """Return the array."""
        _, shape, dtype, fortran, data = self.state
        return array_of(data, dtype, shape, "F" if fortran else "C")


def array_of(data: Any, dtype: Dtype, shape: tuple, order: str = "C") -> Array | np.ndarray:
    """Build an array from its bytes; nothing is allocated that the file does not hold."""
    if isinstance(data, str):  # written by Python 2
        data = data.encode("latin1")
    if not isinstance(data, bytes | bytearray):
        raise pickle.UnpicklingError("an array of objects: only plain numbers and texts are read")
    return np.frombuffer(data, dtype.real()).reshape(shape, order=order)


def scalar_of(dtype: Dtype, data: Any) -> Any:
    """Build a single number."""
    return array_of(data, dtype, ())[()]


def encoded(text: str, coding: str = "latin1") -> bytes:
    """Build bytes as Python 2's pickles and protocol 2 write them."""
    if coding != "latin1":
        raise pickle.UnpicklingError(f"bytes in the coding {coding!r}")
    return text.encode("latin1")


def built(kind: Any, *_: Any) -> Array:
    """Build an empty array, to be filled by what follows."""
    return Array()


KNOWN = {("_codecs", "encode"): encoded, ("numpy", "ndarray"): Array, ("numpy", "dtype"): Dtype}
for core in ("numpy.core", "numpy._core"):  # before numpy 2, and since
    KNOWN[f"{core}.multiarray", "_reconstruct"] = built
    KNOWN[f"{core}.multiarray", "scalar"] = scalar_of
    KNOWN[f"{core}.numeric", "_frombuffer"] = array_of


class Reader(pickle._Unpickler):  # the one in Python: its memory does not grow with a number that a file only claims
    """Read a pickle without running anything of it."""

    dispatch = dict(pickle._Unpickler.dispatch)

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for a name, or refuse it."""
        if (module, name) not in KNOWN:
            raise pickle.UnpicklingError(f"it wants {module}.{name}, which is no plain data")
        return KNOWN[module, name]

    def fill(self) -> None:
        """Take the state of an array or of its type; of anything else there is none."""
        state = self.stack.pop()
        if not isinstance(self.stack[-1], Array | Dtype):
            raise pickle.UnpicklingError(f"it wants to change a {type(self.stack[-1]).__name__}")
        self.stack[-1].__setstate__(state)

    def put(self) -> None:
        """Put entries into a dict whose keys are texts; others could be nested until hashing them breaks Python."""
        items = self.pop_mark()
        if not isinstance(self.stack[-1], dict) or not all(isinstance(key, str | bytes | int) for key in items[::2]):
            raise pickle.UnpicklingError("only dicts with texts and numbers as keys are read")
        self.stack[-1].update(zip(items[::2], items[1::2]))

    def put_one(self) -> None:
        """Put one entry."""
        self.metastack.append(self.stack[:-2])
        self.stack = self.stack[-2:]
        self.put()

    def take_bytes(self) -> None:
        """Take as many bytes as there are, without making room for as many as the file claims."""
        size = int.from_bytes(self.read(8), "little")
        data = self.read(size)
        if len(data) < size:
            raise pickle.UnpicklingError("it ends in the middle of an array")
        self.append(data)

    for opcode, method in (
        (pickle.BUILD, fill),
        (pickle.SETITEMS, put),
        (pickle.SETITEM, put_one),
        (pickle.BYTEARRAY8, take_bytes),
    ):
        dispatch[opcode[0]] = method
    for opcode in (pickle.DICT, pickle.EMPTY_SET, pickle.ADDITEMS, pickle.FROZENSET):
        del dispatch[opcode[0]]


def load(path: str | Path) -> Mosi:
    """Read MOSI from a file.

    Parameters
    ----------
    path : str or Path
        A pickle as described above.

    Returns
    -------
    Mosi
        Segments as float32; entries that are not finite (some sound features are −∞) become 0 and are counted.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is too large, is no pickle, wants to run something, or does not hold what MOSI holds.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}: bring mosi_data.pkl yourself, the course ships no recordings")
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes, more than {LARGEST}: this is not MOSI")
    try:
        found = Reader(io.BytesIO(path.read_bytes()), encoding="latin1").load()
    except (pickle.PickleError, MemoryError, RecursionError) as error:
        raise ValueError(f"{path.name} was refused: {error or type(error).__name__}") from None
    except Exception as error:  # broken bytes fail anywhere in the reader
        raise ValueError(f"{path.name} is no pickle that can be read: {type(error).__name__}: {error}") from None
    if not isinstance(found, Mapping) or not set(SPLITS) <= set(found):
        raise ValueError(f"{path.name} must hold a dict with {', '.join(SPLITS)}, got {kind_of(found)}")
    splits, mended = zip(*(split_of(found[name], name) for name in SPLITS))
    return Mosi(*splits, sum(mended))


def split_of(found: Any, name: str) -> tuple[Split, int]:
    """Return one split, checked, and how many entries were mended."""
    if not isinstance(found, Mapping):
        raise ValueError(f"`{name}` must be a dict of arrays, got {kind_of(found)}")
    label = "labels" if "labels" in found else "regression_labels"
    parts = {key: plain(found.get(key), f"{name}.{key}") for key in (*NAMES, label)}
    count = len(parts["text"])
    for key in NAMES:
        if parts[key].ndim != 3 or len(parts[key]) != count:
            raise ValueError(
                f"`{name}.{key}` must have shape (N, T, D) with N = {count} as in the text, got {parts[key].shape}"
            )
    if parts[label].size != count:
        raise ValueError(f"`{name}.{label}` must have one number for each of {count} texts, got {parts[label].shape}")
    bad = sum(int((~np.isfinite(parts[key])).sum()) for key in NAMES)
    streams = [np.where(np.isfinite(parts[key]), parts[key], 0).astype(np.float32) for key in NAMES]
    score = parts[label].reshape(count).astype(float)
    if not (np.abs(score) <= 3).all():
        raise ValueError(f"`{name}.{label}` must lie between -3 and 3: other files of this name hold classes")
    return Split(*streams, score), bad


def plain(found: Any, name: str) -> np.ndarray:
    """Return an array of numbers, or say what is there instead."""
    try:
        found = found.real() if isinstance(found, Array) else found
    except Exception as error:
        raise ValueError(f"`{name}` is no array that can be read: {error}") from None
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "iuf":
        raise ValueError(f"`{name}` must be an array of numbers, got {kind_of(found)}")
    return found


def kind_of(found: Any) -> str:
    """Say in a few words what something is."""
    if isinstance(found, Mapping):
        return f"a dict with {', '.join(str(key)[:20] for key in list(found)[:6]) or 'nothing in it'}"
    if isinstance(found, np.ndarray):
        return f"an array of {found.dtype} with shape {found.shape}"
    return "nothing" if found is None else f"a {type(found).__name__}"
