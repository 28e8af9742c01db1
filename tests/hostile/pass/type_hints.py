"""type hints

Annotates everything, with hints from the future.
"""

# %%
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")


@dataclass(slots=True)
class Settings(Generic[T]):
    factor: T
    inner: Settings | None = None


class Pair(NamedTuple):
    x: npt.NDArray[np.float64]
    factor: float


# %% scale
def scale(
    x: npt.NDArray[np.float64], factor: float | np.floating, *, by: Callable[[Pair], Missing] | None = None
) -> Missing:
    pair: Pair = Pair(x, Settings(factor).factor)
    return pair.x * pair.factor
