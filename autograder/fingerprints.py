"""A few numbers that stand for a text, such that texts which share a passage share some of them.

    prints = fingerprints(["n", "=", "n", ...])      # {hash: where it stands}

Every run of K symbols is hashed, and of each WINDOW neighbouring hashes the least is kept. So two texts that have
K + WINDOW - 1 symbols in a row in common share a fingerprint, wherever these stand, and on average 2 / (WINDOW + 1) of
all hashes are kept. Equal in every run and on every machine.

References
----------
S. Schleimer, D. S. Wilkerson, A. Aiken (2003), Winnowing: local algorithms for document fingerprinting, SIGMOD.

>>> passage = "for n in range ( n ) : n += n [ n ]".split()
>>> here, there = fingerprints(["return", *passage]), fingerprints([*passage, "*", "0"])
>>> here.keys() & there.keys() != set()
True
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

K = 10  # symbols that are hashed together: shorter runs are what all programs share
WINDOW = 5
BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no symbol of a run is lost


def fingerprints(symbols: Sequence[str]) -> dict[int, int]:
    """Hash -> the first place of the run that has it."""
    hashes = run_hashes(symbols)
    places = winnow(hashes)
    return dict(zip(hashes[places[::-1]].tolist(), places[::-1].tolist()))  # backwards: the first place wins


def run_hashes(symbols: Sequence[str]) -> np.ndarray:
    """One hash for each run of K symbols: a polynomial in BASE, stirred so that the least is no special run."""
    values = np.array([stable(symbol) for symbol in symbols], dtype=np.uint64)
    count = max(0, len(values) - K + 1)
    hashes = np.zeros(count, dtype=np.uint64)
    for offset in range(K):
        hashes = hashes * BASE + values[offset : offset + count]
    hashes = (hashes ^ (hashes >> np.uint64(31))) * BASE
    return hashes ^ (hashes >> np.uint64(29))


def winnow(hashes: np.ndarray, window: int = WINDOW) -> np.ndarray:
    """Places of the least hash of each window, the last of equal ones, without repetition."""
    if len(hashes) == 0:
        return np.zeros(0, dtype=int)
    windows = np.lib.stride_tricks.sliding_window_view(hashes, min(window, len(hashes)))
    width = windows.shape[1]
    return np.unique(np.arange(len(windows)) + width - 1 - windows[:, ::-1].argmin(axis=1))


@lru_cache(maxsize=2**16)
def stable(symbol: str) -> int:
    return int.from_bytes(hashlib.blake2b(symbol.encode("utf-8", "surrogatepass"), digest_size=8).digest())
