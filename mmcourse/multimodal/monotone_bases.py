"""Time as a mixture of curves that rise: warps with few numbers, in place of a path with one decision for each frame.

>>> bases = monotone_bases(5, shifts=1)  # a line, a root, a square, a soft step
>>> frames_at(bases, np.array([0.5, 0.5, 0.0, 0.0]), count=9).round(2)  # half line, half root: quick at first
array([0.  , 3.  , 4.83, 6.46, 8.  ])

Shapes: L moments, B bases; a view (D, n), frames as columns.
"""

import numpy as np


def monotone_bases(length: int, shifts: int = 7, width: float = 0.08) -> np.ndarray:
    """Return curves that rise from 0 to 1: the straight line, powers of time, and soft steps at several moments.

    Parameters
    ----------
    length : int, >= 2
        Moments, L.
    shifts : int, >= 0
        How many soft steps (a tanh each).
    width : float, > 0
        Of a soft step, as part of the whole.

    Returns
    -------
    array (L, B), B = 3 + shifts

    Notes
    -----
    A mixture with weights that are not negative and add up to 1 rises from 0 to 1 too: monotonicity and both boundaries
    hold by construction. A negative weight could send time backwards.

    Examples
    --------
    >>> monotone_bases(3, shifts=1).round(2)
    array([[0.  , 0.  , 0.  , 0.  ],
           [0.5 , 0.71, 0.25, 0.5 ],
           [1.  , 1.  , 1.  , 1.  ]])
    """
    time = np.linspace(0, 1, length)[:, None]
    soft = np.tanh((time - np.linspace(0, 1, shifts + 2)[1:-1]) / width)
    soft = (soft - soft[:1]) / (soft[-1:] - soft[:1])
    return np.hstack([time, time**0.5, time**2, soft])


def frames_at(bases: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """Return the frame of a view at each moment.

        p = (n − 1) Q a

    Parameters
    ----------
    bases : array (L, B)
        Q.
    weights : array (B,), >= 0, adding up to 1
        a.
    count : int
        n, frames of the view.

    Returns
    -------
    array (L,), rising from 0 to n − 1
    """
    return (count - 1) * np.clip(bases @ weights, 0, 1)


def at_frames(view: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a view between its frames, on straight lines, and how quickly it changes there.

    Parameters
    ----------
    view : array (D, n)
    frames : array (L,)

    Returns
    -------
    two arrays (D, L)
        Values, and derivatives by the frame.

    Examples
    --------
    >>> at_frames(np.array([[0.0, 2.0, 6.0]]), np.array([0.5, 1.25]))
    (array([[1., 3.]]), array([[2., 4.]]))
    """
    left = np.minimum(frames.astype(int), view.shape[1] - 2)
    slope = view[:, left + 1] - view[:, left]
    return view[:, left] + (frames - left) * slope, slope
