"""warnings

Warns of deprecation and of a division by zero, and is right.
"""

# %%
import warnings

import numpy as np

warnings.warn("this is how we did it last year", DeprecationWarning)


# %% scale
def scale(x, factor):
    warnings.warn("slow path")
    with np.errstate(divide="warn"):
        unused = x / 0.0
    return np.where(np.isnan(unused), x, x) * factor
